"""What becomes of the runs that are painted elsewhere, in the store and in folders, without Ray; and the benchmark of it."""

import contextlib
import sys
import threading
import types

import pytest

import core.runs
from core import folder, worker
from core.bench import scale
from core.errors import OutputError, PainterError, PromptError, SettingError
from core.folder import FolderRecorder
from core.queue import MAX_INTERRUPTIONS
from core.settings import RunRequest
from core.store import RunStore
from core.workers import folders
from core.workers.crew import Lost
from core.workers.dispatch import Dispatch, give_back
from core.workers.station import Batch, Ending
from tests.fake_pack import FakePack, painters


def request(steps=3):
    return RunRequest.make("a red fox", pack="fake", painters=("pixels",), pixels={"steps": steps})


@pytest.fixture
def fakes(monkeypatch):
    """Painters without torch."""
    monkeypatch.setattr(core.runs, "painter_classes", painters)


# The runs of the store


@pytest.fixture
def desk(runs, fakes):
    heart = types.SimpleNamespace(worker="me", tick=lambda *_, **__: None)
    return Dispatch(runs, heart, threading.Event(), lambda name: FakePack(), "ray")


def records(steps=3):
    """What a worker would send for a run."""
    kept = []
    recorder = types.SimpleNamespace(record=lambda *record: kept.append(record))
    core.runs.execute(request(steps), FakePack(), recorder)
    return kept


def test_what_a_worker_sends_is_recorded_once_and_only_as_often_as_it_is_lost_painted_again(runs, desk):
    run = runs.submit(request(), "fake-hash", "mine")
    for lost in range(1, MAX_INTERRUPTIONS + 2):
        taken = desk.take()
        assert (taken.id, taken.avoid) == (run.id, "" if lost == 1 else "a") and desk.take() is None and desk.wants(taken)
        desk.hear(taken, Batch(records()[:2], None, 1, False))
        assert [row.step for row in runs.rows(run.id)] == [0, 1] and runs.get(run.id).attempt == lost
        desk.hear(taken, Lost("a", "on a went away"))
        assert runs.get(run.id).status == ("queued" if lost <= MAX_INTERRUPTIONS else "failed")
    assert "lost 4 times, the last one on a went away" in runs.get(run.id).reason
    assert len(runs.rows(run.id)) == 2 and give_back(runs, run.id, "late") is None, "a run that has ended is left alone"


def test_a_lost_run_that_was_cancelled_stays_stopped(runs, desk):
    runs.submit(request(), "fake-hash", "mine")
    taken = desk.take()
    runs.request_cancel(taken.id, "mine")
    assert not desk.wants(taken)
    desk.hear(taken, Lost("a", "on a went away"))
    assert (runs.get(taken.id).status, runs.get(taken.id).reason) == ("stopped", "Stopped at the start; what was painted stays.")


@pytest.mark.parametrize(
    ("ending", "status", "sentence"),
    [
        (Ending("done", peak=7), "done", ""),
        (Ending("failed", "Lower the learning rate."), "failed", "Lower the learning rate."),
        (Ending("failed", "KeyError", trace="Traceback"), "failed", "unexpected error (KeyError)"),
        (Ending("failed", "MemoryError", trace="Traceback", lacked_memory=True), "failed", "memory did not suffice at step 3 of 3"),
        (Ending("stopped"), "interrupted", "taken up again"),
    ],
)
def test_how_a_run_ended_elsewhere_is_said_as_if_it_were_here(runs, desk, ending, status, sentence):
    runs.submit(request(), "fake-hash")
    taken = desk.take()
    desk.hear(taken, Batch(records(), ending, 1, False))
    run = runs.get(taken.id)
    assert run.status == status and sentence in run.reason and len(runs.rows(run.id)) == 4


def test_a_frame_that_cannot_be_kept_ends_its_run_with_the_reason(runs, desk, monkeypatch):
    runs.submit(request(), "fake-hash")
    taken = desk.take()

    def full(*_):
        raise OutputError("The disk is full.")

    monkeypatch.setattr(RunStore, "record", full)
    desk.hear(taken, Batch(records(), None, 1, False))
    assert not desk.wants(taken)
    desk.hear(taken, Batch([], Ending("stopped"), 2, False))
    assert (runs.get(taken.id).status, runs.get(taken.id).reason) == ("failed", "The disk is full.")


def test_a_cluster_that_is_not_there_is_said_and_the_runs_wait(runs, fakes, monkeypatch):
    """What a person reads on the pages who has chosen an address in vain."""
    monkeypatch.setitem(sys.modules, "ray", types.ModuleType("ray"))
    run, leave = runs.submit(request(), "fake-hash"), threading.Event()
    seen = []
    monkeypatch.setattr(Dispatch, "_give_back_all", lambda self: (seen.append(runs.painter_state()), leave.set()))
    Dispatch(runs, worker.Heart(runs, "me"), leave, lambda name: FakePack(), "127.0.0.1:1").loop("fake")
    assert len(seen) == 1 and seen[0].state == "restarting"
    assert "No Ray cluster answers at 127.0.0.1:1" in seen[0].message and "tried again" in seen[0].message
    assert runs.get(run.id).status == "queued"


def test_without_being_asked_for_nothing_is_different(runs):
    make = lambda workers: type(worker._painting(runs, None, None, None, workers))  # noqa: E731
    assert make("") is worker.Painting and make("ray") is Dispatch


# The folders of the command line


def opening(path):
    """What a Job opens."""

    @contextlib.contextmanager
    def opened():
        with FolderRecorder(path, request(), "fake-hash") as recorder:
            yield recorder, recorder

    return opened


def test_a_job_whose_worker_is_lost_starts_over_in_its_folder(tmp_path, fakes):
    with folders.Folders([folders.Job(request(), "fake-hash", opening(tmp_path / "out"))], lambda: False) as desk:
        desk.hear(first := desk.take(), Batch(records()[:2], None, 1, False))
        desk.hear(first, Lost("a", "on a went away"))
        again = desk.take()
        assert again.avoid == "a" and desk.left()
        desk.hear(again, Batch(records(), Ending("done"), 1, False))
        assert not desk.left() and desk.done == 1
    description, rows = folder.read(tmp_path / "out")
    assert description.status == "done" and [row.step for row in rows] == [0, 1, 2, 3]


def test_a_prompt_without_a_known_word_is_refused_before_anything_is_sent(tiny_pack):
    with pytest.raises(PromptError, match="knows no word"):
        folders.ready(RunRequest.make("xyzzy", pack=str(tiny_pack.folder)))
    assert folders.ready(RunRequest.make("a red fox", pack=str(tiny_pack.folder))) == tiny_pack.hash


def test_the_first_failure_is_told_after_everything_else_was_painted(tmp_path, fakes, monkeypatch):
    class InstantCrew:
        places = ["here"]

        def __init__(self, *_):
            pass

        def turn(self, desk):
            taken = desk.take()
            ending = Ending("failed", "Lower the learning rate.") if taken.id == "0" else Ending("done")
            desk.hear(taken, Batch(records(), ending, 1, False))

        def dismiss(self):
            pass

    monkeypatch.setattr(folders, "connected", lambda *_: contextlib.nullcontext())
    monkeypatch.setattr(folders, "Crew", InstantCrew)
    jobs = [folders.Job(request(), "fake-hash", opening(tmp_path / name)) for name in ("a", "b")]
    with pytest.raises(PainterError, match="Lower the learning rate"):
        folders.paint(jobs, "ray")
    assert [folder.read(tmp_path / name)[0].status for name in ("a", "b")] == ["failed", "done"]


# The benchmark


@pytest.mark.parametrize(
    ("options", "sentence"), [({"workers": "0,2"}, "--workers is '0,2'"), ({"workers": "two"}, "1,2,4"), ({"cells": 0}, "--cells is 0")]
)
def test_a_comparison_that_cannot_be_made_is_refused_at_once(options, sentence):
    asked = types.SimpleNamespace(**{"workers": "1,2", "cells": 1, "steps": 1, "rounds": 1, **options})
    with pytest.raises(SettingError, match=sentence):
        scale.bench_scale(asked)


def test_the_comparison_says_on_how_many_cores_it_was_made():
    row = {"seconds": [2.0, 1.0, 4.0], "per_minute": 60.0, "ratio": 1.5}
    about = {"cells": 2, "steps": 5, "rounds": 3, "cores": 6, "cpus": 12, "threads_per_worker": 3, "largest_difference": 0.0}
    lines = scale.text({**about, "rows": [{"workers": 0, **row}, {"workers": 2, **row}]}).splitlines()
    assert "6 cores (12 hardware threads)" in lines[0] and "all cores" in lines[3]
    assert lines[4].split() == ["2", "of", "3", "threads", "2.00", "60.0", "1.50"]
