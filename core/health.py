"""Whether this server can do its work now: store, painter process, disk. No torch."""

import shutil
import tempfile
import threading
import time
from dataclasses import dataclass

from core.errors import StoreError
from core.supervisor import HANG_SECONDS, LOAD_SECONDS

STALE_SECONDS = 15.0  # a painter process that is alive beats twice a second
START_SECONDS = 60.0  # so long after the server's start nobody expects a painter process yet
LOW_BYTES = 200e6
KEEP_SECONDS = 1.0  # an answer serves everybody for so long: asking costs a write


@dataclass(frozen=True)
class Report:
    """What is wrong, by part: "store", "painter" and "disk" with a sentence each, or "ok"."""

    parts: dict

    @property
    def ok(self):
        return all(told == "ok" for told in self.parts.values())


class Health:
    """Asked again and again by whoever watches the server.

    Args:
        store: core.store.RunStore.
        clock: seconds that only grow. now: seconds since the epoch. For tests.
    """

    def __init__(self, store, clock=time.monotonic, now=time.time):
        self.store, self.clock, self.now = store, clock, now
        self._born = clock()
        self._lock = threading.Lock()
        self._last, self._asked = None, 0.0
        self._ticks, self._moved = None, clock()

    def report(self):
        """Report, at most KEEP_SECONDS old."""
        with self._lock:
            if self._last is None or self.clock() - self._asked > KEEP_SECONDS:
                self._last = Report({"store": self._store(), "painter": self._painter(), "disk": self._disk()})
                self._asked = self.clock()
            return self._last

    def _store(self):
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

    def _painter(self):
        """A process that beats may still hang: then its count stands still."""
        try:
            state = self.store.painter_state()
        except StoreError as error:
            return str(error)
        if state is None or state.state == "off" or self.now() - state.beat > STALE_SECONDS:
            return "ok" if self.clock() - self._born < START_SECONDS else "The painter process is not running."
        if state.state == "restarting":
            return state.message
        if (state.worker, state.ticks) != self._ticks:
            self._ticks, self._moved = (state.worker, state.ticks), self.clock()
        still, limit = self.clock() - self._moved, LOAD_SECONDS if state.state == "loading" else HANG_SECONDS
        return "ok" if still < limit else f"The painter process has made no progress for {still:.0f} s."

    def _disk(self):
        try:
            free = shutil.disk_usage(self.store.folder).free
        except OSError as error:
            return f"The disk cannot be asked: {error.strerror or error}."
        return "ok" if free >= LOW_BYTES else f"Only {free / 1e6:.0f} MB are free; free some space."
