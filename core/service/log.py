"""Lines of the painter process on standard error, which its supervisor keeps in painter.log."""

import contextlib
import sys
from typing import Any

from core.base.logs import log_line


def log(text: str, **fields: Any) -> None:
    """Write one line if it can be written: the disk of the log may be full."""
    with contextlib.suppress(OSError):
        print(log_line(text, **fields), file=sys.stderr, flush=True)
