"""One painter process per store. No torch.

The lock is SQLite's exclusive lock on an empty file of its own: it exists on every platform
and the operating system drops it when its holder dies, however that happens.
"""

import sqlite3
from pathlib import Path


class PainterLock:
    """The right to paint the runs of one store folder."""

    def __init__(self, folder):
        self.path = Path(folder) / "painter.lock"
        self._connection = None

    def acquire(self, seconds=0.0):
        """Try for so long to take the lock. True if it is held now."""
        connection = sqlite3.connect(self.path, timeout=seconds, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            connection.close()
            return False
        self._connection = connection
        return True

    def release(self):
        """Let go of the lock, if it is held."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def taken(self):
        """Whether another process holds it now."""
        if self.acquire():
            self.release()
            return False
        return True
