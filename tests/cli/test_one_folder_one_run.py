"""A folder takes one run at a time, also from two commands at once, and only one that somebody named."""

import json

import pytest

import core.exports.figure
import core.packs
from core.__main__ import main
from core.base.images import encode_png
from tests.support.fake_pack import FakePack, FakePainter, painters


@pytest.fixture
def run(monkeypatch, tiny_pack, tmp_path):
    """A function (prompt, *options) → exit status of a run of two steps into one folder, `run.out`."""
    out = tmp_path / "out"

    def command(prompt, *options):
        steps = ["--painters", "pixels", "--steps", "2", "--pack", str(tiny_pack.folder)]
        return main(["run", "--prompt", prompt, "--out", str(out), *steps, *options])

    monkeypatch.setattr(core.packs, "open_pack_limited", lambda name: FakePack())
    monkeypatch.setattr(
        core.exports.figure, "figure_png", lambda sheet: encode_png(next(iter(sheet.images.values())))
    )
    monkeypatch.setattr(core.execute, "painter_classes", painters)
    command.out = out
    return command


def held(out):
    return json.loads((out / "run.json").read_text())


@pytest.mark.parametrize("second", [("a red fox", "--force"), ("a blue fox", "--force"), ("a red fox",)])
def test_a_second_command_leaves_a_folder_alone_that_is_being_painted_into(run, second, monkeypatch, capsys):
    class Disturbed(FakePainter):
        def frames(self):
            for frame in super().frames():
                if frame.step == 1:
                    assert run(*second) == 2
                yield frame

    disturbed = type("pixels", (Disturbed,), {"name": "pixels"})
    monkeypatch.setattr(core.execute, "painter_classes", lambda: painters(pixels=disturbed))
    assert run("a red fox") == 0
    assert f"Another command is painting into {run.out} now." in capsys.readouterr().err
    assert held(run.out)["prompt"] == "a red fox" and held(run.out)["status"] == "done"
    assert len((run.out / "metrics.csv").read_text().splitlines()) == 4
    assert sorted(path.name for path in run.out.iterdir()) == [
        *("figure.png", "frames", "metrics.csv", "run.json")
    ]


def test_extras_are_not_added_to_a_folder_that_is_being_painted_into(run, monkeypatch, capsys):
    assert run("a red fox") == 0
    statuses = []

    class Disturbed(FakePainter):
        def frames(self):
            for frame in super().frames():
                statuses.append(main(["extras", str(run.out)]))
                yield frame

    disturbed = type("pixels", (Disturbed,), {"name": "pixels"})
    monkeypatch.setattr(core.execute, "painter_classes", lambda: painters(pixels=disturbed))
    assert run("a red fox", "--force") == 0
    assert set(statuses) == {2} and f"painting into {run.out} now" in capsys.readouterr().err
    monkeypatch.setattr(core.execute, "painter_classes", painters)
    assert main(["extras", str(run.out)]) == 0


def test_a_run_that_another_command_painted_meanwhile_is_not_replaced(run, monkeypatch, capsys):
    def slowly(name):
        monkeypatch.setattr(core.packs, "open_pack_limited", lambda name: FakePack())
        assert run("a red fox") == 0  # while this one is still loading its models
        return FakePack()

    monkeypatch.setattr(core.packs, "open_pack_limited", slowly)
    assert run("a blue fox") == 2
    assert "already holds another run" in capsys.readouterr().err
    assert held(run.out)["prompt"] == "a red fox"
    assert run("a blue fox", "--force") == 0 and held(run.out)["prompt"] == "a blue fox"


def test_the_rest_of_a_killed_command_is_in_nobodys_way(run):
    run.out.mkdir()
    (run.out / ".painting.lock").touch()
    assert run("a red fox") == 0


@pytest.mark.parametrize(
    "command",
    [
        ["run", "--prompt", "fox", "--out", ""],
        ["sweep", "--prompt", "fox", "--painter", "pixels", "--x", "cutouts=1,2", "--out", " "],
        ["export", "some", "--as", "csv", "--out", ""],
        ["rank", "--prompt", "fox", ""],
        ["figure", ""],
        ["extras", ""],
        ["backup", ""],
        ["backup", "copy", "--store", ""],
    ],
    ids=" ".join,
)
def test_an_empty_name_is_no_folder(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(command) == 2
    assert "the name is empty" in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_the_current_folder_is_called_so(run, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run("a red fox", "--out", ".") == 0
    assert capsys.readouterr().out.endswith("figure.png in the current folder.\n")
