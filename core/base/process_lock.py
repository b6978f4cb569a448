"""One painter process per store: a lock on a file that the operating system drops when its holder dies."""

from pathlib import Path

from filelock import FileLock


class FolderLock:
    """The right to paint the runs of one store folder, or to do what else `name` stands for.

    Each object is one holder, whichever of its threads takes or releases the lock.
    """

    def __init__(self, folder: Path | str, name: str = "painter.lock") -> None:
        self._lock = FileLock(Path(folder) / name, thread_local=False)

    def acquire(self, seconds: float = 0.0) -> bool:
        """Try for so long to take the lock. True if it is held now."""
        try:
            self._lock.acquire(timeout=seconds, poll_interval=0.02)
        except OSError:  # held by another, or the file cannot be opened
            return False
        return True

    def release(self) -> None:
        """Let go of the lock, if it is held."""
        self._lock.release(force=True)

    def is_held(self) -> bool:
        """Whether another holder has it now."""
        if self.acquire():
            self.release()
            return False
        return True
