"""The benchmarks count what happened, whatever it is."""

import sys
import types

import numpy as np
import pytest

import core.benchmarks as benchmarks
import core.runs
import core.world
from core.__main__ import main
from core.settings import PAINTERS
from tests.fake_pack import FakePack, painters

JUDGED = {"p5": 0.4, "p50": 0.7, "p95": 0.85, "matched": 0.7, "mismatched": 0.05}


def result(pixels, others, real, runs=2):
    """A finished story with the same (score, realism) in every run."""
    figures = {"pixels": pixels, "vqgan": others[0], "diffusion": others[1]}
    return {
        "pack": "tiny", "pack_hash": "ab" * 32, "prompts": 1, "seeds": runs, "seconds": 1.0,
        "reference": {"score": JUDGED, "heldout": JUDGED},
        "real": [{"prompt": "a", "score": s, "heldout": s, "realism": 0.9} for s in real],
        "runs": [
            {"prompt": "a", "seed": n, "painter": p, "score": s, "heldout": 0.1, "realism": r, "seconds": 1.0}
            for n in range(runs) for p, (s, r) in figures.items()
        ],
    }  # fmt: skip


def test_the_expected_story_is_counted():
    told = result((1.0, 0.0), ((0.8, 0.2), (0.7, 0.8)), (0.5, 0.6, 0.9))
    found = benchmarks.summary(told)
    assert {k: found["pixels"][k] for k in ("above_median", "above_all", "highest", "lowest", "lowest_tied")} == {
        "above_median": 2, "above_all": 2, "highest": 2, "lowest": 2, "lowest_tied": 0
    }  # fmt: skip
    assert (found["vqgan"]["above_median"], found["vqgan"]["above_all"], found["vqgan"]["lowest"]) == (2, 0, 0)
    assert found["real"]["score"] == 0.6
    assert "in 2 of 2 runs, above every one of them in 2, and had the lowest realism of the three in 2." in benchmarks.story_text(told)


def test_the_contrary_is_counted_too():
    told = result((0.5, 0.9), ((0.8, 0.2), (0.7, 0.2)), (0.6, 0.7))
    found = benchmarks.summary(told)
    assert all(found["pixels"][k] == 0 for k in ("above_median", "above_all", "highest", "lowest", "lowest_tied"))
    assert (found["vqgan"]["lowest"], found["vqgan"]["lowest_tied"]) == (0, 2)
    assert "in 0 of 2 runs, above every one of them in 0, and had the lowest realism of the three in 0." in benchmarks.story_text(told)


def test_a_shared_lowest_realism_is_said():
    assert "lowest realism of the three in 0 (and shared the lowest in 2 more)" in benchmarks.story_text(
        result((0.5, 0.1), ((0.8, 0.1), (0.7, 0.2)), (0.6,))
    )


@pytest.fixture
def fake(monkeypatch):
    classes = painters()
    monkeypatch.setattr(core.runs, "painter_classes", lambda: classes)
    pictures = types.SimpleNamespace(render=lambda scene, seed, size: np.full((size, size, 3), seed % 200, np.uint8))
    monkeypatch.setitem(sys.modules, "core.world.renderer", pictures)
    monkeypatch.setattr(core.world, "renderer", pictures, raising=False)
    pack = FakePack()
    pack.manifest = {"reference": {"score": JUDGED, "heldout": JUDGED}}
    return pack


def test_story_paints_drawn_prompts_with_every_painter_and_seed(fake):
    settings = {p: {"steps": 2} for p in PAINTERS}
    told = benchmarks.story(fake, prompts=3, seeds=2, real=4, seed=1, settings=settings)
    assert len({row["prompt"] for row in told["runs"]}) == 3 and len(told["runs"]) == 3 * 2 * 3 and len(told["real"]) == 12
    assert {row["score"] for row in told["runs"]} == {1.0}  # the fakes end white: the last row is kept
    again = benchmarks.story(fake, prompts=3, seeds=2, real=4, seed=1, settings=settings)
    other = benchmarks.story(fake, prompts=3, seeds=2, real=4, seed=2, settings=settings)
    assert told["real"] == again["real"] and told["real"] != other["real"]
    assert len({row["score"] for row in told["real"]}) > 6  # different photographs


def test_a_failed_default_run_is_reported(monkeypatch):
    found = benchmarks.default_run(" ", "miniature")
    assert found["status"] == 2 and found["painters"] == {}
    assert "exit status 2: Error: The prompt is empty" in benchmarks.default_run_text(found)
    if sys.platform.startswith("linux"):
        assert found["megabytes"] > 5


def test_default_run_text():
    found = {"status": 0, "seconds": 21.04, "megabytes": 812.4, "painters": {"pixels": 3.21}, "error": ""}
    assert benchmarks.default_run_text(found) == "whole process 21.0 s, peak memory 812 MB\nPixel ascent       3.2 s"
    assert "not told by this system" in benchmarks.default_run_text(found | {"megabytes": None})


@pytest.mark.parametrize("option", ["--prompts", "--seeds", "--real"])
def test_bad_numbers(option, capsys, monkeypatch):
    monkeypatch.setattr("core.commands.open_pack_limited", lambda name: None)
    assert main(["bench", "story", option, "0"]) == 2
    assert f"{option} is 0; it takes 1 or more." in capsys.readouterr().err
