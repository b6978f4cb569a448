"""The painter process: takes the next queued run, paints it into the store, and again.

It ends by itself when its supervisor does. Between two steps it looks whether it should stop;
a thread beside it shows signs of life, with a count that stands still when a step hangs.
"""

import contextlib
import os
import signal
import sys
import threading
import time
import traceback
import uuid

from core import logs
from core.database import LockedError
from core.errands import Errands
from core.errors import StoreError, UserError
from core.lens import PICTURES
from core.lock import PainterLock
from core.memory import forget_peak, lacks_memory, peak_bytes
from core.places import pack_name, store_folder, workers_choice
from core.records import whereabouts
from core.revision import CODE_REVISION
from core.runs import execute
from core.store import RunStore
from core.supervisor import EXIT_TAKEN, NAME_VARIABLE

IDLE_SECONDS = 0.1
BEAT_SECONDS = 0.5
LEAVE_SECONDS = 10.0
PATIENCE_SECONDS = 30.0
NICENESS = 5
OUT_OF_MEMORY = (
    "This machine's memory did not suffice at {at}; what was painted stays. Lower the cutouts or close other programs, "
    "then press Run to paint it again."
)


def main(store=None, pack=None, load=None, workers=None):
    """Paint until told to stop (the supervisor's death, SIGTERM or Ctrl-C).

    Args:
        store: folder of the run store; the app's own by default.
        pack: the pack to have in memory before the first run; the app's own by default.
        load: function name → pack with its models loaded; `load_pack` by default.
        workers: who paints, as for `core.workers.cluster.connected`, or "" for this process; the app's own by default.

    Returns:
        Exit code: 0, or EXIT_TAKEN if the store has a painter process already.

    Raises:
        StoreError: the store cannot be used.
    """
    store, pack = store or store_folder(), pack or pack_name()
    workers = workers_choice() if workers is None else workers
    name = os.environ.get(NAME_VARIABLE, "") or uuid.uuid4().hex
    with RunStore(store) as runs:
        lock = PainterLock(runs.folder)
        # A supervisor may hold it for a moment while it looks whether it is free.
        if not lock.acquire(seconds=2.0):
            _log(f"The store {store} already has a painter process; stop that one first.")
            return EXIT_TAKEN
        try:
            leave = threading.Event()
            if NAME_VARIABLE in os.environ:
                _give_way()
            _listen(leave, supervised=NAME_VARIABLE in os.environ)
            heart = Heart(runs, name)
            heart.start()
            runs.recover()
            _painting(runs, heart, leave, load or load_pack, workers).loop(pack)
            heart.stop()
        finally:
            lock.release()
    return 0


def _painting(runs, heart, leave, load, workers):
    if not workers:
        return Painting(runs, heart, leave, load)
    from core.workers.dispatch import Dispatch

    return Dispatch(runs, heart, leave, load, workers)


def load_pack(name):
    """Open a pack and load every model of it, so that the first run need not wait. Raises PackError."""
    from core.packs import open_pack
    from core.settings import PAINTERS
    from core.threads import limit_threads

    limit_threads()
    pack = open_pack(name)
    for name in ("heldout", "realism"):
        getattr(pack, name)
    for painter in PAINTERS:
        pack.painter_models(painter)
    return pack


class Painting:
    """The loop of the painter process."""

    def __init__(self, store, heart, leave, load):
        self.store, self.heart, self.leave, self.load = store, heart, leave, load
        self.packs, self.log = {}, _log
        self.errands = Errands(store, _log)

    def loop(self, warm):
        """Load the pack `warm`, then paint what is queued until `leave` is set."""
        self.errands.recover()
        try:
            self._pack(warm)
        except UserError as error:
            _log(str(error))  # a broken pack fails the runs that ask for it, not the process
        ended = True
        while not self.leave.is_set():
            self.heart.tick("ready")
            busy = self.errands.between_runs(self._pack, ended)
            run = self._patiently(self.store.take_next, self.heart.worker)
            ended = run is not None
            if run is None:
                self.leave.wait(0 if busy else IDLE_SECONDS)
                continue
            self.heart.tick("painting", run.id)
            _log("Began a run.", run=run.id, attempt=run.attempt)
            began = time.monotonic()
            forget_peak()
            status, reason = self.paint(run)
            self._patiently(self.store.note_peak, run.id, peak_bytes())
            self._patiently(self.store.set_status, run.id, status, reason)
            _log("A run has ended.", run=run.id, status=status, reason=reason, seconds=round(time.monotonic() - began, 2))

    def paint(self, run):
        """Paint one run into the store. Returns its final status and the reason; raises nothing."""
        try:
            recorder = PatientRecorder(self.store.recorder(run.id), self._patiently)
            outcome = execute(run.request, self._pack_of(run), recorder, lambda: self._should_stop(run), extras=PICTURES)
            if outcome == "done":
                return "done", ""
            at = whereabouts(self.store.last_row(run.id))
            if self.store.cancel_requested(run.id):
                return "stopped", f"Stopped at {at}; what was painted stays."
            return "interrupted", f"The server stopped at {at}; the run is taken up again when it starts."
        except UserError as error:
            return "failed", str(error)
        except Exception as error:
            _log(traceback.format_exc(), run=run.id)
            if lacks_memory(error):
                return "failed", OUT_OF_MEMORY.format(at=whereabouts(self.store.last_row(run.id)))
            return "failed", unexpected(type(error).__name__)

    def _should_stop(self, run):
        self.heart.tick("painting", run.id)
        self.errands.between_steps(self.packs)  # whoever brought a picture need not wait for the run's end
        return self.leave.is_set() or self._patiently(self.store.cancel_requested, run.id, passing=LockedError)

    def _pack_of(self, run):
        if run.code_revision != CODE_REVISION:
            raise StoreError("The code of the painters has changed since the server started. Restart it and press Run again.")
        pack = self._pack(run.request.pack)
        if pack.hash != run.pack_hash:
            raise StoreError(f"The model pack {run.request.pack!r} has changed since the server started. Restart it and press Run again.")
        return pack

    def _pack(self, name):
        if name not in self.packs:
            self.packs = {name: self.load(name)}  # one at a time: memory is what users run out of
        return self.packs[name]

    def _patiently(self, action, *arguments, passing=StoreError):
        """A full disk or a locked database may pass: try for a while before giving up on errors that are `passing`."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return action(*arguments)
            except passing as error:
                _log(str(error))
                if time.monotonic() > deadline or self.leave.wait(1.0):
                    raise


def unexpected(name):
    """What a person reads when a run ends by a bug; `name` of the exception's class."""
    return (
        f"The painter process met an unexpected error ({name}); what was painted stays. "
        "painter.log in the store's folder has the details; please report them."
    )


class PatientRecorder:
    """Another program that holds the database for a while costs time, not the step that was just computed."""

    def __init__(self, recorder, patiently):
        self._recorder, self._patiently = recorder, patiently

    def record(self, frame, measurement):
        """See `core.store.RunStore.record`."""
        self._patiently(self._recorder.record, frame, measurement, passing=LockedError)


class Heart(threading.Thread):
    """Writes a sign of life twice a second, with the count of what the loop has done so far."""

    def __init__(self, store, worker):
        super().__init__(name="heart", daemon=True)
        self.store, self.worker = store, worker
        self.ticks, self.state, self.run_id, self.message = 0, "loading", "", ""
        self._stopped = threading.Event()

    def tick(self, state, run_id="", message=""):
        """Called by the loop with everything it does; a change of state is told at once, `message` to people."""
        changed = (state, run_id, message) != (self.state, self.run_id, self.message)
        self.state, self.run_id, self.message = state, run_id, message
        self.ticks += 1
        if changed:
            self._beat()

    def run(self):
        """Beat until stopped."""
        self._beat()
        while not self._stopped.wait(BEAT_SECONDS):
            self._beat()

    def stop(self):
        """End, with a last sign of life that says so."""
        self._stopped.set()
        self.join()
        self.tick("off")

    def _beat(self):
        try:
            self.store.beat(self.worker, os.getpid(), self.state, self.run_id, self.ticks, self.message)
        except StoreError as error:
            _log(str(error))


def _give_way():
    """Let the server that started this process go first: painting takes every core it gets, a page needs moments of one."""
    with contextlib.suppress(AttributeError, OSError):  # Windows has no such thing
        os.nice(NICENESS)


def _listen(leave, supervised):
    """Set `leave` when this process should end."""
    if supervised:
        # Ctrl-C in a terminal reaches the whole group; the supervisor decides when to end this process.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_outlive_nobody, args=(leave,), daemon=True).start()
    else:
        signal.signal(signal.SIGINT, lambda *_: leave.set())
    signal.signal(signal.SIGTERM, lambda *_: leave.set())


def _outlive_nobody(leave):
    """Wait for the end of standard input: the supervisor holds its other end, so it closes when that one ends.

    Unlike asking for the parent's id, this works on every platform and with a launcher in between.
    """
    while os.read(0, 1024):
        continue
    leave.set()
    time.sleep(LEAVE_SECONDS)
    os._exit(1)  # a step hangs: nobody is left to end this process


def _log(text, **fields):
    with contextlib.suppress(OSError):  # the log's disk may be full
        print(logs.line(text, **fields), file=sys.stderr, flush=True)
