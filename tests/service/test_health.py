"""Whether a server is well: its painter process, its store and its disk."""

import types

from core.service import health
from core.service.health import HealthCheck
from core.storage.run_store import RunStore


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.time = 1000.0

    def __call__(self):
        return self.time


def aged(store):
    """(Health of a server that has run for long, its clock)."""
    clock = Clock()
    made = HealthCheck(store, clock, clock)
    clock.time += health.STARTUP_GRACE_SECONDS + 1
    return made, clock


def beat(store, clock, state="ready", ticks=0):
    store.queue.beat("w", state=state, ticks=ticks, message="It is started again in 1 s.")
    with store.database.transaction() as db:
        db.execute("UPDATE painter SET beat = ?", (clock.time,))


def test_a_server_is_well_while_its_painter_process_moves(store):
    made, clock = aged(store)
    for ticks in range(3):
        clock.time += health.HANG_SECONDS
        beat(store, clock, ticks=ticks)
        assert made.report().ok, made.report()


def test_a_painter_process_that_is_gone_stuck_or_restarting_is_told(store):
    made, clock = aged(store)
    assert "not running" in made.report().parts["painter"]
    clock.time += 2
    beat(store, clock)
    assert made.report().ok
    clock.time += health.HANG_SECONDS + 1
    beat(store, clock)  # it beats, but its count stands still
    assert "no progress" in made.report().parts["painter"]
    clock.time += 2
    beat(store, clock, "restarting", 1)
    assert "started again" in made.report().parts["painter"]
    clock.time += 2
    beat(store, clock, "loading", 2)
    assert made.report().ok
    clock.time += health.STALE_SECONDS + 1
    assert "not running" in made.report().parts["painter"]


def test_a_store_that_cannot_be_written_and_a_full_disk_are_told(store, monkeypatch):
    made, clock = aged(store)
    monkeypatch.setattr(health.shutil, "disk_usage", lambda folder: types.SimpleNamespace(free=5e6))
    assert "Only 5 MB" in made.report().parts["disk"]
    with RunStore(store.folder) as other:
        store.database.close()  # the next connection does not wait
        store.database.busy_seconds = 0.0
        with other.database.transaction():
            clock.time += 2
            assert "locked" in made.report().parts["store"]
