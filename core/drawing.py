"""Pieces of the drawings that a person takes away: texts, pictures, painters' marks and charts as SVG.

vl-convert draws them in the font it carries (Liberation Sans), so they look the same on every machine.
"""

import base64
import html
import io
import re
import textwrap
import unicodedata

import numpy as np

from core.charts import COLOURS, DASHES, FONT, INK, SHAPES
from core.images import encode_png

DPI = 200


def document(width, height, body, metadata=""):
    """One SVG document on white. body: SVG text; metadata: plain text that travels along unseen."""
    told = f"<metadata>{html.escape(metadata)}</metadata>" if metadata else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="{FONT}">'
        f'{told}<rect width="{width}" height="{height}" fill="#ffffff"/>{body}</svg>'
    )


def rasterise(svg, scale, mode="RGB"):
    """SVG text → uint8 H×W×3 (or ×4 with mode "RGBA"), `scale` pixels to a unit."""
    import vl_convert
    from PIL import Image

    with Image.open(io.BytesIO(vl_convert.svg_to_png(svg, scale=scale))) as picture:
        return np.array(picture.convert(mode))


def picture(image, x, y, side):
    """uint8 H×W×3 in a square at (x, y), enlarged by whole pixels so that nothing is smoothed away, with a thin frame."""
    factor = max(1, int(2 * side) // max(image.shape[:2]))
    data = base64.b64encode(encode_png(image.repeat(factor, axis=0).repeat(factor, axis=1))).decode()
    return (
        f'<image x="{x:g}" y="{y:g}" width="{side}" height="{side}" xlink:href="data:image/png;base64,{data}"/>'
        f'<rect x="{x:g}" y="{y:g}" width="{side}" height="{side}" fill="none" stroke="{INK}" stroke-opacity="0.15"/>'
    )


def place(chart, x, y, name):
    """A chart as a nested SVG at (x, y).

    Its ids become name-0, name-1 …: charts of a sheet share one document, and Vega counts on from chart to chart.
    """
    drawn = io.StringIO()
    chart.save(drawn, format="svg")
    svg = drawn.getvalue()
    numbers = {found: i for i, found in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', svg)))}
    svg = re.sub(r'(\bid="|url\(#|href="#)([^")]+)', lambda m: f"{m[1]}{name}-{numbers.get(m[2], m[2])}", svg)
    return svg.replace("<svg ", f'<svg x="{x:g}" y="{y:g}" overflow="visible" ', 1)


def symbol(painter, x, y):
    """A piece of the painter's line with its end mark: the legend."""
    colour, cx, cy = COLOURS[painter], x + 36, y + 6
    dash = "" if DASHES[painter][1] == 0 else f' stroke-dasharray="{" ".join(map(str, DASHES[painter]))}"'
    marks = {
        "square": f'<rect x="{cx - 5}" y="{cy - 5}" width="10" height="10" fill="{colour}"/>',
        "circle": f'<circle cx="{cx}" cy="{cy}" r="5.5" fill="{colour}"/>',
        "triangle-up": f'<path d="M{cx - 6.5} {cy + 5}L{cx} {cy - 6.5}L{cx + 6.5} {cy + 5}Z" fill="{colour}"/>',
    }
    return f'<line x1="{x}" x2="{cx}" y1="{cy}" y2="{cy}" stroke="{colour}" stroke-width="2.4"{dash}/>{marks[SHAPES[painter]]}'


def text(x, y, words, size, colour=INK, weight="normal", anchor="start"):
    """One line with its baseline at y; characters that XML forbids are left out."""
    clean = "".join(c for c in words if unicodedata.category(c) not in ("Cc", "Cs"))
    placed = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
    return f'<text {placed} font-size="{size}" font-weight="{weight}" fill="{colour}">{html.escape(clean)}</text>'


def number(value):
    """A figure with two decimals and a true minus sign."""
    return f"{value:.2f}".replace("-", "−")


def columns(words):
    """Width of a text in average letters; East Asian wide characters count twice."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in words)


def wrap(words, room):
    """Lines of at most `room` average letters; at least one line."""
    wide = max(1.0, columns(words) / max(1, len(words)))
    return textwrap.wrap(words, max(8, int(room / wide))) or [""]
