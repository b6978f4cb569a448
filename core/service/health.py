"""Whether this server can do its work now: store, painter process, disk. No torch."""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from core.base.errors import StoreError
from core.service.supervisor import HANG_SECONDS, LOAD_SECONDS
from core.storage.run_store import RunStore

STALE_SECONDS = 15.0  # a painter process that is alive beats twice a second
STARTUP_GRACE_SECONDS = 60.0  # this long after the server's start nobody expects a painter process yet
LOW_DISK_BYTES = 200e6
CACHE_SECONDS = 1.0  # asking costs a write, so one answer serves everybody for this long
NOT_RUNNING = "The painter process is not running."


@dataclass(frozen=True)
class HealthReport:
    """What is wrong, by part: "store", "painter" and "disk", each with a sentence or "ok"."""

    parts: dict[str, str]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return all(text == "ok" for text in self.parts.values())


class HealthCheck:
    """Asked again and again by whoever watches the server.

    Args:
        store: the runs.
        clock: seconds that only grow.
        now: seconds since the epoch.
    """

    def __init__(
        self,
        store: RunStore,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ):
        self.store = store
        self.clock = clock
        self.now = now
        self._started = clock()
        self._lock = threading.Lock()
        self._last: HealthReport | None = None
        self._asked = 0.0
        self._progress: tuple[str, int] | None = None  # the painter process and its count
        self._progressed = clock()

    def report(self) -> HealthReport:
        """The newest report, at most CACHE_SECONDS old."""
        with self._lock:
            if self._last is None or self.clock() - self._asked > CACHE_SECONDS:
                parts = {"store": self._store(), "painter": self._painter(), "disk": self._disk()}
                self._last = HealthReport(parts)
                self._asked = self.clock()
            return self._last

    def _store(self) -> str:
        try:
            with self.store.database.transaction() as db:
                db.execute("INSERT OR REPLACE INTO meta VALUES ('health', ?)", (str(self.now()),))
            with tempfile.TemporaryFile(dir=self.store.folder) as file:
                file.write(b"health")
        except StoreError as error:
            return str(error)
        except OSError as error:
            return f"No file can be written in {self.store.folder}: {error.strerror or error}."
        return "ok"

    def _painter(self) -> str:
        """A process that beats may still hang: then its count stands still."""
        try:
            state = self.store.queue.painter_state()
        except StoreError as error:
            return str(error)
        if state is None or state.state == "off" or self.now() - state.beat > STALE_SECONDS:
            starting = self.clock() - self._started < STARTUP_GRACE_SECONDS
            return "ok" if starting else NOT_RUNNING
        if state.state == "restarting":
            return state.message
        if (state.worker, state.ticks) != self._progress:
            self._progress = (state.worker, state.ticks)
            self._progressed = self.clock()
        still = self.clock() - self._progressed
        limit = LOAD_SECONDS if state.state == "loading" else HANG_SECONDS
        return "ok" if still < limit else f"The painter process has made no progress for {still:.0f} s."

    def _disk(self) -> str:
        try:
            free = shutil.disk_usage(self.store.folder).free
        except OSError as error:
            return f"The free space of the disk is not known: {error.strerror or error}."
        return "ok" if free >= LOW_DISK_BYTES else f"Only {free / 1e6:.0f} MB are free; free some space."
