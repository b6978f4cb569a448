"""The grid of a sweep as one PNG: pictures with their figures, labels on both axes, the spread over seeds."""

import json

from core.charts import INK, QUIET, RULE
from core.drawing import DPI, columns, document, number, picture, rasterise, text, wrap
from core.images import encode_png

SIDE, GAP, MARGIN = 160, 14, 30  # user units; the PNG has two pixels to each
LABEL, UNDER = 120, 52  # width of the labels at the left, height of the figures under a picture
FIGURES = {"score": "Judge", "heldout": "Held-out", "realism": "Realism"}


def grid_png(state, image_of):
    """PNG bytes of a sweep.

    Args:
        state: as `core.sweep_store.state` gives it.
        image_of: function of a cell → its picture, uint8 H×W×3, or None.
    """
    left = MARGIN + (LABEL if state["y"] else 0)
    width = max(left + len(state["x"]["values"]) * (SIDE + GAP) - GAP + MARGIN, 560)
    body, y = _heading(state, width)
    for place, value in enumerate(state["x"]["values"]):
        body.append(text(left + place * (SIDE + GAP) + SIDE / 2, y, value, 13, weight="bold", anchor="middle"))
    y += 10
    across = len(state["x"]["values"])
    for row, value in enumerate(state["y"]["values"] if state["y"] else [""]):
        if value:
            body += [text(MARGIN, y + SIDE / 2 + 15 * line, part, 13, weight="bold") for line, part in enumerate(wrap(value, LABEL / 8))]
        for place, cell in enumerate(state["cells"][row * across : (row + 1) * across]):
            body += _cell(cell, image_of(cell), left + place * (SIDE + GAP), y)
        y += SIDE + UNDER
    body += _spread(state["spread"], y)
    height = round(y + (24 + 17 * len(state["spread"]) if state["spread"] else 0) + 10)
    drawn = rasterise(document(width, height, "".join(body)), 2)
    return encode_png(
        drawn,
        {
            "Title": f"Can the Judge Paint? {state['prompt']}",
            "Settings": json.dumps({"x": state["x"], "y": state["y"], "seed": state["seed"]}),
        },
        dpi=DPI,
    )


def _heading(state, width):
    """(SVG parts, y of the labels above the columns)."""
    body, y = [], MARGIN
    for line in wrap(f"“{state['prompt']}”", (width - 2 * MARGIN) / (20 * 0.56)):
        y += 24
        body.append(text(MARGIN, y - 6, line, 20, weight="bold"))
    told = [", ".join(state["painters"]), f"{state['x']['label']} across"]
    told += [f"{state['y']['label']} down"] if state["y"] else []
    told += [] if state["seed"] is None else [f"seed {state['seed']}"]
    for line in wrap(" · ".join(told), (width - 2 * MARGIN) / 6.2):
        y += 16
        body.append(text(MARGIN, y - 4, line, 12, QUIET))
    return body, y + 24


def _cell(cell, image, x, y):
    if image is None:
        return [
            f'<rect x="{x}" y="{y}" width="{SIDE}" height="{SIDE}" fill="{RULE}" fill-opacity="0.3"/>',
            text(x + SIDE / 2, y + SIDE / 2, cell["status"], 12, QUIET, anchor="middle"),
        ]
    parts = [picture(image, x, y, SIDE)]
    for place, (key, label) in enumerate({**FIGURES, "realism": cell["realism_label"]}.items()):
        at = x + place * SIDE / 3
        parts += [text(at, y + SIDE + 17, number(cell[key]), 13, INK, "bold"), text(at, y + SIDE + 30, label, 9.5, QUIET)]
    return parts


def _spread(rows, y):
    if not rows:
        return []
    parts = [text(MARGIN, y + 4, "Mean over the seeds (lowest to highest)", 12, weight="bold")]
    for line, row in enumerate(rows, start=1):
        words = [
            f"{label} {number(row[key]['mean'])} ({number(row[key]['low'])} to {number(row[key]['high'])})"
            for key, label in FIGURES.items()
            if key in row
        ]
        at = MARGIN + 8 * max(columns(other["label"]) for other in rows) + 10
        parts += [
            text(MARGIN, y + 4 + 17 * line, row["label"] or "all", 12),
            text(at, y + 4 + 17 * line, ", ".join(words) or "–", 12, QUIET),
        ]
    return parts
