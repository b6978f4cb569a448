"""A running painter in a thread of its own, a few frames ahead of whoever takes them.

PyTorch leaves Python's interpreter lock while it computes, so several of these fill several cores. A painter
has its own random generator and its thread its own gradient mode, so the frames are the same bytes as without
threads.
"""

from __future__ import annotations

import queue
import threading

from core.base.frame import Frame
from core.painters.running import RunningPainter

FRAMES_AHEAD = 4
PATIENCE_SECONDS = 0.1  # between looks whether the frames are still wanted


class PaintingThread:
    """As `RunningPainter`, but `advance` usually finds the next frame made.

    Args:
        painter: advanced by the thread alone from here on.
    """

    def __init__(self, painter: RunningPainter) -> None:
        self.name = painter.name
        self.seconds = 0.0
        self.fraction = painter.fraction
        self._painter = painter
        self._made: queue.Queue[tuple[Frame | None, float, BaseException | None]] = queue.Queue(FRAMES_AHEAD)
        self._unwanted = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._paint, name=f"paint {painter.name}", daemon=True)
        self._thread.start()

    def advance(self) -> Frame | None:
        """The next Frame, or None once the painter has finished or failed; not for use after `close`.

        What the painter raised is raised once.
        """
        if self._ended:
            return None  # nothing more will come
        frame, self.seconds, error = self._made.get()
        self._ended = frame is None
        if error is not None:
            raise error
        if frame is not None:
            self.fraction = frame.step / frame.total
        return frame

    def close(self) -> None:
        """End without the remaining frames; returns once the step in hand has ended."""
        self._unwanted.set()
        self._thread.join()

    def _paint(self) -> None:
        frame: Frame | None
        while not self._unwanted.is_set():
            try:
                frame, error = self._painter.advance(), None
            except BaseException as raised:  # it is raised again where the frame is awaited
                frame, error = None, raised
            self._put(frame, error)
            if frame is None:
                return

    def _put(self, frame: Frame | None, error: BaseException | None) -> None:
        while not self._unwanted.is_set():
            try:
                self._made.put((frame, self._painter.seconds, error), timeout=PATIENCE_SECONDS)
                return
            except queue.Full:
                continue
