"""The run as one HTML file that needs nothing else: pictures, charts and Vega are inside. Works from a disk, offline."""

import base64
import html
import io
import json
from pathlib import Path

from core.charts import COLOURS, curve, plane
from core.drawing import symbol
from core.figures import FIGURES, caption, sheet_of
from core.metadata import KEY
from core.settings import LABELS
from core.verdict import verdict

HERE = Path(__file__).parent
QUALITY = 90  # of WebP; at 128 px the difference to the painted picture cannot be seen
BUDGET = 3_600_000  # bytes of pictures; with Vega, and a third more as base64, the page stays under 6 MB
COLUMNS = ("step", "seconds", "evaluations", *FIGURES)


def page_html(source, tell=lambda share: None):
    """The page of a core.exports.source.Source as one HTML document. `tell` hears how far it is, 0 … 1."""
    import vl_convert

    sheet = sheet_of(source)
    pictures, every = _pictures(source, tell)
    run = {
        "painters": [_painter(source, p, pictures[p]) for p in source.painters],
        "charts": {**{key: _chart(curve, sheet, key) for key in FIGURES}, "plane": _chart(plane, sheet)},
        "record": json.loads(sheet.record[KEY]),
    }
    parts = {
        "TITLE": html.escape(f"{source.request.prompt} · Can the judge paint?"),
        "PROMPT": html.escape(f"“{source.request.prompt}”"),
        "WORDS": "".join(f"<p>{html.escape(s)}</p>" for s in verdict(sheet.rows, sheet.reference, sheet.settings)),
        "CAPTION": "".join(f"<p>{html.escape(s)}</p>" for s in [*caption(sheet), _note(source, every)]),
        "STYLE": (HERE / "page.css").read_text("utf-8"),
        # "<" never appears in the data, so nothing in it can end the script.
        "RUN": json.dumps(run, separators=(",", ":")).replace("<", "\\u003c"),
        "VEGA": vl_convert.javascript_bundle().replace("</script", "<\\/script"),
        "SCRIPT": (HERE / "page.js").read_text("utf-8"),
    }
    document = (HERE / "page.html").read_text("utf-8")
    # One pass: what is put in is never searched for further names.
    pieces = document.split("%%")
    return "".join(parts[piece] if i % 2 else piece for i, piece in enumerate(pieces))


def _painter(source, painter, pictures):
    rows = source.rows[painter]
    mark = f'<svg width="46" height="14" viewBox="-2 -1 48 14" aria-hidden="true">{symbol(painter, 0, 0)}</svg>'
    values = [[_rounded(getattr(row, name)) for name in COLUMNS] for row in rows]
    return {"name": painter, "label": LABELS[painter], "colour": COLOURS[painter], "mark": mark,
            "total": rows[-1].total, "rows": values, "pictures": pictures}  # fmt: skip


def _rounded(value):
    return value if isinstance(value, int) else round(value, 4)


def _pictures(source, tell):
    """painter → step → data address, and n: only every n-th picture is kept, so that the page stays small."""
    from PIL import Image

    wanted = [(painter, row) for painter, rows in source.rows.items() for row in rows if row.has_frame]
    encoded = {}
    for i, (painter, row) in enumerate(wanted):
        buffer = io.BytesIO()
        Image.fromarray(source.image(row)).save(buffer, "WEBP", quality=QUALITY, method=4)
        encoded.setdefault(painter, {})[row.step] = buffer.getvalue()
        tell((i + 1) / len(wanted))
    every = max(1, -(-sum(len(data) for steps in encoded.values() for data in steps.values()) // BUDGET))
    kept = {}
    for painter, steps in encoded.items():
        chosen = [step for i, step in enumerate(steps) if i % every == 0 or i == len(steps) - 1]
        kept[painter] = {step: "data:image/webp;base64," + base64.b64encode(steps[step]).decode() for step in chosen}
    return kept, every


def _chart(make, sheet, key=None):
    """Vega-Lite of one chart, as wide as its place."""
    if key is None:
        chart = make(sheet.rows, sheet.reference, width=300, height=250)
    else:
        chart = make(sheet.rows, key, sheet.band(key), width=300, height=170)
    spec = chart.to_dict()
    spec["config"]["axis"] |= {"labelFontSize": 13, "titleFontSize": 13}
    spec["config"]["padding"] = 6
    return {**spec, "width": "container", "autosize": {"type": "fit-x", "contains": "padding"}}


def _note(source, every):
    kept = "" if every == 1 else f"To keep this page small it holds one picture in {every}; every figure and curve is complete. "
    unfinished = "" if source.status == "done" else f"The run was {source.status} when this page was made. "
    return f"{unfinished}{kept}Pictures are WebP at quality {QUALITY}; the figures were measured on the painted ones."
