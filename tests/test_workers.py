"""Painting elsewhere, without Ray: what a worker does, and who is noticed as lost."""

import sys
import types
from dataclasses import replace

import pytest

import core.runs
from core.errors import WorkersError
from core.settings import RunRequest
from core.workers import crew as crews
from core.workers.cluster import Place, connected, places
from core.workers.crew import Crew
from core.workers.station import MOST_WAITING, Batch, Ending, Order, Station
from tests.fake_pack import FakePack, painters


def request(steps=3, seed=0):
    return RunRequest.make("a red fox", seed=seed, pack="fake", painters=("pixels",), pixels={"steps": steps})


def order(name="one", steps=3, **changes):
    return replace(Order(name, request(steps), "fake-hash"), **changes)


@pytest.fixture
def fakes(monkeypatch):
    """Painters without torch; the test may change them."""
    made = painters()
    monkeypatch.setattr(core.runs, "painter_classes", lambda: made)
    monkeypatch.setenv("CTJP_THREADS", "1")  # a Station sets it
    return made


def whole(station, first, seconds=60.0):
    """All steps of a run, and its Ending."""
    batch, steps = first, []
    while True:
        steps += [frame.step for frame, _ in batch.records]
        if batch.ending:
            return steps, batch.ending
        batch = station.collect(seconds)


# A worker


def test_a_worker_paints_one_run_after_the_other(fakes):
    loaded = []
    station = Station(lambda name: loaded.append(name) or FakePack())
    station.warm("fake")
    for name in ("one", "two"):
        steps, ending = whole(station, station.begin(order(name), 60))
        assert (steps, ending.status, ending.reason) == ([0, 1, 2, 3], "done", "")
    assert loaded == ["fake"], "a pack is loaded once"


def test_a_worker_does_not_run_ahead_of_the_store_and_stops_when_asked(fakes):
    station = Station(lambda name: FakePack())
    station.begin(order("long", 250), 0)
    with station._news:
        assert station._news.wait_for(lambda: len(station._records) >= MOST_WAITING, 60)
        assert not station._news.wait_for(lambda: station._ending or len(station._records) > MOST_WAITING, 0.3)
    station.stop("another")
    assert not station._stop
    station.stop("long")
    steps, ending = whole(station, station.collect(60))
    assert ending.status == "stopped" and len(steps) <= MOST_WAITING + 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"pack_hash": "another"}, "another model pack 'fake'"), ({"code_revision": "old"}, "other code of the painters")],
)
def test_a_worker_refuses_what_it_would_paint_differently(fakes, changes, sentence):
    steps, ending = whole(station := Station(lambda name: FakePack()), station.begin(order(**changes), 60))
    assert steps == [] and ending.status == "failed" and sentence in ending.reason


def test_a_bug_on_a_worker_comes_back_with_its_traceback(fakes):
    def broken(*_):
        raise KeyError("brush")

    fakes["pixels"] = broken
    _, ending = whole(station := Station(lambda name: FakePack()), station.begin(order(), 60))
    assert (ending.status, ending.reason) == ("failed", "KeyError") and "in broken" in ending.trace


# The cluster


def test_asking_for_ray_without_having_it_is_one_sentence(monkeypatch):
    monkeypatch.setenv("RAY_AUTH_MODE", "token")  # or a token would be made for this whole process
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(WorkersError, match="Ray is not installed; install it with `pip install -r core/workers/requirements.txt`"):
        with connected("ray"):
            pass


@pytest.mark.parametrize("choice", ["nonsense", "ray://head:10001", "host:port", "", "a b:1"])
def test_workers_that_are_neither_are_refused_before_ray_is_loaded(choice, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(WorkersError, match="give ray for this machine alone, or HOST:PORT"):
        with connected(choice):
            pass


def test_a_place_for_each_gpu_or_pair_of_cpus():
    def node(name, alive=True, **resources):
        return {"NodeID": name, "Alive": alive, "NodeManagerAddress": name, "Resources": resources}

    nodes = [node("a", CPU=5.0), node("b", CPU=1.0), node("c", CPU=16.0, GPU=2.0), node("d"), node("e", alive=False, CPU=8.0)]
    ray = types.SimpleNamespace(nodes=lambda: nodes)
    assert places(ray) == [
        *[Place("a", "a", 2, 0)] * 2,
        Place("b", "b", 1, 0),
        *[Place("c", "c", 2, 1)] * 2,
    ]


class FakeRay:
    """As much of Ray as a Crew uses; an answer is ready when it is in `said`, and raises if it is an error there."""

    def __init__(self):
        self.said, self.killed = {}, []
        self.exceptions = types.SimpleNamespace(
            **{
                name: type(name, (Exception,), {})
                for name in ("OutOfMemoryError", "RaySystemError", "RuntimeEnvSetupError", "RayTaskError")
            }
        )
        self.exceptions.RayError = type("RayError", (Exception,), {})

    def wait(self, answers, num_returns=1, timeout=None):
        ready = [answer for answer in answers if answer in self.said]
        return ready[:num_returns], []

    def get(self, answer):
        if isinstance(said := self.said.pop(answer), Exception):
            raise said
        return said

    def kill(self, actor):
        self.killed.append(actor)


class FakeActor:
    """Its methods give their answers names: the actor's place and a count."""

    def __init__(self, place):
        self.place, self.calls, self.stopped = place, 0, []

    def __getattr__(self, name):
        def remote(*arguments):
            if name == "stop":
                self.stopped.append(arguments[0])
            self.calls += 1
            return f"{self.place.node}{self.calls}"

        return types.SimpleNamespace(remote=remote)


class ListDesk:
    def __init__(self, *orders):
        self.orders, self.heard, self.unwanted = list(orders), [], set()

    def take(self):
        return self.orders.pop(0) if self.orders else None

    def wants(self, order):
        return order.id not in self.unwanted

    def hear(self, order, event):
        self.heard.append((order.id, event))


@pytest.fixture
def crew(monkeypatch):
    """Two workers on the nodes a and b that are ready."""
    monkeypatch.setattr(crews, "places", lambda ray: [Place("a", "a", 1, 0), Place("b", "b", 1, 0)])
    monkeypatch.setattr(crews, "hire", lambda ray, place, load: FakeActor(place))
    made = Crew(FakeRay(), "fake")
    made.turn(ListDesk(), 0)
    made.ray.said = {"a1": ("host", 1), "b1": ("host", 2)}
    made.turn(ListDesk(), 0)
    assert len(made.free()) == 2
    return made


def test_a_lost_worker_is_noticed_and_its_run_goes_elsewhere(crew):
    desk = ListDesk(order("one"), order("two"), order("three"))
    crew.turn(desk, 0)
    assert [hired.order.id for hired in crew.busy()] == ["one", "two"]
    crew.ray.said = {"a2": crew.ray.exceptions.RayError("gone"), "b2": Batch([], Ending("done"), 1, False)}
    crew.turn(desk, 0)
    (first, lost), (second, batch) = desk.heard
    assert (first, lost.node, second, batch.ending.status) == ("one", "a", "two", "done") and "went away" in lost.why
    assert [hired.place.node for hired in crew.workers] == ["b"] and len(crew.ray.killed) == 1

    crew._pauses, crew._next_look = {}, 0.0
    crew.turn(ListDesk(), 0)
    crew.ray.said = {"a1": ("host", 3)}
    crew.turn(ListDesk(), 0)
    crew.turn(ListDesk(order("four", avoid="b")), 0)
    assert [hired.place.node for hired in crew.busy()] == ["a"]


def test_a_run_without_progress_is_lost_but_loading_may_take_long(crew):
    desk = ListDesk(order("one"), order("two"))
    crew.turn(desk, 0)
    crew.hang_seconds = -1.0
    for hired in crew.busy():
        hired.loading = hired.place.node == "a"
    crew.turn(desk, 0)
    assert [(name, lost.node) for name, lost in desk.heard] == [("two", "b")] and "made no progress" in desk.heard[0][1].why


def test_an_unwanted_run_is_stopped_once_and_again_if_it_goes_on(crew):
    desk = ListDesk(order("one"))
    crew.turn(desk, 0)
    desk.unwanted = {"one"}
    crew.turn(desk, 0)
    crew.turn(desk, 0)
    assert crew.busy()[0].actor.stopped == ["one"]
    crew.ray.said = {"a2": Batch([], None, 1, False)}
    crew.turn(desk, 0)
    assert crew.busy()[0].actor.stopped == ["one", "one"], "the first word may have overtaken the order"
