"""The painter process's signs of life."""

from __future__ import annotations

import os
import threading

from core.service.log import log
from core.storage.run_store import RunStore

HEARTBEAT_SECONDS = 0.5


class Heartbeat(threading.Thread):
    """Writes a sign of life twice a second, with the count of what the loop has done so far."""

    def __init__(self, store: RunStore, worker: str):
        super().__init__(name="heartbeat", daemon=True)
        self.store, self.worker = store, worker
        self.state = "loading"
        self.run_id = ""
        self.message = ""
        self.ticks = 0
        self._stopped = threading.Event()

    def tick(self, state: str, run_id: str = "", message: str = "") -> None:
        """Called by the loop with everything it does; a change is told at once, `message` to people."""
        changed = (state, run_id, message) != (self.state, self.run_id, self.message)
        self.state = state
        self.run_id = run_id
        self.message = message
        self.ticks += 1
        if changed:
            self._beat()

    def run(self) -> None:
        """Beat until stopped."""
        self._beat()
        while not self._stopped.wait(HEARTBEAT_SECONDS):
            self._beat()

    def stop(self) -> None:
        """End, with a last sign of life that says so."""
        self._stopped.set()
        self.join()
        self.tick("off")

    def _beat(self) -> None:
        try:
            self.store.queue.beat(self.worker, os.getpid(), self.state, self.run_id, self.ticks, self.message)
        # whatever it is: without this thread a healthy process would be killed as hung
        except Exception as error:
            log(f"No sign of life could be written: {error or type(error).__name__}")
