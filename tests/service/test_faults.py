"""Disks, folders and databases that fail: one clear sentence, and what was computed stays."""

import errno
import json
import os
import shutil
import sqlite3
import threading
import time
from pathlib import Path

import pytest

import core.execute
from core.base import files
from core.base.errors import SettingError
from core.base.machine import limit_threads, torch_threads, usable_cores
from core.base.process_lock import FolderLock
from core.base.request import RunRequest
from core.service.heartbeat import Heartbeat
from core.service.painter_loop import PainterLoop, load_pack
from core.storage.run_store import RunStore
from tests.support.fake_pack import painters


def submit(runs, seed=0, pack_hash="fake-hash"):
    return runs.submit(
        RunRequest.make("a red fox", seed=seed, painters=("pixels",), pixels={"steps": 6}), pack_hash
    )


def fill_disk(monkeypatch, after, counted="*.png"):
    """After so many files of a kind, writing anything says that the disk is full."""
    written, replace = [], os.replace

    def full(*paths):
        if Path(paths[1]).match(counted):
            written.append(paths)
        if len(written) > after:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(*paths)

    monkeypatch.setattr(files.os, "replace", full)


def test_a_full_disk_fails_the_run_with_the_reason_and_keeps_every_step(runs, painting, monkeypatch):
    run = submit(runs)
    taken = runs.queue.take_next("w")
    with monkeypatch.context() as patch:
        fill_disk(patch, after=4)
        status, reason = painting.paint(taken)
    assert status == "failed" and "No space left on device" in reason and "free space" in reason
    runs.queue.set_status(run.id, status, reason)
    assert [r.step for r in runs.rows(run.id)] == [0, 1, 2, 3]
    assert all(runs.frame_path(run.id, "pixels", step) for step in range(4))
    assert runs.frame_path(run.id, "pixels", 4) is None  # no row and no file of the step that failed
    folder = runs.frame_path(run.id, "pixels", 0).parent
    assert [f.name for f in folder.iterdir() if f.name.startswith(".")] == []
    submit(runs)
    assert painting.paint(runs.queue.take_next("w")) == ("done", "")  # with space again it goes through
    assert [r.step for r in runs.rows(run.id)] == list(range(7))


def test_a_disk_that_fills_up_with_what_the_judge_saw_keeps_the_step(runs, painting, monkeypatch):
    run = submit(runs)
    with monkeypatch.context() as patch:
        fill_disk(patch, after=2, counted="*.webp")
        status, _ = painting.paint(runs.queue.take_next("w"))
    assert status == "failed"
    last = runs.last_row(run.id).step
    assert last >= 1 and runs.frame_path(
        run.id, "pixels", last
    )  # measured, so kept, though its cutouts are not
    assert [r.step for r in runs.rows(run.id)] == list(range(last + 1))


def test_a_row_never_comes_before_its_file(runs, painting, monkeypatch):
    """Whatever moment a process is killed at, a row has its frame."""
    run = submit(runs)
    original = RunStore.record

    def killed(self, run_id, frame, measurement):
        if frame.step == 3:
            monkeypatch.setattr(
                "core.storage.run_store.insert_row", lambda *_: (_ for _ in ()).throw(SystemExit)
            )
        original(self, run_id, frame, measurement)

    monkeypatch.setattr(RunStore, "record", killed)
    with pytest.raises(SystemExit):
        painting.paint(runs.queue.take_next("w"))
    assert [r.step for r in runs.rows(run.id)] == [0, 1, 2]
    assert runs.frame_path(run.id, "pixels", 3)


def test_a_bug_in_a_painter_fails_its_run_only(runs, painting, monkeypatch, capsys):
    good = painters()

    class Broken(good["pixels"]):
        def frames(self):
            yield next(super().frames())
            raise ZeroDivisionError("a bug")

    monkeypatch.setattr(core.execute, "painter_classes", lambda: {"pixels": Broken})
    submit(runs)
    status, reason = painting.paint(runs.queue.take_next("w"))
    assert status == "failed" and "unexpected error (ZeroDivisionError)" in reason and "stays" in reason
    assert "a bug" in capsys.readouterr().err
    monkeypatch.setattr(core.execute, "painter_classes", lambda: good)
    submit(runs, seed=1)
    assert painting.paint(runs.queue.take_next("w")) == ("done", "")


@pytest.mark.parametrize("change", ["pack", "code"])
def test_a_run_asked_for_under_another_pack_or_code_is_not_painted(runs, painting, monkeypatch, change):
    if change == "code":
        monkeypatch.setattr("core.storage.queue.PAINTING_REVISION", "older")
    submit(runs, pack_hash="older pack" if change == "pack" else "fake-hash")
    status, reason = painting.paint(runs.queue.take_next("w"))
    assert status == "failed" and change in reason and "has changed" in reason and "press Run" in reason


def test_an_altered_pack_fails_the_run_and_a_repaired_one_paints_the_next(
    runs, tmp_path, tiny_pack, monkeypatch
):
    import shutil

    from core.packs import open_pack

    folder = tmp_path / "pack"
    shutil.copytree(tiny_pack.folder, folder)
    weights = next(folder.glob("*.safetensors"))
    good = weights.read_bytes()
    weights.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    painting = PainterLoop(runs, Heartbeat(runs, "w"), threading.Event(), open_pack)
    asked = RunRequest.make("a red fox", pack=str(folder), painters=("pixels",), pixels={"steps": 1})
    runs.submit(asked, tiny_pack.hash)
    status, reason = painting.paint(runs.queue.take_next("w"))
    assert status == "failed" and weights.name in reason and "\n" not in reason
    weights.write_bytes(good)
    runs.submit(dataclass_seed(asked), tiny_pack.hash)
    assert painting.paint(runs.queue.take_next("w")) == ("done", "")


def dataclass_seed(asked):
    return RunRequest.from_dict(asked.to_dict() | {"seed": 1})


def test_a_broken_pack_at_the_start_does_not_end_the_loop(runs, monkeypatch):
    from core.base.errors import PackError

    fakes, leave = painters(), threading.Event()
    monkeypatch.setattr(core.execute, "painter_classes", lambda: fakes)

    def load(name):
        raise PackError("The pack is altered. Get it again.")

    run = submit(runs)
    thread = threading.Thread(
        target=PainterLoop(runs, Heartbeat(runs, "w"), leave, load).loop, args=("fake",)
    )
    thread.start()
    deadline = time.monotonic() + 20
    while runs.get(run.id).active and time.monotonic() < deadline:
        time.sleep(0.01)
    leave.set()
    thread.join()
    assert (runs.get(run.id).status, runs.get(run.id).reason) == (
        "failed",
        "The pack is altered. Get it again.",
    )


# One painter process per store, its threads


def test_the_painters_lock_has_one_holder_and_goes_with_it(tmp_path):
    mine, other = FolderLock(tmp_path), FolderLock(tmp_path)
    assert not other.is_held() and mine.acquire()
    assert other.is_held() and not other.acquire()
    mine.release()
    assert other.acquire()
    other.release()


def test_a_lock_whose_file_cannot_be_opened_is_not_taken_and_ends_nobody(tmp_path):
    (tmp_path / "file").write_text("")
    lock = FolderLock(tmp_path / "file")
    assert not lock.acquire() and lock.is_held()


def test_a_lock_is_let_go_by_whichever_thread(tmp_path):
    lock = FolderLock(tmp_path)
    assert lock.acquire()
    thread = threading.Thread(target=lock.release)
    thread.start()
    thread.join()
    assert not FolderLock(tmp_path).is_held()


def test_a_heartbeat_goes_on_whatever_the_store_says(runs, monkeypatch, capsys):
    heartbeat = Heartbeat(runs, "w")
    beats = []

    def broken(*_):
        beats.append(1)
        raise sqlite3.InterfaceError("another thread")

    monkeypatch.setattr("core.service.heartbeat.HEARTBEAT_SECONDS", 0.001)
    monkeypatch.setattr(runs.queue, "beat", broken)
    heartbeat.start()
    deadline = time.monotonic() + 20
    while len(beats) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    heartbeat.stop()
    assert len(beats) >= 3 and "another thread" in capsys.readouterr().err


def test_a_bug_in_a_side_job_is_logged_and_ends_no_run(runs, painting, monkeypatch):
    logged = []
    painting.side_jobs.log = logged.append

    def broken(*_):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(painting.side_jobs.rankings, "take_next", broken)
    submit(runs)
    assert painting.paint(runs.queue.take_next("w")) == ("done", "")
    assert any("ZeroDivisionError: a bug" in text for text in logged)


def test_a_pack_without_a_vqgan_or_denoiser_paints_what_it_can(tiny_pack, tmp_path):
    folder = shutil.copytree(tiny_pack.folder, tmp_path / "judges")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["models"] = {n: e for n, e in manifest["models"].items() if n in ("judge", "heldout", "realism")}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert load_pack(folder).painters == ("pixels",)


def test_threads_are_set_explicitly(monkeypatch):
    import torch

    with torch_threads():
        monkeypatch.setenv("CTJP_THREADS", "3")
        assert limit_threads() == 3 == torch.get_num_threads()
        monkeypatch.delenv("CTJP_THREADS")
        assert limit_threads() == usable_cores() == torch.get_num_threads()
        assert 1 <= usable_cores() <= os.cpu_count()
        for wrong in ("0", "-1", "many", "1.5", "²"):
            monkeypatch.setenv("CTJP_THREADS", wrong)
            with pytest.raises(SettingError, match="CTJP_THREADS"):
                limit_threads()
