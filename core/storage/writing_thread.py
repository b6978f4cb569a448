"""A recorder that writes in a thread of its own, so that measuring need not wait for files and database."""

from __future__ import annotations

import queue
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from core.base.frame import Frame, Measurement, Recorder

FRAMES_BEHIND = 8  # at most: what would be lost if the process were killed


class WritingThread:
    """Use it in a `with`: at its end everything is written.

    The frames are written in the order in which they came. Once one cannot be written, neither are those
    behind it; the error is raised where the next one is recorded, or else at the end.

    Args:
        recorder: called by the thread alone from here on.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._waiting: queue.Queue[tuple[Frame, Measurement] | None] = queue.Queue(FRAMES_BEHIND)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._write, name="write frames", daemon=True)
        self._thread.start()

    def record(self, frame: Frame, measurement: Measurement) -> None:
        """Have a frame written. Raises what writing an earlier one raised."""
        if self._error is not None:
            raise self._error
        self._waiting.put((frame, measurement))

    def catch_up(self) -> None:
        """Return once every frame so far is written, or could not be."""
        self._waiting.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raises what writing raised, unless the block itself raised something."""
        self._waiting.put(None)
        self._thread.join()
        if error is None and self._error is not None:
            raise self._error

    def _write(self) -> None:
        while (step := self._waiting.get()) is not None:
            try:
                if self._error is None:
                    self._recorder.record(*step)
            except BaseException as error:  # it is raised again where frames are recorded
                self._error = error
            finally:
                self._waiting.task_done()
