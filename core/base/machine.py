"""What this machine gives the process: threads for torch, and memory.

Too many threads are up to 30 times slower on small tensors.
Not from psutil: it counts a machine's physical cores, not those a process may use, and keeps no peak of
memory on Linux.
"""

import contextlib
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from core.base.errors import SettingError

PROC_STATUS = Path("/proc/self/status")
PROC_CLEAR_REFS = Path("/proc/self/clear_refs")


def usable_cores() -> int:
    """Physical cores that this process may use: affinity, hyper-threads and container quota considered."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    cores: set[str | int] = set()
    for cpu in os.sched_getaffinity(0):
        try:
            # Hyper-threads of one core name the same siblings.
            cores.add(Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list").read_text())
        except OSError:
            cores.add(cpu)
    return max(1, min(len(cores), _container_quota()))


def usable_cpus() -> int:
    """Hardware threads that this process may use: affinity and container quota considered."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(count, _container_quota()))


def _container_quota() -> int:
    """How many CPUs' time the container may use, rounded up; a huge number without a limit."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return math.ceil(int(quota) / int(period))
    except (OSError, ValueError):
        return sys.maxsize


def limit_threads() -> int:
    """Set torch's threads to CTJP_THREADS, or else to the usable cores. Returns the number.

    Raises:
        SettingError: CTJP_THREADS is not a whole number from 1.
    """
    import torch

    chosen = os.environ.get("CTJP_THREADS", "")
    if chosen and not (chosen.isascii() and chosen.isdigit() and int(chosen) > 0):
        raise SettingError(f"CTJP_THREADS is {chosen!r}; it takes a whole number from 1, for example 2.")
    number = int(chosen) if chosen else usable_cores()
    torch.set_num_threads(number)
    return number


def use_one_thread() -> bool:
    """Let torch compute every operation in the thread that asks for it.

    Returns:
        Whether several such threads may compute at once: not with CTJP_THREADS=1 or a single CPU.
    """
    import torch

    torch.set_num_threads(1)
    return os.environ.get("CTJP_THREADS", "") != "1" and usable_cpus() > 1


@contextlib.contextmanager
def torch_threads(number: int | None = None) -> Iterator[None]:
    """Let torch compute in so many threads meanwhile, and afterwards in as many as before, whatever was set.

    Args:
        number: None leaves the number as it is to begin with.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(number or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def reset_peak_memory() -> None:
    """Start counting anew, where the system allows it (Linux); elsewhere the peak is of all time."""
    with contextlib.suppress(OSError):
        PROC_CLEAR_REFS.write_text("5")


def peak_memory_bytes() -> int:
    """Bytes resident at most since `reset_peak_memory`, or 0 where the system does not tell."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        peaks = (line for line in PROC_STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return 1024 * int(next(peaks, "VmHWM: 0 kB").split()[1])
    try:
        import resource
    except ImportError:  # Windows
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory was refused: Python's own, or torch's on any device."""
    # torch names it in a class only for accelerators, and in the text everywhere else.
    text = str(error)
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or (
            isinstance(error, RuntimeError)
            and ("can't allocate memory" in text or "not enough memory" in text)
        )
    )
