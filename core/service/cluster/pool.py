"""The workers of a cluster, and the stream of frames from each run that is being painted.

Ray places the workers, restarts them when a process or node is lost, and carries the streams. Two things stay
ours: runs are handed out one by one, because the store's queue decides who is next and may be cancelled; and
a lost run starts again from its settings, because Ray would replay only the rest of its stream, and a run has
one machine's steps.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from core.base.errors import WorkersError
from core.base.frame import Frame, Measurement
from core.service.cluster.connection import WorkerSlot, start_actor, worker_slots
from core.service.cluster.remote_painter import RunEnding, RunTask
from core.service.supervisor import HANG_SECONDS, LOAD_SECONDS

NODE_CHECK_SECONDS = 2.0
UNREAD_FRAMES = 64  # a worker that is this far ahead of the store waits for it
FRAMES_AT_ONCE = 16  # read from one worker before the others get their turn


@dataclass
class PoolWorker:
    """One worker.

    Args:
        actor: Ray's handle of its PaintingActor.
        slot: where it was started.
        answer: what it will say next: its greeting (an ObjectRef), or the stream of its run; None while it is
            idle.
        task: the run that it paints.
        stopping: whether it was told to stop that run.
        since: when it last made progress, by the monotonic clock.
        loading: whether it may still be loading models, which takes long.
    """

    actor: Any
    slot: WorkerSlot
    answer: Any
    task: RunTask | None = None
    stopping: bool = False
    since: float = 0.0
    loading: bool = True


@dataclass(frozen=True)
class LostWorker:
    """A worker went away with its run; `reason` goes on after "the worker"."""

    reason: str


Event = tuple[Frame, Measurement] | RunEnding | LostWorker


class RunSource(Protocol):
    """Where runs come from and where their frames go."""

    def next_task(self) -> RunTask | None:
        """The next run, or None if none waits."""

    def should_continue(self, task: RunTask) -> bool:
        """Whether a run that is being painted should go on."""

    def receive(self, task: RunTask, event: Event) -> None:
        """Take in a frame with its measurement, how the run ended, or that its worker was lost."""


class WorkerPool:
    """Workers of a connected `ray`, see `core.service.cluster.connection.connected`. For one thread.

    Args:
        ray: the module.
        pack: what a worker loads before its first run.
        load: as for `core.service.cluster.remote_painter.PaintingActor`.
        log: receives news of workers.
        most: runs at the same time; as many as there are workers by default.
        hang_seconds: a run without a new frame for so long is lost.
    """

    def __init__(
        self,
        ray: Any,
        pack: str,
        load: Callable | None = None,
        log: Callable[[str], object] = lambda text: None,
        most: int | None = None,
        hang_seconds: float = HANG_SECONDS,
    ):
        self.ray = ray
        self.pack = pack
        self.load = load
        self.log = log
        self.most = most
        self.hang_seconds = hang_seconds
        self.workers: list[PoolWorker] = []
        self.slots: list[WorkerSlot] = []
        self._next_look = 0.0

    def poll(self, source: RunSource, seconds: float = 0.1) -> None:
        """Do everything once: start workers, hand out runs, stop some, receive. Waits at most so long for
        news.

        Raises:
            WorkersError: the cluster is gone. Whatever the source raises.
        """
        try:
            self._start_workers()
            while (free := self.free()) and (task := source.next_task()) is not None:
                self._begin(task, free[0])
            for worker in self.busy():
                self._stop_if_unwanted(worker, source)
            events = self._news(seconds)
        except (self.ray.exceptions.RayError, ConnectionError, RuntimeError) as error:
            raise WorkersError(f"The Ray cluster no longer answers ({type(error).__name__}).") from error
        for task, event in events:
            source.receive(task, event)

    def free(self) -> list[PoolWorker]:
        """Workers that may get a run now."""
        idle = [worker for worker in self.workers if worker.answer is None]
        return idle[: max(0, self.most - len(self.busy()))] if self.most else idle

    def busy(self) -> list[PoolWorker]:
        """Workers that are painting a run."""
        return [worker for worker in self.workers if worker.task is not None]

    def painted(self) -> list[RunTask]:
        """The runs that are being painted."""
        return [worker.task for worker in self.workers if worker.task is not None]

    def shut_down(self) -> None:
        """End every worker."""
        for worker in self.workers:
            with contextlib.suppress(Exception):  # it may be dead, and the cluster with it
                self.ray.kill(worker.actor)
        self.workers = []

    def _start_workers(self) -> None:
        """Start one for every slot that is new. Those of a lost node are counted: Ray starts them again
        elsewhere.
        """
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + NODE_CHECK_SECONDS
        self.slots = worker_slots(self.ray)
        taken = [worker.slot for worker in self.workers]
        for slot in self.slots:
            if slot in taken:
                taken.remove(slot)
            elif len(self.workers) < len(self.slots):
                worker = PoolWorker(start_actor(self.ray, slot, self.load), slot, None)
                self._greet(worker)
                self.workers.append(worker)

    def _greet(self, worker: PoolWorker) -> None:
        """Ask a worker to load the pack: answered as soon as it has started, or started again."""
        worker.task = None
        worker.answer = worker.actor.greet.options(max_task_retries=-1).remote(self.pack)

    def _begin(self, task: RunTask, worker: PoolWorker) -> None:
        worker.task = task
        worker.stopping = False
        worker.loading = True
        worker.since = time.monotonic()
        stream = {"num_returns": "streaming", "_generator_backpressure_num_objects": UNREAD_FRAMES}
        worker.answer = worker.actor.paint.options(**stream).remote(task)

    def _stop_if_unwanted(self, worker: PoolWorker, source: RunSource) -> None:
        if worker.task is None or worker.stopping or source.should_continue(worker.task):
            return
        worker.stopping = True
        worker.actor.stop.options(concurrency_group="control").remote(worker.task.token)

    def _news(self, seconds: float) -> list[tuple[RunTask, Event]]:
        """Wait for answers and take them in."""
        answers = [worker.answer for worker in self.workers if worker.answer is not None]
        if not answers:
            time.sleep(seconds)
            return []
        self.ray.wait(answers, timeout=seconds)
        return [event for worker in list(self.workers) for event in self._read(worker)]

    def _read(self, worker: PoolWorker) -> Iterator[tuple[RunTask, Event]]:
        """What one worker has to say now."""
        task = worker.task
        try:
            for _ in range(FRAMES_AT_ONCE):
                if worker.answer is None or not self.ray.wait([worker.answer], timeout=0)[0]:
                    break
                if task is None:
                    self._on_greeting(worker)
                else:
                    yield task, self._next_event(worker)
        except self.ray.exceptions.RayError as error:
            yield from self._on_lost(worker, _reason(self.ray, error))
        limit = LOAD_SECONDS if worker.loading else self.hang_seconds
        if worker.task is not None and time.monotonic() - worker.since > limit:
            self.ray.kill(worker.actor, no_restart=False)
            yield from self._on_lost(worker, f"made no progress for {limit:.0f} s")

    def _on_greeting(self, worker: PoolWorker) -> None:
        host, pid = self.ray.get(worker.answer)
        worker.answer = None
        self.log(f"A worker is ready on {host}, process {pid}.")

    def _next_event(self, worker: PoolWorker) -> Event:
        event = self.ray.get(next(worker.answer))
        worker.since = time.monotonic()
        worker.loading = False
        if isinstance(event, RunEnding):
            worker.answer = worker.task = None
        return event

    def _on_lost(self, worker: PoolWorker, reason: str) -> list[tuple[RunTask, Event]]:
        """Greet the worker that Ray starts in its place, unless it cannot even start."""
        task = worker.task
        self.log(f"The worker that was started on {worker.slot.host} {reason}.")
        if task is None:
            self.workers.remove(worker)  # another is tried at the next look at the nodes
            return []
        self._greet(worker)
        return [(task, LostWorker(f"on {worker.slot.host} {reason}"))]


def _reason(ray: Any, error: Exception) -> str:
    kinds = ray.exceptions
    if isinstance(error, kinds.OutOfMemoryError):
        return "had no memory left"
    if isinstance(error, kinds.RaySystemError | kinds.RuntimeEnvSetupError | kinds.RayTaskError):
        return f"cannot work ({' '.join(str(error).split())[-200:]})"
    return f"went away ({type(error).__name__})"


def no_room_text(choice: str) -> str:
    """A cluster on which nothing can be painted."""
    return f"The Ray cluster {choice} has neither a CPU nor a GPU for workers; add a node that has one."


def lost_text(times: int, reason: str, advice: str) -> str:
    """A run that was lost too often."""
    return f"Its worker was lost {times} times, the last one {reason}; {advice}."
