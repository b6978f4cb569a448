"""Disks, folders and databases that fail: one clear sentence, and what was computed stays."""

import contextlib
import errno
import os
import sqlite3
import threading
import time
from pathlib import Path

import pytest

import core.runs
from core import images
from core.database import Database, FullDiskError
from core.errors import OutputError, SettingError, StoreError
from core.lock import PainterLock
from core.settings import RunRequest
from core.store import RunStore
from core.threads import limit_threads, usable_cores
from core.worker import Heart, Painting
from tests.fake_pack import painters


def submit(runs, seed=0, pack_hash="fake-hash"):
    return runs.submit(RunRequest.make("a red fox", seed=seed, painters=("pixels",), pixels={"steps": 6}), pack_hash)


def one_line(caught):
    text = str(caught.value)
    assert "\n" not in text and text.endswith(".") and len(text) < 500
    return text


def fill_disk(monkeypatch, after, counted="*.png"):
    """After so many files of a kind, writing anything says that the disk is full."""
    written, replace = [], os.replace

    def full(*paths):
        if Path(paths[1]).match(counted):
            written.append(paths)
        if len(written) > after:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(*paths)

    monkeypatch.setattr(images.os, "replace", full)


def test_a_full_disk_fails_the_run_with_the_reason_and_keeps_every_step(runs, painting, monkeypatch):
    run = submit(runs)
    taken = runs.take_next("w")
    with monkeypatch.context() as patch:
        fill_disk(patch, after=4)
        status, reason = painting.paint(taken)
    assert status == "failed" and "No space left on device" in reason and "free space" in reason
    runs.set_status(run.id, status, reason)
    assert [r.step for r in runs.rows(run.id)] == [0, 1, 2, 3]
    assert all(runs.frame_path(run.id, "pixels", step) for step in range(4))
    assert runs.frame_path(run.id, "pixels", 4) is None  # no row and no file of the step that failed
    assert [f.name for f in (runs.folder / "frames" / run.id / "pixels").iterdir() if f.name.startswith(".")] == []
    submit(runs)
    assert painting.paint(runs.take_next("w")) == ("done", "")  # with space again it goes through
    assert [r.step for r in runs.rows(run.id)] == list(range(7))


def test_a_disk_that_fills_up_with_what_the_judge_saw_keeps_the_step(runs, painting, monkeypatch):
    run = submit(runs)
    with monkeypatch.context() as patch:
        fill_disk(patch, after=2, counted="*.webp")
        status, _ = painting.paint(runs.take_next("w"))
    assert status == "failed"
    last = runs.last_row(run.id).step
    assert last >= 1 and runs.frame_path(run.id, "pixels", last)  # measured, so kept, though its cutouts are not
    assert [r.step for r in runs.rows(run.id)] == list(range(last + 1))


def test_a_row_never_comes_before_its_file(runs, painting, monkeypatch):
    """Whatever moment a process is killed at, a row has its frame."""
    run = submit(runs)
    original = RunStore.record

    def killed(self, run_id, frame, measurement):
        if frame.step == 3:
            monkeypatch.setattr("core.store._insert", lambda *_: (_ for _ in ()).throw(SystemExit))
        original(self, run_id, frame, measurement)

    monkeypatch.setattr(RunStore, "record", killed)
    with pytest.raises(SystemExit):
        painting.paint(runs.take_next("w"))
    assert [r.step for r in runs.rows(run.id)] == [0, 1, 2]
    assert runs.frame_path(run.id, "pixels", 3)


def test_a_bug_in_a_painter_fails_its_run_only(runs, painting, monkeypatch, capsys):
    good = painters()

    class Broken(good["pixels"]):
        def frames(self):
            yield next(super().frames())
            raise ZeroDivisionError("a bug")

    monkeypatch.setattr(core.runs, "painter_classes", lambda: {"pixels": Broken})
    submit(runs)
    status, reason = painting.paint(runs.take_next("w"))
    assert status == "failed" and "unexpected error (ZeroDivisionError)" in reason and "stays" in reason
    assert "a bug" in capsys.readouterr().err
    monkeypatch.setattr(core.runs, "painter_classes", lambda: good)
    submit(runs, seed=1)
    assert painting.paint(runs.take_next("w")) == ("done", "")


@pytest.mark.parametrize("change", ["pack", "code"])
def test_a_run_asked_for_under_another_pack_or_code_is_not_painted(runs, painting, monkeypatch, change):
    if change == "code":
        monkeypatch.setattr("core.store.CODE_REVISION", "older")
    submit(runs, pack_hash="older pack" if change == "pack" else "fake-hash")
    status, reason = painting.paint(runs.take_next("w"))
    assert status == "failed" and change in reason and "has changed" in reason and "press Run" in reason


def test_an_altered_pack_fails_the_run_and_a_repaired_one_paints_the_next(runs, tmp_path, tiny_pack, monkeypatch):
    import shutil

    from core.packs import open_pack

    folder = tmp_path / "pack"
    shutil.copytree(tiny_pack.folder, folder)
    weights = next(folder.glob("*.safetensors"))
    good = weights.read_bytes()
    weights.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    painting = Painting(runs, Heart(runs, "w"), threading.Event(), open_pack)
    asked = RunRequest.make("a red fox", pack=str(folder), painters=("pixels",), pixels={"steps": 1})
    runs.submit(asked, tiny_pack.hash)
    status, reason = painting.paint(runs.take_next("w"))
    assert status == "failed" and weights.name in reason and "\n" not in reason
    weights.write_bytes(good)
    runs.submit(dataclass_seed(asked), tiny_pack.hash)
    assert painting.paint(runs.take_next("w")) == ("done", "")


def dataclass_seed(asked):
    return RunRequest.from_dict(asked.to_dict() | {"seed": 1})


def test_a_broken_pack_at_the_start_does_not_end_the_loop(runs, monkeypatch):
    from core.errors import PackError

    fakes, leave = painters(), threading.Event()
    monkeypatch.setattr(core.runs, "painter_classes", lambda: fakes)

    def load(name):
        raise PackError("The pack is altered. Get it again.")

    run = submit(runs)
    thread = threading.Thread(target=Painting(runs, Heart(runs, "w"), leave, load).loop, args=("fake",))
    thread.start()
    deadline = time.monotonic() + 20
    while runs.get(run.id).active and time.monotonic() < deadline:
        time.sleep(0.01)
    leave.set()
    thread.join()
    assert (runs.get(run.id).status, runs.get(run.id).reason) == ("failed", "The pack is altered. Get it again.")


# The database


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
    painting.paint(runs.take_next("w"))
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
    runs.take_next("w")
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
        runs.set_status(run.id, "failed", "The disk was full.")
    assert not reserve.exists() and runs.get(run.id).reason == "The disk was full."
    submit(runs)
    runs.take_next("w")
    assert reserve.exists()  # set aside again for the next run


def test_a_failed_transaction_leaves_nothing_behind(runs):
    with pytest.raises(OutputError), runs.database.transaction() as db:
        db.execute("INSERT INTO meta VALUES ('half', 'done')")
        raise OutputError("no")
    assert runs.database.read("SELECT * FROM meta WHERE key = 'half'") == []
    submit(runs)  # and the connection is usable again


# One painter process per store, its threads


def test_the_painters_lock_has_one_holder_and_goes_with_it(tmp_path):
    mine, other = PainterLock(tmp_path), PainterLock(tmp_path)
    assert not other.taken() and mine.acquire()
    assert other.taken() and not other.acquire()
    mine.release()
    assert other.acquire()
    other.release()


def test_threads_are_set_explicitly(monkeypatch):
    import torch

    before = torch.get_num_threads()
    try:
        monkeypatch.setenv("CTJP_THREADS", "3")
        assert limit_threads() == 3 == torch.get_num_threads()
        monkeypatch.delenv("CTJP_THREADS")
        assert limit_threads() == usable_cores() == torch.get_num_threads()
        assert 1 <= usable_cores() <= os.cpu_count()
        for wrong in ("0", "-1", "many", "1.5", "²"):
            monkeypatch.setenv("CTJP_THREADS", wrong)
            with pytest.raises(SettingError, match="CTJP_THREADS"):
                limit_threads()
    finally:
        torch.set_num_threads(before)
