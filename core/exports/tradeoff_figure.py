"""The trade-off of a sweep over one setting as one drawing: every picture, the plane and the curves."""

from __future__ import annotations

from collections.abc import Sequence

from core.base.images import encode_png
from core.base.measure_names import MEASURES, two_decimals
from core.exports.caption import REALISM_NOTE, prompt_notes, svg_caption, svg_prompt
from core.exports.charts import filled_chart
from core.exports.fonts import text_width, wrap_text
from core.exports.painter_styles import BAND_COLOUR, INK, MUTED, PAINTER_STYLES
from core.exports.svg import DPI, rasterise, svg_chart, svg_document, svg_picture, svg_text
from core.exports.sweep_source import ExportedSweep, SweptValue
from core.exports.tradeoff_charts import tradeoff_chart, tradeoff_data, values_chart, values_title

WIDTH = 900  # user units; the PNG has two pixels to each
MARGIN = 30
ROOM = WIDTH - 2 * MARGIN
GAP = 14
MOST_IN_A_ROW = 6
LARGEST = 200  # side of a picture
UNDER = 66  # height of what stands below one
CHART_HEIGHT = 250
CHART_WIDTH = 372
SECOND = MARGIN + 440  # left edge of the second chart
PLANE_TITLE = "Score against realism"


def figure_png(sweep: ExportedSweep, share: float = 1.0) -> bytes:
    """PNG bytes, 1800 px wide, with the sweep's plan in its text records."""
    return encode_png(rasterise(figure_svg(sweep, share), 2), dict(sweep.record), dpi=DPI)


def figure_svg(sweep: ExportedSweep, share: float = 1.0) -> str:
    """The same as an SVG document. share: place in every run, 0 … 1."""
    body, y = svg_prompt(sweep.plan.prompt, MARGIN, WIDTH, MARGIN, sweep.reading_note)
    y += 5
    for line in wrap_text(sweep.facts, ROOM, 13):
        y += 17
        body.append(svg_text(MARGIN, y, line, 13, MUTED))
    for draw in (_pictures, _charts, _words):
        parts, y = draw(sweep, share, round(y + 16))
        body += parts
    lines = [_place(share), _scale_note(sweep), *prompt_notes(sweep.plan.prompt)]
    parts, y = svg_caption([line for line in lines if line], MARGIN, WIDTH, y + 6)
    return svg_document(WIDTH, round(y + 20), "".join(body + parts), sweep.record["Settings"])


def _pictures(sweep: ExportedSweep, share: float, y: float) -> tuple[list[str], float]:
    """Every value's picture with what was measured of it; returns SVG parts and where they end."""
    columns = min(len(sweep.values), MOST_IN_A_ROW)
    side = min(LARGEST, int((ROOM - (columns - 1) * GAP) / columns))
    parts = [svg_text(MARGIN, y + 8, sweep.label, 13, weight="bold")]
    top = y + 34
    for number, value in enumerate(sweep.values):
        x = MARGIN + number % columns * (side + GAP)
        at = top + number // columns * (side + UNDER)
        parts += _picture(value, share, x, at, side)
    rows = -(-len(sweep.values) // columns)
    return parts, top + rows * (side + UNDER) - 16


def _picture(value: SweptValue, share: float, x: float, y: float, side: float) -> list[str]:
    point = value.point(value.row(share))
    parts = [
        svg_text(x + side / 2, y - 6, value.label, 14, weight="bold", anchor="middle"),
        svg_picture(value.image(share), x, y, side),
    ]
    for i, (name, measure) in enumerate(MEASURES.items()):
        left = x + i * side / 3
        number = "–" if point[name] is None else two_decimals(point[name])
        parts.append(svg_text(left, y + side + 17, number, 13, INK, "bold"))
        parts.append(svg_text(left, y + side + 30, measure.short, 9.5, MUTED))
    return parts


def _charts(sweep: ExportedSweep, share: float, y: float) -> tuple[list[str], float]:
    parts = []
    for x, title, name in ((MARGIN, PLANE_TITLE, "plane"), (SECOND, _over(sweep.name), "values")):
        parts.append(svg_text(x, y + 10, title, 13, weight="bold"))
        parts += legend(sweep, x, y + 28, name)
        parts.append(svg_chart(chart_spec(sweep, share, name, CHART_WIDTH, CHART_HEIGHT), x, y + 38))
    return parts, y + 38 + CHART_HEIGHT + 44


def _over(name: str) -> str:
    """The second chart's title; without a name that would run out of the page."""
    title = values_title(name)
    return title if text_width(title, 13, "bold") < WIDTH - MARGIN - SECOND else values_title()


def chart_spec(
    sweep: ExportedSweep, share: float, name: str, width: int, height: int, here: int | None = None
) -> dict:
    """The chart "plane" or "values" at a share of the run, as a Vega-Lite specification."""
    data = tradeoff_data(sweep.points(share), sweep.ordered, sweep.first.prompt_reference, here)
    return filled_chart(tradeoff_chart() if name == "plane" else values_chart(), data, width, height)


def legend(sweep: ExportedSweep, x: float, y: float, name: str, size: float = 11) -> list[str]:
    """What the marks of a chart are, on one line with its baseline at y."""
    colour = PAINTER_STYLES[sweep.values[0].painter].colour
    grey = ("realism", f'fill="{BAND_COLOUR}"') if name == "values" else ("90 % of real pictures", "")
    entries = [("judge", f'fill="{colour}"'), ("held-out judge", f'fill="none" stroke="{colour}"'), grey]
    parts = []
    for (words, look), left in zip(entries, (0, 5.4 * size, 15 * size), strict=True):
        mark = f'<circle cx="{x + left + 5}" cy="{y - 4}" r="4.5" stroke-width="1.8" {look}/>'
        box = f'<rect x="{x + left}" y="{y - 9}" width="11" height="10" fill="{BAND_COLOUR}" opacity="0.3"/>'
        parts += [mark if look else box, svg_text(x + left + 15, y, words, size, MUTED)]
    return parts


def _words(sweep: ExportedSweep, share: float, y: float) -> tuple[list[str], float]:
    parts: list[str] = []
    for line in _wrapped(sweep.words(share)):
        y += 17
        parts.append(svg_text(MARGIN, y - 8, line, 13))
    return parts, y


def _wrapped(sentences: Sequence[str]) -> list[str]:
    return wrap_text(" ".join(sentences), ROOM, 13) if sentences else []


def _place(share: float) -> str:
    """Of the pictures in their runs."""
    place = "the last step" if share >= 1 else f"{round(100 * share)} % of the steps"
    return f"Pictures, numbers and curves show {place} of every run."


def _scale_note(sweep: ExportedSweep) -> str:
    return f"Judges' scores: {sweep.first.scale}. {REALISM_NOTE}"
