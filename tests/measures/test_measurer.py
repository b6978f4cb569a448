"""Frames measured together: the figures of each alone, the same groups whatever else is painted."""

import math

import numpy as np
import pytest

import core.execute
from core.base.frame import Frame
from core.base.request import RunRequest
from core.execute import execute
from core.measures.measurer import MOST_TOGETHER, Measurer, frames_together
from tests.support.fake_pack import FakePack, painters


@pytest.fixture
def pictures(tiny_pack):
    side = tiny_pack.size
    return np.random.default_rng(0).integers(0, 256, (5, side, side, 3), dtype=np.uint8)


def test_figures_of_several_frames_are_those_of_each_alone(tiny_pack, pictures):
    judges = {"score": tiny_pack.judge, "heldout": tiny_pack.heldout}
    measurer = Measurer("a red fox", judges, tiny_pack.realism)
    frames = [(Frame("pixels", i, 5, picture), float(i)) for i, picture in enumerate(pictures)]
    together = measurer.measure(frames)
    for frame, one in zip(frames, together, strict=True):
        (alone,) = measurer.measure([frame])
        assert one.seconds == alone.seconds
        for name in ("score", "heldout", "realism"):
            assert getattr(one, name) == pytest.approx(getattr(alone, name), abs=1e-5)
        assert one.components == pytest.approx(alone.components, abs=1e-5)
    assert len({one.score for one in together}) == 5


@pytest.mark.parametrize("total", [1, 2, 14, 20, 60, 100, 500])
def test_groups_start_alone_and_come_in_often_enough(total):
    sizes, step = [], 0
    while step <= total:
        sizes.append(frames_together(step, total, small_networks=True))
        step += sizes[-1]
    assert sizes[0] == 1
    assert max(sizes) <= min(MOST_TOGETHER, math.ceil(total / 15))
    assert {frames_together(step, total, small_networks=False) for step in range(total + 1)} == {1}


class Kept:
    def __init__(self):
        self.steps = []

    def record(self, frame, measurement):
        self.steps.append(frame.step)


def test_what_was_painted_before_an_error_is_measured_and_kept(monkeypatch):
    classes = painters()

    class Breaks(classes["pixels"]):
        def frames(self):
            for frame in super().frames():
                if frame.step == 7:  # the third of its group
                    raise ZeroDivisionError
                yield frame

    monkeypatch.setattr(core.execute, "painter_classes", lambda: classes | {"pixels": Breaks})
    monkeypatch.setattr(FakePack, "small_networks", True)
    request = RunRequest.make("a red fox", painters=("pixels",), pixels={"steps": 100})
    kept = Kept()
    with pytest.raises(ZeroDivisionError):
        execute(request, FakePack(), kept)
    assert kept.steps == list(range(7))
