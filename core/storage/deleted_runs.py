"""Runs that were deleted a while ago, and that whoever deleted them may still bring back. No torch."""

from core.base.ids import is_id
from core.storage.owners import is_owner
from core.storage.records import Run, run_from_record
from core.storage.run_store import RunStore


def deleted_run(store: RunStore, run_id: object) -> Run | None:
    """A run that was deleted and is not yet removed for good, or None. Safe for untrusted arguments.

    Raises:
        StoreError: the store cannot be read.
    """
    if not is_id(run_id):
        return None
    sql = "SELECT * FROM runs WHERE id = ? AND deleted_at IS NOT NULL"
    records = store.database.read(sql, run_id)
    return run_from_record(records[0]) if records else None


def may_restore(store: RunStore, run_id: str, secret: str) -> bool:
    """Whether `secret` is the one that started a deleted run, and so the one that may bring it back."""
    records = store.database.read("SELECT owner FROM runs WHERE id = ? AND deleted_at IS NOT NULL", run_id)
    return bool(records) and is_owner(records[0]["owner"], secret)
