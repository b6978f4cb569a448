"""Frames are written behind the back of whoever measures, in order, and no error is lost."""

import threading

import numpy as np
import pytest

from core.base.errors import OutputError
from core.base.frame import Frame, Measurement
from core.storage.writing_thread import FRAMES_BEHIND, WritingThread

MEASUREMENT = Measurement(0.0, 0.0, 0.0, 0.0)
PATIENCE = 30.0


def frame(step):
    return Frame("pixels", step, 100, np.zeros((1, 1, 3), np.uint8))


class Slow:
    """A recorder that writes a frame only once it is allowed to; step `broken` cannot be written."""

    def __init__(self, broken=None):
        self.allowed, self.steps, self.broken = threading.Event(), [], broken

    def record(self, frame, measurement):
        assert self.allowed.wait(PATIENCE)
        if frame.step == self.broken:
            raise OutputError("no space")
        self.steps.append(frame.step)


def test_nobody_waits_for_a_slow_disk_and_all_is_written_in_order_at_the_end():
    slow = Slow()
    with WritingThread(slow) as recorder:
        for step in range(FRAMES_BEHIND):
            recorder.record(frame(step), MEASUREMENT)
        assert slow.steps == []
        slow.allowed.set()
        for step in range(FRAMES_BEHIND, 30):
            recorder.record(frame(step), MEASUREMENT)
    assert slow.steps == list(range(30))


def test_a_few_frames_at_most_are_not_yet_written():
    slow = Slow()
    with WritingThread(slow) as recorder:
        given = []

        def give():
            for step in range(FRAMES_BEHIND + 5):
                recorder.record(frame(step), MEASUREMENT)
                given.append(step)

        giver = threading.Thread(target=give)
        giver.start()
        giver.join(0.5)
        assert giver.is_alive() and len(given) <= FRAMES_BEHIND + 1  # one is in hand
        slow.allowed.set()
        giver.join(PATIENCE)
    assert len(slow.steps) == FRAMES_BEHIND + 5


def test_whoever_catches_up_finds_all_frames_so_far():
    slow = Slow()
    slow.allowed.set()
    with WritingThread(slow) as recorder:
        for step in range(5):
            recorder.record(frame(step), MEASUREMENT)
        recorder.catch_up()
        assert slow.steps == list(range(5))


def test_what_cannot_be_written_ends_the_run_and_nothing_follows_it():
    broken = Slow(broken=2)
    broken.allowed.set()
    with pytest.raises(OutputError, match="no space"), WritingThread(broken) as recorder:
        for step in range(4):
            recorder.record(frame(step), MEASUREMENT)
            recorder.catch_up()
        pytest.fail("the error is raised where the next frame is recorded")
    assert broken.steps == [0, 1]


def test_an_error_in_the_last_frame_is_raised_at_the_end():
    broken = Slow(broken=1)
    with pytest.raises(OutputError, match="no space"), WritingThread(broken) as recorder:
        recorder.record(frame(0), MEASUREMENT)
        recorder.record(frame(1), MEASUREMENT)
        broken.allowed.set()


def test_after_an_error_of_the_painter_the_frames_before_it_are_kept():
    slow = Slow()
    with pytest.raises(ZeroDivisionError), WritingThread(slow) as recorder:
        recorder.record(frame(0), MEASUREMENT)
        slow.allowed.set()
        raise ZeroDivisionError
    assert slow.steps == [0]
