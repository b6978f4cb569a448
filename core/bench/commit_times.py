"""When each row of a store was committed, and so how late it reached a visitor."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from typing import NamedTuple

from core.bench.visitor import Update
from core.storage.run_store import RunStore

LOOK_SECONDS = 0.01


class Delay(NamedTuple):
    """Seconds from commit to a visitor's figures, and to the pictures too."""

    figures: float
    pictures: float


class CommitTimes(threading.Thread):
    """Notes when each row of the store was committed; a context.

    A row is dated to the look before the one that first saw it, so that no wait comes out too short.
    """

    def __init__(self, store: RunStore) -> None:
        super().__init__(name="commits", daemon=True)
        self.store = store
        self.rows: dict[str, tuple[list[int], list[float]]] = {}  # run → ([seq], [moment])
        self._stopped = threading.Event()

    def __enter__(self) -> CommitTimes:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self.join()

    def run(self) -> None:
        """Look again and again; the thread's own loop."""
        newest = 0
        before = time.monotonic()
        query = "SELECT seq, run FROM run_steps WHERE seq > ? ORDER BY seq"
        while not self._stopped.wait(LOOK_SECONDS):
            now = time.monotonic()
            for record in self.store.database.read(query, newest):
                newest = record["seq"]
                seqs, moments = self.rows.setdefault(record["run"], ([], []))
                seqs.append(newest)
                moments.append(before)
            before = now

    def delays(self, updates: list[Update]) -> list[Delay]:
        """How late every update came, counted from the oldest row that it brought."""
        found = []
        for update in updates:
            seqs, moments = self.rows.get(update.run, ([], []))
            place = bisect_right(seqs, update.had)
            if update.had and place < len(seqs):
                oldest = moments[place]
                found.append(Delay(update.figures - oldest, update.pictures - oldest))
        return found
