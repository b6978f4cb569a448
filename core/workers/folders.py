"""Runs of the command line on a cluster: each is recorded in a folder of its own, on this machine."""

import contextlib
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import OutputError, PainterError, WorkersError
from core.packs import pack_hash, read_manifest
from core.queue import MAX_INTERRUPTIONS
from core.settings import RunRequest
from core.words import check_known
from core.workers.cluster import connected
from core.workers.crew import Crew, Lost
from core.workers.station import Order


@dataclass(frozen=True)
class Job:
    """One run to be painted.

    Args:
        request: core.settings.RunRequest.
        pack_hash: of its pack.
        open: makes a context of (recorder, core.folder.FolderRecorder below it); called again for another attempt.
        extras: as for `core.runs.execute`.
    """

    request: RunRequest
    pack_hash: str
    open: Callable
    extras: int = 0


def ready(request):
    """The hash of a request's pack, which is read but not loaded. Raises PackError; PromptError if no word is known."""
    manifest = read_manifest(request.pack)
    if words := manifest.get("words"):
        check_known(request.prompt, frozenset(words), manifest.get("examples", ()))
    return pack_hash(manifest)


def paint(jobs, choice, should_stop=lambda: False, tell=lambda text: None, load=None):
    """Paint Jobs on the workers `choice` (see `core.workers.cluster.connected`). Returns how many are done.

    A run whose worker is lost starts again from its settings; when `should_stop` says so, those under way stop between
    two steps and no other begins.

    Args:
        tell: function of one text; hears of workers that come and go.
        load: as for `core.workers.station.Station`.

    Raises:
        WorkersError, OutputError. PainterError: the first failure, after everything else was painted.
    """
    with connected(choice, tell) as ray, Folders(jobs, should_stop) as desk:
        crew = Crew(ray, jobs[0].request.pack, load, tell)
        try:
            while desk.left():
                crew.turn(desk)
                if not crew.places:
                    raise WorkersError(f"The Ray cluster {choice} has neither a CPU nor a GPU; add a node that has.")
        finally:
            crew.dismiss()
    if desk.failures:
        raise PainterError(desk.failures[0])
    return desk.done


class Folders:
    """A `core.workers.crew.Desk` over Jobs; a context that leaves no folder open."""

    def __init__(self, jobs, should_stop):
        self.jobs, self.should_stop = jobs, should_stop
        self.waiting, self.under_way = deque(range(len(jobs))), {}  # order id → (place, stack, recorder, folder)
        self.lost, self.avoid = Counter(), {}
        self.done, self.failures = 0, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for order_id in list(self.under_way):
            with contextlib.suppress(OutputError):  # another error is on its way and says more
                self._close(order_id, "interrupted", "The command ended before this was painted.")

    def left(self):
        """Whether anything is under way or to be begun."""
        return bool(self.under_way or (self.waiting and not self.should_stop()))

    def take(self):
        """The next Job as an Order, its folder opened; or None."""
        if not self.waiting or self.should_stop():
            return None
        place = self.waiting.popleft()
        job, stack = self.jobs[place], contextlib.ExitStack()
        recorder, folder = stack.enter_context(job.open())
        self.under_way[str(place)] = (place, stack, recorder, folder)
        return Order(str(place), job.request, job.pack_hash, extras=job.extras, avoid=self.avoid.get(place, ""))

    def wants(self, _order):
        """Whether a run should go on."""
        return not self.should_stop()

    def hear(self, order, event):
        """Record what a worker has painted. Raises OutputError."""
        place, _, recorder, _ = self.under_way[order.id]
        if isinstance(event, Lost):
            self._again(order.id, place, event)
            return
        for frame, measurement in event.records:
            recorder.record(frame, measurement)
        if event.ending is None:
            return
        if event.ending.status == "failed":
            reason = event.ending.reason if not event.ending.trace else f"Unexpected error on a worker: {event.ending.trace}"
            self.failures.append(reason)
            self._close(order.id, "failed", reason)
        else:
            self.done += event.ending.status == "done"
            self._close(order.id, event.ending.status, "Stopped from the keyboard." if event.ending.status == "stopped" else "")

    def _again(self, order_id, place, event):
        self.lost[place] += 1
        self.avoid[place] = event.node
        if self.lost[place] <= MAX_INTERRUPTIONS and not self.should_stop():
            self._close(order_id, "interrupted", "Its worker was lost.")
            self.waiting.appendleft(place)
            return
        reason = f"The worker of this run was lost {self.lost[place]} times, the last one {event.why}; run the command again."
        self.failures.append(reason)
        self._close(order_id, "failed", reason)

    def _close(self, order_id, status, reason):
        _, stack, _, folder = self.under_way.pop(order_id)
        with stack:
            folder.finish(status, reason)
