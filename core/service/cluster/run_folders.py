"""Runs of the command line on a cluster: each is recorded in a folder of its own, on this machine."""

from __future__ import annotations

import contextlib
from collections import Counter, deque
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any

from core.base.errors import OutputError, PainterError, WorkersError
from core.base.request import RunRequest
from core.base.vocabulary import check_any_word_known
from core.packs import pack_hash, read_manifest
from core.packs.support import check_supported
from core.service.cluster.connection import connected
from core.service.cluster.pool import Event, LostWorker, WorkerPool, lost_text, no_room_text
from core.service.cluster.remote_painter import RunEnding, RunTask
from core.storage.queue import MAX_INTERRUPTIONS
from core.storage.start_pictures import StartPictures


@dataclass(frozen=True)
class FolderRun:
    """One run to be painted.

    Args:
        request: what to paint.
        pack_hash: of its pack.
        open: makes a context of (recorder, the FolderRecorder below it); called again for another attempt.
        extras: as for `core.execute.execute`.
        starts: the pictures that it starts from.
    """

    request: RunRequest
    pack_hash: str
    open: Callable[[], AbstractContextManager[tuple[Any, Any]]]
    extras: int = 0
    starts: StartPictures | None = None


@dataclass(frozen=True)
class OpenFolder:
    """A run that is under way: its place in the list, what closes its folder, and who writes into it."""

    number: int
    stack: ExitStack
    recorder: Any
    folder: Any


def check_request(request: RunRequest) -> str:
    """The hash of a request's pack, which is read but not loaded.

    Raises:
        PackError. PromptError: no word of the prompt is known. SettingError: the pack lacks a judge.
    """
    manifest = read_manifest(request.pack)
    check_supported(request.settings, manifest)
    words = manifest.get("words")
    known = frozenset(words) if words else None
    check_any_word_known(request.prompt, known, manifest.get("examples", ()))
    return pack_hash(manifest)


def paint_on_cluster(
    runs: list[FolderRun],
    choice: str,
    should_stop: Callable[[], bool] = lambda: False,
    tell: Callable[[str], object] = lambda text: None,
    load: Callable | None = None,
) -> int:
    """Paint runs on the workers `choice` (see `connection.connected`). Returns how many are done.

    A run whose worker is lost starts again from its settings. When `should_stop` says so, those under way
    stop between two steps and no other begins.

    Args:
        tell: receives news of workers.
        load: as for `core.service.cluster.remote_painter.PaintingActor`.

    Raises:
        WorkersError, OutputError. PainterError: the first failure, after everything else was painted.
    """
    with connected(choice, tell) as ray, FolderRuns(runs, should_stop) as source:
        pool = WorkerPool(ray, runs[0].request.pack, load, tell)
        try:
            while source.unfinished():
                pool.poll(source)
                if not pool.slots:
                    raise WorkersError(no_room_text(choice))
        finally:
            pool.shut_down()
    if source.failures:
        raise PainterError(source.failures[0])
    return source.done


class FolderRuns:
    """A `core.service.cluster.pool.RunSource` over FolderRuns; a context that leaves no folder open."""

    def __init__(self, runs: list[FolderRun], should_stop: Callable[[], bool]):
        self.runs, self.should_stop = runs, should_stop
        self.waiting = deque(range(len(runs)))
        self.under_way: dict[str, OpenFolder] = {}  # task id → its folder
        self.lost: Counter[int] = Counter()
        self.done = 0
        self.failures: list[str] = []

    def __enter__(self) -> FolderRuns:
        return self

    def __exit__(self, *_: object) -> None:
        for task_id in list(self.under_way):
            with contextlib.suppress(OutputError):  # another error is on its way and says more
                self._close(task_id, "interrupted", "The command ended before this was painted.")

    def unfinished(self) -> bool:
        """Whether anything is under way or still to begin."""
        return bool(self.under_way or (self.waiting and not self.should_stop()))

    def next_task(self) -> RunTask | None:
        """The next run, its folder opened; or None."""
        if not self.waiting or self.should_stop():
            return None
        number = self.waiting.popleft()
        run, stack = self.runs[number], ExitStack()
        self.under_way[str(number)] = OpenFolder(number, stack, *stack.enter_context(run.open()))
        starts = run.starts.held(run.request.settings.values()) if run.starts else {}
        return RunTask(str(number), run.request, run.pack_hash, extras=run.extras, starts=starts)

    def should_continue(self, _task: RunTask) -> bool:
        """Whether a run should go on."""
        return not self.should_stop()

    def receive(self, task: RunTask, event: Event) -> None:
        """Record a frame or how the run ended. Raises OutputError."""
        if isinstance(event, LostWorker):
            self._start_over(task.id, event)
        elif isinstance(event, RunEnding):
            self._end(task.id, event)
        else:
            self.under_way[task.id].recorder.record(*event)

    def _end(self, task_id: str, ending: RunEnding) -> None:
        reason = ending.reason
        if ending.status == "failed":
            reason = f"Unexpected error on a worker: {ending.trace}" if ending.trace else reason
            self.failures.append(reason)
        elif ending.status == "stopped":
            reason = "Stopped from the keyboard."
        else:
            self.done += 1
        self._close(task_id, ending.status, reason)

    def _start_over(self, task_id: str, event: LostWorker) -> None:
        number = self.under_way[task_id].number
        self.lost[number] += 1
        if self.lost[number] <= MAX_INTERRUPTIONS and not self.should_stop():
            self._close(task_id, "interrupted", "Its worker was lost.")
            self.waiting.appendleft(number)
            return
        reason = lost_text(self.lost[number], event.reason, "run the command again")
        self.failures.append(reason)
        self._close(task_id, "failed", reason)

    def _close(self, task_id: str, status: str, reason: str) -> None:
        open_folder = self.under_way.pop(task_id)
        with open_folder.stack:
            open_folder.folder.finish(status, reason)
