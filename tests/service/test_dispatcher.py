"""What becomes of the runs that are painted elsewhere, in the store and in folders, without Ray; and the
benchmark of it.
"""

import contextlib
import sys
import threading
import types

import pytest

import core.execute
from core.base.errors import OutputError, PainterError, PromptError
from core.base.request import RunRequest
from core.service import painter_process
from core.service.cluster import run_folders
from core.service.cluster.dispatcher import RayDispatcher, requeue
from core.service.cluster.pool import LostWorker
from core.service.cluster.remote_painter import RunEnding
from core.service.heartbeat import Heartbeat
from core.storage import run_folder
from core.storage.queue import MAX_INTERRUPTIONS
from core.storage.run_folder import FolderRecorder
from core.storage.run_store import RunStore
from tests.support.fake_pack import FakePack, painters


def request(steps=3):
    return RunRequest.make("a red fox", pack="fake", painters=("pixels",), pixels={"steps": steps})


@pytest.fixture
def fakes(monkeypatch):
    """Painters without torch."""
    monkeypatch.setattr(core.execute, "painter_classes", painters)


# The runs of the store


@pytest.fixture
def dispatcher(runs, fakes):
    heartbeat = types.SimpleNamespace(worker="me", tick=lambda *_, **__: None)
    return RayDispatcher(runs, heartbeat, threading.Event(), lambda name: FakePack(), "ray")


def records(steps=3):
    """What a worker would send for a run."""
    return list(core.execute.measured_frames(request(steps), FakePack()))


def receive(source, taken, *events):
    """Let a source receive what a worker sends."""
    for event in events:
        source.receive(taken, event)


def test_what_a_worker_sends_is_recorded_once_and_only_as_often_as_it_is_lost_painted_again(runs, dispatcher):
    run = runs.submit(request(), "fake-hash", "mine")
    for lost in range(1, MAX_INTERRUPTIONS + 2):
        taken = dispatcher.next_task()
        assert taken.id == run.id and dispatcher.next_task() is None and dispatcher.should_continue(taken)
        receive(dispatcher, taken, *records()[:2])
        assert [row.step for row in runs.rows(run.id)] == [0, 1] and runs.get(run.id).attempt == lost
        receive(dispatcher, taken, LostWorker("on a went away"))
        assert runs.get(run.id).status == ("queued" if lost <= MAX_INTERRUPTIONS else "failed")
    assert "lost 4 times, the last one on a went away" in runs.get(run.id).reason
    assert len(runs.rows(run.id)) == 2 and requeue(runs, run.id, "late") is None, (
        "a run that has ended is left alone"
    )


def test_a_lost_run_that_was_cancelled_stays_stopped(runs, dispatcher):
    runs.submit(request(), "fake-hash", "mine")
    taken = dispatcher.next_task()
    runs.queue.request_cancel(taken.id, "mine")
    assert not dispatcher.should_continue(taken)
    receive(dispatcher, taken, LostWorker("on a went away"))
    told = runs.get(taken.id).reason
    assert (runs.get(taken.id).status, told) == ("stopped", "Stopped at the start; what was painted stays.")


@pytest.mark.parametrize(
    ("ending", "status", "sentence"),
    [
        (RunEnding("done", peak=7), "done", ""),
        (RunEnding("failed", "Lower the learning rate."), "failed", "Lower the learning rate."),
        (RunEnding("failed", "KeyError", trace="Traceback"), "failed", "unexpected error (KeyError)"),
        (
            RunEnding("failed", "MemoryError", trace="Traceback", lacked_memory=True),
            "failed",
            "memory did not suffice at step 3 of 3",
        ),
        (RunEnding("stopped"), "interrupted", "taken up again"),
    ],
)
def test_how_a_run_ended_elsewhere_is_said_as_if_it_were_here(runs, dispatcher, ending, status, sentence):
    runs.submit(request(), "fake-hash")
    taken = dispatcher.next_task()
    receive(dispatcher, taken, *records(), ending)
    run = runs.get(taken.id)
    assert run.status == status and sentence in run.reason and len(runs.rows(run.id)) == 4


def test_a_frame_that_cannot_be_kept_ends_its_run_with_the_reason(runs, dispatcher, monkeypatch):
    runs.submit(request(), "fake-hash")
    taken = dispatcher.next_task()

    def full(*_):
        raise OutputError("The disk is full.")

    monkeypatch.setattr(RunStore, "record", full)
    receive(dispatcher, taken, *records())
    assert not dispatcher.should_continue(taken)
    receive(dispatcher, taken, RunEnding("stopped"))
    assert (runs.get(taken.id).status, runs.get(taken.id).reason) == ("failed", "The disk is full.")


def test_a_cluster_that_is_not_there_is_said_and_the_runs_wait(runs, fakes, monkeypatch):
    """What a person reads on the pages who has chosen an address in vain."""
    monkeypatch.setitem(sys.modules, "ray", types.ModuleType("ray"))
    run, leave = runs.submit(request(), "fake-hash"), threading.Event()
    seen = []
    monkeypatch.setattr(
        RayDispatcher, "_requeue_all", lambda self: (seen.append(runs.queue.painter_state()), leave.set())
    )
    RayDispatcher(runs, Heartbeat(runs, "me"), leave, lambda name: FakePack(), "127.0.0.1:1").loop("fake")
    assert len(seen) == 1 and seen[0].state == "restarting"
    assert (
        "No Ray cluster answers at 127.0.0.1:1" in seen[0].message and "Trying again every" in seen[0].message
    )
    assert runs.get(run.id).status == "queued"


def test_without_being_asked_for_nothing_is_different(runs):
    def kind(workers):
        return type(painter_process._painter_loop(runs, None, None, None, workers))

    assert kind("") is painter_process.PainterLoop and kind("ray") is RayDispatcher


# The folders of the command line


def opening(path):
    """What a Job opens."""

    @contextlib.contextmanager
    def opened():
        with FolderRecorder(path, request(), "fake-hash") as recorder:
            yield recorder, recorder

    return opened


def test_a_run_whose_worker_is_lost_starts_over_in_its_folder(tmp_path, fakes):
    run = run_folders.FolderRun(request(), "fake-hash", opening(tmp_path / "out"))
    with run_folders.FolderRuns([run], lambda: False) as source:
        receive(source, source.next_task(), *records()[:2], LostWorker("on a went away"))
        assert source.unfinished()
        receive(source, source.next_task(), *records(), RunEnding("done"))
        assert not source.unfinished() and source.done == 1
    description, rows = run_folder.read_run(tmp_path / "out")
    assert description.status == "done" and [row.step for row in rows] == [0, 1, 2, 3]


def test_a_prompt_without_a_known_word_is_refused_before_anything_is_sent(tiny_pack):
    with pytest.raises(PromptError, match="knows no word"):
        run_folders.check_request(RunRequest.make("xyzzy", pack=str(tiny_pack.folder)))
    assert (
        run_folders.check_request(RunRequest.make("a red fox", pack=str(tiny_pack.folder))) == tiny_pack.hash
    )


def test_the_first_failure_is_told_after_everything_else_was_painted(tmp_path, fakes, monkeypatch):
    class InstantPool:
        slots = ["here"]

        def __init__(self, *_):
            pass

        def poll(self, source):
            taken = source.next_task()
            ending = RunEnding("failed", "Lower the learning rate.") if taken.id == "0" else RunEnding("done")
            receive(source, taken, *records(), ending)

        def shut_down(self):
            pass

    monkeypatch.setattr(run_folders, "connected", lambda *_: contextlib.nullcontext())
    monkeypatch.setattr(run_folders, "WorkerPool", InstantPool)
    jobs = [run_folders.FolderRun(request(), "fake-hash", opening(tmp_path / name)) for name in ("a", "b")]
    with pytest.raises(PainterError, match="Lower the learning rate"):
        run_folders.paint_on_cluster(jobs, "ray")
    assert [run_folder.read_run(tmp_path / name)[0].status for name in ("a", "b")] == ["failed", "done"]
