"""figure.png of a run: its pictures, curves with the band of real photographs, and the plane score × realism.

The sheet is one SVG with charts by Altair; see core.drawing. `figure_svg` is the vector version of the same sheet.
"""

from dataclasses import asdict, dataclass, field

from core.charts import QUIET, RULE, curve, plane
from core.drawing import DPI, columns, document, number, picture, place, rasterise, symbol, text, wrap
from core.exports.source import of_folder
from core.gap import judge_gap
from core.images import encode_png
from core.metadata import KEY
from core.settings import LABELS, PAINTERS, optimised_proxy
from core.verdict import verdict

WIDTH, MARGIN = 900, 30  # user units; the PNG has two pixels to each
PANEL = 256  # a 128 px picture at exactly four device pixels to a pixel
SCALE = 2
FIGURES = {"score": "Judge score", "heldout": "Held-out judge", "realism": "Realism"}


@dataclass(frozen=True)
class Sheet:
    """What a figure shows.

    Args:
        rows: painter → mappings in step order with step, total, seconds, score, heldout, realism.
        images: painter → the picture shown, uint8 H×W×3.
        reference: the pack manifest's "reference" (percentiles of real photographs); None where nobody measured them.
        settings: painter → knob → value.
        versions: package → version that computed the run.
        now: painter → its row that the picture and the marks show; the last one by default.
        record: text records for the files; see core.metadata.
    """

    prompt: str
    seed: int
    pack: str
    pack_hash: str
    settings: dict
    versions: dict
    rows: dict
    images: dict
    reference: dict | None
    now: dict = field(default_factory=dict)
    record: dict = field(default_factory=dict)

    @property
    def painters(self):
        return [p for p in PAINTERS if self.rows.get(p) and p in self.images]

    def band(self, figure):
        """Percentiles of real photographs on a figure, or None."""
        return self.reference and self.reference[figure]

    def shown(self, painter):
        """The row that the painter's picture and marks show."""
        return self.now.get(painter, self.rows[painter][-1])


def read_sheet(path, share=1.0):
    """The sheet of a run's folder, with the reference figures of the run's pack; see `sheet_of`.

    Raises:
        StoreError: not a run's folder. PackError: its pack is not there. OutputError: nothing to draw yet.
    """
    return sheet_of(of_folder(path), share)


def sheet_of(source, share=1.0):
    """The sheet of a core.exports.source.Source at a share of the run, 0 … 1."""
    now = source.at(share)
    return Sheet(
        prompt=source.request.prompt,
        seed=source.request.seed,
        pack=source.manifest["name"],
        pack_hash=source.pack_hash,
        settings=source.request.to_dict()["settings"],
        versions={**source.versions, "painters' code": source.code_revision},
        rows={p: [asdict(row) for row in rows] for p, rows in source.rows.items()},
        images={p: source.image(row) for p, row in now.items()},
        reference=source.manifest["reference"],
        now={p: asdict(row) for p, row in now.items()},
        record=source.record("figure"),
    )


def figure_png(sheet):
    """The sheet as PNG bytes, 1800 px wide, with settings and caption in its text records."""
    records = {
        "Title": f"Can the Judge Paint? {sheet.prompt}",
        "Description": " ".join(verdict(sheet.rows, sheet.reference, sheet.settings)),
        "Software": ", ".join(f"{k} {v}" for k, v in sheet.versions.items()),
        **sheet.record,
    }
    return encode_png(rasterise(figure_svg(sheet), SCALE), records, dpi=DPI)


def figure_svg(sheet):
    """The sheet as one SVG document: pictures, curves, plane, verdict, caption from top to bottom."""
    body, y = [], MARGIN
    for draw in (_heading, _pictures, _curves, _plane_and_words):
        parts, y = draw(sheet, y)
        body += parts
    parts, y = small_print(caption(sheet), MARGIN, WIDTH, y)
    body += parts
    return document(WIDTH, round(y + MARGIN - 10), "".join(body), sheet.record.get(KEY, ""))


def _heading(sheet, y):
    size = 24 if columns(sheet.prompt) <= 55 else 16
    parts = []
    for line in wrap(f"“{sheet.prompt}”", (WIDTH - 2 * MARGIN) / (size * 0.56)):
        y += size * 1.2
        parts.append(text(MARGIN, y, line, size, weight="bold"))
    y += 22
    parts.append(text(MARGIN, y, "Painters that share one judge and differ in the prior between its gradient and the picture", 13, QUIET))
    return parts, round(y + 20)  # whole units: pictures lie on the pixel grid


def _pictures(sheet, y):
    parts = []
    for painter, x in _slots(sheet):
        row = sheet.shown(painter)
        parts.append(symbol(painter, x, y))
        parts.append(text(x + 52, y + 11, LABELS[painter], 15, weight="bold"))
        parts.append(picture(sheet.images[painter], x, y + 22, PANEL))
        under = y + 22 + PANEL
        for i, (key, label) in enumerate(FIGURES.items()):
            left = x + i * PANEL / 3
            parts.append(text(left, under + 19, number(row[key]), 17, weight="bold"))
            climbed = key == "realism" and optimised_proxy(sheet.settings.get(painter))
            parts.append(text(left, under + 34, f"{label}, climbed" if climbed else label, 10.5, QUIET))
        gap = judge_gap(row["score"], row["heldout"], sheet.reference)
        told = "" if gap is None else f"judge gap {number(gap)}; "
        done = f"{told}step {row['step']} of {row['total']}, {row['seconds']:.1f} s"
        parts.append(text(x, under + 52, done, 10.5, QUIET))
    return parts, y + 22 + PANEL + 76


def _curves(sheet, y):
    parts, height = [], 150
    for i, (key, label) in enumerate(FIGURES.items()):
        x = MARGIN + i * (WIDTH - 2 * MARGIN - PANEL) / 2
        parts.append(text(x, y + 11, label, 13, weight="bold"))
        parts.append(place(curve(sheet.rows, key, sheet.band(key), width=PANEL - 34, height=height, now=sheet.now), x, y + 20, f"c{i}"))
    return parts, y + 20 + height + 54


def _plane_and_words(sheet, y):
    size = 330
    parts = [
        text(MARGIN, y + 11, "Judge score against realism", 13, weight="bold"),
        place(plane(sheet.rows, sheet.reference, width=400, height=size - 60, now=sheet.now), MARGIN, y + 20, "plane"),
    ]
    left, top = MARGIN + 484, y + 11
    parts.append(text(left, top, "In words", 13, weight="bold"))
    top += 8
    for sentence in verdict(sheet.rows, sheet.reference, sheet.settings):
        top += 4
        for line in wrap(sentence, (WIDTH - MARGIN - left) / 5.8):
            top += 16.5
            parts.append(text(left, top, line, 12))
        top += 5
    return parts, max(y + size + 10, top + 14)


def caption(sheet):
    """What stands below every drawing of a run: where it stands, seed and settings, how to read it, pack and versions."""
    settings = "; ".join(
        f"{LABELS[p]}: " + ", ".join(f"{k} {v}" for k, v in sheet.settings[p].items()) for p in sheet.painters if p in sheet.settings
    )
    ended = all(sheet.shown(p)["step"] == sheet.rows[p][-1]["step"] for p in sheet.painters)
    place = "" if ended else "Pictures, figures and marks are of the steps named; the curves and the words are of the whole run. "
    return [
        f"{place}Seed {sheet.seed}. {settings}.",
        f"Pack {sheet.pack} {sheet.pack_hash[:16]}; " + ", ".join(f"{k} {v}" for k, v in sheet.versions.items()) + ".",
        _bands(sheet.reference) + "Realism compares with reference photographs and claims no agreement with human opinion.",
    ]


def _bands(reference):
    """What the grey bands and the judge gap are; "" where there are none."""
    if reference is None:
        return ""
    limit = reference.get("gap", {}).get("p99")
    return (
        "Band and frame: 5th to 95th percentile of real photographs of the pack; for both judges with their own captions. "
        "Judge gap: judge minus held-out judge, each rescaled so that an unrelated photograph is 0 and a matching one 1 (the shared "
        f"scale){f'; 99 of 100 photographs have less than {number(limit)}' if limit else ''}. "
    )


def small_print(lines, margin, width, y):
    """Caption lines below a rule, as SVG parts, and where they end."""
    parts = [f'<line x1="{margin}" x2="{width - margin}" y1="{y}" y2="{y}" stroke="{RULE}"/>']
    y += 5
    for paragraph in lines:
        for line in wrap(paragraph, (width - 2 * margin) / 4.5):
            y += 13.5
            parts.append(text(margin, y, line, 9.5, QUIET))
    return parts, y


def _slots(sheet):
    """Painters with the left edge of their panel, spread over three columns."""
    return [(p, MARGIN + i * (WIDTH - 2 * MARGIN - PANEL) / 2) for i, p in enumerate(sheet.painters)]
