"""One painter process per store. No torch.

The lock is SQLite's exclusive lock on an empty file of its own: it exists on every platform
and the operating system drops it when its holder dies, however that happens.
"""

import sqlite3
from pathlib import Path


class PainterLock:
    """The right to paint the runs of one store folder, or to do what else `name` stands for."""

    def __init__(self, folder, name="painter.lock"):
        self.path = Path(folder) / name
        self._connection = None

    def acquire(self, seconds=0.0):
        """Try for so long to take the lock. True if it is held now."""
        connection = sqlite3.connect(self.path, timeout=seconds, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError:  # held by another, or the file is damaged or cannot be opened
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
