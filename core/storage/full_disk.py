"""What happens when the disk is full: the error that says so, and a reserve that leaves room for the reason.

A file as large as a few hundred small transactions is set aside. When the database cannot grow, that file is
given up, so that how a run ended can still be written.
"""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from core.base.errors import StoreError

RESERVE_BYTES = 256 * 1024
FULL_DISK_TEXT = "cannot grow because the disk is full. Free some space and try again"
_Answer = TypeVar("_Answer")


class FullDiskError(StoreError):
    """The database cannot grow."""


class DiskReserve:
    """Space that is set aside in a file of its own.

    Args:
        path: of that file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep(self) -> None:
        """Set the space aside, if there is any."""
        if not self.path.exists():
            # Without space there is nothing to set aside. Random: some file systems store zeros in no space.
            with contextlib.suppress(OSError):
                self.path.write_bytes(os.urandom(RESERVE_BYTES))

    def spend_for(self, action: Callable[[], _Answer]) -> _Answer:
        """Call `action`; if the disk is full, free the reserve and call it once more."""
        try:
            return action()
        except FullDiskError:
            if not self.path.exists():
                raise
            self.path.unlink(missing_ok=True)
            return action()
