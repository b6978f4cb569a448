"""figure.png of a run: last pictures, curves with the band of real photographs, and the plane score × realism.

The sheet is one SVG, charts by Altair, drawn by vl-convert in the font it carries (Liberation Sans), so the
same run gives the same picture on every machine. `figure_svg` is the vector version of the same sheet.
"""

import base64
import html
import io
import json
import re
import textwrap
import unicodedata
from dataclasses import asdict, dataclass

import numpy as np

from core import folder
from core.charts import COLOURS, DASHES, FONT, INK, QUIET, RULE, SHAPES, curve, plane
from core.errors import OutputError
from core.images import encode_png, read_image
from core.packs import read_manifest
from core.settings import LABELS, PAINTERS
from core.verdict import verdict

WIDTH, MARGIN = 900, 30  # user units; the PNG has two pixels to each
PANEL = 256  # a 128 px picture at exactly four device pixels to a pixel
PIXEL_WIDTH, DPI = 1800, 200
FIGURES = {"score": "Judge score", "heldout": "Held-out judge", "realism": "Realism"}


@dataclass(frozen=True)
class Sheet:
    """What a figure shows.

    Args:
        rows: painter → mappings in step order with step, total, seconds, score, heldout, realism.
        images: painter → its last frame, uint8 H×W×3.
        reference: the pack manifest's "reference" (percentiles of real photographs).
        settings: painter → knob → value.
        versions: package → version that computed the run.
    """

    prompt: str
    seed: int
    pack: str
    pack_hash: str
    settings: dict
    versions: dict
    rows: dict
    images: dict
    reference: dict

    @property
    def painters(self):
        return [p for p in PAINTERS if self.rows.get(p) and p in self.images]


def read_sheet(path):
    """The sheet of a run's folder, with the reference figures of the run's pack.

    Raises:
        StoreError: not a run's folder. PackError: its pack is not there. OutputError: nothing to draw yet.
    """
    description, rows = folder.read(path)
    request, manifest = description.request, read_manifest(description.request.pack)
    versions = json.loads((path / folder.RUN_FILE).read_text(encoding="utf-8")).get("versions", {})
    by_painter = {p: [asdict(row) for row in rows if row.painter == p] for p in request.painters}
    images = {}
    for row in rows:
        if row.has_frame:
            images[row.painter] = folder.frame_file(path, row.painter, row.step)
    if not images:
        raise OutputError(f"{path} holds no frames yet, so there is nothing to draw. Paint the run first.")
    return Sheet(
        prompt=request.prompt,
        seed=request.seed,
        pack=manifest["name"],
        pack_hash=description.pack_hash,
        settings=request.to_dict()["settings"],
        versions={**versions, "painters' code": description.code_revision},
        rows=by_painter,
        images={p: read_image(file) for p, file in images.items()},
        reference=manifest["reference"],
    )


def figure_png(sheet):
    """The sheet as PNG bytes, 1800 px wide, with the whole caption in its text records."""
    import vl_convert
    from PIL import Image

    drawn = vl_convert.svg_to_png(figure_svg(sheet), scale=PIXEL_WIDTH / WIDTH)
    with Image.open(io.BytesIO(drawn)) as picture:
        pixels = np.array(picture.convert("RGB"))
    text = {
        "Title": f"Can the Judge Paint? {sheet.prompt}",
        "Description": " ".join(verdict(sheet.rows, sheet.reference, sheet.settings)),
        "Prompt": sheet.prompt,
        "Seed": sheet.seed,
        "Settings": json.dumps(sheet.settings, sort_keys=True),
        "Pack": f"{sheet.pack} {sheet.pack_hash}",
        "Software": ", ".join(f"{k} {v}" for k, v in sheet.versions.items()),
    }
    return encode_png(pixels, text, dpi=DPI)


def figure_svg(sheet):
    """The sheet as one SVG document: pictures, curves, plane, verdict, caption from top to bottom."""
    body, y = [], MARGIN
    for draw in (_heading, _pictures, _curves, _plane_and_words, _caption):
        parts, y = draw(sheet, y)
        body += parts
    height = round(y + MARGIN - 10)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" font-family="{FONT}">'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>{"".join(body)}</svg>'
    )


def _heading(sheet, y):
    size = 24 if _columns(sheet.prompt) <= 55 else 16
    parts = []
    for line in _wrap(f"“{sheet.prompt}”", (WIDTH - 2 * MARGIN) / (size * 0.56)):
        y += size * 1.2
        parts.append(_text(MARGIN, y, line, size, weight="bold"))
    y += 22
    parts.append(_text(MARGIN, y, "Painters that share one judge and differ in the prior between its gradient and the picture", 13, QUIET))
    return parts, round(y + 20)  # whole units: pictures lie on the pixel grid


def _pictures(sheet, y):
    parts = []
    for painter, x in _slots(sheet):
        row, image = sheet.rows[painter][-1], sheet.images[painter]
        parts.append(_symbol(painter, x, y))
        parts.append(_text(x + 52, y + 11, LABELS[painter], 15, weight="bold"))
        factor = max(1, 2 * PANEL // max(image.shape[:2]))  # whole pixels: nothing is smoothed away
        enlarged = image.repeat(factor, axis=0).repeat(factor, axis=1)
        data = base64.b64encode(encode_png(enlarged)).decode()
        parts.append(
            f'<image x="{x}" y="{y + 22}" width="{PANEL}" height="{PANEL}" xlink:href="data:image/png;base64,{data}"/>'
            f'<rect x="{x}" y="{y + 22}" width="{PANEL}" height="{PANEL}" fill="none" stroke="{INK}" stroke-opacity="0.15"/>'
        )
        under = y + 22 + PANEL
        for i, (key, label) in enumerate(FIGURES.items()):
            left = x + i * PANEL / 3
            parts.append(_text(left, under + 19, _number(row[key]), 17, weight="bold"))
            parts.append(_text(left, under + 34, label, 10.5, QUIET))
        done = f"step {row['step']} of {row['total']}, {row['seconds']:.1f} s"
        parts.append(_text(x, under + 52, done, 10.5, QUIET))
    return parts, y + 22 + PANEL + 76


def _curves(sheet, y):
    parts, height = [], 150
    for i, (key, label) in enumerate(FIGURES.items()):
        x = MARGIN + i * (WIDTH - 2 * MARGIN - PANEL) / 2
        parts.append(_text(x, y + 11, label, 13, weight="bold"))
        parts.append(_place(curve(sheet.rows, key, sheet.reference[key], width=PANEL - 34, height=height), x, y + 20, f"c{i}"))
    return parts, y + 20 + height + 54


def _plane_and_words(sheet, y):
    size = 330
    parts = [
        _text(MARGIN, y + 11, "Judge score against realism", 13, weight="bold"),
        _place(plane(sheet.rows, sheet.reference, width=400, height=size - 60), MARGIN, y + 20, "plane"),
    ]
    left, top = MARGIN + 484, y + 11
    parts.append(_text(left, top, "In words", 13, weight="bold"))
    top += 8
    for sentence in verdict(sheet.rows, sheet.reference, sheet.settings):
        top += 4
        for line in _wrap(sentence, (WIDTH - MARGIN - left) / 5.8):
            top += 16.5
            parts.append(_text(left, top, line, 12))
        top += 5
    return parts, max(y + size + 10, top + 14)


def _caption(sheet, y):
    changed = "; ".join(
        f"{LABELS[p]}: " + ", ".join(f"{k} {v}" for k, v in sheet.settings[p].items()) for p in sheet.painters if p in sheet.settings
    )
    lines = [
        f"Seed {sheet.seed}. {changed}.",
        "Band and frame: 5th to 95th percentile of real photographs of the pack; for both judges with their own captions. "
        "Realism compares with those photographs and claims no agreement with human opinion.",
        f"Pack {sheet.pack} {sheet.pack_hash[:16]}; " + ", ".join(f"{k} {v}" for k, v in sheet.versions.items()) + ".",
    ]
    parts = [f'<line x1="{MARGIN}" x2="{WIDTH - MARGIN}" y1="{y}" y2="{y}" stroke="{RULE}"/>']
    y += 5
    for paragraph in lines:
        for line in _wrap(paragraph, (WIDTH - 2 * MARGIN) / 4.5):
            y += 13.5
            parts.append(_text(MARGIN, y, line, 9.5, QUIET))
    return parts, y


def _place(chart, x, y, name):
    """A chart as a nested SVG at (x, y); ids get a prefix because the charts of a sheet share one document."""
    drawn = io.StringIO()
    chart.save(drawn, format="svg")
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\1{name}-", drawn.getvalue())
    return svg.replace("<svg ", f'<svg x="{x:g}" y="{y:g}" overflow="visible" ', 1)


def _slots(sheet):
    """Painters with the left edge of their panel, spread over three columns."""
    return [(p, MARGIN + i * (WIDTH - 2 * MARGIN - PANEL) / 2) for i, p in enumerate(sheet.painters)]


def _symbol(painter, x, y):
    """A piece of the painter's line with its end mark: the legend."""
    colour, cx, cy = COLOURS[painter], x + 36, y + 6
    dash = "" if DASHES[painter][1] == 0 else f' stroke-dasharray="{" ".join(map(str, DASHES[painter]))}"'
    marks = {
        "square": f'<rect x="{cx - 5}" y="{cy - 5}" width="10" height="10" fill="{colour}"/>',
        "circle": f'<circle cx="{cx}" cy="{cy}" r="5.5" fill="{colour}"/>',
        "triangle-up": f'<path d="M{cx - 6.5} {cy + 5}L{cx} {cy - 6.5}L{cx + 6.5} {cy + 5}Z" fill="{colour}"/>',
    }
    return f'<line x1="{x}" x2="{cx}" y1="{cy}" y2="{cy}" stroke="{colour}" stroke-width="2.4"{dash}/>{marks[SHAPES[painter]]}'


def _text(x, y, text, size, colour=INK, weight="normal"):
    clean = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cs"))  # not allowed in XML
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" font-weight="{weight}" fill="{colour}">{html.escape(clean)}</text>'


def _number(value):
    return f"{value:.2f}".replace("-", "−")


def _columns(text):
    """Width of a text in average letters; East Asian wide characters count twice."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _wrap(text, columns):
    wide = max(1.0, _columns(text) / max(1, len(text)))
    return textwrap.wrap(text, max(8, int(columns / wide))) or [""]
