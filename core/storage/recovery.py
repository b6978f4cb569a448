"""What becomes of the runs whose painter process went away. No torch."""

import sqlite3
import time

from core.base.revision import PAINTING_REVISION
from core.storage.paintings import finish_complete_runs, remove_unused

_INTERRUPT = (
    "UPDATE paintings SET claim = ''",
    (
        "UPDATE runs SET status = 'interrupted', finished = :now, reason = 'The painter process went away.' "
        "WHERE status = 'running'"
    ),
    (
        "UPDATE runs SET reason = 'The painter process went away ' || (interruptions + 1) || ' times while "
        "painting this; press Run to try again.' "
        "WHERE status = 'interrupted' AND interruptions >= :most AND folder = ''"
    ),
    (
        "UPDATE runs SET reason = 'It was interrupted, and the code of the painters has changed since; press "
        "Run "
        "to paint it again.' WHERE status = 'interrupted' AND code_revision != :revision AND folder = ''"
    ),
)
_QUEUE_AGAIN = (
    "UPDATE runs SET status = 'queued', reason = '', finished = NULL, cancel = 0, "
    "interruptions = interruptions + 1, attempt = attempt + 1 "
    "WHERE status = 'interrupted' AND interruptions < :most AND code_revision = :revision AND folder = '' "
    "AND deleted_at IS NULL"
)
# Runs that waited while the program was updated are painted by the code of today, whatever an earlier version
# has painted of them, in paintings that they share with nobody.
_OUTDATED = "(SELECT id FROM runs WHERE status = 'queued' AND folder = '' AND code_revision != :revision)"
_RENEW = (
    "INSERT OR IGNORE INTO paintings (id, painter, files) "
    f"SELECT run || '-' || painter, painter, run FROM run_paintings WHERE run IN {_OUTDATED}",
    f"UPDATE run_paintings SET painting = run || '-' || painter, taken = 0 WHERE run IN {_OUTDATED}",
    "UPDATE paintings SET complete = 0 WHERE id IN "
    f"(SELECT painting FROM run_paintings WHERE run IN {_OUTDATED})",
    "UPDATE runs SET code_revision = :revision WHERE status = 'queued' AND folder = ''",
)


def requeue_interrupted(db: sqlite3.Connection, most: int) -> None:
    """End what is painted, and queue it again in its old place.

    A run that was interrupted so often, or whose code has changed, stays interrupted, with the reason. The
    files of paintings that no run has any more are left to `FrameStore.remove_orphans`.

    Args:
        db: connection in a transaction, of the only process that paints.
        most: times that a run may be interrupted.
    """
    values = {"now": time.time(), "most": most, "revision": PAINTING_REVISION}
    for sql in _INTERRUPT:
        db.execute(sql, values)
    finish_complete_runs(db)  # its last frame was stored, and then its process died
    db.execute(_QUEUE_AGAIN, values)
    for sql in _RENEW:
        db.execute(sql, values)
    remove_unused(db)
