"""Starts, watches and replaces the painter process. Runs as one thread of the server; no torch."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

from core.base.errors import StoreError
from core.base.process_lock import FolderLock
from core.storage.records import PainterState, progress_text
from core.storage.run_store import RunStore

Answer = TypeVar("Answer")

ROOT = Path(__file__).resolve().parents[2]
LOG_FILE = "painter.log"
LOG_BYTES = 1_000_000
NAME_VARIABLE = "CTJP_WORKER"  # tells the painter process under which name it is watched
EXIT_STORE_TAKEN = 75  # how it says that the store has another painter process
HANG_SECONDS = 120.0
LOAD_SECONDS = 600.0
STOP_SECONDS = 8.0
POLL_SECONDS = 0.2
LONGEST_RESTART_PAUSE = 60.0
STORE_RETRY_SECONDS = 5.0  # between two looks whether a store in trouble can be used by now
INTERRUPTED = "The server stopped at {at}; the run is taken up again when it starts."


class Supervisor:
    """Keeps one painter process alive for a store.

    If another server's painter process serves the same store, this one waits until that is gone. A process
    that dies or hangs is replaced; the run that it was painting fails with the reason. The pauses before a
    new start grow (up to a minute) while the process does not even get ready.

    Args:
        store: the runs.
        pack: name or path of the pack that the process loads at its start.
        command: what to start instead of `python -m core worker`.
        hang_seconds: without progress for so long, the process counts as hung.
        paints_on_cluster: whether the process only hands the painting out; then its end is no fault of the
            runs, which are taken up again.
    """

    def __init__(
        self,
        store: RunStore,
        pack: str = "miniature",
        command: list[str] | None = None,
        hang_seconds: float = HANG_SECONDS,
        paints_on_cluster: bool = False,
    ):
        self.store = store
        self.hang_seconds = hang_seconds
        self.paints_on_cluster = paints_on_cluster
        self.process: subprocess.Popen | None = None
        python = [sys.executable, "-m", "core", "worker"]
        self._command = command or [*python, "--store", str(store.folder), "--pack", str(pack)]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep_alive, name="supervisor", daemon=True)

    def start(self) -> Supervisor:
        """Start watching; returns at once."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the painter process between two steps (or by force after STOP_SECONDS) and stop watching."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=STOP_SECONDS + 5)

    def __enter__(self) -> Supervisor:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _keep_alive(self) -> None:
        lock = FolderLock(self.store.folder)
        failures = 0
        while not self._stopping.is_set():
            if lock.is_held():
                self._stopping.wait(1.0)
                continue
            name = uuid.uuid4().hex
            ready, ending = self._run_once(name)
            failures = 0 if ready else failures + 1
            if not self._stopping.is_set() and ending is not None:
                pause = min(LONGEST_RESTART_PAUSE, 0.25 * 2**failures)
                when = f" in {pause:.0f} s" if pause >= 1 else ""
                self._report(name, f"The painter process {ending}; it is started again{when}.")
                self._stopping.wait(pause)

    def _run_once(self, name: str) -> tuple[bool, str | None]:
        """Start a process and wait for its end. Returns (whether it was ever ready, how it ended or None if
        all is well).
        """
        try:
            process = self.process = self._spawn(name)
        except OSError as error:
            return False, f"cannot be started: {error.strerror or error}"
        try:
            return self._watch(process, name)
        finally:
            _standard_input(process).close()

    def _spawn(self, name: str) -> subprocess.Popen:
        log = self.store.folder / LOG_FILE
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

    def _watch(self, process: subprocess.Popen, name: str) -> tuple[bool, str | None]:
        """Wait for the end of the process; as `_run_once`."""
        progress = _ProgressWatch()
        hung_after = None
        while process.poll() is None:
            if self._stopping.wait(POLL_SECONDS):
                _end_process(process)
                break
            state = self._try(self.store.queue.painter_state)
            limit = self.hang_seconds if progress.ready else LOAD_SECONDS
            if progress.age(state if state and state.worker == name else None) > limit:
                hung_after = limit
                process.kill()
                process.wait()
        if self._stopping.is_set():
            self._settle(name, "interrupted", INTERRUPTED)
            return progress.ready, None
        if process.returncode == EXIT_STORE_TAKEN:
            return True, None
        ending = f"made no progress for {hung_after:.0f} s" if hung_after else _exit_text(process.returncode)
        if self.paints_on_cluster:
            advice = "the run is taken up again when it is back"
            self._settle(name, "interrupted", f"The painter process {ending} at {{at}}; {advice}.")
        else:
            advice = "what was painted stays, press Run to paint it again"
            self._settle(name, "failed", f"The painter process {ending} at {{at}}; {advice}.")
        return progress.ready, ending

    def _settle(self, name: str, status: str, sentence: str) -> None:
        """Note how the run ended that the process was painting; `at` in the sentence is how far it came."""
        self._try(
            lambda: self.store.queue.end_running(
                name,
                status,
                lambda run: sentence.format(at=progress_text(self.store.last_row(run.id))),
            )
        )

    def _report(self, name: str, message: str) -> None:
        _print_error(message)
        self._try(lambda: self.store.queue.beat(name, state="restarting", message=message))

    def _try(self, action: Callable[[], Answer]) -> Answer | None:
        """The store may be locked or its disk full for a while; watching goes on."""
        try:
            return action()
        except (StoreError, sqlite3.Error, OSError) as error:
            _print_error(error)
            return None


class DeferredSupervisor:
    """Starts a Supervisor as soon as the store can be used: what was in its way when the server started may
    pass.

    Args:
        make: returns the Supervisor, not yet started, or raises StoreError.
        pause: seconds between two tries.
    """

    def __init__(self, make: Callable[[], Supervisor], pause: float = STORE_RETRY_SECONDS):
        self.supervisor: Supervisor | None = None
        self._make, self._pause = make, pause
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._try, name="when-ready", daemon=True)

    def __enter__(self) -> DeferredSupervisor:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        if self.supervisor is not None:
            self.supervisor.stop()

    def _try(self) -> None:
        told = ""
        while not self._stopping.is_set():
            try:
                self.supervisor = self._make().start()
                return
            except StoreError as error:
                if str(error) != told:  # the pages say the same to whoever opens them
                    told = str(error)
                    _print_error(told)
                self._stopping.wait(self._pause)


class _ProgressWatch:
    """How long the count of a process has stood still, by this process's own clock."""

    def __init__(self) -> None:
        self.ready = False
        self._ticks: int | None = None
        self._since = time.monotonic()

    def age(self, state: PainterState | None) -> float:
        """Take in the newest state and return the seconds since the count last moved."""
        if state is not None:
            self.ready |= state.state in ("ready", "painting")
            if state.ticks != self._ticks:
                self._ticks = state.ticks
                self._since = time.monotonic()
        return time.monotonic() - self._since


def _end_process(process: subprocess.Popen) -> None:
    """Ask a process to end, and make it."""
    _standard_input(process).close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _standard_input(process: subprocess.Popen) -> IO[bytes]:
    assert process.stdin is not None  # it was opened as a pipe
    return process.stdin


def _print_error(message: object) -> None:
    with contextlib.suppress(OSError):
        print(message, file=sys.stderr, flush=True)


def _exit_text(code: int) -> str:
    if code < 0:
        advice = " (often for lack of memory)" if code == -9 else ""
        return f"was killed by signal {-code}{advice}"
    return f"ended with exit code {code} ({LOG_FILE} in the store's folder has the details)"
