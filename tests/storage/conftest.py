"""Painters that note what they paint."""

import threading

import pytest

import core.execute
from core.service.heartbeat import Heartbeat
from core.service.painter_loop import PainterLoop
from tests.support.fake_pack import FakePack, painters


@pytest.fixture
def painted(monkeypatch):
    """(painter, step) of every frame that is computed, in order; a function in `at` is called before one."""
    frames, at = [], {}

    def noted(base):
        class Noted(base):
            def frames(self):
                for frame in super().frames():
                    at.pop((frame.painter, frame.step), lambda: None)()
                    frames.append((frame.painter, frame.step))
                    yield frame

        return Noted

    classes = {name: noted(one) for name, one in painters().items()}
    monkeypatch.setattr(core.execute, "painter_classes", lambda: classes)
    frames_and_at = frames, at
    return frames_and_at


@pytest.fixture
def loop(runs):
    return PainterLoop(runs, Heartbeat(runs, "w"), threading.Event(), lambda name: FakePack())
