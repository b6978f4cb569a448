"""Pieces of the drawings that a person takes away: texts, pictures, painters' marks and charts as SVG.

vl-convert draws them, with the fonts of core.exports.fonts.
"""

from __future__ import annotations

import base64
import functools
import html
import io
import json
import unicodedata
from typing import TYPE_CHECKING

import numpy as np

from core.base.images import encode_png
from core.exports.fonts import FOLDER, FONT_FAMILY, LATIN, MACHINE, part_width, split_by_font, text_width
from core.exports.painter_styles import INK, PAINTER_STYLES

if TYPE_CHECKING:
    from types import ModuleType

DPI = 200
ANCHOR_SHARES = {"start": 0, "middle": 0.5, "end": 1}  # how much of a text lies left of its place


@functools.cache
def _renderer() -> ModuleType:
    """vl_convert with our fonts; only drawing loads it."""
    import vl_convert

    vl_convert.register_font_directory(str(FOLDER))
    return vl_convert


def svg_document(width: float, height: float, body: str, metadata: str = "") -> str:
    """One SVG document on white. body: SVG text; metadata: plain text that travels along unseen."""
    hidden = f"<metadata>{html.escape(metadata)}</metadata>" if metadata else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="{FONT_FAMILY}">'
        f'{hidden}<rect width="{width}" height="{height}" fill="#ffffff"/>{body}</svg>'
    )


def rasterise(svg: str, scale: float, mode: str = "RGB") -> np.ndarray:
    """SVG text → uint8 H×W×3 (or ×4 with mode "RGBA"), `scale` pixels to a unit."""
    from PIL import Image

    with Image.open(io.BytesIO(_renderer().svg_to_png(svg, scale=scale))) as picture:
        return np.array(picture.convert(mode))


def svg_picture(image: np.ndarray, x: float, y: float, side: float) -> str:
    """uint8 H×W×3 in a square at (x, y), enlarged by whole pixels to stay sharp, with a thin frame."""
    factor = max(1, int(2 * side) // max(image.shape[:2]))
    data = base64.b64encode(encode_png(image.repeat(factor, axis=0).repeat(factor, axis=1))).decode()
    place = f'x="{x:g}" y="{y:g}" width="{side}" height="{side}"'
    return (
        f'<image {place} xlink:href="data:image/png;base64,{data}"/>'
        f'<rect {place} fill="none" stroke="{INK}" stroke-opacity="0.15"/>'
    )


def chart_svg(spec: dict) -> str:
    """A Vega-Lite specification as an SVG document."""
    return _renderer().vegalite_to_svg(json.dumps(spec))


def svg_chart(spec: dict, x: float, y: float) -> str:
    """A Vega-Lite specification drawn as a nested SVG at (x, y)."""
    return chart_svg(spec).replace("<svg ", f'<svg x="{x:g}" y="{y:g}" overflow="visible" ', 1)


def svg_painter_symbol(painter: str, x: float, y: float) -> str:
    """A piece of the painter's line with its end mark: the legend."""
    style = PAINTER_STYLES[painter]
    cx = x + 36
    cy = y + 6
    dash = f' stroke-dasharray="{style.dash[0]} {style.dash[1]}"' if style.dash[1] else ""
    marks = {
        "square": f'<rect x="{cx - 5}" y="{cy - 5}" width="10" height="10"',
        "circle": f'<circle cx="{cx}" cy="{cy}" r="5.5"',
        "triangle-up": f'<path d="M{cx - 6.5} {cy + 5}L{cx} {cy - 6.5}L{cx + 6.5} {cy + 5}Z"',
    }
    line = f'<line x1="{x}" x2="{cx}" y1="{cy}" y2="{cy}" stroke="{style.colour}" stroke-width="2.4"{dash}/>'
    return f'{line}{marks[style.shape]} fill="{style.colour}"/>'


def svg_text(
    x: float,
    y: float,
    words: str,
    size: float,
    colour: str = INK,
    weight: str = "normal",
    anchor: str = "start",
) -> str:
    """One line with its baseline at y; characters that XML forbids are left out."""
    clean = "".join(c for c in words if unicodedata.category(c) not in ("Cc", "Cs"))
    parts = split_by_font(clean)
    look = f'font-size="{size:g}" font-weight="{weight}" fill="{colour}"'
    if all(family in (LATIN, MACHINE) for family, _ in parts):
        return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" {look}>{html.escape(clean)}</text>'
    x -= text_width(clean, size, weight) * ANCHOR_SHARES[anchor]
    body = ""
    for family, part in parts:
        body += _placed(x, family, part)
        x += part_width(family, part, size, weight)
    return f'<text y="{y:g}" {look}>{body}</text>'


def _placed(x: float, family: str, words: str) -> str:
    """Part of a text at a place of its own, in a font that has all of it.

    Where the renderer has to look for a glyph in another font, emoji sequences bring it down.
    """
    font = f' font-family="{family}, sans-serif" font-weight="normal"'
    return f'<tspan x="{x:.6g}"{"" if family in (LATIN, MACHINE) else font}>{html.escape(words)}</tspan>'
