"""A recorder that writes in a thread of its own, so that measuring need not wait for files and database."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from core.base.frame import Frame, Measurement, Recorder

FRAMES_BEHIND = 8  # waiting at most, besides the one in hand: what would be lost if the process were killed
PATIENCE_SECONDS = 1.0  # between two calls of `while_waiting`


class WritingThread:
    """Use it in a `with`: at its end everything is written.

    The frames are written in the order in which they came. Once one cannot be written, neither are those
    behind it; the error is raised where the next one is recorded, or else at the end.

    Args:
        recorder: called by the thread alone from here on.
        while_waiting: called again and again while whoever records has to wait for the thread.
    """

    def __init__(self, recorder: Recorder, while_waiting: Callable[[], object] = lambda: None) -> None:
        self._recorder = recorder
        self._while_waiting = while_waiting
        self._waiting: queue.Queue[tuple[Frame, Measurement] | None] = queue.Queue(FRAMES_BEHIND)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._write, name="write frames", daemon=True)
        self._thread.start()

    def record(self, frame: Frame, measurement: Measurement) -> None:
        """Have a frame written. Raises what writing an earlier one raised."""
        if self._error is not None:
            raise self._error
        self._put((frame, measurement))

    def catch_up(self) -> None:
        """Return once every frame so far is written, or could not be."""
        while self._waiting.unfinished_tasks:
            with self._waiting.all_tasks_done:
                if self._waiting.unfinished_tasks:
                    self._waiting.all_tasks_done.wait(PATIENCE_SECONDS)
            self._while_waiting()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raises what writing raised, unless the block itself raised something."""
        self._put(None)
        while self._thread.is_alive():
            self._thread.join(PATIENCE_SECONDS)
            self._while_waiting()
        if error is None and self._error is not None:
            raise self._error

    def _put(self, step: tuple[Frame, Measurement] | None) -> None:
        while True:
            try:
                self._waiting.put(step, timeout=PATIENCE_SECONDS)
                return
            except queue.Full:
                self._while_waiting()

    def _write(self) -> None:
        while (step := self._waiting.get()) is not None:
            try:
                if self._error is None:
                    self._recorder.record(*step)
            except BaseException as error:  # it is raised again where frames are recorded
                self._error = error
            finally:
                self._waiting.task_done()
