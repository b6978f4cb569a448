"""The figure for a slide, 16:9: pictures and curves at the left, the plane and the verdict at the right.

It has the parts of core.exports.figure, in another order, on white or on black.
"""

from __future__ import annotations

from core.base.images import encode_png
from core.base.png_records import RECORD_KEY
from core.exports.caption import svg_prompt
from core.exports.charts import filled_chart, plane_chart
from core.exports.figure import FigureData, curves_svg, pictures_svg
from core.exports.fonts import wrap_text
from core.exports.painter_styles import INK, MUTED, RULE
from core.exports.svg import DPI, rasterise, svg_chart, svg_document, svg_text

WIDTH = 1280
HEIGHT = 720
SCALE = 1.5  # the PNG is 1920 × 1080
MARGIN = 30
RIGHT = 932  # where the right column begins
PLANE = (284, 230)  # of the plotting area
WORD_SIZE = 13
LINE = 18
# Of the light figure → of the dark one. The painters' own hues stay.
DARK = {
    "#ffffff": "#14161a",
    INK: "#eceef2",
    MUTED: "#b4bac3",
    RULE: "#4a505a",
    "#eceff2": "#2c3037",
    "#000": "#eceef2",
    "black": "#eceef2",
}


def slide_png(data: FigureData, dark: bool = False) -> bytes:
    """The slide as PNG bytes, 1920×1080, with its record."""
    return encode_png(rasterise(slide_svg(data, dark), SCALE), data.record, dpi=DPI)


def slide_svg(data: FigureData, dark: bool = False) -> str:
    """The same as an SVG document."""
    body, y = svg_prompt(data.prompt, MARGIN, WIDTH, 22, data.reading_note)
    top = round(y + 24)
    for draw in (pictures_svg, curves_svg):
        parts, y = draw(data, y + 24 if draw is pictures_svg else y)
        body += parts
    plane = filled_chart(plane_chart(), data.chart_data(), *PLANE)
    body += [svg_text(RIGHT, top + 11, "Judge score against realism", 13, weight="bold")]
    body += [svg_chart(plane, RIGHT, top + 20), *_words(data, top + PLANE[1] + 96)]
    bottom = max(HEIGHT, round(y))
    # A slide that holds more than fits grows on both sides, so that it stays 16:9.
    document = svg_document(round(bottom * WIDTH / HEIGHT), bottom, "".join(body), "")
    if dark:
        document = _darkened(document)
    return document.replace(">", f"><metadata>{_escaped(data)}</metadata>", 1)


def _words(data: FigureData, y: float) -> list[str]:
    """The verdict, as many of its sentences as fit."""
    parts = [svg_text(RIGHT, y, "In words", 13, weight="bold")]
    y += 4
    for sentence in data.words():
        lines = wrap_text(sentence, WIDTH - MARGIN - RIGHT, WORD_SIZE)
        if y + LINE * len(lines) > HEIGHT - 40:
            break
        for line in lines:
            y += LINE
            parts.append(svg_text(RIGHT, y, line, WORD_SIZE))
        y += 5
    return [*parts, svg_text(RIGHT, HEIGHT - 18, f"Seed {data.seed} · pack {data.pack}", 10.5, MUTED)]


def _darkened(document: str) -> str:
    """Every grey of the light figure replaced; pictures are base64, which holds no "#"."""
    for light, dark in DARK.items():
        document = document.replace(f'"{light}"', f'"{dark}"')
    return document


def _escaped(data: FigureData) -> str:
    from html import escape

    return escape(data.record.get(RECORD_KEY, ""))
