"""The workers of a cluster: hires one wherever there is room, hands out orders, hears what comes back, notices who is lost."""

import contextlib
import time
from dataclasses import dataclass
from typing import Protocol

from core.errors import WorkersError
from core.supervisor import HANG_SECONDS, LOAD_SECONDS
from core.workers.cluster import Place, hire, places
from core.workers.station import Order

ANSWER_SECONDS = 1.0  # a worker without news answers after so long
LOOK_SECONDS = 2.0
LONGEST_PAUSE = 60.0


@dataclass
class Worker:
    """One hired worker; `answer` is what it will say next, an ObjectRef or None."""

    actor: object
    place: Place
    answer: object
    ready: bool = False
    order: Order | None = None
    stopping: bool = False
    loading: bool = True
    ticks: int = -1
    since: float = 0.0


@dataclass(frozen=True)
class Lost:
    """The worker went away with its run; `why` goes on after "the worker on …"."""

    node: str
    why: str


class Desk(Protocol):
    """Where runs come from and where their frames go."""

    def take(self) -> Order | None:
        """The next run, or None if none waits."""

    def wants(self, order: Order) -> bool:
        """Whether a run that is being painted should go on."""

    def hear(self, order: Order, event) -> None:
        """Take in a Batch, or Lost."""


class Crew:
    """Workers of a connected `ray`, see `core.workers.cluster.connected`. For one thread.

    Args:
        ray: the module.
        pack: what a worker loads before its first run.
        load: as for Station.
        log: function of one text.
        most: orders at the same time; as many as there are workers by default.
        hang_seconds: a run without progress for so long is lost.
    """

    def __init__(self, ray, pack, load=None, log=lambda text: None, most=None, hang_seconds=HANG_SECONDS):
        self.ray, self.pack, self.load, self.log, self.most = ray, pack, load, log, most
        self.hang_seconds = hang_seconds
        self.workers, self.places = [], []
        self._next_look, self._pauses = 0.0, {}  # node → (failures in a row, not before)

    def turn(self, desk, seconds=0.1):
        """Everything once: hire, hand out, stop, hear. Waits at most so long for news.

        Raises:
            WorkersError: the cluster is gone. Whatever the desk raises.
        """
        try:
            self._look()
            while (free := self.free()) and (order := desk.take()) is not None:
                self._begin(order, free)
            for worker in self.busy():
                if not worker.stopping and not desk.wants(worker.order):
                    worker.stopping = True
                    worker.actor.stop.remote(worker.order.id)
            events = self._collect(seconds)
        except (self.ray.exceptions.RayError, ConnectionError, RuntimeError) as error:
            raise WorkersError(f"The Ray cluster does not answer any more ({type(error).__name__}).") from error
        for order, event in events:
            desk.hear(order, event)

    def free(self):
        """Workers that may get an order now."""
        idle = [worker for worker in self.workers if worker.ready and worker.order is None]
        return idle[: max(0, self.most - len(self.busy()))] if self.most else idle

    def busy(self):
        """Workers with an order."""
        return [worker for worker in self.workers if worker.order is not None]

    def dismiss(self):
        """Let every worker go."""
        for worker in self.workers:
            self._kill(worker)
        self.workers = []

    def _look(self):
        """Hire where there is room: on a new node, or in the place of a lost worker."""
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + LOOK_SECONDS
        self.places = places(self.ray)
        taken = [worker.place for worker in self.workers]
        for place in self.places:
            if place in taken:
                taken.remove(place)
            elif now >= self._pauses.get(place.node, (0, 0.0))[1]:
                actor = hire(self.ray, place, self.load)
                self.workers.append(Worker(actor, place, actor.warm.remote(self.pack), since=now))

    def _begin(self, order, free):
        """Hand an order to a free worker, elsewhere than where it was lost if there is a choice."""
        worker = min(free, key=lambda worker: worker.place.node == order.avoid)
        worker.order, worker.stopping, worker.ticks, worker.since = order, False, -1, time.monotonic()
        worker.answer = worker.actor.begin.remote(order, ANSWER_SECONDS)

    def _collect(self, seconds):
        """Wait for answers; list of (Order, Batch or Lost)."""
        answers = [worker.answer for worker in self.workers if worker.answer is not None]
        if not answers:
            time.sleep(seconds)
            return []
        self.ray.wait(answers, timeout=seconds)
        ready = set(self.ray.wait(answers, num_returns=len(answers), timeout=0)[0])
        events = []
        for worker in [worker for worker in self.workers if worker.answer in ready]:
            try:
                said = self.ray.get(worker.answer)
            except self.ray.exceptions.RayError as error:
                events += self._lose(worker, _why(self.ray, error))
            else:
                events += self._hear(worker, said)
        now = time.monotonic()
        for worker in self.busy():
            limit = LOAD_SECONDS if worker.loading else self.hang_seconds
            if now - worker.since > limit:
                events += self._lose(worker, f"made no progress for {limit:.0f} s")
        return events

    def _hear(self, worker, said):
        if not worker.ready:
            host, pid = said
            self.log(f"A worker is ready on {host} ({worker.place.host}), process {pid}.")
            worker.ready, worker.answer = True, None
            self._pauses.pop(worker.place.node, None)
            return []
        order = worker.order
        if said.ticks != worker.ticks or said.records:
            worker.ticks, worker.since = said.ticks, time.monotonic()
        worker.loading = said.loading
        if said.ending is None:
            if worker.stopping:  # again: calls may overtake one another, and the first came to nothing before the order itself
                worker.actor.stop.remote(order.id)
            worker.answer = worker.actor.collect.remote(ANSWER_SECONDS)
        else:
            worker.answer = worker.order = None
        return [(order, said)]

    def _lose(self, worker, why):
        self.log(f"The worker on {worker.place.host} {why}.")
        self._kill(worker)
        self.workers.remove(worker)
        failures = self._pauses.get(worker.place.node, (0, 0.0))[0] + 1
        self._pauses[worker.place.node] = (failures, time.monotonic() + min(LONGEST_PAUSE, 2.0**failures))
        return [(worker.order, Lost(worker.place.node, f"on {worker.place.host} {why}"))] if worker.order else []

    def _kill(self, worker):
        with contextlib.suppress(Exception):  # it may be dead, and the cluster with it
            self.ray.kill(worker.actor)


def _why(ray, error):
    kinds = ray.exceptions
    if isinstance(error, kinds.OutOfMemoryError):
        return "had no memory left"
    if isinstance(error, kinds.RaySystemError | kinds.RuntimeEnvSetupError | kinds.RayTaskError):
        return f"cannot work ({' '.join(str(error).split())[-200:]})"
    return f"went away ({type(error).__name__})"
