"""A run as a plain folder: recorded by the command line, exported and imported by the store."""

import csv
import json
import math
import os
import time

import numpy as np
import pytest

import core.execute
from core.base.errors import OutputError, PainterError, StoreError
from core.base.images import read_image
from core.base.request import RunRequest
from core.execute import FolderRecorder, execute
from core.storage import run_folder
from core.storage.gallery import Gallery
from core.storage.run_store import RunStore
from tests.support.fake_pack import FakePack, painters

SETTINGS = {"pixels": {"steps": 8}, "vqgan": {"steps": 4}, "diffusion": {"steps": 2}}


@pytest.fixture(autouse=True)
def fakes(monkeypatch):
    classes = painters()
    monkeypatch.setattr(core.execute, "painter_classes", lambda: classes)


def request(**settings):
    settings = settings or SETTINGS
    return RunRequest.make("a red fox", painters=tuple(settings), **settings)


def read_csv(out):
    with open(out / "metrics.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_real_tiny_models_give_the_same_figures_twice(monkeypatch, tiny_pack, tmp_path):
    from core.painters.classes import PAINTER_CLASSES

    monkeypatch.setattr(core.execute, "painter_classes", lambda: PAINTER_CLASSES)
    asked = request(pixels={"steps": 3}, vqgan={"steps": 2}, diffusion={"steps": 2})
    for out in (tmp_path / "a", tmp_path / "b"):
        with FolderRecorder(out, asked, tiny_pack.hash) as recorder:
            recorder.finish(execute(asked, tiny_pack, recorder))
    a, b = (read_csv(tmp_path / name) for name in "ab")
    for line in (*a, *b):
        assert all(math.isfinite(float(value)) for name, value in line.items() if name != "painter")
        line.pop("seconds")
    assert a == b and len(a) == 4 + 3 + 3
    frames = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.png"))
    assert len(frames) == 10
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in frames)


def test_a_folder_holds_rows_frames_and_the_request(tmp_path):
    asked = request()
    with FolderRecorder(tmp_path, asked, "hash") as recorder:
        recorder.finish(execute(asked, FakePack(), recorder))
    lines = read_csv(tmp_path)
    assert list(lines[0])[:6] == ["painter", "step", "seconds", "score", "heldout", "realism"]
    assert list(lines[0])[-1] == "evaluations"
    assert len(lines) == 9 + 5 + 3
    assert (read_image(tmp_path / "frames" / "diffusion" / "00002.png") == 255).all()
    data = json.loads((tmp_path / "run.json").read_text())
    assert (data["status"], data["pack_hash"], data["prompt"]) == ("done", "hash", "a red fox")
    assert data["versions"]["numpy"] == np.__version__
    description, rows = run_folder.read_run(tmp_path)
    assert description.request == asked and len(rows) == len(lines)
    assert all(row.has_frame for row in rows)
    assert [(r.painter, r.step, r.total, r.evaluations) for r in rows] == [
        (r.painter, r.step, r.total, r.evaluations) for r in recorder.rows
    ]
    assert [r.score for r in rows] == pytest.approx([r.score for r in recorder.rows], rel=1e-6)


def test_rows_are_on_disk_while_the_run_goes_on(tmp_path):
    seen = []

    class Watching(FolderRecorder):
        def record(self, frame, measurement):
            super().record(frame, measurement)
            seen.append(len(read_csv(tmp_path)))

    asked = request()
    with Watching(tmp_path, asked) as recorder:
        assert json.loads((tmp_path / "run.json").read_text())["status"] == "running"
        execute(asked, FakePack(), recorder)
    assert seen == list(range(1, 18))


@pytest.mark.parametrize(
    "error, status, words",
    [(PainterError("Too hot."), "failed", "Too hot."), (KeyboardInterrupt(), "stopped", "keyboard")],
)
def test_an_error_is_told_in_the_folder(tmp_path, error, status, words):
    asked = request()
    with pytest.raises(type(error)), FolderRecorder(tmp_path, asked) as recorder:
        execute(asked, FakePack(), recorder, lambda: len(recorder.rows) == 4)
        raise error
    data = json.loads((tmp_path / "run.json").read_text())
    assert data["status"] == status and words in data["reason"]
    assert len(read_csv(tmp_path)) == 4


def test_a_shorter_run_leaves_no_frames_of_the_longer_one_before_it(tmp_path):
    mine = tmp_path / "frames" / "pixels" / "mine.png"
    for steps in (5, 2):
        asked = request(pixels={"steps": steps})
        with FolderRecorder(tmp_path, asked) as recorder:
            execute(asked, FakePack(), recorder)
        mine.touch()
    assert sorted(p.name for p in mine.parent.iterdir()) == [
        "00000.png",
        "00001.png",
        "00002.png",
        "mine.png",
    ]
    assert len(read_csv(tmp_path)) == 3


def test_a_file_in_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError, match="Cannot write .*taken"):
        FolderRecorder(tmp_path / "taken" / "out", request())


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_ends_the_run_and_keeps_whole_rows(tmp_path):
    asked = request()
    recorder = FolderRecorder(tmp_path, asked)
    with pytest.raises(OutputError, match="No space left"), recorder:
        execute(asked, FakePack(), recorder, lambda: len(recorder.rows) == 6)
        good, recorder._metrics = recorder._metrics, HalfFull(recorder._metrics)
        execute(asked, FakePack(), recorder)
    good.close()
    lines = read_csv(tmp_path)
    assert len(lines) == 6 and None not in lines[-1].values()
    assert json.loads((tmp_path / "run.json").read_text())["status"] == "failed"


class HalfFull:
    """A file on a disk with room for five more bytes."""

    def __init__(self, file):
        self.file = file
        self.seek, self.truncate, self.close = file.seek, file.truncate, file.close

    def write(self, data):
        self.file.write(data[:5])
        with open("/dev/full", "wb", buffering=0) as full:
            full.write(data[5:])


@pytest.mark.parametrize(
    "damage", ["no run.json", "not JSON", "newer", "a setting", "a number", "no metrics"]
)
def test_a_folder_that_holds_no_run_is_refused_in_one_line(tmp_path, damage):
    asked = request()
    with FolderRecorder(tmp_path, asked) as recorder:
        execute(asked, FakePack(), recorder)
    run, metrics = tmp_path / "run.json", tmp_path / "metrics.csv"
    data = json.loads(run.read_text())
    assert run_folder.read_run(tmp_path)
    if damage == "no run.json":
        run.unlink()
    elif damage == "no metrics":
        metrics.unlink()
    elif damage == "a number":
        metrics.write_text(metrics.read_text().replace("pixels,0,", "pixels,zero,"))
    else:
        data["format"] = 99 if damage == "newer" else 1
        data["settings"]["pixels"]["steps"] = -3 if damage == "a setting" else 8
        run.write_text("{" if damage == "not JSON" else json.dumps(data))
    with pytest.raises(StoreError) as caught:
        run_folder.read_run(tmp_path)
    assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)


# The store and folders


ASKED = request(pixels={"steps": 4}, vqgan={"steps": 2})


@pytest.fixture
def exported(runs, tmp_path):
    run = runs.submit(ASKED, "hash")
    runs.queue.take_next("w")
    execute(ASKED, FakePack(), runs.recorder(run.id))
    runs.queue.set_status(run.id, "done")
    runs.export_run(run.id, tmp_path / "exported", every=3)
    return run.id, tmp_path / "exported"


def test_an_exported_run_is_imported_with_the_same_rows(runs, exported, tmp_path):
    run_id, folder = exported
    with RunStore(tmp_path / "second") as second:
        run = second.import_run(folder)
        assert (run.status, run.request, run.pack_hash) == ("done", ASKED, "hash")
        imported = {(r.painter, r.step): r for r in second.rows(run.id)}
        assert imported.keys() == {(r.painter, r.step) for r in runs.rows(run_id)}
        for row in runs.rows(run_id):
            same = imported[row.painter, row.step]
            assert (same.total, same.evaluations, same.attempt) == (row.total, row.evaluations, 1)
            for name in ("score", "heldout", "realism", "components"):
                assert getattr(same, name) == pytest.approx(getattr(row, name), rel=1e-6)
            assert same.seconds == pytest.approx(row.seconds, abs=1e-4)
        kept = {key for key, row in imported.items() if row.has_frame}
        assert kept == {("pixels", 0), ("pixels", 3), ("pixels", 4), ("vqgan", 0), ("vqgan", 2)}
        for key in imported:
            path = second.frame_path(run.id, *key)
            assert (path is not None) == (key in kept)
            assert path is None or (read_image(path) == read_image(runs.frame_path(run_id, *key))).all()
        assert not (second.folder / "frames").exists()  # pointed to, not copied
        assert second.progress(run.id)["pixels"].step == 4


def test_importing_is_idempotent_quick_and_follows_the_folder(runs, exported):
    run_id, folder = exported
    began = time.process_time()
    first = runs.import_run(folder)
    assert time.process_time() - began < 0.5
    assert runs.import_run(folder) == first
    assert len(runs.recent()) == 2
    data = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(data | {"seed": 7}))
    second = runs.import_run(folder)
    assert second.id != first.id and second.request.seed == 7
    assert runs.get(first.id) is None and runs.rows(first.id) == []
    assert len(runs.rows(second.id)) == 8 and len(runs.rows(run_id)) == 8


def test_asking_for_what_an_imported_run_shows_paints_it(runs, exported, tmp_path):
    """The example must not keep a newcomer from seeing the painters at work."""
    with RunStore(tmp_path / "second") as second:
        imported = second.import_run(exported[1])
        asked = second.submit(imported.request, imported.pack_hash)
        assert asked.status == "queued" and asked.id != imported.id


def test_an_imported_run_whose_folder_is_gone_goes_with_the_next_import(runs, exported, tmp_path):
    _, folder = exported
    first = runs.import_run(folder)
    folder.rename(tmp_path / "moved")
    second = runs.import_run(tmp_path / "moved")
    assert runs.get(second.id).folder == str(tmp_path / "moved")
    assert [r.id for r in runs.recent() if r.folder] == [second.id]
    assert first.folder == str(folder) and runs.frame_path(second.id, "pixels", 0)


def test_a_folder_left_behind_by_a_killed_program_is_shown_as_interrupted(runs, exported):
    _, folder = exported
    data = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(data | {"status": "running", "finished": None}))
    imported = runs.import_run(folder)
    assert imported.status == "interrupted"
    runs.queue.recover()
    assert runs.get(imported.id).status == "interrupted"  # nothing to paint here


def test_export_of_an_unknown_run_and_import_of_an_empty_folder_are_refused(runs, tmp_path):
    with pytest.raises(StoreError, match="There is no run"):
        runs.export_run("a" * 26, tmp_path / "out")
    with pytest.raises(StoreError, match="does not hold a run"):
        runs.import_run(tmp_path)


def test_deleting_takes_rows_and_frames_but_no_active_run(runs, exported):
    run_id, folder = exported
    active, imported = runs.submit(request(), "hash"), runs.import_run(folder)
    library = Gallery(runs)
    assert not library.remove(active.id) and runs.get(active.id)
    assert library.remove(run_id) and runs.get(run_id) is None and runs.rows(run_id) == []
    assert not (runs.folder / "frames" / run_id).exists()
    assert library.remove(imported.id) and (folder / "frames" / "pixels" / "00000.png").exists()
