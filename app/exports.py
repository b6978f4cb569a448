"""Exports for the page: made once by a process of their own, kept beside the store, never served before they are whole.

One is made at a time, in the order asked for: drawing takes seconds and 150 MB that the server would never give back.
No torch, no streamlit.
"""

import atexit
import contextlib
import functools
import hashlib
import logging
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from app import services
from core.errors import OutputError, UserError
from core.exports import source
from core.exports.kinds import KINDS, QUICK, export

LOG = logging.getLogger("app")
ROOT = Path(__file__).parent.parent
MOST_WAITING = 12
KEPT_BYTES = 500_000_000
PATIENCE_SECONDS = 900.0
STAMP = re.compile(r"[0-9a-f]{16}")


class BusyError(UserError):
    """Too many exports wait."""


@dataclass
class Job:
    """One export on its way. `share`: how far it is, 0 … 1; `error`: one sentence once it has failed."""

    run: str
    kind: str
    percent: float
    path: Path
    share: float = 0.0
    started: bool = False
    error: str = ""


class Exports:
    """What has been made, is being made and waits.

    Args:
        store: core.store.RunStore.
    """

    def __init__(self, store):
        self.store, self.folder = store, store.folder / "exports"
        self._jobs, self._lock, self._queue = {}, threading.Lock(), queue.Queue()
        self._thread = self._process = None
        atexit.register(self.close)

    def stamp(self, run):
        """16 hex digits that change when another export of the run would look different."""
        newest = self.store.last_row(run.id)
        parts = (run.status, run.attempt, newest.seq if newest else 0, drawing_revision())
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def ask(self, run, kind, percent=100.0, stamp=None):
        """The finished file (Path), or the Job that makes it; asking again with the Job's stamp joins it.

        Args:
            run: core.records.Run. kind: name in KINDS. percent: place in the run.
            stamp: of the state asked for before; a run goes on meanwhile.

        Raises:
            BusyError: too many wait already.
        """
        percent = percent if KINDS[kind].moves else 100.0
        name = f"{kind}-{percent:g}-{stamp or self.stamp(run)}"
        path = self.folder / run.id / (name + KINDS[kind].suffix)
        with self._lock:
            job = self._jobs.get(path)
            if job is not None:
                if job.error:
                    del self._jobs[path]  # told once; the next click tries again
                return job
            if path.is_file():
                os.utime(path)  # the oldest go first
                return path
            self._jobs = {p: job for p, job in self._jobs.items() if not job.error}  # whoever asked has gone
            if len(self._jobs) >= MOST_WAITING:
                raise BusyError(f"{len(self._jobs)} exports are waiting already. Try again in a minute.")
            job = self._jobs[path] = Job(run.id, kind, percent, path)
            self._queue.put(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="exports", daemon=True)
                self._thread.start()
            return job

    def ahead(self, job):
        """How many are made before this one."""
        with self._lock:
            waiting = [other for other in self._jobs.values() if not other.error]
        return waiting.index(job) if job in waiting else 0

    def close(self):
        """End the process at work; what it wrote so far is never seen."""
        process = self._process
        if process is not None:
            process.kill()

    def _work(self):
        while True:
            job = self._queue.get()
            try:
                self._make(job)
            except UserError as error:
                job.error = str(error)
            except Exception:
                LOG.exception("The export %s could not be made.", job.path.name)
                job.error = "This export could not be made. It was logged; please report it if it happens again."
            with self._lock:
                if not job.error:
                    self._jobs.pop(job.path, None)

    def _make(self, job):
        job.started = True
        job.path.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "core", "export", job.run, "--as", job.kind, "--at", f"{job.percent:g}"]
        environment = os.environ | {"CTJP_STORE": str(self.store.folder), "OMP_NUM_THREADS": "1"}
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                [*command, "--out", str(job.path), "--tell"],
                cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True,
            )  # fmt: skip
            self._process = process
            limit = threading.Timer(PATIENCE_SECONDS, process.kill)
            limit.start()
            try:
                for line in process.stdout:
                    with contextlib.suppress(ValueError):
                        job.share = min(max(float(line), 0.0), 1.0)
                status = process.wait()
            finally:
                limit.cancel()
                self._process = None
            errors.seek(0)
            told = errors.read().decode(errors="replace").strip()
        if status == 2:
            raise OutputError(told.rpartition("Error: ")[2])
        if status:
            raise RuntimeError(f"exit status {status}: {told[-2000:]}")
        self._tidy(job)

    def _tidy(self, made):
        """Remove what a newer export replaces, what belongs to runs that are gone, and the oldest beyond the limit."""
        for old in made.path.parent.glob(f"{made.kind}-{made.percent:g}-*"):
            if old != made.path:
                old.unlink(missing_ok=True)
        for folder in self.folder.iterdir():
            if self.store.get(folder.name) is None:
                shutil.rmtree(folder, ignore_errors=True)
        files = sorted((f for f in self.folder.glob("*/*") if f.is_file()), key=lambda f: f.stat().st_mtime, reverse=True)
        total = 0
        for file in files:
            total += file.stat().st_size
            if total > KEPT_BYTES and file != made.path:
                file.unlink(missing_ok=True)


@functools.cache
def exports():
    """The server's one Exports. Raises StoreError."""
    return Exports(services.store())


def at_once(run, kind, percent):
    """Bytes of an export that needs no drawing. Raises UserError."""
    return export(source.of_store(services.store(), run.id), kind, percent / 100)


def quick(kind):
    """Whether `at_once` makes it."""
    return kind in QUICK


@functools.cache
def drawing_revision():
    """Changes with the code that draws exports, so that none of an older version is served."""
    core = ROOT / "core"
    files = [
        *sorted((core / "exports").iterdir()),
        *(core / f"{name}.py" for name in ("charts", "drawing", "figures", "verdict", "metadata")),
    ]
    digest = hashlib.sha256()
    for file in files:
        if file.is_file():
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]
