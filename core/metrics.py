"""Figures of a store and a process in the text format of Prometheus. No torch.

The format: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import contextlib
import os
import shutil
import sys
import time
from pathlib import Path

from core.places import store_cap
from core.records import STATUSES

STATES = ("loading", "ready", "painting", "restarting", "off")
SIZE, FREE = "Bytes that the pictures of all runs take.", "Bytes free on the disk of the store."
BORN = time.time()


def text(families):
    """Families as Prometheus reads them.

    Args:
        families: (name, "gauge" | "counter" | "histogram", help, [(suffix, labels, value)]).
    """
    lines = []
    for name, kind, told, samples in families:
        lines += [f"# HELP {name} {told}", f"# TYPE {name} {kind}"]
        for suffix, labels, value in samples:
            inside = ",".join(f'{key}="{_escaped(label)}"' for key, label in labels.items())
            lines.append(f"{name}{suffix}{f'{{{inside}}}' if inside else ''} {float(value):.10g}")
    return "\n".join(lines) + "\n"


def of_store(store, now=None):
    """Families about runs, queue, painter process and disk. Raises StoreError, SettingError."""
    now = time.time() if now is None else now
    counts = {r["status"]: r["n"] for r in store.database.read("SELECT status, COUNT(*) AS n FROM runs WHERE folder = '' GROUP BY status")}
    waiting = {r["cell"]: r["n"] for r in store.database.read(
        "SELECT priority > 0 AS cell, COUNT(*) AS n FROM runs WHERE status = 'queued' GROUP BY priority > 0")}  # fmt: skip
    oldest = store.database.read("SELECT MIN(created) AS at FROM runs WHERE status = 'queued'")[0]["at"]
    steps = store.database.read("SELECT seq FROM sqlite_sequence WHERE name = 'steps'")
    taken = store.database.read("SELECT COALESCE(SUM(bytes), 0) AS n FROM runs WHERE folder = ''")[0]["n"]
    painter = store.painter_state()
    return [
        _family("ctjp_runs", "gauge", "Runs in the store by status.", [({"status": s}, counts.get(s, 0)) for s in STATUSES]),
        _family("ctjp_waiting", "gauge", "Runs that wait, of people and of sweeps.",
                [({"of": "people"}, waiting.get(0, 0)), ({"of": "sweeps"}, waiting.get(1, 0))]),
        _family("ctjp_oldest_waiting_seconds", "gauge", "Since when the oldest waiting run was first asked for.",
                [({}, max(0.0, now - oldest) if oldest else 0)]),
        _family("ctjp_steps_total", "counter", "Steps written since the store was made.", [({}, steps[0]["seq"] if steps else 0)]),
        _family("ctjp_painter_state", "gauge", "1 for what the painter process last said it does.",
                [({"state": s}, painter is not None and painter.state == s) for s in STATES]),
        _family("ctjp_painter_silent_seconds", "gauge", "Since the painter process last showed a sign of life.",
                [({}, max(0.0, now - painter.beat))] if painter else []),
        _family("ctjp_painter_ticks_total", "counter", "What the present painter process has done; one that stands still hangs.",
                [({}, painter.ticks)] if painter else []),
        _family("ctjp_store_bytes", "gauge", SIZE, [({}, taken)]),
        _family("ctjp_store_cap_bytes", "gauge", "Bytes that they may take.", [({}, store_cap())]),
        _family("ctjp_disk_free_bytes", "gauge", FREE, [({}, shutil.disk_usage(store.folder).free)]),
    ]  # fmt: skip


def of_process(pid=None):
    """Families about a process, this one by default, as far as the system tells them (Linux)."""
    found = [_family("process_start_time_seconds", "gauge", "When this server started.", [({}, BORN)])] if pid is None else []
    if (held := resident_bytes(pid)) is not None:
        found.append(_family("process_resident_memory_bytes", "gauge", "Memory that it holds.", [({}, held)]))
    if pid is None:
        found.append(_family("process_cpu_seconds_total", "counter", "Processor time that it has used.", [({}, time.process_time())]))
    return found


def resident_bytes(pid=None):
    """Bytes that a process holds in memory now, or None where the system does not tell (it is Linux that does)."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        if sys.platform.startswith("linux"):
            return int(Path(f"/proc/{pid or 'self'}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return None


class Requests:
    """How many requests there were and how long they took, by route and status. Used from one thread."""

    BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

    def __init__(self):
        self.counts, self.times = {}, {}

    def add(self, route, status, seconds):
        """Count one request."""
        self.counts[route, status] = self.counts.get((route, status), 0) + 1
        times = self.times.setdefault(route, [0] * (len(self.BOUNDS) + 1) + [0.0])
        times[sum(seconds > bound for bound in self.BOUNDS)] += 1
        times[-1] += seconds

    def families(self):
        """Families of what was counted."""
        counts = [({"route": route, "status": status}, n) for (route, status), n in sorted(self.counts.items())]
        samples = []
        for route, (*numbers, total) in sorted(self.times.items()):
            reached = [sum(numbers[: place + 1]) for place in range(len(numbers))]
            bounds = [f"{bound:g}" for bound in self.BOUNDS] + ["+Inf"]
            samples += [("_bucket", {"route": route, "le": bound}, n) for bound, n in zip(bounds, reached, strict=True)]
            samples += [("_sum", {"route": route}, total), ("_count", {"route": route}, reached[-1])]
        return [
            _family("ctjp_requests_total", "counter", "Answers to the pages' own requests.", counts),
            ("ctjp_request_seconds", "histogram", "How long they took.", samples),
        ]


def _family(name, kind, told, samples):
    return name, kind, told, [("", labels, value) for labels, value in samples]


def _escaped(label):
    return str(label).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
