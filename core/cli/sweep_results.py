"""What a sweep leaves beside its cells' folders: sweep.csv, sweep.png and tradeoff.png."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np

from core.base.errors import OutputError, StoreError
from core.base.files import write_bytes
from core.base.images import read_image
from core.base.prompt_reading import reading_note
from core.base.sweep_plan import SweepPlan
from core.exports.sweep_figure import grid_png
from core.exports.sweep_scale import shown_grid
from core.exports.sweep_source import sweep_in_folders
from core.exports.tradeoff_figure import figure_png
from core.measures.judge_gap import reference_for
from core.packs import pack_hash, read_manifest
from core.packs.former_packs import reference_at
from core.storage import run_folder
from core.storage.sweep_store import MEASURES, grid_state

GRID_FILE = "sweep.png"
TRADEOFF_FILE = "tradeoff.png"  # of a sweep over one setting
TABLE_FILE = "sweep.csv"


def write_results(plan: SweepPlan, folders: list[Path], out: Path) -> dict[str, Any]:
    """Write table and drawings of the cells' folders into `out`; returns their state, as `grid_state`."""
    state = grid_state(plan, [_record(folder) for folder in folders])
    write_bytes(out / TABLE_FILE, _table(plan, state, folders))
    manifest = read_manifest(plan.pack)
    reading = reading_note(plan.prompt, manifest["words"])
    reference = reference_for(plan.prompt, reference_at(plan.pack, pack_hash(manifest)))
    write_bytes(out / GRID_FILE, grid_png(shown_grid(plan, state, reference), _image, reading))
    if plan.y is None and any(cell["step"] is not None for cell in state["cells"]):
        write_bytes(out / TRADEOFF_FILE, figure_png(sweep_in_folders(plan, folders)))
    return state


def _record(folder: Path) -> dict[str, Any] | None:
    """What `grid_state` wants to know of a cell's folder, or None if it holds no run."""
    try:
        description, rows = run_folder.read_run(folder)
    except StoreError:
        return None
    last = rows[-1] if rows else None
    measures = {name: getattr(last, name, None) for name in ("step", "total", "seconds", *MEASURES)}
    return {"id": str(folder), "status": description.status, "reason": description.reason, **measures}


def _image(cell: dict[str, Any]) -> np.ndarray | None:
    """The last picture of a cell, uint8 H×W×3; None if it has none."""
    if cell["id"] is None or cell["step"] is None:
        return None
    try:
        return read_image(run_folder.frame_file(cell["id"], cell["painter"], cell["step"]))
    except OSError as error:
        advice = "Remove the folder and sweep again."
        raise OutputError(f"{cell['id']} lost a picture: {error.strerror or error}. {advice}") from error


def _table(plan: SweepPlan, state: dict[str, Any], folders: list[Path]) -> bytes:
    """sweep.csv: one line per cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [axis.name for axis in (plan.x, plan.y) if axis]
    writer.writerow([*names, "painter", "status", *MEASURES, "seconds", "folder"])
    for cell, planned, folder in zip(state["cells"], plan.cells(), folders, strict=True):
        values = [value for value in (planned.x, planned.y) if value is not None]
        figures = ["" if cell.get(name) is None else f"{cell[name]:.7g}" for name in (*MEASURES, "seconds")]
        writer.writerow([*values, cell["painter"], cell["status"], *figures, folder.name])
    return text.getvalue().encode()
