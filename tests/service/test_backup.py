"""Copies of a store: whole while somebody writes, brought up to date, and refused where something would be
lost.
"""

import shutil
import threading

import pytest

from core.base.errors import OutputError, StoreError
from core.storage import backup
from core.storage.gallery import Gallery
from core.storage.run_store import RunStore
from tests.support.serving import example_request, invented_steps


def filled(store, seed):
    run = store.submit(example_request("pack", seed=seed), "hash")
    for frame, measurement in invented_steps(run.request):
        store.record(run.id, frame, measurement)
    store.queue.set_status(run.id, "done")
    return run


def whole(folder, runs):
    """Every row and picture of the runs is in the store of a folder."""
    with RunStore(folder) as copy:
        for run in runs:
            rows = copy.rows(run.id)
            assert copy.get(run.id).status == "done" and len(rows) == sum(
                s.steps + 1 for s in run.request.settings.values()
            )
            assert all(copy.frame_path(run.id, row.painter, row.step) for row in rows)
        return copy.submit(example_request("pack", seed=99), "hash").status


def test_a_copied_folder_is_the_store(store, tmp_path):
    """The write-ahead log lies beside the database and is copied with it: what is committed is there, though
    nothing was closed.
    """
    runs = [filled(store, seed) for seed in range(2)]
    assert (store.folder / "store.sqlite-wal").stat().st_size > 0
    shutil.copytree(store.folder, tmp_path / "copy")
    assert whole(tmp_path / "copy", runs) == "queued"


def test_backup_is_whole_while_somebody_writes_and_can_be_brought_up_to_date(store, tmp_path):
    first = filled(store, 0)
    writing = store.submit(example_request("pack", seed=50), "hash")
    stop = threading.Event()

    def write():
        for frame, measurement in invented_steps(writing.request):
            if stop.is_set():
                return
            store.record(writing.id, frame, measurement)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        backup.backup(store.folder, tmp_path / "copy")
    finally:
        stop.set()
        thread.join()
    assert whole(tmp_path / "copy", [first]) == "queued"
    with RunStore(tmp_path / "copy") as copy:
        assert all(copy.frame_path(writing.id, row.painter, row.step) for row in copy.rows(writing.id)), (
            "a row without its picture"
        )
    second = filled(store, 1)
    assert backup.backup(store.folder, tmp_path / "copy") < 200
    assert whole(tmp_path / "copy", [first, second]) == "queued"
    assert backup.backup(store.folder, tmp_path / "copy") == 1, (
        "only the database: no picture is copied twice"
    )


def test_backup_refuses_what_would_lose_something(store, tmp_path):
    with pytest.raises(StoreError, match="no run store"):
        backup.backup(tmp_path / "nowhere", tmp_path / "copy")
    with pytest.raises(OutputError, match="in the store itself"):
        backup.backup(store.folder, store.folder / "copy")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("all of it")
    with pytest.raises(OutputError, match="something else"):
        backup.backup(store.folder, tmp_path / "mine")
    with RunStore(tmp_path / "other") as other:
        kept = filled(other, 0)
        with pytest.raises(OutputError, match="holds another store"):
            backup.backup(store.folder, other.folder)
        assert other.get(kept.id)


def test_a_first_backup_that_was_broken_off_may_be_tried_again(store, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(backup.os, "replace", lambda *_: (_ for _ in ()).throw(OSError("No space left")))
        with pytest.raises(OutputError, match="could not be finished"):
            backup.backup(store.folder, tmp_path / "copy")
    assert backup.backup(store.folder, tmp_path / "copy") == 1


def test_what_is_tidied_away_while_it_is_copied_is_not_in_the_copy(store, tmp_path, monkeypatch):
    kept, tidied = filled(store, 0), filled(store, 1)
    copy_files = backup._copy_files

    def tidy_meanwhile(source, target):
        Gallery(store).remove(tidied.id)
        return copy_files(source, target)

    monkeypatch.setattr(backup, "_copy_files", tidy_meanwhile)
    backup.backup(store.folder, tmp_path / "copy")
    whole(tmp_path / "copy", [kept])
    with RunStore(tmp_path / "copy") as copy:
        assert copy.get(tidied.id) is None and copy.rows(tidied.id) == []
