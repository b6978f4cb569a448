"""Starts, watches and replaces the painter process. Runs as one thread of the server; no torch."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

from core.errors import StoreError
from core.lock import PainterLock
from core.records import whereabouts

ROOT = Path(__file__).resolve().parent.parent
LOG_NAME = "painter.log"
LOG_BYTES = 1_000_000
NAME_VARIABLE = "CTJP_WORKER"  # tells the painter process under which name it is watched
EXIT_TAKEN = 75  # how it says that the store has another painter process
HANG_SECONDS = 120.0
LOAD_SECONDS = 600.0
STOP_SECONDS = 8.0
POLL_SECONDS = 0.2
LONGEST_PAUSE = 60.0
READY_SECONDS = 5.0  # between two looks whether a store in trouble can be used by now


class Supervisor:
    """Keeps one painter process alive for a store.

    If another server's painter process serves the same store, this one waits until that is gone.
    A process that dies or hangs is replaced; the run that it was painting is failed with the
    reason. Replacing slows down (up to a minute) while the process does not even get ready.

    Args:
        store: RunStore.
        pack: name or path of the pack that the process loads at its start.
        command: what to start instead of `python -m core worker`.
        hang_seconds: without a new frame for so long, the process counts as hung.
        first_wait: seconds before the first start, left to whoever opens the page first.
        elsewhere: whether the process only hands the painting out; then its end is no fault of the runs, which are taken up again.
    """

    def __init__(self, store, pack="miniature", command=None, hang_seconds=HANG_SECONDS, first_wait=0.0, elsewhere=False):
        self.store = store
        self.first_wait, self.elsewhere = first_wait, elsewhere
        self.hang_seconds = hang_seconds
        self.process = None
        self._command = command or [
            sys.executable, "-m", "core", "worker", "--store", str(store.folder), "--pack", str(pack)
        ]  # fmt: skip
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep_alive, name="supervisor", daemon=True)

    def start(self):
        """Start watching; returns at once."""
        self._thread.start()
        return self

    def stop(self):
        """End the painter process between two steps (or by force after STOP_SECONDS) and stop watching."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=STOP_SECONDS + 5)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def _keep_alive(self):
        lock = PainterLock(self.store.folder)
        failures = 0
        self._stopping.wait(self.first_wait)
        while not self._stopping.is_set():
            if lock.taken():
                self._stopping.wait(1.0)
                continue
            name = uuid.uuid4().hex
            try:
                self.process = self._spawn(name)
            except OSError as error:
                ready, ending = False, f"cannot be started: {error.strerror or error}"
            else:
                ready, ending = self._watch(name)
                self.process.stdin.close()
            failures = 0 if ready else failures + 1
            if not self._stopping.is_set() and ending is not None:
                pause = min(LONGEST_PAUSE, 0.25 * 2**failures)
                when = f" in {pause:.0f} s" if pause >= 1 else ""
                self._report(name, f"The painter process {ending}; it is started again{when}.")
                self._stopping.wait(pause)

    def _spawn(self, name):
        log = self.store.folder / LOG_NAME
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
        with open(log, "ab") as output:
            # The process ends when its standard input does, that is, when this one is gone.
            return subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=os.environ | {NAME_VARIABLE: name, "PYTHONPATH": path},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
            )

    def _watch(self, name):
        """Wait for the end of the process. Returns (whether it ever was ready, how it ended or None if all is well)."""
        pulse = _Pulse()
        hung = False
        while self.process.poll() is None:
            if self._stopping.wait(POLL_SECONDS):
                self._end_process()
                break
            state = self._try(self.store.painter_state)
            limit = self.hang_seconds if pulse.ready else LOAD_SECONDS
            if pulse.age(state if state and state.worker == name else None) > limit:
                hung = True
                self.process.kill()
                self.process.wait()
        if self._stopping.is_set():
            self._settle(name, "interrupted", "The server stopped at {at}; the run is taken up again when it starts.")
            return pulse.ready, None
        if self.process.returncode == EXIT_TAKEN:
            return True, None
        ending = f"made no progress for {limit:.0f} s" if hung else _ending(self.process.returncode)
        if self.elsewhere:
            self._settle(name, "interrupted", f"The painter process {ending} at {{at}}; the run is taken up again when it is back.")
        else:
            self._settle(name, "failed", f"The painter process {ending} at {{at}}; what was painted stays, press Run to paint it again.")
        return pulse.ready, ending

    def _end_process(self):
        self.process.stdin.close()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _settle(self, name, status, sentence):
        self._try(
            self.store.end_running,
            name,
            status,
            lambda run: sentence.format(at=whereabouts(self.store.last_row(run.id))),
        )

    def _report(self, name, message):
        _say(message)
        self._try(lambda: self.store.beat(name, state="restarting", message=message))

    def _try(self, action, *arguments):
        """The store may be locked or its disk full for a while; watching goes on."""
        try:
            return action(*arguments)
        except (StoreError, sqlite3.Error) as error:
            _say(error)
            return None


class WhenReady:
    """Starts a Supervisor as soon as the store can be used: what was in its way when the server started may pass.

    Args:
        make: function that returns the Supervisor, not yet started, or raises StoreError.
    """

    def __init__(self, make, pause=READY_SECONDS):
        self.supervisor = None
        self._make, self._pause = make, pause
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._try, name="when-ready", daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self._thread.join()
        if self.supervisor is not None:
            self.supervisor.stop()

    def _try(self):
        told = ""
        while not self._stopping.is_set():
            try:
                self.supervisor = self._make().start()
                return
            except StoreError as error:
                if str(error) != told:  # the pages say the same to whoever opens them
                    told = str(error)
                    _say(told)
                self._stopping.wait(self._pause)


class _Pulse:
    """How long the count of a process has stood still, by this process's own clock."""

    def __init__(self):
        self.ready = False
        self._ticks, self._since = None, time.monotonic()

    def age(self, state):
        """Take in the newest PainterState (or None) and return the seconds since the count last moved."""
        if state is not None:
            self.ready |= state.state in ("ready", "painting")
            if state.ticks != self._ticks:
                self._ticks, self._since = state.ticks, time.monotonic()
        return time.monotonic() - self._since


def _say(message):
    with contextlib.suppress(OSError):
        print(message, file=sys.stderr, flush=True)


def _ending(code):
    if code < 0:
        advice = " (often for lack of memory)" if code == -9 else ""
        return f"was killed by signal {-code}{advice}"
    return f"ended with exit code {code} ({LOG_NAME} in the store's folder has the details)"
