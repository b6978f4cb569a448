"""A store from before runs shared paintings keeps every run, row and picture, and shares from then on."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from core.base.frame import Frame, Measurement
from core.base.images import read_image, write_png
from core.base.request import RunRequest
from core.base.revision import PAINTED_EARLIER
from core.storage.gallery import UNDO_SECONDS, Gallery
from core.storage.run_store import RunStore
from core.storage.sweep_store import get_sweep

# Written by the version before, by its own code: a run of two painters, one stopped in its second attempt,
# one deleted, one that was being painted, one that waits, a sweep, an imported run.
OLD_STORE = Path(__file__).parent / "store_of_schema_9.sql"


@pytest.fixture
def old(tmp_path):
    """{"runs", "steps": its records} of the old store, whose pictures lie where they lay then."""
    connection = sqlite3.connect(tmp_path / "store.sqlite")
    connection.row_factory = sqlite3.Row
    connection.executescript(OLD_STORE.read_text("utf-8"))
    found = {
        table: [dict(record) for record in connection.execute(f"SELECT * FROM {table} ORDER BY rowid")]
        for table in ("runs", "steps", "sweeps", "cells")
    }
    connection.close()
    for row in found["steps"]:
        for folder in ("frames/{run}/{painter}", "frames/{run}/extras/{painter}"):
            path = tmp_path / folder.format(**row) / f"{row['step']:05d}.png"
            write_png(path, np.full((4, 4, 3), 40 * row["step"], np.uint8))
    return found


@pytest.fixture
def store(old, tmp_path):
    with RunStore(tmp_path) as opened:
        yield opened


def ids(old, status, folder=""):
    """The runs of a status that were not deleted."""
    return [
        run["id"]
        for run in old["runs"]
        if run["status"] == status and bool(run["folder"]) == bool(folder) and run["deleted_at"] is None
    ]


def test_every_run_keeps_its_rows_its_pictures_and_its_place(old, store):
    for run in old["runs"]:
        record = dict(store.database.read("SELECT * FROM runs WHERE id = ?", run["id"])[0])
        assert record == run | {"ahead": 0}
        rows = [row for row in old["steps"] if row["run"] == run["id"]]
        assert [(r.seq, r.painter, r.step, r.score, r.attempt) for r in store.rows(run["id"])] == [
            (row["seq"], row["painter"], row["step"], row["score"], row["attempt"]) for row in rows
        ]
        if run["folder"] or run["deleted_at"]:
            continue
        for row in rows:
            picture = read_image(store.frame_path(run["id"], row["painter"], row["step"]))
            assert (picture == 40 * row["step"]).all()
            extras = store.frames.extras_folder(run["id"], row["painter"]) / "extras" / row["painter"]
            assert (extras / f"{row['step']:05d}.png").is_file()
    (sweep,) = old["sweeps"]
    assert list(get_sweep(store, sweep["id"]).runs) == [cell["run"] for cell in old["cells"]]


def test_how_far_each_was_and_what_it_takes_stays(old, store):
    (stopped,), (done,) = ids(old, "stopped"), ids(old, "done")
    assert store.progress(stopped)["pixels"].step == 1 and store.get(stopped).attempt == 2
    assert {name: one.step for name, one in store.progress(done).items()} == {"pixels": 2, "vqgan": 2}
    assert store.get(done).version_note == PAINTED_EARLIER
    library = Gallery(store)
    assert library.disk().bytes == sum(run["bytes"] for run in old["runs"]) > 0
    card = next(one for one in library.page("mine")[0] if one.run.id == done)
    assert card.starred and card.mine and set(card.last_rows) == {"pixels", "vqgan"}
    (deleted,) = [run for run in old["runs"] if run["deleted_at"]]
    assert library.deleted("mine", now=deleted["deleted_at"] + 1)[0].id == deleted["id"]
    assert library.restore(deleted["id"], "mine") and store.frame_path(deleted["id"], "pixels", 2)


def test_new_rows_are_newer_than_all_old_ones(old, tmp_path):
    with sqlite3.connect(tmp_path / "store.sqlite") as connection:
        connection.execute("DELETE FROM steps")
    with RunStore(tmp_path) as store:
        fresh = store.submit(RunRequest.make("a fox", painters=("pixels",)), "hash")
        picture = np.zeros((4, 4, 3), np.uint8)
        store.record(fresh.id, Frame("pixels", 0, 100, picture), Measurement(0, 0, 0, 0))
        assert store.rows(fresh.id)[0].seq > max(row["seq"] for row in old["steps"])


def test_what_was_under_way_goes_on_where_the_code_is_the_same(old, store, monkeypatch):
    (running,), waiting = ids(old, "running"), ids(old, "queued")
    monkeypatch.setattr("core.storage.recovery.PAINTING_REVISION", old["runs"][0]["code_revision"])
    store.queue.recover()
    assert store.get(running).status == "queued" and store.queue.take_next("w").id == running
    assert store.progress(running)["pixels"].step == -1 and len(store.rows(running)) == 2
    assert store.queue.claim(running) == ("pixels",)
    assert [store.queue.take_next("w").id for _ in waiting] == waiting


def test_removing_an_old_run_removes_its_pictures_only(old, store):
    (done,), (stopped,) = ids(old, "done"), ids(old, "stopped")
    library = Gallery(store)
    assert library.delete(done, "mine", now=1000.0)
    library.tidy(now=1000.0 + UNDO_SECONDS)
    assert not (store.folder / "frames" / done).exists() and store.rows(done) == []
    assert store.frame_path(stopped, "pixels", 1)
    library.remove_orphans()
    assert store.frame_path(stopped, "pixels", 1)
    (imported,) = ids(old, "done", folder="imported")
    assert store.get(imported).folder == "/elsewhere/run" and len(store.rows(imported)) == 6
