"""Sweeps in the run store: start, look, cancel. No torch."""

import re
import time
from dataclasses import dataclass

from core.settings import LABELS, realism_label
from core.sweeps import BEHIND, SEED, Plan, axis_label, value_label

SWEEP_ID = re.compile(r"[a-z2-7]{26}")
FIGURES = ("score", "heldout", "realism")


@dataclass(frozen=True)
class Sweep:
    """A stored sweep; `runs` are the ids of its cells' runs, in the order of `plan.cells()`."""

    id: str
    plan: Plan
    runs: tuple


def start(store, plan, pack_hash, owner=""):
    """Queue every cell that is not stored yet, behind all single runs. The same plan gives the same Sweep.

    Raises:
        StoreError.
    """
    sweep_id = store.named("sweep", plan.canonical(), pack_hash)
    runs = [store.submit(cell.request, pack_hash, owner, priority=BEHIND).id for cell in plan.cells()]
    with store.database.transaction() as db:
        db.execute("INSERT OR REPLACE INTO sweeps VALUES (?, ?, ?)", (sweep_id, plan.canonical(), time.time()))
        db.execute("DELETE FROM cells WHERE sweep = ?", (sweep_id,))
        db.executemany("INSERT INTO cells VALUES (?, ?, ?)", [(sweep_id, place, run) for place, run in enumerate(runs)])
    return Sweep(sweep_id, plan, tuple(runs))


def get(store, sweep_id):
    """Sweep, or None if there is none or this version no longer accepts its plan."""
    records = store.database.read("SELECT plan FROM sweeps WHERE id = ?", sweep_id)
    plan = Plan.from_text(records[0]["plan"]) if records else None
    if plan is None:
        return None
    cells = store.database.read("SELECT run FROM cells WHERE sweep = ? ORDER BY place", sweep_id)
    return Sweep(sweep_id, plan, tuple(cell["run"] for cell in cells))


def cancel(store, sweep, owner):
    """Stop the cells that wait or are being painted, as far as `owner` started them. Returns how many.

    A cell that somebody has asked for as a run of its own goes on.
    """
    marks = ",".join("?" * len(sweep.runs))
    records = store.database.read(
        f"SELECT id FROM runs WHERE status IN ('queued', 'running') AND priority >= {BEHIND} AND id IN ({marks}) ORDER BY ticket DESC",
        *sweep.runs,
    )
    return sum(store.request_cancel(record["id"], owner) for record in records)


def may_cancel(store, sweep, owner):
    """Whether `cancel` would stop anything."""
    active = (run for run in map(store.get, sweep.runs) if run is not None and run.active)
    return any(store.may_cancel(run.id, owner) for run in active)


def state(store, sweep):
    """A sweep as its page wants it: JSON-ready dict with every cell's status and newest figures."""
    newest = _newest(store, sweep)
    return {"id": sweep.id, **grid_state(sweep.plan, [newest.get(run) for run in sweep.runs])}


def grid_state(plan, records):
    """What the grid of a plan shows.

    Args:
        records: per cell a mapping with id, status, reason, step (None before the first), total, seconds, score,
            heldout, realism; or None for a run that is gone.
    """
    cells = [_cell(plan, cell, record) for cell, record in zip(plan.cells(), records, strict=True)]
    return {
        "prompt": plan.prompt,
        "seed": None if SEED in [axis.name for axis in (plan.x, plan.y) if axis] else plan.seed,
        "painters": [LABELS[p] for p in plan.painters],
        "x": _axis(plan.x, plan.painter),
        "y": _axis(plan.y, plan.painter) if plan.y else None,
        "cells": cells,
        "done": sum(cell["status"] == "done" for cell in cells),
        "total": len(cells),
        "active": any(cell["status"] in ("queued", "running") for cell in cells),
        "spread": spread(plan, cells),
    }


def spread(plan, cells):
    """Mean and range over the seeds of what is done: list of rows, one per value of the other axis; [] without seeds.

    Args:
        cells: as in `state`.
    """
    axes = [axis.name for axis in (plan.x, plan.y) if axis]
    if SEED not in axes:
        return []
    other = {"x": plan.y, "y": plan.x}["x" if plan.x.name == SEED else "y"]
    key = "y" if plan.x.name == SEED else "x"
    rows = []
    for value in other.values if other else (None,):
        label = value_label(other.name, value) if other else ""
        done = [cell for cell in cells if cell["status"] == "done" and (not other or cell[key] == label)]
        row = {"label": label, "number": len(done)}
        for figure in FIGURES if done else ():
            found = [cell[figure] for cell in done]
            row[figure] = {"mean": sum(found) / len(found), "low": min(found), "high": max(found)}
        rows.append(row)
    return rows


def _axis(axis, painter):
    return {"label": axis_label(axis.name, painter), "values": [value_label(axis.name, value) for value in axis.values]}


def _newest(store, sweep):
    """Run id → its newest row with the run's status; runs that are gone are missing."""
    marks = ",".join("?" * len(sweep.runs))
    records = store.database.read(
        "SELECT runs.id, status, reason, painter, step, total, score, heldout, realism, seconds FROM runs LEFT JOIN steps "
        "ON steps.run = runs.id AND steps.seq = (SELECT MAX(seq) FROM steps WHERE run = runs.id) "
        f"WHERE deleted_at IS NULL AND runs.id IN ({marks})",
        *sweep.runs,
    )
    return {record["id"]: dict(record) for record in records}


def _cell(plan, cell, record):
    labels = {"x": value_label(plan.x.name, cell.x), "y": value_label(plan.y.name, cell.y) if plan.y else ""}
    painter = cell.request.painters[0]
    return (
        labels
        | {"painter": painter, "realism_label": realism_label(cell.request.settings[painter])}
        | (record or {"id": None, "status": "gone", "reason": "This run was deleted.", "step": None})
    )
