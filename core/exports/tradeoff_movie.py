"""The trade-off of a sweep as an animated GIF: one frame for each value, its picture beside both charts."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from core.base.measure_names import MEASURES, two_decimals
from core.exports.fonts import wrap_text
from core.exports.painter_styles import MUTED
from core.exports.progress import Progress, tell_nobody
from core.exports.svg import rasterise, svg_chart, svg_document, svg_picture, svg_text
from core.exports.tradeoff_charts import values_title
from core.exports.tradeoff_figure import PLANE_TITLE, chart_spec, legend

if TYPE_CHECKING:
    from PIL import Image

    from core.exports.sweep_source import ExportedSweep

WIDTH = 1280  # user units: a slide
HEIGHT = 720
PIXELS = 960  # of the GIF's width
MARGIN = 40
SIDE = 440  # of the picture
TOP = 160
RIGHT = MARGIN + SIDE + 70  # left edge of the charts
CHART_WIDTH = WIDTH - RIGHT - MARGIN - 60
PLANE_HEIGHT = 230
VALUES_HEIGHT = 130
VALUES_TOP = 500
FRAME_MS = 1200
HOLD_MS = 2500  # for the last value


def gif(sweep: ExportedSweep, share: float = 1.0, tell: Progress = tell_nobody) -> bytes:
    """Animated GIF, 960 px wide, at a share of every run, 0 … 1. Its comment is the sweep's plan."""
    frames = []
    for place in range(len(sweep.values)):
        frames.append(_frame(sweep, share, place))
        tell((place + 1) / len(sweep.values))
    buffer = io.BytesIO()
    times = [FRAME_MS] * (len(frames) - 1) + [HOLD_MS]
    note = sweep.record["Settings"].encode()
    frames[0].save(
        buffer, "GIF", save_all=True, append_images=frames[1:], duration=times, loop=0, comment=note
    )
    return buffer.getvalue()


def _frame(sweep: ExportedSweep, share: float, place: int) -> Image.Image:
    from PIL import Image

    drawn = Image.fromarray(rasterise(frame_svg(sweep, share, place), PIXELS / WIDTH))
    return drawn.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.FLOYDSTEINBERG)


def frame_svg(sweep: ExportedSweep, share: float, place: int) -> str:
    """One frame: the value number `place` with its picture, and its points on both charts."""
    value = sweep.values[place]
    parts = _heading(sweep)
    parts.append(svg_text(MARGIN, TOP - 16, f"{sweep.label}: {value.label}", 26, weight="bold"))
    parts.append(svg_picture(_smooth(value.image(share)), MARGIN, TOP, SIDE))
    point = value.point(value.row(share))
    for i, (name, measure) in enumerate(MEASURES.items()):
        x = MARGIN + i * SIDE / 3
        number = "–" if point[name] is None else two_decimals(point[name])
        parts.append(svg_text(x, TOP + SIDE + 40, number, 32, weight="bold"))
        parts.append(svg_text(x, TOP + SIDE + 62, measure.short, 16, MUTED))
    parts.append(svg_text(MARGIN, HEIGHT - 24, f"Judges' scores: {sweep.first.scale}", 15, MUTED))
    parts += _chart(sweep, share, place, "plane", PLANE_TITLE, TOP, PLANE_HEIGHT)
    parts += _chart(sweep, share, place, "values", values_title(sweep.name), VALUES_TOP, VALUES_HEIGHT)
    return svg_document(WIDTH, HEIGHT, "".join(parts))


def _smooth(image: np.ndarray) -> np.ndarray:
    """A picture as large as it is shown, enlarged as the player does."""
    from PIL import Image

    side = round(SIDE * PIXELS / WIDTH)
    return np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC))


def _heading(sweep: ExportedSweep) -> list[str]:
    """Prompt and facts, each on one line that may be cut off."""
    rows = ((f"“{sweep.plan.prompt}”", 28, 56, "bold"), (sweep.facts, 16, 84, "normal"))
    parts = []
    for words, size, y, weight in rows:
        line, *rest = wrap_text(words, WIDTH - 2 * MARGIN, size, weight)
        ink = {} if weight == "bold" else {"colour": MUTED}
        parts.append(svg_text(MARGIN, y, line + (" …" if rest else ""), size, weight=weight, **ink))
    return parts


def _chart(
    sweep: ExportedSweep, share: float, place: int, name: str, title: str, y: float, height: int
) -> list[str]:
    spec = chart_spec(sweep, share, name, CHART_WIDTH, height, place)
    spec["config"]["axis"] |= {"labelFontSize": 14, "titleFontSize": 14}
    heading = svg_text(RIGHT, y - 34, title, 18, weight="bold")
    return [heading, *legend(sweep, RIGHT, y - 12, name, 14), svg_chart(spec, RIGHT, y)]
