"""Schedules, budgets and checkpoints; the recipe's lanes; weights in parts."""

import tarfile

import numpy as np
import pytest
import torch

from core.training import stages, whole
from core.training.common import Budget, Session, schedule
from core.training.data import load_split
from core.training.stages import Options


def test_the_schedule_rises_holds_and_falls():
    rates = [schedule(step, step / 1000) for step in range(1000)]
    assert rates[0] == pytest.approx(0.01) and rates[150] == rates[600] == 1.0
    assert rates[-1] == pytest.approx(0.02) and rates[850] == pytest.approx(0.5, abs=0.01)


def test_a_budget_ends_by_steps_or_by_the_clock():
    assert Budget(10).progress(5) == 0.5 and Budget(10).progress(10) == 1.0
    timed = Budget(minutes=1000)
    timed.start()
    assert 0 <= timed.progress(10**6) < 0.01
    over = Budget(minutes=-1)
    over.start()
    assert over.progress(0) >= 1
    with pytest.raises(ValueError, match="either steps or minutes"):
        Budget()


def test_a_training_that_lost_its_numbers_goes_back(tmp_path, capsys):
    model = torch.nn.Linear(1, 1)
    session = Session(tmp_path / "x.pt", Budget(3), {"model": model})
    values = []
    for step in session:
        if step == 1:
            model.weight.data.fill_(float("nan"))
        session.note(loss=float(model.weight))
        values.append(float(model.weight))
    assert values[0] == values[1] == values[2] and np.isfinite(values).all()
    assert "back to the last good weights" in capsys.readouterr().out


def test_a_stage_that_fails_takes_no_other_down(monkeypatch, tmp_path, capsys):
    done = []

    def run(stage, options, minutes):
        if stage == "eyes":
            raise RuntimeError("out of memory")
        done.append(stage)
        return None, Session(tmp_path / "x.pt", Budget(1), {})

    monkeypatch.setattr(stages, "run", run)
    whole.lane({"eyes": 0.2, "referee": 0.5}, Options(tmp_path, tmp_path), 0.0, 1.0)
    printed = capsys.readouterr().out
    assert done == ["referee"] and "eyes failed" in printed and "out of memory" in printed


def test_all_weights_come_back_in_parts(monkeypatch, tmp_path):
    monkeypatch.setattr(whole, "PART", 1000)
    work = tmp_path / "work"
    out = tmp_path / "out"
    work.mkdir()
    contents = {"judge.safetensors": bytes(2500), "judge.json": b"{}", "sheet.jpg": b"picture"}
    for name, content in {**contents, "judge.pt": b"optimiser"}.items():
        (work / name).write_bytes(content)
    whole.bundle(work, out)
    parts = sorted(out.iterdir())
    assert len(parts) > 3 and all(part.stat().st_size <= 1000 for part in parts)
    (tmp_path / "all.tar").write_bytes(b"".join(part.read_bytes() for part in parts))
    with tarfile.open(tmp_path / "all.tar") as tar:
        assert {name: tar.extractfile(name).read() for name in tar.getnames()} == contents


def test_missing_pictures_are_named_with_the_command_that_renders_them(tmp_path):
    with pytest.raises(FileNotFoundError, match="python -m core train world"):
        load_split(tmp_path, "train")
