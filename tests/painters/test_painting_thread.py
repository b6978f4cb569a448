"""Painters in threads of their own: frames in order, errors where they are awaited, a prompt end."""

import threading

import numpy as np
import pytest

from core.base.errors import PainterError
from core.base.frame import Frame
from core.base.request import RunRequest
from core.painters.painting_thread import FRAMES_AHEAD, PaintingThread
from core.painters.running import RunningPainter
from tests.support.waiting import in_time

STEPS = 20


class Counting:
    """A painter whose picture is its step; may fail at one."""

    fails_at = None
    made = 0

    def __init__(self, models, target, settings, seed, extras=0, start=None):
        self.total = settings.steps

    def frames(self):
        for step in range(self.total + 1):
            if step == self.fails_at:
                raise FloatingPointError
            type(self).made += 1
            yield Frame("pixels", step, self.total, np.full((2, 2, 3), step, np.uint8))


@pytest.fixture
def painter():
    class Own(Counting):
        pass

    return Own


def started(painter):
    request = RunRequest.make("a fox", painters=("pixels",), pixels={"steps": STEPS})
    return PaintingThread(RunningPainter(painter, None, None, request, "pixels", 0))


def test_frames_come_in_order_and_none_is_missing(painter):
    thread = started(painter)
    assert thread.fraction < 0
    for step in range(STEPS + 1):
        frame = thread.advance()
        assert frame.step == step == frame.image[0, 0, 0]
        assert thread.fraction == step / STEPS
    for _ in range(2):
        assert in_time(thread.advance) is None
    assert thread.seconds > 0
    thread.close()


def test_an_error_is_raised_where_its_frame_is_awaited(painter):
    painter.fails_at = 3
    thread = started(painter)
    for _ in range(3):
        thread.advance()
    with pytest.raises(PainterError, match="Pixel ascent: .* at step 3 of 20.*Lower learning rate"):
        thread.advance()
    assert in_time(thread.advance) is None
    thread.close()


def test_it_waits_for_whoever_takes_its_frames_and_ends_when_they_are_not_wanted(painter):
    before = threading.active_count()
    thread = started(painter)
    thread.advance()
    thread.close()
    assert threading.active_count() == before
    assert painter.made <= 1 + FRAMES_AHEAD + 1  # taken, waiting, in hand
