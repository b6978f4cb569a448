"""What a changed knob costs is measured on that painter alone."""

import pytest

import core.execute
from core.__main__ import main
from core.base.request import RunRequest
from core.bench import default_run, one_knob
from core.bench.default_run import cold_row
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
    assert row.ok is False and "none" in row.note


def test_a_whole_run_that_takes_too_long_is_said():
    quick = dict.fromkeys(KNOBS, 1.0)
    (short,) = rows_that_fall_short([cold_row({"seconds": 15.1}), *rows_of({WHOLE: 10.0, **quick})])
    assert "fresh process" in short.name
    (short,) = rows_that_fall_short([cold_row({"seconds": 15.0}), *rows_of({WHOLE: 10.1, **quick})])
    assert "warm process" in short.name


@pytest.mark.parametrize(("warm", "status"), [(9.0, 0), (11.0, 1)])
def test_the_command_prints_both_and_ends_with_1_where_one_falls_short(warm, status, monkeypatch, capsys):
    run = {"status": 0, "seconds": 14.0, "megabytes": 900.0, "painters": {"pixels": 2.0}, "error": ""}
    monkeypatch.setattr(default_run, "default_run", lambda prompt, pack: run)
    seconds = {WHOLE: warm, **dict.fromkeys(KNOBS, 1.0)}
    monkeypatch.setattr(one_knob, "one_knob_rows", lambda prompt, pack: rows_of(seconds))
    assert main(["bench", "run"]) == status
    said = capsys.readouterr().out
    assert "whole process 14.0 s" in said
    assert [line.split()[0] for line in said.splitlines() if " ≤ " in line] == ["run"] * 2 + ["knob"] * 3
