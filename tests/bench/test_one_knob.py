"""What a changed knob costs is measured on that painter alone."""

import pytest

import core.execute
from core.base.request import RunRequest
from core.bench import one_knob
from core.bench.one_knob import KNOBS, WHOLE, changed_request, measure, rows_of
from core.bench.report import rows_that_fall_short
from tests.support.fake_pack import FakePack, painters


def test_only_the_painter_whose_knob_was_changed_paints(monkeypatch):
    painted = []

    def noted(base):
        class Noted(base):
            def frames(self):
                painted.append(self.name)
                return super().frames()

        return Noted

    classes = {name: noted(one) for name, one in painters().items()}
    monkeypatch.setattr(core.execute, "painter_classes", lambda: classes)
    seconds = measure("a red fox", "fake", lambda name: FakePack())
    assert painted == [*classes, *classes, *KNOBS], "to warm up, whole, and one at a time"
    assert set(seconds) == {WHOLE, *KNOBS} and all(value > 0 for value in seconds.values())


@pytest.mark.parametrize("painter", KNOBS)
def test_one_setting_of_one_painter_differs(painter):
    request = RunRequest.make("a red fox")
    changed = changed_request(request, painter)
    assert [name for name in KNOBS if changed.settings[name] != request.settings[name]] == [painter]


def test_a_figure_that_falls_short_is_said(monkeypatch):
    seconds = {WHOLE: 10.0, "pixels": 1.0, "vqgan": 9.0, "diffusion": 2.0}
    (short,) = rows_that_fall_short(rows_of(seconds))
    assert "VQGAN+CLIP" in short.name and short.note == "90% of the whole run"


def test_a_pack_that_is_not_there_is_said(tmp_path):
    (row,) = one_knob.one_knob_rows("a red fox", str(tmp_path / "none"))
    assert row.figure == "skipped" and row.note
