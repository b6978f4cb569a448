"""How many threads torch may use. Too many are up to 30 times slower on small tensors."""

import math
import os
from pathlib import Path

from core.errors import SettingError


def usable_cores():
    """Physical cores that this process may use: affinity, hyper-threads and container quota considered."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    cores = set()
    for cpu in os.sched_getaffinity(0):
        try:
            # Hyper-threads of one core name the same siblings.
            cores.add(Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list").read_text())
        except OSError:
            cores.add(cpu)
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return max(1, min(len(cores), math.ceil(int(quota) / int(period))))
    except (OSError, ValueError):
        return len(cores)


def limit_threads():
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
