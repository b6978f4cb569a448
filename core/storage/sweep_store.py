"""Sweeps in the run store: start, look, cancel. No torch."""

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.base.judges import is_usual, judge_labels, roles_of
from core.base.measure_names import MEASURES
from core.base.settings import PAINTER_LABELS, realism_label
from core.base.sweep_plan import (
    SEED_AXIS,
    SWEEP_PRIORITY,
    SweepAxis,
    SweepCell,
    SweepPlan,
    axis_label,
    value_label,
)
from core.storage.records import ACTIVE
from core.storage.run_store import RunStore

GONE = {"id": None, "status": "gone", "reason": "This run was deleted.", "step": None}

CellRecord = Mapping[str, Any]


@dataclass(frozen=True)
class Sweep:
    """A stored sweep; `runs` are the ids of its cells' runs, in the order of `plan.cells()`."""

    id: str
    plan: SweepPlan
    runs: tuple[str, ...]


def start_sweep(
    store: RunStore,
    plan: SweepPlan,
    pack_hash: str,
    owner: str = "",
    admit: Callable[[sqlite3.Connection], None] | None = None,
) -> Sweep:
    """Queue every cell that is not stored yet, behind all single runs. The same plan gives the same sweep.

    Args:
        owner: secret that may cancel it.
        admit: called with the open transaction before anything is queued; what it raises is raised.

    Raises:
        StoreError.
    """
    sweep_id = store.derived_id("sweep", plan.canonical(), pack_hash)
    requests = [cell.request for cell in plan.cells()]
    with store.database.transaction() as db:
        if admit is not None:
            admit(db)
        runs = store.submit_all(db, requests, pack_hash, owner, SWEEP_PRIORITY)
        db.execute(
            "INSERT OR REPLACE INTO sweeps VALUES (?, ?, ?)", (sweep_id, plan.canonical(), time.time())
        )
        db.execute("DELETE FROM cells WHERE sweep = ?", (sweep_id,))
        cells = [(sweep_id, place, run) for place, run in enumerate(runs)]
        db.executemany("INSERT INTO cells VALUES (?, ?, ?)", cells)
    return Sweep(sweep_id, plan, tuple(runs))


def get_sweep(store: RunStore, sweep_id: str) -> Sweep | None:
    """A sweep, or None if there is none or this version no longer accepts its plan."""
    records = store.database.read("SELECT plan FROM sweeps WHERE id = ?", sweep_id)
    plan = SweepPlan.from_text(records[0]["plan"]) if records else None
    if plan is None:
        return None
    cells = store.database.read("SELECT run FROM cells WHERE sweep = ? ORDER BY place", sweep_id)
    return Sweep(sweep_id, plan, tuple(cell["run"] for cell in cells))


def cancel_sweep(store: RunStore, sweep: Sweep, owner: str) -> int:
    """Stop the cells that wait or are being painted, as far as `owner` started them. Returns how many.

    A cell that somebody has asked for as a run of its own goes on.
    """
    marks = ",".join("?" * len(sweep.runs))
    records = store.database.read(
        f"SELECT id FROM runs WHERE status IN ('queued', 'running') AND priority >= {SWEEP_PRIORITY} "
        f"AND id IN ({marks}) ORDER BY ticket DESC",
        *sweep.runs,
    )
    return sum(store.queue.request_cancel(record["id"], owner) for record in records)


def stopped_cells(store: RunStore, sweep: Sweep) -> int:
    """How many cells were stopped, or are about to be."""
    runs = [run for run in map(store.get, sweep.runs) if run is not None]
    return sum(run.status == "stopped" or store.queue.cancel_requested(run.id) for run in runs)


def may_cancel_sweep(store: RunStore, sweep: Sweep, owner: str) -> bool:
    """Whether `cancel_sweep` would stop anything."""
    active = (run for run in map(store.get, sweep.runs) if run is not None and run.active)
    return any(store.queue.may_cancel(run.id, owner) for run in active)


def read_sweep_state(store: RunStore, sweep: Sweep) -> dict[str, Any]:
    """A sweep as its page wants it: JSON-ready, with every cell's status and newest measurement."""
    newest = _newest_rows(store, sweep)
    return {"id": sweep.id, **grid_state(sweep.plan, [newest.get(run) for run in sweep.runs])}


def grid_state(plan: SweepPlan, records: Sequence[CellRecord | None]) -> dict[str, Any]:
    """What the grid of a plan shows.

    Args:
        records: per cell a mapping with id, status, reason, step (None before the first), total, seconds,
            score,
            heldout, realism; or None for a run that is gone.
    """
    cells = [_cell_state(plan, cell, record) for cell, record in zip(plan.cells(), records, strict=True)]
    return {
        "prompt": plan.prompt,
        "seed": None if SEED_AXIS in [axis.name for axis in plan.axes] else plan.seed,
        "changed": plan.changed,
        "painters": [PAINTER_LABELS[painter] for painter in plan.painters],
        "x": _axis_state(plan.x, plan.painter),
        "y": _axis_state(plan.y, plan.painter) if plan.y else None,
        "cells": cells,
        "done": sum(cell["status"] == "done" for cell in cells),
        "total": len(cells),
        "active": any(cell["status"] in ACTIVE for cell in cells),
        "spread": seed_spread(plan, cells),
    }


def seed_spread(plan: SweepPlan, cells: Sequence[CellRecord]) -> list[dict[str, Any]]:
    """Mean and range over the seeds of what is done: one row per value of the other axis; [] without seeds.

    Args:
        cells: as in `grid_state`.
    """
    if SEED_AXIS not in [axis.name for axis in plan.axes]:
        return []
    key, other = ("y", plan.y) if plan.x.name == SEED_AXIS else ("x", plan.x)
    done = [cell for cell in cells if cell["status"] == "done"]
    if other is None:
        return [_spread_row("", done)]
    labels = [value_label(other.name, value) for value in other.values]
    return [_spread_row(label, [cell for cell in done if cell[key] == label]) for label in labels]


def _spread_row(label: str, cells: Sequence[CellRecord]) -> dict[str, Any]:
    row: dict[str, Any] = {"label": label, "number": len(cells)}
    for measure in MEASURES if cells else ():
        values = [cell[measure] for cell in cells]
        row[measure] = {"mean": sum(values) / len(values), "low": min(values), "high": max(values)}
    return row


def _axis_state(axis: SweepAxis, painter: str) -> dict[str, Any]:
    labels = [value_label(axis.name, value) for value in axis.values]
    return {"label": axis_label(axis.name, painter), "values": labels}


def _newest_rows(store: RunStore, sweep: Sweep) -> dict[str, dict[str, Any]]:
    """Run id → its newest row with the run's status; runs that are gone are missing."""
    marks = ",".join("?" * len(sweep.runs))
    records = store.database.read(
        "SELECT runs.id, status, reason, painter, step, total, score, heldout, realism, seconds "
        "FROM runs LEFT JOIN run_steps ON run_steps.run = runs.id "
        "AND seq = (SELECT MAX(seq) FROM run_steps WHERE run = runs.id) "
        f"WHERE deleted_at IS NULL AND runs.id IN ({marks})",
        *sweep.runs,
    )
    return {record["id"]: dict(record) for record in records}


def _cell_state(plan: SweepPlan, cell: SweepCell, record: CellRecord | None) -> dict[str, Any]:
    painter = cell.request.painters[0]
    usual = all(is_usual(other.request.settings) for other in plan.cells())
    roles = roles_of(cell.request.settings[painter])
    state = {
        "x": value_label(plan.x.name, cell.x),
        "y": value_label(plan.y.name, cell.y) if plan.y else "",
        "painter": painter,
        "realism_label": realism_label(cell.request.settings[painter]),
        "judge_labels": judge_labels(cell.request.settings[painter], usual),
        "steering": roles.steering,
        "witness": roles.witness,
    }
    return state | dict(record or GONE)
