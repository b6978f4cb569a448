"""`sweep`: a grid of runs from the command line, which goes on where it was."""

import csv
import subprocess
import sys

import pytest

from core.__main__ import main
from core.base.images import read_image
from core.base.machine import torch_threads
from tests.conftest import EXAMPLES
from tests.support.serving import ROOT


def run_command(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "core", "sweep", *arguments], cwd=ROOT, capture_output=True, text=True
    )
    return done.returncode, done.stderr.strip()


@pytest.fixture
def sweep(capsys):
    """Runs the command in this process; returns (exit status, text on stderr)."""
    with torch_threads():
        yield lambda *arguments: (main(["sweep", *arguments]), capsys.readouterr().err.strip())


def test_the_command_paints_a_grid_and_goes_on_where_it_was(tiny_pack, tmp_path, sweep):
    out = tmp_path / "out"
    command = [
        *("--prompt", EXAMPLES[0], "--painter", "pixels", "--x", "cutouts=1,2", "--y", "canvas=raw,fourier"),
        *("--set", "steps=2", "--pack", str(tiny_pack.folder), "--out", str(out)),
    ]
    assert run_command(*command) == (0, "")
    folders = sorted(path.name for path in out.iterdir() if path.is_dir())
    assert folders == ["00-1-raw", "01-2-raw", "02-1-fourier", "03-2-fourier"]
    with open(out / "sweep.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [(line["cutouts"], line["canvas"], line["status"]) for line in lines] == [
        *(("1", "raw", "done"), ("2", "raw", "done"), ("1", "fourier", "done"), ("2", "fourier", "done"))
    ]
    assert all(float(line["score"]) <= 1 for line in lines)
    grid = read_image(out / "sweep.png")
    assert grid.shape[0] > 600 and grid.std() > 10
    before = (out / "00-1-raw" / "metrics.csv").stat().st_mtime_ns
    (out / "03-2-fourier" / "run.json").unlink()
    assert sweep(*command)[0] == 2, "a folder with a run's files and without its description is left alone"
    assert sweep(*command, "--force") == (0, "")
    assert (out / "00-1-raw" / "metrics.csv").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--x", "cutouts=1,99"], "it takes 1 to 64"),
        (["--x", "cutouts"], "NAME=VALUE"),
        (["--x", "brush=1"], "unknown axis"),
        (["--x", "cutouts=1,2", "--set", "brush=1"], "unknown setting 'brush'"),
        (["--x", "cutouts=1", "--painter", "rembrandt"], "Unknown painter"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_folder(tmp_path, sweep, options, sentence):
    status, text = sweep(
        "--prompt", "a red fox", "--painter", "pixels", *options, "--out", str(tmp_path / "out")
    )
    assert status == 2 and text.startswith("Error: ") and "\n" not in text and sentence in text
    assert not (tmp_path / "out").exists()
