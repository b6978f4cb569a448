"""The painter process when the painting is done elsewhere: takes runs from the store, and is the only one that writes into it."""

import time
import traceback

from core.database import LockedError
from core.errors import UserError, WorkersError
from core.lens import PICTURES
from core.queue import MAX_INTERRUPTIONS
from core.records import whereabouts
from core.worker import OUT_OF_MEMORY, Painting, PatientRecorder, unexpected
from core.workers.cluster import connected
from core.workers.crew import Crew, Lost
from core.workers.station import Order

POLL_SECONDS = 0.1
RETRY_SECONDS = 5.0
PARTING_SECONDS = 4.0  # less than a supervisor waits before it uses force
INTERRUPTED = "The server stopped at {at}; the run is taken up again when it starts."


class Dispatch(Painting):
    """Like Painting, with the workers of a Ray cluster in the place of one loop. Also a `core.workers.crew.Desk`.

    What is done on the side (own pictures, rankings, the lesson) stays on this machine.

    Args:
        choice: as for `core.workers.cluster.connected`; the others as for Painting, where `load` goes to the workers, too.
    """

    def __init__(self, store, heart, leave, load, choice):
        super().__init__(store, heart, leave, load)
        self.choice = choice
        self._avoid = {}  # run id → the node on which it was lost
        self._failed = {}  # run id → why its frames cannot be kept
        self._ended = False

    def loop(self, warm):
        """Paint what is queued until `leave` is set; a cluster that is not there is tried again, and the pages say so."""
        self.errands.recover()
        while not self.leave.is_set():
            try:
                with connected(self.choice, self.log) as ray:
                    self._serve(Crew(ray, warm, self.load, self.log))
            except WorkersError as error:
                self.log(str(error))
                self.heart.tick("restarting", message=f"{error} It is tried again every {RETRY_SECONDS:.0f} s; what waits is kept.")
                self._give_back_all()
                self.leave.wait(RETRY_SECONDS)

    def _serve(self, crew):
        asked = False
        while not self.leave.is_set():
            self._ended, wait = False, 0 if asked or self._ended else POLL_SECONDS
            crew.turn(self, wait)
            busy = crew.busy()
            if crew.places:
                state = "painting" if busy else "ready" if crew.free() else "loading"
                self.heart.tick(state, busy[0].order.id if busy else "")
            else:
                self.heart.tick("restarting", message=f"The Ray cluster {self.choice} has neither a CPU nor a GPU; add a node that has.")
            asked = self.errands.between_runs(self._pack, self._ended)
        self._part(crew)

    def _part(self, crew):
        """Have every run stopped between two steps, and say so in the store."""
        deadline = time.monotonic() + PARTING_SECONDS
        while crew.busy() and time.monotonic() < deadline:
            crew.turn(self)
        for worker in crew.busy():
            at = whereabouts(self.store.last_row(worker.order.id))
            self._patiently(self.store.set_status, worker.order.id, "interrupted", INTERRUPTED.format(at=at))
        crew.dismiss()

    # The desk

    def take(self):
        """The next queued run as an Order, or None."""
        run = None if self.leave.is_set() else self._patiently(self.store.take_next, self.heart.worker)
        if run is None:
            return None
        self.log("Began a run.", run=run.id, attempt=run.attempt)
        return Order(run.id, run.request, run.pack_hash, run.code_revision, PICTURES, self._avoid.get(run.id, ""))

    def wants(self, order):
        """Whether a run should go on: nobody has cancelled it, its frames can be kept, and the server stays."""
        if self.leave.is_set() or order.id in self._failed:
            return False
        return not self._patiently(self.store.cancel_requested, order.id, passing=LockedError)

    def hear(self, order, event):
        """Write what a worker has painted."""
        if isinstance(event, Lost):
            self._avoid[order.id] = event.node
            self._failed.pop(order.id, None)
            status = self._patiently(give_back, self.store, order.id, event.why)
            self.log(f"A run lost its worker, which {event.why}.", run=order.id, status=status)
            return
        recorder = PatientRecorder(self.store.recorder(order.id), self._patiently)
        for frame, measurement in event.records:
            if order.id not in self._failed:
                self._keep(recorder, order, frame, measurement)
        if event.ending is not None:
            self._end(order, event.ending)

    def _keep(self, recorder, order, frame, measurement):
        try:
            recorder.record(frame, measurement)
        except UserError as error:
            self._failed[order.id] = str(error)
        except Exception as error:
            self.log(traceback.format_exc())
            self._failed[order.id] = unexpected(type(error).__name__)

    def _end(self, order, ending):
        self._ended = True
        self._avoid.pop(order.id, None)
        if ending.trace:
            self.log(ending.trace, run=order.id)
        status, reason = self._outcome(order, ending)
        self._patiently(self.store.note_peak, order.id, ending.peak)
        self._patiently(self.store.set_status, order.id, status, reason)
        self.log("A run has ended.", run=order.id, status=status, reason=reason)

    def _outcome(self, order, ending):
        """(status, reason) of a run, in the words of `Painting.paint`."""
        at = whereabouts(self.store.last_row(order.id))
        if failure := self._failed.pop(order.id, ""):
            return "failed", failure
        if ending.status == "done":
            return "done", ""
        if ending.status == "stopped" and self.store.cancel_requested(order.id):
            return "stopped", f"Stopped at {at}; what was painted stays."
        if ending.status == "stopped":
            return "interrupted", INTERRUPTED.format(at=at)
        if ending.lacked_memory:
            return "failed", OUT_OF_MEMORY.format(at=at)
        return "failed", unexpected(ending.reason) if ending.trace else ending.reason

    def _give_back_all(self):
        self._failed.clear()
        for record in self._patiently(_running, self.store, self.heart.worker):
            self._patiently(give_back, self.store, record["id"], "with the whole cluster")


def _running(store, worker):
    return store.database.read("SELECT id FROM runs WHERE status = 'running' AND worker = ?", worker)


def give_back(store, run_id, why):
    """Queue a run again, in its old place, whose worker was lost; it starts from its settings. Returns its new status.

    Rows of the lost attempt stay visible until the next one replaces them. After MAX_INTERRUPTIONS the run fails: it may be
    what brings the workers down. One that was cancelled meanwhile stays stopped.

    Args:
        why: how, after "the last one".

    Raises:
        StoreError.
    """
    at = whereabouts(store.last_row(run_id))

    def update():
        with store.database.transaction() as db:
            record = db.execute("SELECT cancel, interruptions FROM runs WHERE id = ? AND status = 'running'", (run_id,)).fetchone()
            if record is None:
                return None
            lost = record["interruptions"] + 1
            if record["cancel"]:
                status, reason = "stopped", f"Stopped at {at}; what was painted stays."
            elif lost > MAX_INTERRUPTIONS:
                status, reason = "failed", f"Its worker was lost {lost} times, the last one {why}; press Run to try again."
            else:
                db.execute(
                    "UPDATE runs SET status = 'queued', reason = '', interruptions = ?, attempt = attempt + 1 WHERE id = ?",
                    (lost, run_id),
                )
                return "queued"
            db.execute("UPDATE runs SET status = ?, reason = ?, finished = ? WHERE id = ?", (status, reason, time.time(), run_id))
            return status

    return store.database.urgently(update)
