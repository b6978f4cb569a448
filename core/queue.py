"""Who is painted next, who may cancel, and whether the painter process lives. No torch."""

import abc
import hashlib
import hmac
import time

from core.records import PainterState
from core.revision import CODE_REVISION

MAX_INTERRUPTIONS = 3
# Cells of a sweep (priority 1) come after everything that a person waits for; among equals people take turns, then the
# longest wait counts.
_ORDER = "priority, turn, ticket"


class Queue(abc.ABC):
    """The part of `core.store.RunStore` that moves runs from queued to finished.

    Every change is one transaction, so any number of pages and processes may call at once.
    Needs `self.database` and `self.get`.
    """

    @abc.abstractmethod
    def get(self, run_id):
        """Run or None."""

    def take_next(self, worker):
        """Give the next run to `worker` and mark it running. Returns Run, or None if none waits.

        Next is whoever waits longest, see `next_turn`; cells of a sweep come after everything that a person waits for.
        """
        while self.database.read("SELECT 1 FROM runs WHERE status = 'queued' LIMIT 1"):  # idle polls take no write lock
            with self.database.transaction() as db:
                record = db.execute(f"SELECT id FROM runs WHERE status = 'queued' ORDER BY {_ORDER} LIMIT 1").fetchone()
                if record is None:
                    return None
                db.execute(
                    "UPDATE runs SET status = 'running', reason = '', worker = ?, started = ?, finished = NULL, cancel = 0 WHERE id = ?",
                    (worker, time.time(), record["id"]),
                )
            run = self.get(record["id"])
            if run is not None:
                self.database.keep_reserve()
                return run
            self.set_status(record["id"], "failed", "This version no longer accepts the run's settings; start a new run.")
        return None

    def set_status(self, run_id, status, reason=""):
        """Set the status of a run, with one sentence of reason for people."""
        finished = None if status in ("queued", "running") else time.time()
        self._update("UPDATE runs SET status = ?, reason = ?, finished = ? WHERE id = ?", status, reason, finished, run_id)

    def note_peak(self, run_id, peak):
        """Remember how much memory (bytes resident) the painter process held at most during a run; 0 is not known."""
        self._update("UPDATE runs SET peak = ? WHERE id = ?", peak, run_id)

    def end_running(self, worker, status, reason):
        """Set the status of whatever `worker` was painting; `reason` is a function Run → sentence. Returns the ids.

        Called by whoever knows that `worker` is dead. A run that has moved on meanwhile is left alone.
        """
        ended = []
        for record in self.database.read("SELECT id FROM runs WHERE status = 'running' AND worker = ?", worker):
            run = self.get(record["id"])
            changed = self._update(
                "UPDATE runs SET status = ?, reason = ?, finished = ? WHERE id = ? AND status = 'running' AND worker = ?",
                status,
                reason(run) if run else "",
                time.time(),
                record["id"],
                worker,
            )
            ended += [record["id"]] * changed
        return ended

    def request_cancel(self, run_id, secret):
        """Ask a run to stop. True if `secret` is the one that started it and it had not ended yet."""
        with self.database.transaction() as db:
            record = db.execute("SELECT owner, status FROM runs WHERE id = ?", (run_id,)).fetchone()
            if record is None or not secret or not hmac.compare_digest(record["owner"], fingerprint(secret)):
                return False
            if record["status"] == "queued":
                db.execute(
                    "UPDATE runs SET status = 'stopped', reason = 'Stopped before it began.', finished = ? WHERE id = ?",
                    (time.time(), run_id),
                )
            elif record["status"] == "running":
                db.execute("UPDATE runs SET cancel = 1 WHERE id = ?", (run_id,))
            return record["status"] in ("queued", "running")

    def may_cancel(self, run_id, secret):
        """Whether `secret` is the one that started the run."""
        records = self.database.read("SELECT owner FROM runs WHERE id = ?", run_id)
        return bool(records and secret and hmac.compare_digest(records[0]["owner"], fingerprint(secret)))

    def cancel_requested(self, run_id):
        """Whether the run's owner has asked it to stop."""
        return bool(self.database.read("SELECT 1 FROM runs WHERE id = ? AND cancel = 1", run_id))

    def position(self, run_id):
        """How many runs come before this one, the one being painted included; None if it does not wait."""
        records = self.database.read(
            "SELECT COUNT(other.id) AS ahead FROM runs AS mine LEFT JOIN runs AS other ON other.status = 'running' OR "
            "(other.status = 'queued' AND (other.priority, other.turn, other.ticket) < (mine.priority, mine.turn, mine.ticket)) "
            "WHERE mine.id = ? AND mine.status = 'queued' GROUP BY mine.id",
            run_id,
        )
        return records[0]["ahead"] if records else None

    def line(self):
        """Ids of the runs that are being painted, and of those that wait, in the order in which they are taken: (list, list)."""
        records = self.database.read(f"SELECT id, status FROM runs WHERE status IN ('queued', 'running') ORDER BY {_ORDER}")
        running = [record["id"] for record in records if record["status"] == "running"]
        return running, [record["id"] for record in records if record["status"] == "queued"]

    def recover(self):
        """Put back what a vanished painter process left unfinished.

        To be called by a painter process that holds the store's lock: nobody else is painting,
        so every running run has lost its painter. It is queued again in its old place, unless
        that has happened MAX_INTERRUPTIONS times (it may be what brings the machine down) or
        the code has changed (its stored steps would not be reproduced).
        """
        with self.database.transaction() as db:
            db.execute(
                "UPDATE runs SET status = 'interrupted', finished = ?, reason = 'The painter process went away.' WHERE status = 'running'",
                (time.time(),),
            )
            db.execute(
                "UPDATE runs SET reason = 'The painter process went away ' || (interruptions + 1) || ' times while painting this; "
                "press Run to try again.' WHERE status = 'interrupted' AND interruptions >= ? AND folder = ''",
                (MAX_INTERRUPTIONS,),
            )
            db.execute(
                "UPDATE runs SET reason = 'It was interrupted, and the code of the painters has changed since; press Run "
                "to paint it anew.' WHERE status = 'interrupted' AND code_revision != ? AND folder = ''",
                (CODE_REVISION,),
            )
            db.execute(
                "UPDATE runs SET status = 'queued', reason = '', finished = NULL, cancel = 0, interruptions = interruptions + 1, "
                "attempt = attempt + 1 "
                "WHERE status = 'interrupted' AND interruptions < ? AND code_revision = ? AND folder = '' AND deleted_at IS NULL",
                (MAX_INTERRUPTIONS, CODE_REVISION),
            )

    def beat(self, worker, pid=0, state="ready", run="", ticks=0, message=""):
        """Record a sign of life of the painter process (or of its supervisor, about it)."""
        with self.database.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO painter (id, worker, pid, state, message, run, ticks, beat) VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
                (worker, pid, state, message, run, ticks, time.time()),
            )

    def _update(self, sql, *values):
        """How a run ended must be said even on a full disk. Returns the number of changed runs."""

        def update():
            with self.database.transaction() as db:
                return db.execute(sql, values).rowcount

        return self.database.urgently(update)

    def painter_state(self):
        """The painter process as last heard of: PainterState, or None if there never was one."""
        records = self.database.read("SELECT worker, pid, state, message, run, ticks, beat FROM painter")
        return PainterState(**records[0]) if records else None


def next_turn(db, owner, priority):
    """In which round a run that is queued now is taken: the one after the newest run begun, or after its owner's last one in line.

    So somebody who queues many runs takes turns with those who come later, and nobody waits for more than one of them.
    (Start-time fair queueing, Goyal et al. 1996, with runs of equal weight.)

    Args:
        db: connection in a transaction. owner: fingerprint; "" for nobody, whose runs are each by itself.
    """
    # The highest, not the one begun last by the clock, which may be set back; a run that waits again is not begun.
    begun = db.execute(
        "SELECT COALESCE(MAX(turn), 0) AS last FROM runs WHERE started IS NOT NULL AND status != 'queued' AND folder = '' AND priority = ?",
        (priority,),
    ).fetchone()
    mine = db.execute(
        "SELECT COALESCE(MAX(turn), 0) AS last FROM runs "
        "WHERE owner = ? AND owner != '' AND priority = ? AND status IN ('queued', 'running')",
        (owner, priority),
    ).fetchone()
    return 1 + max(begun["last"], mine["last"])


def fingerprint(secret):
    """What is kept of a secret, so that a copied store does not give away who may cancel."""
    return hashlib.sha256(secret.encode()).hexdigest() if secret else ""
