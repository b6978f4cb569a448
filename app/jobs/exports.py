"""Exports: made once by a process of their own, kept beside the store, never served unfinished.

One is made at a time, in the order asked for: drawing takes seconds and 150 MB that the server would never
give back. No torch, no streamlit.
"""

import atexit
import contextlib
import functools
import logging
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app import resources
from app.jobs.export_files import ROOT, ExportFiles, kinds_of
from core.base.errors import OutputError, UserError
from core.exports.kinds import QUICK_KINDS, export_bytes
from core.exports.source import run_in_store
from core.storage.records import Run
from core.storage.run_store import RunStore
from core.storage.sweep_store import Sweep

LOG = logging.getLogger("app")
MAX_WAITING = 12
MAX_OF_ONE = 3  # exports that one person may have waiting while others wait, too
TIMEOUT_SECONDS = 900.0
STAMP_PATTERN = re.compile(r"[0-9a-f]{16}")
BUG_MESSAGE = (
    "This export could not be made. The reason has been logged; please report it if it happens again."
)


class TooManyExportsError(UserError):
    """Too many exports are waiting, everybody's together or those of the person asking."""


@dataclass
class ExportJob:
    """One export on its way.

    Args:
        source: id of the run or the sweep. kind: its name. percent: place in the run.
        path: the file that it will be.
        owner: the secret of whoever asked for it first, or "".
        link: address that a hand-out prints, or "".
        share: how far it is, 0 … 1. error: one sentence once it has failed.
    """

    source: str
    kind: str
    percent: float
    path: Path
    owner: str = ""
    link: str = ""
    share: float = 0.0
    error: str = ""


class ExportQueue:
    """What has been made, is being made and waits."""

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self.files = ExportFiles(store)
        self._jobs: dict[Path, ExportJob] = {}
        self._lock = threading.Lock()
        self._queue: queue.Queue[ExportJob] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen | None = None
        atexit.register(self.close)

    def state_stamp(self, source: Run | Sweep) -> str:
        """16 hex digits that change when another export of the run or the sweep would look different."""
        files = self.files
        return files.sweep_stamp(source) if isinstance(source, Sweep) else files.state_stamp(source)

    def request(
        self,
        source: Run | Sweep,
        kind: str,
        percent: float = 100.0,
        stamp: str | None = None,
        owner: str = "",
        link: str = "",
    ) -> Path | ExportJob:
        """The finished file, or the job that makes it; asking again with the job's stamp joins it.

        Args:
            kind: one of `kinds_of` it. percent: place in the run, or in every run of the sweep.
            stamp: of the state asked for before; a run goes on meanwhile.
            owner: the secret of whoever asks, or "".
            link: address that a hand-out prints; the stamp has to change with it.

        Raises:
            TooManyExportsError: too many wait already, of everybody or of this person.
        """
        percent = percent if kinds_of(source)[kind].depends_on_step else 100.0
        path = self.files.path(source, kind, percent, stamp or self.state_stamp(source))
        with self._lock:
            job = self._jobs.get(path)
            if job is not None:
                if job.error:
                    del self._jobs[path]  # told once; the next click tries again
                return job
            if path.is_file():
                os.utime(path)  # the oldest go first
                return path
            return self._add(ExportJob(source.id, kind, percent, path, owner, link))

    def _add(self, job: ExportJob) -> ExportJob:
        """Put a job in line; to be called with the lock held."""
        self._jobs = {
            path: one for path, one in self._jobs.items() if not one.error
        }  # whoever asked has gone
        self._check_waiting(job.owner)
        self._jobs[job.path] = job
        self._queue.put(job)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work_loop, name="exports", daemon=True)
            self._thread.start()
        return job

    def _check_waiting(self, owner: str) -> None:
        """Raise TooManyExportsError unless this person may have one more export waiting."""
        waiting = len(self._jobs)
        if waiting >= MAX_WAITING:
            raise TooManyExportsError(f"{waiting} exports are already waiting. Try again in a minute.")
        mine = sum(job.owner == owner for job in self._jobs.values())
        if owner and waiting > mine >= MAX_OF_ONE:
            raise TooManyExportsError(
                f"You already have {mine} exports waiting, and others are waiting too. "
                "Try again when the first has been saved."
            )

    def jobs_ahead(self, job: ExportJob) -> int:
        """How many are made before this one."""
        with self._lock:
            waiting = [other for other in self._jobs.values() if not other.error]
        return waiting.index(job) if job in waiting else 0

    def close(self) -> None:
        """End the process at work; what it wrote so far is never seen."""
        if self._process is not None:
            self._process.kill()

    def _work_loop(self) -> None:
        while True:
            job = self._queue.get()
            try:
                self._make(job)
            except UserError as error:
                job.error = str(error)
            except Exception:
                LOG.exception("The export %s could not be made.", job.path.name)
                job.error = BUG_MESSAGE
            with self._lock:
                if not job.error:
                    self._jobs.pop(job.path, None)

    def _make(self, job: ExportJob) -> None:
        job.path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile() as errors:
            status = self._run_process(job, errors)
            errors.seek(0)
            error_text = errors.read().decode(errors="replace").strip()
        if status == 2:
            raise OutputError(error_text.rpartition("Error: ")[2])
        if status:
            raise RuntimeError(f"exit status {status}: {error_text[-2000:]}")
        self.files.tidy(job.path, f"{job.kind}-{job.percent:g}-*")

    def _run_process(self, job: ExportJob, errors: IO[bytes]) -> int:
        """Draw in a process of its own, which tells how far it is line by line; returns its exit status."""
        command = [
            sys.executable,
            "-m",
            "core",
            "export",
            job.source,
            "--as",
            job.kind,
            "--at",
            f"{job.percent:g}",
        ]
        command += ["--link", job.link] if job.link else []
        process = subprocess.Popen(
            [*command, "--out", str(job.path), "--tell"],
            cwd=ROOT,
            env=os.environ | {"CTJP_STORE": str(self.store.folder), "OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        self._process = process
        limit = threading.Timer(TIMEOUT_SECONDS, process.kill)
        limit.start()
        try:
            lines: Iterable[str] = process.stdout or ()
            for line in lines:
                with contextlib.suppress(ValueError):
                    job.share = min(max(float(line), 0.0), 1.0)
            return process.wait()
        finally:
            limit.cancel()
            self._process = None


@functools.cache
def export_queue() -> ExportQueue:
    """The server's one ExportQueue. Raises StoreError."""
    return ExportQueue(resources.store())


def export_now(run: Run, kind: str, percent: float) -> bytes:
    """An export that needs no drawing. Raises UserError."""
    return export_bytes(run_in_store(resources.store(), run.id), kind, percent / 100)


def is_quick(kind: str) -> bool:
    """Whether `export_now` makes it."""
    return kind in QUICK_KINDS
