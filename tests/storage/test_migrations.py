"""Stores of older versions are brought up to date with nothing lost, once, by whoever opens them first."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.base.request import RunRequest
from core.base.revision import PAINTED_EARLIER
from core.lesson.jobs import LessonJobs
from core.lesson.ranking_jobs import Rankings
from core.storage import migrations
from core.storage.own_pictures import GONE_REASON, OwnPictures
from core.storage.run_store import RunStore
from core.storage.sweep_store import get_sweep

# Written by the version before side jobs came into one table (schema 7), by its own code.
OLD_STORE = Path(__file__).parent / "store_of_schema_7.sql"
STATUSES = ["done", "failed", "working", "waiting"]


def request(prompt: str = "a red fox", steps: int = 4) -> RunRequest:
    return RunRequest.make(prompt, painters=("pixels",), pixels={"steps": steps})


@pytest.fixture
def old(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """The database of an old store, not yet opened by this version."""
    connection = sqlite3.connect(tmp_path / "store.sqlite")
    connection.row_factory = sqlite3.Row
    connection.executescript(OLD_STORE.read_text("utf-8"))
    yield connection
    connection.close()


@pytest.fixture
def upgraded(old: sqlite3.Connection, tmp_path: Path) -> Iterator[RunStore]:
    with RunStore(tmp_path) as store:
        yield store


def ids(old: sqlite3.Connection, table: str) -> list[str]:
    order = "asked" if table == "lessons" else "created"
    return [record["id"] for record in old.execute(f"SELECT id FROM {table} ORDER BY {order}, rowid")]


def test_runs_rows_and_sweeps_of_an_old_store_stay(old, tmp_path):
    steps = [dict(record) for record in old.execute("SELECT * FROM steps ORDER BY seq")]
    before = {
        table: [tuple(r) for r in old.execute(f"SELECT * FROM {table}")] for table in ("sweeps", "cells")
    }
    runs = {record["id"]: dict(record) for record in old.execute("SELECT * FROM runs")}
    with RunStore(tmp_path) as store:
        for table, records in before.items():
            assert records and [tuple(r) for r in store.database.read(f"SELECT * FROM {table}")] == records
        now = [dict(record) for record in store.database.read("SELECT * FROM run_steps ORDER BY seq")]
        assert steps and [{name: row[name] for name in steps[0]} for row in now] == steps
        assert {row["robust"] for row in now} == {None}, "nobody asked a robust judge then"
        for run_id, record in runs.items():
            now = dict(store.database.read("SELECT * FROM runs WHERE id = ?", run_id)[0])
            assert now == record | {"measuring_revision": "", "ahead": 0}
            assert store.get(run_id).version_note == PAINTED_EARLIER
        (sweep,) = before["sweeps"]
        assert len(get_sweep(store, sweep[0]).runs) == 2
        (done,) = [run for run in runs.values() if run["status"] == "done"]
        assert [row.score for row in store.rows(done["id"])] == pytest.approx([0.0, 0.1, 0.2])
        assert {row.robust for row in store.rows(done["id"])} == {None}
        assert store.submit(request(), "hash").id not in runs, (
            "asked for again, it is painted by the code of today"
        )


def test_own_pictures_of_an_old_store_stay(old, tmp_path):
    records = [dict(record) for record in old.execute("SELECT * FROM measurements ORDER BY created, rowid")]
    with RunStore(tmp_path) as store:
        found = OwnPictures(store).of_visitor("mine", now=records[-1]["created"] + 1)[::-1]
        assert [picture.status for picture in found] == STATUSES
        for picture, record in zip(found, records, strict=True):
            for name in ("id", "reason", "name", "width", "height", "prompt", "pack", "created"):
                assert getattr(picture, name) == record[name]
            assert picture.result == json.loads(record["result"])
        assert OwnPictures(store).of_visitor("yours", now=records[-1]["created"] + 1) == []


def test_rankings_of_an_old_store_stay_and_are_found_again(old, tmp_path, monkeypatch):
    records = [dict(record) for record in old.execute("SELECT * FROM rankings ORDER BY created, rowid")]
    with RunStore(tmp_path) as store:
        rankings = Rankings(store)
        found = [rankings.get(record["id"], "mine") for record in records]
        assert [ranking.status for ranking in found] == STATUSES
        for ranking, record in zip(found, records, strict=True):
            scenes, pictures = json.loads(record["request"])
            assert (ranking.scenes, ranking.pictures) == (scenes, tuple(pictures))
            assert (ranking.prompt, ranking.pack, ranking.reason) == (
                record["prompt"],
                record["pack"],
                record["reason"],
            )
            assert ranking.figures == json.loads(record["figures"])
        monkeypatch.setattr(
            "core.lesson.ranking_scenes.shipped_scenes", lambda: type("Scenes", (), {"digest": scenes})
        )
        again = rankings.ask(records[3]["prompt"], records[3]["pack"], True, pictures, "mine")
        assert again.id == records[3]["id"]


def test_lesson_jobs_of_an_old_store_stay(old, tmp_path):
    records = [dict(record) for record in old.execute("SELECT * FROM lessons ORDER BY asked, rowid")]
    with RunStore(tmp_path) as store:
        jobs = LessonJobs(store)
        found = [jobs.get(record["id"]) for record in records]
        assert [job.status for job in found] == STATUSES
        for job, record in zip(found, records, strict=True):
            assert job.request == json.loads(record["request"])
            for name in ("id", "kind", "pack", "reason", "share"):
                assert getattr(job, name) == record[name]


def test_what_waits_in_an_old_store_is_taken_and_what_was_begun_has_failed(old, tmp_path):
    waiting = {table: ids(old, table)[3] for table in ("measurements", "rankings", "lessons")}
    begun = {table: ids(old, table)[2] for table in waiting}
    with RunStore(tmp_path) as store:
        pictures, rankings, lessons = OwnPictures(store), Rankings(store), LessonJobs(store)
        for kind in (pictures, rankings, lessons):
            kind.queue.recover()
        assert rankings.take_next().id == waiting["rankings"] and lessons.take_next().id == waiting["lessons"]
        assert rankings.take_next() is None and lessons.take_next() is None
        assert pictures.take_next() is None, "its file is not part of this test's store"
        assert pictures.queue.get(waiting["measurements"]).reason == GONE_REASON
        for kind, table in ((pictures, "measurements"), (rankings, "rankings"), (lessons, "lessons")):
            assert kind.queue.get(begun[table]).status == "failed" and kind.queue.get(begun[table]).reason


def test_the_old_tables_are_gone(upgraded):
    tables = {
        record["name"]
        for record in upgraded.database.read("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    assert "side_jobs" in tables and not {"measurements", "rankings", "lessons"} & tables


def test_migrations_run_once_each_and_a_failing_one_leaves_no_trace(runs, monkeypatch):
    run = runs.submit(request(), "hash")
    good = (
        *migrations.MIGRATIONS,
        ("a note", ("ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT 'x'",)),
    )
    bad = (
        *migrations.MIGRATIONS,
        ("bad", ("ALTER TABLE runs ADD COLUMN note TEXT", "ALTER TABLE nonsense ADD COLUMN a")),
    )
    for number, change in enumerate((bad, good, good)):
        monkeypatch.setattr(migrations, "MIGRATIONS", change)
        if number == 0:
            with pytest.raises(Exception, match="nonsense"):
                RunStore(runs.folder)
            assert "note" not in runs.database.read("SELECT * FROM runs")[0].keys()
        else:
            with RunStore(runs.folder) as again:
                assert again.database.read("SELECT note FROM runs WHERE id = ?", run.id)[0]["note"] == "x"
                assert [r["number"] for r in again.database.read("SELECT number FROM migrations")] == list(
                    range(1, len(good) + 1)
                )


def test_two_processes_may_open_a_new_store_together(tmp_path):
    errors = []

    def opening():
        try:
            RunStore(tmp_path / "new").close()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=opening) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with RunStore(tmp_path / "new") as runs:
        assert len(runs.database.read("SELECT * FROM migrations")) == len(migrations.MIGRATIONS)
