"""Metrics of a store and of this process, as families of the library prometheus_client. No torch."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import psutil
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from core.base.environment import store_cap_bytes
from core.storage.records import STATUSES

if TYPE_CHECKING:
    from core.storage.run_store import RunStore

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
STATES = ("loading", "ready", "painting", "restarting", "off")
STORE_BYTES_HELP = "Bytes that the pictures of all runs take."
DISK_FREE_HELP = "Bytes free on the disk of the store."
STARTED_AT = time.time()
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # seconds of a request


disable_created_metrics()  # one more line for each counter, which says nothing that we need


def exposition_text(metrics: Iterable[Metric]) -> str:
    """Metrics in Prometheus' text format."""

    class Given(Collector):
        def collect(self) -> Iterable[Metric]:
            return metrics

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Given())
    return generate_latest(registry).decode()


def gauge(name: str, text: str, value: float) -> Metric:
    """A single number."""
    return GaugeMetricFamily(name, text, value=value)


def labelled_gauge(name: str, text: str, label: str, values: dict[str, float]) -> Metric:
    """One number for each value of a label."""
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def store_metrics(store: RunStore, now: float | None = None) -> Iterator[Metric]:
    """Metrics of runs, queue, painter process and disk. Raises StoreError, SettingError."""
    now = time.time() if now is None else now
    yield from _queue_metrics(store, now)
    yield from _painter_metrics(store, now)
    taken = _number(store, "SELECT COALESCE(SUM(bytes), 0) AS n FROM paintings")
    yield gauge("ctjp_store_bytes", STORE_BYTES_HELP, taken)
    yield gauge("ctjp_store_cap_bytes", "Bytes that they may take.", store_cap_bytes())
    yield gauge("ctjp_disk_free_bytes", DISK_FREE_HELP, shutil.disk_usage(store.folder).free)


def _queue_metrics(store: RunStore, now: float) -> Iterator[Metric]:
    sql = "SELECT status, COUNT(*) AS n FROM runs WHERE folder = '' AND NOT ahead GROUP BY status"
    counts = {record["status"]: record["n"] for record in store.database.read(sql)}
    by_status = {status: counts.get(status, 0) for status in STATUSES}
    yield labelled_gauge("ctjp_runs", "Runs in the store by status.", "status", by_status)
    waiting = "SELECT COUNT(*) AS n FROM runs WHERE status = 'queued' AND priority"
    of = {"people": _number(store, f"{waiting} <= 0"), "sweeps": _number(store, f"{waiting} > 0")}
    yield labelled_gauge("ctjp_waiting", "Runs that wait, of people and of sweeps.", "of", of)
    oldest = _number(store, "SELECT MIN(created) AS n FROM runs WHERE status = 'queued'")
    waited = max(0.0, now - oldest) if oldest else 0.0
    told = "Since when the oldest waiting run was first asked for."
    yield gauge("ctjp_oldest_waiting_seconds", told, waited)
    steps = _number(store, "SELECT MAX(seq) AS n FROM sqlite_sequence WHERE name = 'steps'")
    yield CounterMetricFamily("ctjp_steps", "Steps written since the store was made.", value=steps)


def _painter_metrics(store: RunStore, now: float) -> Iterator[Metric]:
    painter = store.queue.painter_state()
    state = painter.state if painter else None
    is_state = {known: float(state == known) for known in STATES}
    told = "1 for what the painter process last said it does."
    yield labelled_gauge("ctjp_painter_state", told, "state", is_state)
    if painter:
        told = "Since the painter process last showed a sign of life."
        yield gauge("ctjp_painter_silent_seconds", told, max(0.0, now - painter.beat))
        told = "What the present painter process has done; one that stands still hangs."
        yield CounterMetricFamily("ctjp_painter_ticks", told, value=painter.ticks)


def _number(store: RunStore, sql: str) -> float:
    """The one number that a query finds; 0 for none."""
    return store.database.read(sql)[0]["n"] or 0


def process_metrics() -> Iterator[Metric]:
    """Metrics of this process."""
    yield gauge("process_start_time_seconds", "When this server started.", STARTED_AT)
    if (held := resident_bytes()) is not None:
        yield gauge("process_resident_memory_bytes", "Memory that it holds.", held)
    told = "Processor time that it has used."
    yield CounterMetricFamily("process_cpu_seconds", told, value=time.process_time())


def resident_bytes(pid: int | None = None) -> int | None:
    """Bytes that a process holds in memory now, this one by default; None if it cannot be asked."""
    try:
        return psutil.Process(pid).memory_info().rss
    except psutil.Error:
        return None


class RequestMetrics:
    """How many requests there were and how long they took, by route and status."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        told = "Answers to the pages' own requests."
        self._counts = Counter("ctjp_requests", told, ["route", "status"], registry=self._registry)
        told = "How long they took."
        self._times = Histogram(
            "ctjp_request_seconds", told, ["route"], buckets=BOUNDS, registry=self._registry
        )

    def add(self, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._counts.labels(route, status).inc()
        self._times.labels(route).observe(seconds)

    def families(self) -> Iterable[Metric]:
        """What was counted."""
        return self._registry.collect()
