"""Databases that are missing, damaged, locked, newer or full: one clear sentence, and what was computed
stays.
"""

import contextlib
import sqlite3
import threading

import pytest

from core.base.errors import OutputError, StoreError
from core.storage.database import Database
from core.storage.full_disk import FullDiskError
from core.storage.run_store import RunStore
from tests.service.test_faults import submit


def one_line(caught):
    text = str(caught.value)
    assert "\n" not in text and text.endswith(".") and len(text) < 500
    return text


def test_a_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "taken").write_text("")
    for folder in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(StoreError) as caught:
            RunStore(folder)
        assert "CTJP_STORE" in one_line(caught) and str(tmp_path / "taken") in str(caught.value)


def test_a_folder_in_place_of_the_database(tmp_path):
    (tmp_path / "store.sqlite").mkdir()
    with pytest.raises(StoreError) as caught:
        RunStore(tmp_path)
    assert "cannot be opened" in one_line(caught)


def test_a_database_that_is_none(tmp_path):
    (tmp_path / "store.sqlite").write_bytes(b"This is a letter to my aunt. " * 100)
    with pytest.raises(StoreError) as caught:
        RunStore(tmp_path)
    assert "is not a run store" in one_line(caught)
    assert (tmp_path / "store.sqlite").read_bytes().startswith(b"This is a letter")  # never overwritten


def test_a_damaged_database(runs, painting):
    run = submit(runs)
    painting.paint(runs.queue.take_next("w"))
    runs.database.read("PRAGMA wal_checkpoint(TRUNCATE)")
    runs.close()
    path = runs.folder / "store.sqlite"
    path.write_bytes(path.read_bytes()[:4096] + b"\xa5" * (path.stat().st_size - 4096))
    with pytest.raises(StoreError) as caught, RunStore(runs.folder) as again:
        again.rows(run.id)
    assert "is damaged" in one_line(caught)


def test_a_newer_database_is_refused_and_left_alone(runs):
    with runs.database.transaction() as db:
        db.execute("INSERT INTO migrations VALUES (99, 'from the future', 0)")
    with pytest.raises(StoreError) as caught:
        RunStore(runs.folder)
    assert "newer version" in one_line(caught) and "schema 99" in str(caught.value)
    assert runs.database.read("SELECT MAX(number) AS n FROM migrations")[0]["n"] == 99


def test_a_locked_database_waits_and_then_says_so(runs):
    holder = sqlite3.connect(runs.database.path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    runs.database.busy_seconds = 0.05
    runs.close()
    with pytest.raises(StoreError) as caught:
        submit(runs)
    assert "is locked by another program" in one_line(caught)
    assert runs.recent() == []  # reading goes on meanwhile
    runs.database.busy_seconds = 20
    runs.close()
    release = threading.Timer(0.2, holder.execute, ["COMMIT"])
    release.start()
    assert submit(runs).status == "queued"
    release.join()
    holder.close()


def test_a_full_disk_under_the_database(tmp_path):
    database = Database(tmp_path / "small.sqlite")
    pages = database.read("PRAGMA page_count")[0][0]
    with pytest.raises(StoreError) as caught, database.transaction() as db:
        db.execute(f"PRAGMA max_page_count = {pages}")
        db.execute("INSERT INTO meta VALUES ('big', ?)", ("x" * 100_000,))
    assert "disk is full" in one_line(caught)
    with database.transaction() as db:  # the connection with the limit is not used again
        db.execute("INSERT INTO meta VALUES ('big', ?)", ("x" * 100_000,))
    assert len(database.read("SELECT * FROM meta")) == 1


def test_how_a_run_ended_is_told_even_on_a_full_disk(runs, monkeypatch):
    run = submit(runs)
    runs.queue.take_next("w")
    reserve, transaction = runs.folder / "store.reserve", Database.transaction
    assert reserve.stat().st_size > 100_000

    @contextlib.contextmanager
    def full(self):
        if reserve.exists():
            raise FullDiskError("The disk is full.")
        with transaction(self) as db:
            yield db

    with monkeypatch.context() as patch:
        patch.setattr(Database, "transaction", full)
        with pytest.raises(StoreError, match="full"):
            submit(runs, seed=1)  # ordinary writes do not touch what is set aside
        runs.queue.set_status(run.id, "failed", "The disk was full.")
    assert not reserve.exists() and runs.get(run.id).reason == "The disk was full."
    submit(runs)
    runs.queue.take_next("w")
    assert reserve.exists()  # set aside again for the next run


def test_a_failed_transaction_leaves_nothing_behind(runs):
    with pytest.raises(OutputError), runs.database.transaction() as db:
        db.execute("INSERT INTO meta VALUES ('half', 'done')")
        raise OutputError("no")
    assert runs.database.read("SELECT * FROM meta WHERE key = 'half'") == []
    submit(runs)  # and the connection is usable again
