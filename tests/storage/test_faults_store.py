"""Faults under a run that is being painted, each injected: no computed step lost, no half-written file shown,
the next run works.
"""

import os
import sqlite3
import threading
import time

import numpy as np
import pytest
from PIL import Image

import core.execute
from app import painter_status, resources
from app.web import password, run_state
from core.base.errors import StoreError
from core.base.process_lock import FolderLock
from core.base.request import RunRequest
from core.service import estimates
from core.service.heartbeat import Heartbeat
from core.service.painter_loop import RETRY_SECONDS, PainterLoop
from core.service.supervisor import HANG_SECONDS, ROOT, _ProgressWatch
from core.storage import migrations
from core.storage.database import Database
from core.storage.full_disk import RESERVE_BYTES, FullDiskError
from core.storage.gallery import Gallery
from core.storage.queue import MAX_INTERRUPTIONS
from core.storage.run_store import RunStore
from tests.support.fake_pack import FakePack, painters

STEPS = 6


def request(seed=0, steps=STEPS):
    return RunRequest.make("a red fox", seed=seed, painters=("pixels",), pixels={"steps": steps})


def paint(runs, painting, seed=0):
    """Ask for a run, paint it and note how it ended. Returns the stored Run."""
    run = runs.submit(request(seed), "fake-hash", "mine")
    runs.queue.set_status(run.id, *painting.paint(runs.queue.take_next("w")))
    return runs.get(run.id)


def at_step(monkeypatch, step, action):
    """From now on pixel ascent does something before it shows this step, the first time only."""
    done = []

    class Interrupted(painters()["pixels"]):
        def frames(self):
            for frame in super().frames():
                if frame.step == step and not done:
                    done.append(step)
                    action()
                yield frame

    monkeypatch.setattr(core.execute, "painter_classes", lambda: {"pixels": Interrupted})


def whole(runs, run_id):
    """Steps of a run, each with a picture that decodes to what was painted; every file under a picture's name
    is such a one.
    """
    steps = [row.step for row in runs.rows(run_id)]
    for row in runs.rows(run_id):
        with Image.open(runs.frame_path(run_id, row.painter, row.step)) as picture:
            assert (np.asarray(picture) == 255 * row.step // row.total).all()
    for file in (runs.folder / "frames").rglob("[0-9]*.png"):
        with Image.open(file) as picture:
            picture.load()
    return sorted(steps)


# Disk, locks


def test_a_disk_that_fills_up_at_a_commit_keeps_every_step_before_it(runs, painting, monkeypatch):
    opening, filled = Database._open, []

    def small(self):
        connection = opening(self)
        connection.execute("PRAGMA max_page_count = 1")  # means: no more pages than there are
        return connection

    def full():
        """From now on SQLite itself finds no page to write to."""
        runs.database.close()
        patch.setattr(Database, "_open", small)
        with pytest.raises(FullDiskError):  # what is free inside the file is used up first
            while True:
                with runs.database.transaction() as db:
                    db.execute("INSERT INTO meta VALUES (hex(randomblob(8)), ?)", ("x" * 500,))
        filled.append(True)

    run = runs.submit(request(steps=400), "fake-hash")
    with monkeypatch.context() as patch:
        at_step(patch, 3, full)
        status, reason = painting.paint(runs.queue.take_next("w"))
    runs.database.close()
    assert filled and status == "failed" and "disk is full" in reason and "Free some space" in reason
    steps = whole(runs, run.id)
    assert 3 <= len(steps) < 401 and steps == list(range(len(steps)))
    runs.queue.set_status(run.id, status, reason)
    assert paint(runs, painting).status == "done"


def test_a_locked_database_costs_time_and_no_step(runs, painting, monkeypatch):
    holder = sqlite3.connect(runs.database.path, isolation_level=None, check_same_thread=False)
    runs.database.busy_seconds = 0.05
    runs.database.close()
    tried = []
    wait = painting.stop_requested.wait

    def waiting(seconds):
        """Instead of a second of patience: the other program lets go after the third try."""
        tried.append(seconds)
        if len(tried) == 3:
            holder.execute("COMMIT")
        return wait(0)

    painting.stop_requested.wait = waiting
    at_step(monkeypatch, 3, lambda: holder.execute("BEGIN IMMEDIATE"))
    assert paint(runs, painting).status == "done" and len(tried) == 3
    holder.close()
    assert whole(runs, runs.recent()[0].id) == list(range(STEPS + 1))


def test_a_lock_that_stays_ends_the_run_with_the_reason(runs, painting, monkeypatch):
    holder = sqlite3.connect(runs.database.path, isolation_level=None, check_same_thread=False)
    runs.database.busy_seconds = 0.05
    runs.database.close()
    monkeypatch.setattr("core.service.painter_loop.RETRY_SECONDS", -1)
    at_step(monkeypatch, 3, lambda: holder.execute("BEGIN IMMEDIATE"))
    run = runs.submit(request(), "fake-hash")
    status, reason = painting.paint(runs.queue.take_next("w"))
    assert status == "failed" and "is locked by another program" in reason
    assert whole(runs, run.id) == [0, 1, 2]
    holder.close()
    runs.queue.set_status(run.id, status, reason)
    assert paint(runs, painting).status == "done" and whole(runs, run.id) == list(range(STEPS + 1))


# Versions and damage


def _insert_step(connection, run):
    """The first step of a run in a store of whatever version."""
    values = {"step": 0, "total": 6, "attempt": 1, "seconds": 0, "evaluations": 0}
    values |= {"score": 0.5, "heldout": 0.25, "realism": 0.125, "components": "{}"}
    columns = [record[1] for record in connection.execute("PRAGMA table_info(steps)")]
    if "run" in columns:
        values |= {"run": run, "painter": "pixels"}
    else:  # since paintings are shared
        painting = f"{run}-pixels"
        sql = "INSERT INTO paintings (id, painter, files) VALUES (?, 'pixels', ?)"
        connection.execute(sql, (painting, run))
        sql = "INSERT INTO run_paintings (run, painter, painting) VALUES (?, 'pixels', ?)"
        connection.execute(sql, (run, painting))
        values |= {"painting": painting}
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO steps ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))


@pytest.mark.parametrize("version", range(1, len(migrations.MIGRATIONS)))
def test_a_store_of_any_older_version_is_brought_up_to_date_with_its_runs(
    tmp_path, painting, monkeypatch, version
):
    folder = tmp_path / "old"
    folder.mkdir()
    everything = migrations.MIGRATIONS
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", everything[:version])
        connection = sqlite3.connect(folder / "store.sqlite", isolation_level=None)
        migrations.migrate(connection, folder)
        connection.execute(
            "INSERT INTO runs (id, status, request, pack_hash, code_revision, created, started, finished, "
            "ticket) "
            "VALUES (?, 'done', ?, 'fake-hash', 'older', 1, 1, 2, 1)",
            ("a" * 26, request().canonical()),
        )
        _insert_step(connection, "a" * 26)
        connection.close()
    with RunStore(folder) as runs:
        assert [(row.step, row.score) for row in runs.rows("a" * 26)] == [(0, 0.5)]
        assert [card.run.id for card in Gallery(runs).page("")[0]] == ["a" * 26]
        painting.store = runs
        assert paint(runs, painting).status == "done"
        assert runs.database.read("SELECT MAX(number) AS n FROM migrations")[0]["n"] == len(everything)


def test_after_a_damaged_database_was_moved_away_its_pictures_stay_and_the_next_run_works(runs, painting):
    old = paint(runs, painting)
    pictures = sorted(runs.frame_path(old.id, "pixels", 0).parent.rglob("*.png"))
    runs.close()
    path = runs.folder / "store.sqlite"
    path.write_bytes(path.read_bytes()[:100] + b"\xa5" * 8000)
    with pytest.raises(StoreError, match="is damaged|is not a run store"):
        RunStore(runs.folder).rows(old.id)
    path.rename(path.with_suffix(".damaged"))
    with RunStore(runs.folder) as again:
        Gallery(again).remove_orphans()  # as every painter process does when it starts
        assert [file for file in pictures if file.is_file()] == pictures and len(pictures) == STEPS + 1
        fresh = PainterLoop(again, Heartbeat(again, "w"), threading.Event(), lambda name: FakePack())
        assert paint(again, fresh).status == "done"


# Time


def test_a_clock_that_jumps_back_loses_and_stops_nothing(runs, painting, monkeypatch):
    real = time.time
    ahead = [0.0]
    monkeypatch.setattr(time, "time", lambda: real() + ahead[0])
    monkeypatch.setattr(resources, "store", lambda: runs)
    monkeypatch.setattr(resources, "example_id", lambda: None)
    monkeypatch.setattr(resources, "reference_figures", lambda pack, painted_with="": None)

    def back():
        ahead[0] -= 7200

    first = paint(runs, painting, seed=1)
    at_step(monkeypatch, 3, back)
    run = paint(runs, painting)
    assert (run.status, whole(runs, run.id)) == ("done", list(range(STEPS + 1)))
    assert run.finished < run.started < first.finished + 60
    told = run_state.describe_run(run, 0)
    assert told["elapsed"] == 0 and len(told["rows"]) == STEPS + 1
    library = Gallery(runs)
    library.tidy(cap=0)
    assert runs.get(run.id) and runs.get(first.id), "what was just painted is not taken for old"
    assert library.page("mine", sort="newest")[1] == 2 and library.disk().bytes > 0
    assert estimates.estimate(request(seed=5), estimates.measured_runs(runs, "fake-hash")).seconds > 0
    waiting = [runs.submit(request(seed=n), "fake-hash").id for n in (2, 3)]
    ahead[0] -= 7200
    assert [runs.queue.runs_ahead(run_id) for run_id in waiting] == [0, 1]  # places are numbered, not timed
    assert runs.queue.take_next("w").id == waiting[0]
    assert library.delete(first.id, "mine") and [r.id for r in library.deleted("mine")] == [first.id]
    assert library.restore(first.id, "mine")


def test_a_repeated_run_is_weighed_again_whatever_the_clock_says(runs, painting, monkeypatch):
    run = paint(runs, painting)
    library = Gallery(runs)
    library.tidy()
    before = library.disk().bytes
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 7200)
    runs.queue.set_status(run.id, "failed")
    runs.frame_path(run.id, "pixels", 0).with_name("more").write_bytes(b"x" * 1000)
    library.tidy()
    assert library.disk().bytes == before + 1000


def test_whether_a_process_hangs_is_told_by_its_own_clock(runs, monkeypatch):
    pulse = _ProgressWatch()
    runs.queue.beat("w", 1, "painting", ticks=1)
    assert pulse.age(runs.queue.painter_state()) < 60
    monkeypatch.setattr(time, "time", lambda: 0.0)  # back to 1970
    for ticks in (2, 3):
        runs.queue.beat("w", 1, "painting", ticks=ticks)
        assert pulse.age(runs.queue.painter_state()) < 60
    assert painter_status.reason_of(runs.queue.painter_state(), "", now=-1e6) == ""


def test_the_lock_of_the_painter_process_is_free_only_when_it_can_be_taken(tmp_path):
    (tmp_path / "painter.lock").mkdir()
    assert not FolderLock(tmp_path).acquire()  # one sentence of the supervisor's, not the end of its thread
    os.rmdir(tmp_path / "painter.lock")
    assert not FolderLock(tmp_path).is_held()


def test_the_guarantee_in_the_readme_says_what_the_program_does():
    guides = (ROOT / "core" / "README.md", ROOT / "core" / "service" / "README.md")
    text = " ".join(" ".join(guide.read_text("utf-8") for guide in guides).split())
    assert (HANG_SECONDS, MAX_INTERRUPTIONS, RETRY_SECONDS, RESERVE_BYTES) == (120, 3, 30, 256 * 1024)
    for said in (
        "hung for two minutes",
        "three times at most",
        "waits up to half a minute",
        "a reserve of 256 KB",
    ):
        assert said in text
    assert (
        (password.MAX_WRONG_PER_MINUTE, password.SESSION_SECONDS) == (30, 7 * 24 * 3600)
        and "After thirty wrong tries within a minute" in text
        and "asked again after a week" in text
    )
