"""Painting elsewhere, without Ray: what a worker does, and who is noticed as lost."""

import itertools
import sys
import types
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

import core.execute
from core.base.errors import WorkersError
from core.base.request import RunRequest
from core.service.cluster import pool as pool_module
from core.service.cluster.connection import WorkerSlot, connected, worker_slots
from core.service.cluster.pool import FRAMES_AT_ONCE, LostWorker, WorkerPool
from core.service.cluster.remote_painter import PaintingActor, RunEnding, RunTask
from tests.support.fake_pack import FakePack, painters

FRAME = ("a frame", "its measurement")


def request(steps: int = 3, seed: int = 0) -> RunRequest:
    return RunRequest.make("a red fox", seed=seed, pack="fake", painters=("pixels",), pixels={"steps": steps})


def task(name: str = "one", steps: int = 3, **changes: Any) -> RunTask:
    return replace(RunTask(name, request(steps), "fake-hash"), **changes)


@pytest.fixture
def fakes(monkeypatch):
    """Painters without torch; the test may change them."""
    made = painters()
    monkeypatch.setattr(core.execute, "painter_classes", lambda: made)
    monkeypatch.setenv("CTJP_THREADS", "1")  # a worker sets it
    return made


def painted(actor: PaintingActor, run: RunTask) -> tuple[list[int], RunEnding]:
    """All steps of a run, and how it ended."""
    *steps, ending = actor.paint(run)
    return [frame.step for frame, _ in steps], ending


# A worker


def test_a_worker_paints_one_run_after_the_other(fakes):
    loaded = []
    actor = PaintingActor(lambda name: loaded.append(name) or FakePack())
    actor.greet("fake")
    for name in ("one", "two"):
        steps, ending = painted(actor, task(name))
        assert (steps, ending.status, ending.reason) == ([0, 1, 2, 3], "done", "")
    assert loaded == ["fake"], "a pack is loaded once"


def test_a_worker_stops_before_the_next_step_when_asked_for_this_run(fakes):
    actor = PaintingActor(lambda name: FakePack())
    long = task("long", 250)
    steps = actor.paint(long)
    assert next(steps)[0].step == 0
    actor.stop("another")
    assert next(steps)[0].step == 1
    actor.stop(long.token)
    assert [ending.status for ending in steps] == ["stopped"]
    assert painted(actor, task("long"))[1].status == "done", "the same run again is another attempt"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"pack_hash": "another"}, "another model pack 'fake'"),
        ({"code_revision": "old"}, "another version of this program"),
        ({"measuring_revision": "old"}, "or of torch"),
    ],
)
def test_a_worker_refuses_what_it_would_paint_differently(fakes, changes, sentence):
    steps, ending = painted(PaintingActor(lambda name: FakePack()), task(**changes))
    assert steps == [] and ending.status == "failed" and sentence in ending.reason


def test_a_bug_on_a_worker_comes_back_with_its_traceback(fakes):
    def broken(*_: Any) -> None:
        raise KeyError("brush")

    fakes["pixels"] = broken
    _, ending = painted(PaintingActor(lambda name: FakePack()), task())
    assert (ending.status, ending.reason) == ("failed", "KeyError") and "in broken" in ending.trace


# The cluster


def test_asking_for_ray_without_having_it_is_one_sentence(monkeypatch):
    monkeypatch.setenv("RAY_AUTH_MODE", "token")  # or a token would be made for this whole process
    monkeypatch.setitem(sys.modules, "ray", None)
    install = "pip install -r core/service/cluster/requirements.txt"
    with pytest.raises(WorkersError, match=f"Ray is not installed; install it with `{install}`"):
        with connected("ray"):
            pass


@pytest.mark.parametrize("choice", ["nonsense", "ray://head:10001", "host:port", "", "a b:1"])
def test_workers_that_are_neither_are_refused_before_ray_is_loaded(choice, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(WorkersError, match="give ray for this machine alone, or HOST:PORT"):
        with connected(choice):
            pass


def test_a_slot_for_each_gpu_or_pair_of_cpus():
    def node(name: str, alive: bool = True, **resources: float) -> dict:
        return {"NodeID": name, "Alive": alive, "NodeManagerAddress": name, "Resources": resources}

    living = [node("a", CPU=5.0), node("b", CPU=1.0), node("c", CPU=16.0, GPU=2.0), node("d")]
    ray = types.SimpleNamespace(nodes=lambda: [*living, node("e", alive=False, CPU=8.0)])
    assert worker_slots(ray) == [
        *[WorkerSlot("a", "a", 2, 0)] * 2,
        WorkerSlot("b", "b", 1, 0),
        *[WorkerSlot("c", "c", 2, 1)] * 2,
    ]


class FakeRay:
    """As much of Ray as a WorkerPool uses. `ready`: answer → list of what it gives now; errors are raised."""

    def __init__(self):
        self.ready: dict[str, list] = {}
        self.killed: list[tuple[Any, bool]] = []
        names = ("OutOfMemoryError", "RaySystemError", "RuntimeEnvSetupError", "RayTaskError")
        base = type("RayError", (Exception,), {})
        errors = {name: type(name, (base,), {}) for name in names}
        self.exceptions = types.SimpleNamespace(RayError=base, **errors)

    def wait(self, answers: list, num_returns: int = 1, timeout: float | None = None) -> tuple[list, list]:
        return [answer for answer in answers if self.ready.get(str(answer))][:num_returns], []

    def get(self, answer: Any) -> Any:
        given = self.ready[str(answer)].pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    def kill(self, actor: Any, no_restart: bool = True) -> None:
        self.killed.append((actor, no_restart))


class FakeStream(str):
    """A stream whose references are itself."""

    def __next__(self) -> "FakeStream":
        return self


class FakeActor:
    """Its answers are called by the node and a count: the first is its greeting."""

    def __init__(self, node: str):
        self.node = node
        self.stopped: list[str] = []
        self._numbers = itertools.count(1)

    def __getattr__(self, name: str) -> Any:
        def remote(*arguments: Any) -> FakeStream:
            if name == "stop":
                self.stopped.append(arguments[0])
                return FakeStream()
            return FakeStream(f"{self.node}{next(self._numbers)}")

        return types.SimpleNamespace(options=lambda **_: types.SimpleNamespace(remote=remote))


class ListSource:
    """A RunSource over a list."""

    def __init__(self, *tasks: RunTask):
        self.tasks = list(tasks)
        self.received: list[tuple[str, Any]] = []
        self.unwanted: set[str] = set()

    def next_task(self) -> RunTask | None:
        return self.tasks.pop(0) if self.tasks else None

    def should_continue(self, run: RunTask) -> bool:
        return run.id not in self.unwanted

    def receive(self, run: RunTask, event: Any) -> None:
        self.received.append((run.id, event))


@pytest.fixture
def pool(monkeypatch) -> Iterator[WorkerPool]:
    """Two workers on the nodes a and b that are ready."""
    slots = [WorkerSlot("a", "a", 1, 0), WorkerSlot("b", "b", 1, 0)]
    monkeypatch.setattr(pool_module, "worker_slots", lambda ray: slots)
    monkeypatch.setattr(pool_module, "start_actor", lambda ray, slot, load: FakeActor(slot.node))
    made = WorkerPool(FakeRay(), "fake")
    made.poll(ListSource(), 0)
    assert made.free() == [], "nobody gets a run before the pack is loaded"
    made.ray.ready = {"a1": [("host", 1)], "b1": [("host", 2)]}
    made.poll(ListSource(), 0)
    assert len(made.free()) == 2
    return made


def test_a_lost_worker_is_noticed_and_gets_no_run_until_it_is_back(pool):
    source = ListSource(task("one"), task("two"), task("three"))
    pool.poll(source, 0)
    assert [run.id for run in pool.painted()] == ["one", "two"]
    pool.ray.ready = {"a2": [FRAME, pool.ray.exceptions.RayError("gone")], "b2": [RunEnding("done")]}
    pool.poll(source, 0)
    assert source.received[0] == ("one", FRAME) and source.received[2] == ("two", RunEnding("done"))
    name, lost = source.received[1]
    assert name == "one" and isinstance(lost, LostWorker) and "on a went away" in lost.reason
    pool.poll(source, 0)
    assert [(worker.slot.node, worker.task.id) for worker in pool.busy()] == [("b", "three")]
    pool.ray.ready = {"a3": [("host", 3)]}  # Ray has started it again
    pool.poll(source, 0)
    assert [worker.slot.node for worker in pool.free()] == ["a"] and pool.ray.killed == []


def test_a_worker_that_cannot_even_start_is_tried_again_later(pool):
    source = ListSource(task("one"))
    pool.poll(source, 0)
    pool.ray.ready = {"a2": [pool.ray.exceptions.RayError("gone")]}
    pool.poll(source, 0)
    pool.ray.ready = {"a3": [pool.ray.exceptions.RuntimeEnvSetupError("no disk")]}
    pool.poll(source, 0)
    assert [worker.slot.node for worker in pool.workers] == ["b"]
    pool._next_look = 0.0
    pool.poll(source, 0)
    assert [worker.slot.node for worker in pool.workers] == ["b", "a"]


def test_a_run_without_progress_is_lost_but_loading_may_take_long(pool):
    source = ListSource(task("one"), task("two"))
    pool.poll(source, 0)
    pool.hang_seconds = -1.0
    pool.ray.ready = {"b2": [FRAME]}  # the first frame: its models are loaded
    pool.poll(source, 0)
    assert [name for name, _ in source.received] == ["two", "two"]
    assert "made no progress" in source.received[1][1].reason
    assert [(actor.node, no_restart) for actor, no_restart in pool.ray.killed] == [("b", False)]


def test_an_unwanted_run_is_stopped_once(pool):
    source = ListSource(task("one"))
    pool.poll(source, 0)
    source.unwanted = {"one"}
    for _ in range(3):
        pool.poll(source, 0)
    (worker,) = pool.busy()
    assert worker.actor.stopped == [worker.task.token]


def test_one_fast_worker_does_not_keep_the_others_waiting(pool):
    source = ListSource(task("one"), task("two"))
    pool.poll(source, 0)
    pool.ray.ready = {"a2": [FRAME] * 100, "b2": [FRAME]}
    pool.poll(source, 0)
    assert [name for name, _ in source.received] == ["one"] * FRAMES_AT_ONCE + ["two"]


def test_a_cluster_that_is_gone_is_one_sentence(pool, monkeypatch):
    def gone(*_: Any, **__: Any) -> None:
        raise ConnectionError("closed")

    monkeypatch.setattr(pool.ray, "wait", gone)
    with pytest.raises(WorkersError, match=r"no longer answers \(ConnectionError\)"):
        pool.poll(ListSource(task()), 0)
