"""The grid of a sweep as one PNG: pictures with their measures, labels on both axes, spread over seeds."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np

from core.base.images import encode_png
from core.base.measure_names import MEASURES, two_decimals
from core.exports.caption import prompt_notes
from core.exports.fonts import text_width, wrap_text
from core.exports.painter_styles import INK, MUTED, RULE
from core.exports.svg import DPI, rasterise, svg_document, svg_picture, svg_text

SIDE = 160  # user units; the PNG has two pixels to each
GAP = 14
MARGIN = 30
LABEL = 120  # width of the labels at the left
UNDER = 52  # height of the numbers under a picture
LEAST_WIDTH = 560
PROMPT_SIZE = 20
SPREAD_TITLE = "Mean over the seeds (lowest to highest)"
ImageOf = Callable[[dict], np.ndarray | None]  # cell → its picture, uint8 H×W×3, or None


def grid_png(state: dict, image_of: ImageOf, reading: str = "") -> bytes:
    """PNG bytes of a sweep.

    Args:
        state: as `core.storage.sweep_store.read_sweep_state` gives it.
        image_of: finds a cell's picture.
        reading: how the models read the prompt; see core.base.prompt_reading.
    """
    settings = {"x": state["x"], "y": state["y"], "seed": state["seed"]}
    records = {"Title": f"Can the Judge Paint? {state['prompt']}", "Settings": json.dumps(settings)}
    return encode_png(rasterise(grid_svg(state, image_of, reading), 2), records, dpi=DPI)


def grid_svg(state: dict, image_of: ImageOf, reading: str = "") -> str:
    """The same as an SVG document."""
    left = MARGIN + (LABEL if state["y"] else 0)
    columns = len(state["x"]["values"])
    width = max(left + columns * (SIDE + GAP) - GAP + MARGIN, LEAST_WIDTH)
    body, y = _heading(state, width, reading)
    for i, value in enumerate(state["x"]["values"]):
        middle = left + i * (SIDE + GAP) + SIDE / 2
        body.append(svg_text(middle, y, value, 13, weight="bold", anchor="middle"))
    y += 10
    for row, value in enumerate(state["y"]["values"] if state["y"] else [""]):
        body += _row_label(value, y)
        for i, cell in enumerate(state["cells"][row * columns : (row + 1) * columns]):
            body += _cell(cell, image_of(cell), left + i * (SIDE + GAP), y)
        y += SIDE + UNDER
    spread, y = _spread(state["spread"], y)
    return svg_document(width, round(y + 10), "".join(body + spread))


def _heading(state: dict, width: float, reading: str) -> tuple[list[str], float]:
    """(SVG parts, y of the labels above the columns)."""
    body = []
    y = MARGIN
    room = width - 2 * MARGIN
    for line in wrap_text(f"“{state['prompt']}”", room, PROMPT_SIZE, "bold"):
        y += 24
        body.append(svg_text(MARGIN, y - 6, line, PROMPT_SIZE, weight="bold"))
    for line in wrap_text(reading, room, 12) if reading else ():
        y += 16
        body.append(svg_text(MARGIN, y - 4, line, 12))
    facts = [", ".join(state["painters"]), f"{state['x']['label']} across"]
    if state["y"]:
        facts.append(f"{state['y']['label']} down")
    if state["seed"] is not None:
        facts.append(f"seed {state['seed']}")
    scale = f"judges' scores: {state['scale']}" if "scale" in state else ""
    facts += [fact for fact in (state["changed"], scale) if fact]
    for line in wrap_text(" · ".join([*facts, *prompt_notes(state["prompt"])]), room, 12):
        y += 16
        body.append(svg_text(MARGIN, y - 4, line, 12, MUTED))
    return body, y + 24


def _row_label(value: str, y: float) -> list[str]:
    if not value:
        return []
    lines = wrap_text(value, LABEL - 10, 13, "bold")
    return [svg_text(MARGIN, y + SIDE / 2 + 15 * i, line, 13, weight="bold") for i, line in enumerate(lines)]


def _cell(cell: dict, image: np.ndarray | None, x: float, y: float) -> list[str]:
    if image is None:
        return [
            f'<rect x="{x}" y="{y}" width="{SIDE}" height="{SIDE}" fill="{RULE}" fill-opacity="0.3"/>',
            svg_text(x + SIDE / 2, y + SIDE / 2, cell["status"], 12, MUTED, anchor="middle"),
        ]
    parts = [svg_picture(image, x, y, SIDE)]
    named = {**cell["judge_labels"], "realism": cell["realism_label"]}
    labels = {name: named[name] for name in MEASURES}
    for i, (name, label) in enumerate(labels.items()):
        at = x + i * SIDE / 3
        parts.append(svg_text(at, y + SIDE + 17, two_decimals(cell[name]), 13, INK, "bold"))
        parts.append(svg_text(at, y + SIDE + 30, label, 9.5, MUTED))
    return parts


def _spread(rows: list[dict], y: float) -> tuple[list[str], float]:
    """The table below the grid, and where it ends."""
    if not rows:
        return [], y
    parts = [svg_text(MARGIN, y + 4, SPREAD_TITLE, 12, weight="bold")]
    left = MARGIN + 20 + max(text_width(row["label"] or "all", 12) for row in rows)
    for row in rows:
        y += 17
        parts.append(svg_text(MARGIN, y + 4, row["label"] or "all", 12))
        parts.append(svg_text(left, y + 4, _spread_text(row) or "–", 12, MUTED))
    return parts, y + 24


def _spread_text(row: dict) -> str:
    parts = []
    for name, measure in MEASURES.items():
        if name in row:
            mean, low, high = (two_decimals(row[name][end]) for end in ("mean", "low", "high"))
            parts.append(f"{measure.short} {mean} ({low} to {high})")
    return ", ".join(parts)
