"""Runs that are painted while nobody asks for anything (column `ahead`). No torch.

Such a run holds paintings for whoever asks for them later, and that person's run takes them. It is nobody's,
stands in no list, never waits in the queue, and is the first to go when its space is needed.
"""

import contextlib
import time

from core.base.errors import StoreError
from core.base.request import RunRequest
from core.base.revision import MEASURING_REVISION, PAINTING_REVISION
from core.storage import paintings
from core.storage.records import Run
from core.storage.run_store import RunStore

_ON_SCREEN = "on_screen"
# Not "queued" or "running": neither a queue nor a restart ever takes it up. `interruptions` counts the tries
# that did not come to an orderly end.
_BEGIN = (
    "INSERT INTO runs (id, status, request, pack_hash, code_revision, measuring_revision, created, finished, "
    "ticket, ahead, interruptions) "
    "VALUES (:id, 'stopped', :request, :pack_hash, :painting, :measuring, :now, :now, 0, 1, 1) "
    "ON CONFLICT (id) DO UPDATE SET interruptions = interruptions + 1, finished = :now"
)
_OUTDATED = "ahead AND (code_revision != ? OR measuring_revision != ? OR pack_hash != ?)"


class PaintedAhead:
    """What of a store was painted ahead. Every method may raise StoreError.

    Args:
        store: the runs.
        pack_hash: of the pack that paints.
    """

    def __init__(self, store: RunStore, pack_hash: str) -> None:
        self.store = store
        self.database = store.database
        self.pack_hash = pack_hash

    def is_due(self, request: RunRequest) -> bool:
        """Whether something of a request is missing and painting it ahead has not failed before."""
        if not self.store.missing(request, self.pack_hash).painters:
            return False
        sql = "SELECT 1 FROM runs WHERE id = ? AND interruptions > 0"
        return not self.database.read(sql, self._id(request))

    def begin(self, request: RunRequest) -> tuple[str, RunRequest]:
        """Let a run paint what nobody else is painting. Returns (its id, the request for that alone)."""
        run_id = self._id(request)
        values = {
            "id": run_id,
            "request": request.canonical(),
            "pack_hash": self.pack_hash,
            "painting": PAINTING_REVISION,
            "measuring": MEASURING_REVISION,
            "now": time.time(),
        }
        with self.database.transaction() as db:
            is_new = not paintings.paintings_of(db, run_id)
            db.execute(_BEGIN, values)
            if is_new:
                ids = self.store.painting_ids(request, self.pack_hash)
                paintings.join_paintings(db, run_id, ids, MEASURING_REVISION)
            return run_id, request.only(paintings.claim_paintings(db, run_id, MEASURING_REVISION))

    def end(self, run_id: str, failed: bool = False) -> None:
        """A run paints no longer: it is done, was given up to be taken up later, or failed for good."""
        sql = "UPDATE runs SET interruptions = ?, finished = ?, weighed = 0 WHERE id = ? AND ahead"
        with self.database.transaction() as db:
            paintings.release_paintings(db, run_id)
            db.execute(sql, (int(failed), time.time(), run_id))

    def somebody_waits(self) -> bool:
        """Whether a run waits to be painted."""
        return bool(self.database.read("SELECT 1 FROM runs WHERE status = 'queued' LIMIT 1"))

    def remove_outdated(self) -> None:
        """Forget what another code or pack has painted ahead: nobody can ask for it any more."""
        with self.database.transaction() as db:
            sql = f"DELETE FROM runs WHERE {_OUTDATED}"
            db.execute(sql, (PAINTING_REVISION, MEASURING_REVISION, self.pack_hash))
            unused = paintings.remove_unused(db)
        self.store.frames.remove(unused)

    def _id(self, request: RunRequest) -> str:
        """Another id than that of the same run asked for by somebody."""
        revisions = (PAINTING_REVISION, MEASURING_REVISION)
        return self.store.derived_id("ahead", request.canonical(), self.pack_hash, *revisions)


def note_on_screen(store: RunStore, run_id: str) -> None:
    """Somebody looks at this run: what they may ask next can be painted ahead. A store that is full or locked
    need not remember it.
    """
    with contextlib.suppress(StoreError), store.database.transaction() as db:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_ON_SCREEN, run_id))


def run_on_screen(store: RunStore) -> Run | None:
    """The run that somebody began to look at last, or None. Raises StoreError."""
    records = store.database.read("SELECT value FROM meta WHERE key = ?", _ON_SCREEN)
    return store.get(records[0]["value"]) if records else None
