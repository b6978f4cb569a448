"""Who is painted next, who may cancel, and whether the painter process lives. No torch."""

import sqlite3
import time
from collections.abc import Callable, Mapping
from typing import Any

from core.base.request import RunRequest
from core.base.revision import MEASURING_REVISION, PAINTING_REVISION
from core.storage import paintings
from core.storage.database import Database
from core.storage.owners import is_owner
from core.storage.paintings import Demand
from core.storage.records import REPEATABLE, PainterState, Run, run_from_record
from core.storage.recovery import requeue_interrupted
from core.storage.turns import next_turn

MAX_INTERRUPTIONS = 3
# Cells of a sweep (priority 1) come after everything that a person waits for; among equals people take turns,
# then the longest wait counts.
_ORDER = "priority, turn, ticket"
_NEXT_TICKET = "(SELECT COALESCE(MAX(ticket), 0) + 1 FROM runs)"
_INSERT = (
    "INSERT INTO runs (id, request, pack_hash, code_revision, measuring_revision, owner, created, priority, "
    "turn, "
    "status, ticket) VALUES (:id, :request, :pack_hash, :painting, :measuring, :owner, :now, :priority, "
    ":turn, "
    f"'queued', {_NEXT_TICKET})"
)
_QUEUE_AGAIN = (
    "UPDATE runs SET status = 'queued', reason = '', owner = :owner, cancel = 0, interruptions = 0, "
    f"attempt = attempt + 1, finished = NULL, priority = :priority, turn = :turn, ticket = {_NEXT_TICKET} "
    "WHERE id = :id"
)
_MOVE_UP = "UPDATE runs SET priority = :priority, turn = :turn WHERE id = :id AND priority > :priority"
NO_LONGER_ACCEPTED = "This version no longer accepts the run's settings; start a new run."


class RunQueue:
    """The runs of a store on their way from queued to finished.

    Every change is one transaction, so any number of pages and processes may call at once; every method may
    raise StoreError.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def get(self, run_id: str) -> Run | None:
        """A run, or None if there is none, it was deleted, or this version no longer accepts its settings."""
        records = self.database.read("SELECT * FROM runs WHERE id = ? AND deleted_at IS NULL", run_id)
        return run_from_record(records[0]) if records else None

    def put(
        self,
        db: sqlite3.Connection,
        run_id: str,
        request: RunRequest,
        pack_hash: str,
        painting_ids: Mapping[str, str],
        owner: str,
        priority: int = 0,
        admit: Callable[[sqlite3.Connection], None] | None = None,
    ) -> None:
        """Put a run into the queue unless it waits, or all its paintings are there; see `RunStore.submit`.

        Args:
            db: connection in a transaction. owner: hash of the secret that may cancel.
            painting_ids: painter → id of its painting, for a run that is not stored yet.
            admit: called before a run is queued; may raise.
        """
        stored = db.execute("SELECT status, deleted_at FROM runs WHERE id = ?", (run_id,)).fetchone()
        is_ended = stored is None or stored["status"] in REPEATABLE
        if admit is not None and is_ended and not paintings.are_complete(db, run_id, painting_ids):
            admit(db)
        turn = next_turn(db, owner, priority)
        place = {"id": run_id, "owner": owner, "priority": priority, "turn": turn}
        if stored is None:
            _insert(db, request, pack_hash, place)
            paintings.join_paintings(db, run_id, painting_ids, MEASURING_REVISION)
        else:
            db.execute(_QUEUE_AGAIN if is_ended else _MOVE_UP, place)
        if is_ended:
            paintings.finish_complete_runs(db, run_id)
        if stored is not None and stored["deleted_at"] is not None:  # whoever asks for it anew has it now
            db.execute("UPDATE runs SET deleted_at = NULL, owner = :owner WHERE id = :id", place)

    def take_next(self, worker: str) -> Run | None:
        """Give the next run to `worker` and mark it running; None if none waits.

        Next is whoever waits longest, see `next_turn`; a sweep's cells come after what people wait for.
        """
        # Looked up before: idle polls take no write lock.
        while self.database.read("SELECT 1 FROM runs WHERE status = 'queued' LIMIT 1"):
            run_id = self._mark_next_running(worker)
            if run_id is None:
                return None
            run = self.get(run_id)
            if run is not None:
                self.database.keep_reserve()
                return run
            self.set_status(run_id, "failed", NO_LONGER_ACCEPTED)
        return None

    def claim(self, run_id: str) -> tuple[str, ...]:
        """Let a run paint what is missing of it and nobody else is painting. Returns the painters' names."""
        with self.database.transaction() as db:
            return paintings.claim_paintings(db, run_id, MEASURING_REVISION)

    def release_all(self) -> None:
        """Nothing is being painted any more."""
        self._update("UPDATE paintings SET claim = ''")

    def demand(self, run_id: str) -> Demand:
        """What is wanted of what a run is painting."""
        with self.database.reading() as db:
            return paintings.read_demand(db, run_id)

    def set_status(self, run_id: str, status: str, reason: str = "") -> None:
        """Set the status of a run, with one sentence of reason for people; ended, it paints nothing."""
        finished = None if status in ("queued", "running") else time.time()
        sql = "UPDATE runs SET status = ?, reason = ?, finished = ? WHERE id = ?"
        self._update(sql, status, reason, finished, run_id, ended=run_id if finished else None)

    def finish(self, run_id: str, status: str, reason: str = "") -> None:
        """Note how the painting of a run ended, unless it was withdrawn meanwhile.

        A run that is done but for what another run is painting waits for that in its old place.
        """
        sql = (
            f"UPDATE runs SET status = CASE WHEN :status = 'done' AND EXISTS ({paintings.MISSING}) "
            "THEN 'queued' ELSE :status END, reason = :reason, finished = :now "
            "WHERE id = :id AND status = 'running'"
        )

        def update() -> None:
            with self.database.transaction() as db:
                if status == "done":
                    paintings.complete_claimed(db, run_id)
                paintings.release_paintings(db, run_id)
                db.execute(sql, {"id": run_id, "status": status, "reason": reason, "now": time.time()})

        self.database.with_reserve(update)

    def withdraw(self, run_id: str, reason: str) -> None:
        """A cancelled run has stopped, while some of its paintings go on for other runs."""
        sql = (
            "UPDATE runs SET status = 'stopped', reason = ?, finished = ? "
            "WHERE id = ? AND status = 'running' AND cancel"
        )
        self._update(sql, reason, time.time(), run_id)

    def note_peak(self, run_id: str, peak: int) -> None:
        """Remember how many bytes of memory the painter process held at most during a run; 0: not known."""
        self._update("UPDATE runs SET peak = ? WHERE id = ?", peak, run_id)

    def end_running(self, worker: str, status: str, reason: Callable[[Run], str]) -> list[str]:
        """Set the status of whatever `worker` was painting, with a sentence for each run. Returns the ids.

        Called by whoever knows that `worker` is dead. A run that has moved on meanwhile is left alone.
        """
        ended = []
        sql = "SELECT id FROM runs WHERE status = 'running' AND worker = ?"
        for run_id in [record["id"] for record in self.database.read(sql, worker)]:
            run = self.get(run_id)
            changed = self._update(
                "UPDATE runs SET status = ?, reason = ?, finished = ? "
                "WHERE id = ? AND status = 'running' AND worker = ?",
                status,
                reason(run) if run else "",
                time.time(),
                run_id,
                worker,
                ended=run_id,
            )
            ended += [run_id] * changed
        return ended

    def request_cancel(self, run_id: str, secret: str) -> bool:
        """Ask a run to stop. True if `secret` is the one that started it and it had not ended yet."""
        with self.database.transaction() as db:
            record = db.execute("SELECT owner, status FROM runs WHERE id = ?", (run_id,)).fetchone()
            if record is None or not is_owner(record["owner"], secret):
                return False
            if record["status"] == "queued":
                db.execute(
                    "UPDATE runs SET status = 'stopped', reason = 'Stopped before it began.', finished = ? "
                    "WHERE id = ?",
                    (time.time(), run_id),
                )
            elif record["status"] == "running":
                db.execute("UPDATE runs SET cancel = 1 WHERE id = ?", (run_id,))
            return record["status"] in ("queued", "running")

    def may_cancel(self, run_id: str, secret: str) -> bool:
        """Whether `secret` is the one that started the run."""
        records = self.database.read("SELECT owner FROM runs WHERE id = ?", run_id)
        return bool(records) and is_owner(records[0]["owner"], secret)

    def cancel_requested(self, run_id: str) -> bool:
        """Whether the run's owner has asked it to stop."""
        return bool(self.database.read("SELECT 1 FROM runs WHERE id = ? AND cancel = 1", run_id))

    def runs_ahead(self, run_id: str) -> int | None:
        """How many runs come before this one, the one being painted included; None if it does not wait."""
        records = self.database.read(
            "SELECT COUNT(other.id) AS ahead FROM runs AS mine LEFT JOIN runs AS other ON other.status = "
            "'running' "
            "OR (other.status = 'queued' "
            "AND (other.priority, other.turn, other.ticket) < (mine.priority, mine.turn, mine.ticket)) "
            "WHERE mine.id = ? AND mine.status = 'queued' GROUP BY mine.id",
            run_id,
        )
        return records[0]["ahead"] if records else None

    def running_and_waiting(self) -> tuple[list[str], list[str]]:
        """Ids of the runs that are being painted, and of those that wait, in the order of their turns."""
        records = self.database.read(
            f"SELECT id, status FROM runs WHERE status IN ('queued', 'running') ORDER BY {_ORDER}"
        )
        running = [record["id"] for record in records if record["status"] == "running"]
        waiting = [record["id"] for record in records if record["status"] == "queued"]
        return running, waiting

    def recover(self) -> None:
        """Put back what a vanished painter process left unfinished.

        To be called by a painter process that holds the store's lock: nobody else is painting,
        so every running run has lost its painter. It is queued again in its old place, unless
        that has happened MAX_INTERRUPTIONS times (it may be what brings the machine down) or
        the code has changed (its stored steps would not be reproduced). Runs that waited while the
        program was updated are painted by the code of today.
        """
        with self.database.transaction() as db:
            requeue_interrupted(db, MAX_INTERRUPTIONS)

    def beat(
        self,
        worker: str,
        pid: int = 0,
        state: str = "ready",
        run: str = "",
        ticks: int = 0,
        message: str = "",
    ) -> None:
        """Record a sign of life of the painter process (or of its supervisor, about it)."""
        with self.database.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO painter (id, worker, pid, state, message, run, ticks, beat) "
                "VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
                (worker, pid, state, message, run, ticks, time.time()),
            )

    def painter_state(self) -> PainterState | None:
        """The painter process as last heard of; None if there never was one."""
        records = self.database.read("SELECT worker, pid, state, message, run, ticks, beat FROM painter")
        return PainterState(**records[0]) if records else None

    def _mark_next_running(self, worker: str) -> str | None:
        """Id of the next run, now marked as being painted, and measured, by this code."""
        with self.database.transaction() as db:
            sql = (
                f"SELECT id FROM runs WHERE status = 'queued' AND {paintings.MAY_BEGIN} "
                f"ORDER BY {_ORDER} LIMIT 1"
            )
            record = db.execute(sql).fetchone()
            if record is None:
                return None
            db.execute(
                "UPDATE runs SET status = 'running', reason = '', worker = ?, started = ?, finished = NULL, "
                "cancel = 0 WHERE id = ?",
                (worker, time.time(), record["id"]),
            )
            paintings.claim_paintings(db, record["id"], MEASURING_REVISION)
            return record["id"]

    def _update(self, sql: str, *values: Any, ended: str | None = None) -> int:
        """Change runs, also on a full disk: how a run `ended` must be said. Returns how many changed."""

        def update() -> int:
            with self.database.transaction() as db:
                if ended is not None:
                    paintings.release_paintings(db, ended)
                return db.execute(sql, values).rowcount

        return self.database.with_reserve(update)


def _insert(db: sqlite3.Connection, request: RunRequest, pack_hash: str, place: dict[str, Any]) -> None:
    """Store a new run in its place in the queue."""
    values = {
        "request": request.canonical(),
        "pack_hash": pack_hash,
        "painting": PAINTING_REVISION,
        "measuring": MEASURING_REVISION,
        "now": time.time(),
    }
    db.execute(_INSERT, values | place)
