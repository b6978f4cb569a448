"""The painter process when a cluster paints: takes runs from the store and is the only one that writes into
it.

Ray has no durable queue and no single writer, so the store's own stay: people's turns and cancellations are
kept there.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from core.base.errors import UserError, WorkersError
from core.service.cluster.connection import connected
from core.service.cluster.pool import Event, LostWorker, WorkerPool, lost_text, no_room_text
from core.service.cluster.remote_painter import RunEnding, RunTask
from core.service.heartbeat import Heartbeat
from core.service.painter_loop import (
    OUT_OF_MEMORY,
    STOPPED,
    PainterLoop,
    RetryingRecorder,
    unexpected_error_text,
)
from core.service.supervisor import INTERRUPTED
from core.storage.database import LockedError
from core.storage.frame_extras import EXTRAS_PER_PAINTER
from core.storage.paintings import release_paintings
from core.storage.queue import MAX_INTERRUPTIONS
from core.storage.records import progress_text
from core.storage.run_store import RunStore

if TYPE_CHECKING:
    import threading

    from core.packs.pack import ModelPack

POLL_SECONDS = 0.1
RECONNECT_SECONDS = 5.0
SHUTDOWN_SECONDS = 4.0  # less than a supervisor waits before it uses force


class RayDispatcher(PainterLoop):
    """Like PainterLoop, with the workers of a Ray cluster in place of one loop. A `RunSource` of the pool.

    Side jobs (own pictures, rankings, the lesson) stay on this machine.

    Args:
        choice: as for `core.service.cluster.connection.connected`.
        others: as for PainterLoop; `load` goes to the workers, too.
    """

    def __init__(
        self,
        store: RunStore,
        heartbeat: Heartbeat,
        stop_requested: threading.Event,
        load: Callable[[str], ModelPack],
        choice: str,
    ):
        super().__init__(store, heartbeat, stop_requested, load)
        self.choice = choice
        self._failed: dict[str, str] = {}  # run id → why its frames cannot be kept
        self._run_ended = False

    def loop(self, first_pack: str) -> None:
        """Paint what is queued until told to stop; a cluster that is not there is tried again, and the pages
        say so.
        """
        self.side_jobs.recover()
        while not self.stop_requested.is_set():
            try:
                with connected(self.choice, self.log) as ray:
                    self._serve(WorkerPool(ray, first_pack, self.load, self.log))
            except WorkersError as error:
                self.log(str(error))
                retry = f"Trying again every {RECONNECT_SECONDS:.0f} s; waiting runs are kept."
                self.heartbeat.tick("restarting", message=f"{error} {retry}")
                self._requeue_all()
                self.stop_requested.wait(RECONNECT_SECONDS)

    def _serve(self, pool: WorkerPool) -> None:
        side_job_done = False
        while not self.stop_requested.is_set():
            wait = 0 if side_job_done or self._run_ended else POLL_SECONDS
            self._run_ended = False
            pool.poll(self, wait)
            self._tick(pool)
            side_job_done = self.side_jobs.between_runs(self._pack, self._run_ended)
        self._stop_all(pool)

    def _tick(self, pool: WorkerPool) -> None:
        painted = pool.painted()
        if not pool.slots:
            self.heartbeat.tick("restarting", message=no_room_text(self.choice))
        elif painted:
            self.heartbeat.tick("painting", painted[0].id)
        else:
            self.heartbeat.tick("ready" if pool.free() else "loading")

    def _stop_all(self, pool: WorkerPool) -> None:
        """Have every run stopped between two steps, and say so in the store."""
        deadline = time.monotonic() + SHUTDOWN_SECONDS
        while pool.busy() and time.monotonic() < deadline:
            pool.poll(self)
        for task in pool.painted():
            at = progress_text(self.store.last_row(task.id))
            self._retry(self.store.queue.finish, task.id, "interrupted", INTERRUPTED.format(at=at))
        pool.shut_down()

    def next_task(self) -> RunTask | None:
        """What is missing of the next queued run and on no other worker, or None."""
        if self.stop_requested.is_set():
            return None
        run = self._retry(self.store.queue.take_next, self.heartbeat.worker)
        if run is None:
            return None
        self.log("Began a run.", run=run.id, attempt=run.attempt)
        return RunTask(
            run.id,
            run.request.only(self._retry(self.store.queue.claim, run.id)),
            run.pack_hash,
            run.code_revision,
            run.measuring_revision,
            EXTRAS_PER_PAINTER,
            self.starts.held(run.request.settings.values()),
        )

    def should_continue(self, task: RunTask) -> bool:
        """Whether a run should go on: wanted by somebody, its frames can be kept, and the server stays."""
        if self.stop_requested.is_set() or task.id in self._failed:
            return False
        demand = self._retry(self.store.queue.demand, task.id, passing=LockedError)
        if demand.cancelled and demand.painters:
            self._withdraw(task.id)
        return bool(demand.painters) or not demand.cancelled

    def receive(self, task: RunTask, event: Event) -> None:
        """Write a frame or how the run ended, or queue the run again if its worker was lost."""
        if isinstance(event, LostWorker):
            self._failed.pop(task.id, None)
            status = self._retry(requeue, self.store, task.id, event.reason)
            self.log(f"A run lost its worker {event.reason}.", run=task.id, status=status)
        elif isinstance(event, RunEnding):
            self._end(task, event)
        elif task.id not in self._failed:
            self._record(task, event)

    def _record(self, task: RunTask, step: tuple[Any, Any]) -> None:
        try:
            RetryingRecorder(self.store.recorder(task.id), self._retry).record(*step)
        except UserError as error:
            self._failed[task.id] = str(error)
        except Exception as error:
            self.log(traceback.format_exc())
            self._failed[task.id] = unexpected_error_text(type(error).__name__)

    def _end(self, task: RunTask, ending: RunEnding) -> None:
        self._run_ended = True
        if ending.trace:
            self.log(ending.trace, run=task.id)
        status, reason = self._outcome(task, ending)
        self._retry(self.store.queue.note_peak, task.id, ending.peak)
        self._retry(self.store.queue.finish, task.id, status, reason)
        self.log("A run has ended.", run=task.id, status=status, reason=reason)

    def _outcome(self, task: RunTask, ending: RunEnding) -> tuple[str, str]:
        """(status, reason) of a run, in the words of `PainterLoop.paint`."""
        at = progress_text(self.store.last_row(task.id))
        if failure := self._failed.pop(task.id, ""):
            return "failed", failure
        if ending.status == "done":
            return "done", ""
        if ending.status == "stopped" and self.store.queue.cancel_requested(task.id):
            return "stopped", STOPPED.format(at=at)
        if ending.status == "stopped":
            return "interrupted", INTERRUPTED.format(at=at)
        if ending.lacked_memory:
            return "failed", OUT_OF_MEMORY.format(at=at)
        return "failed", unexpected_error_text(ending.reason) if ending.trace else ending.reason

    def _requeue_all(self) -> None:
        self._failed.clear()
        self._retry(self.store.queue.release_all)
        sql = "SELECT id FROM runs WHERE status = 'running' AND worker = ?"
        for record in self._retry(self.store.database.read, sql, self.heartbeat.worker):
            self._retry(requeue, self.store, record["id"], "with the whole cluster")


def requeue(store: RunStore, run_id: str, reason: str) -> str | None:
    """Queue a run whose worker was lost again, in its old place; it starts from its settings. Returns its new
    status.

    Steps of the lost attempt stay visible until the next one replaces them. After MAX_INTERRUPTIONS the run
    fails: it may be what brings the workers down. One that was cancelled meanwhile stays stopped.

    Args:
        reason: how it was lost, after "the last one".

    Raises:
        StoreError.
    """
    at = progress_text(store.last_row(run_id))

    def update() -> str | None:
        with store.database.transaction() as db:
            release_paintings(db, run_id)
            sql = "SELECT cancel, interruptions FROM runs WHERE id = ? AND status = 'running'"
            record = db.execute(sql, (run_id,)).fetchone()
            if record is None:
                return None
            lost = record["interruptions"] + 1
            if not record["cancel"] and lost <= MAX_INTERRUPTIONS:
                changes = "status = 'queued', reason = '', interruptions = ?, attempt = attempt + 1"
                db.execute(f"UPDATE runs SET {changes} WHERE id = ?", (lost, run_id))
                return "queued"
            if record["cancel"]:
                status, told = "stopped", STOPPED.format(at=at)
            else:
                status, told = "failed", lost_text(lost, reason, "press Run to try again")
            sql = "UPDATE runs SET status = ?, reason = ?, finished = ? WHERE id = ?"
            db.execute(sql, (status, told, time.time(), run_id))
            return status

    return store.database.with_reserve(update)
