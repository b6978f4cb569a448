"""Files that are whole or not there: written under another name first, then renamed. No torch."""

import os
import tempfile
from pathlib import Path

from core.base.errors import OutputError

UNFINISHED_PREFIX = ".writing-"  # how the name of a file begins that is not whole yet


def write_bytes(path: Path | str, data: bytes) -> None:
    """Write a file atomically: temporary name in the same folder, then rename.

    Raises:
        OutputError: the folder is not writable or the disk is full.
    """
    path = Path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED_PREFIX)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise cannot_write(path, error) from error


def cannot_write(path: Path | str, error: OSError) -> OutputError:
    """The error that says that a file or folder could not be written, and why."""
    return OutputError(
        f"Cannot write {path}: {error.strerror or error}. "
        "Choose a folder you may write to, on a disk with free space."
    )
