"""How much memory this process has held at most. No torch."""

import contextlib
import sys
from pathlib import Path

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def forget_peak():
    """Start counting anew, where the system allows it (Linux); elsewhere the peak is that of the whole process."""
    with contextlib.suppress(OSError):
        CLEAR.write_text("5")


def peak_bytes():
    """Bytes resident at most since `forget_peak`, or 0 where the system does not tell."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        return next((1024 * int(line.split()[1]) for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:")), 0)
    try:
        import resource
    except ImportError:  # Windows
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def lacks_memory(error):
    """Whether an exception says that memory was refused: Python's own, or torch's on a processor or an accelerator."""
    # torch names it in a class only for accelerators, and in the text everywhere else.
    told = str(error)
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or (isinstance(error, RuntimeError) and ("can't allocate memory" in told or "not enough memory" in told))
    )
