"""The rows of a stored run as the lesson reads them. No torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.storage.records import StepRow
    from core.storage.run_store import RunStore


def rows_by_painter(store: RunStore, run_id: str) -> dict[str, list[StepRow]]:
    """Painter → its rows in step order. Raises StoreError."""
    found: dict[str, list[StepRow]] = {}
    for row in sorted(store.rows(run_id), key=lambda row: row.step):
        found.setdefault(row.painter, []).append(row)
    return found


def last_rows(store: RunStore, run_id: str) -> dict[str, StepRow]:
    """Painter → the row of its last step. Raises StoreError."""
    return {painter: rows[-1] for painter, rows in rows_by_painter(store, run_id).items()}
