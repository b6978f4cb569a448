"""The contact sheet: per painter one row of pictures from the start to the end of the run, as one PNG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.base.images import encode_png
from core.base.measure_names import two_decimals
from core.base.settings import PAINTER_LABELS, optimised_realism_parts
from core.exports.caption import REALISM_NOTE, caption_lines, prompt_notes, svg_caption, svg_prompt
from core.exports.figure import figure_data
from core.exports.fonts import wrap_text
from core.exports.judge_scale import other_scores
from core.exports.painter_styles import MUTED
from core.exports.source import ExportedRun
from core.exports.svg import DPI, rasterise, svg_document, svg_painter_symbol, svg_picture, svg_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.storage.records import StepRow

COLUMNS = 8
SIDE = 128  # user units; the PNG has two pixels to each
GAP = 8
MARGIN = 30
WIDTH = 2 * MARGIN + COLUMNS * SIDE + (COLUMNS - 1) * GAP
SCALE = 2
HOW_TO_READ = "From the first picture to the last. Below each: {measures}; judges: "


def contact_png(source: ExportedRun) -> bytes:
    """Contact sheet of a run as PNG bytes, 2280 px wide, with its record."""
    return encode_png(rasterise(contact_svg(source), SCALE), source.record("sheet"), dpi=DPI)


def contact_svg(source: ExportedRun) -> str:
    """The same as an SVG document."""
    body, y = svg_prompt(source.request.prompt, MARGIN, WIDTH, MARGIN, source.reading_note)
    below = ", ".join(measure.label.lower() for measure in source.measures.values())
    body.append(svg_text(MARGIN, y + 22, f"{HOW_TO_READ.format(measures=below)}{source.scale}.", 13, MUTED))
    for line in wrap_text(source.terms.text(), WIDTH - 2 * MARGIN, 13):
        y += 18
        body.append(svg_text(MARGIN, y + 22, line, 13, MUTED))
    y = round(y + 46)
    for painter in source.painters:
        body += _painter_row(source, painter, y)
        y += 22 + SIDE + (50 if source.all_measures == source.measures else 64)
    settings, pack, *_ = caption_lines(figure_data(source))
    caption, y = svg_caption(
        [settings, pack, REALISM_NOTE, *prompt_notes(source.request.prompt)], MARGIN, WIDTH, y
    )
    return svg_document(WIDTH, round(y + MARGIN - 10), "".join([*body, *caption]))


def _painter_row(source: ExportedRun, painter: str, y: float) -> list[str]:
    optimised = optimised_realism_parts(source.request.settings.get(painter))
    label = PAINTER_LABELS[painter] + (", which optimised realism too" if optimised else "")
    parts = [svg_painter_symbol(painter, MARGIN, y), svg_text(MARGIN + 52, y + 11, label, 15, weight="bold")]
    terms = source.painter_terms(painter).line()
    parts.append(svg_text(WIDTH - MARGIN, y + 11, terms, 12, MUTED, anchor="end"))
    below = y + 22 + SIDE
    for column, row in enumerate(evenly_spaced_rows(source.rows[painter])):
        x = MARGIN + column * (SIDE + GAP)
        parts.append(svg_picture(source.image(row), x, y + 22, SIDE))
        parts.append(svg_text(x, below + 16, f"step {row.step}", 11, weight="bold"))
        shown = source.shown(row)
        for i, name in enumerate(source.measures):
            parts.append(svg_text(x + i * 44, below + 31, two_decimals(shown[name]), 11.5, MUTED))
        others = "; ".join(other_scores(source.request.settings, source.measures, shown))
        parts.append(svg_text(x, below + 45, others, 11.5, MUTED))
    return parts


def evenly_spaced_rows(rows: Sequence[StepRow]) -> list[StepRow]:
    """Up to eight rows with a picture, the first and the last among them, evenly spaced."""
    rows = [row for row in rows if row.has_frame]
    count = min(COLUMNS, len(rows))
    return [rows[round(i * (len(rows) - 1) / max(1, count - 1))] for i in range(count)]
