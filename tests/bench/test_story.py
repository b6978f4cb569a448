"""The benchmarks count what happened, whatever it is."""

import dataclasses
import sys
import types

import numpy as np
import pytest

import core.execute
from core.__main__ import main
from core.base.errors import OutputError
from core.base.settings import PAINTERS
from core.bench import story, story_folder
from core.bench.default_run import default_run, default_run_text
from core.bench.story_report import story_text
from core.bench.story_shipped import write_story
from core.bench.story_summary import story_summary
from core.lesson.story_data import read_story, sheet_pictures
from core.lesson.story_setups import CELLS, SETUPS
from tests.support.fake_pack import FakePack, painters

COUNTS = ("above_median", "above_all", "highest", "lowest", "lowest_tied")
JUDGED = {"p5": 0.4, "p50": 0.7, "p95": 0.85, "matched": 0.7, "mismatched": 0.05}


def result(pixels, others, real, runs=2):
    """A finished story with the same (score, realism) in every run."""
    figures = {"pixels": pixels, "vqgan": others[0], "diffusion": others[1]}
    return {
        "pack": "tiny", "pack_hash": "ab" * 32, "prompts": 1, "seeds": runs, "seconds": 1.0,
        "reference": {"score": JUDGED, "heldout": JUDGED},
        "real": [{"prompt": "a", "score": s, "heldout": s, "realism": 0.9} for s in real],
        "runs": [
            {"setup": "judge-only", "prompt": "a", "seed": n, "painter": p, "score": s, "heldout": 0.1,
             "realism": r, "seconds": 1.0}
            for n in range(runs) for p, (s, r) in figures.items()
        ],
    }  # fmt: skip


def test_the_expected_story_is_counted():
    told = result((1.0, 0.0), ((0.8, 0.2), (0.7, 0.8)), (0.5, 0.6, 0.9))
    found = story_summary(told)
    assert {name: found["pixels"][name] for name in COUNTS} == dict(zip(COUNTS, (2, 2, 2, 2, 0), strict=True))
    assert [found["vqgan"][name] for name in ("above_median", "above_all", "lowest")] == [2, 0, 0]
    assert found["real"]["score"] == 0.6
    sentence = "in 2 of 2 runs, above every one of them in 2, and had the lowest realism of the three in 2."
    assert sentence in story_text(told)


def test_the_contrary_is_counted_too():
    told = result((0.5, 0.9), ((0.8, 0.2), (0.7, 0.2)), (0.6, 0.7))
    found = story_summary(told)
    assert all(found["pixels"][name] == 0 for name in COUNTS)
    assert (found["vqgan"]["lowest"], found["vqgan"]["lowest_tied"]) == (0, 2)
    sentence = "in 0 of 2 runs, above every one of them in 0, and had the lowest realism of the three in 0."
    assert sentence in story_text(told)


def test_a_shared_lowest_realism_is_said():
    assert "lowest realism of the three in 0 (and shared the lowest in 2 more)" in story_text(
        result((0.5, 0.1), ((0.8, 0.1), (0.7, 0.2)), (0.6,))
    )


@pytest.fixture
def fake(monkeypatch):
    classes = painters()
    monkeypatch.setattr(core.execute, "painter_classes", lambda: classes)
    pictures = types.SimpleNamespace(
        render=lambda scene, seed, size: np.full((size, size, 3), seed % 200, np.uint8)
    )
    monkeypatch.setattr(story, "renderer", pictures)
    pack = FakePack()
    pack.manifest = {"reference": {"score": JUDGED, "heldout": JUDGED}}
    return pack


AMOUNT = story.Amount(prompts=3, seeds=2, cells=1, real=4, seed=1, steps=2)


@pytest.fixture
def painted(fake, monkeypatch):
    """What is painted from here on: (prompt, seed, painters) of every call."""
    seen = []
    real = core.execute.execute

    def watched(request, *others, **named):
        seen.append((request.prompt, request.seed, request.painters))
        return real(request, *others, **named)

    monkeypatch.setattr(core.execute, "execute", watched)
    return seen


def test_story_paints_drawn_prompts_with_every_setup(fake):
    told = story.measure_story(fake, AMOUNT)
    of_terms = [row for row in told["runs"] if SETUPS[row["setup"]].is_terms]
    assert len({row["prompt"] for row in of_terms}) == 3
    assert (len(of_terms), len(told["real"])) == (3 * 2 * 3 * 3, 12)
    others = {f"{row['setup']}/{row['painter']}" for row in told["runs"]}
    assert {cell.condition for cell in CELLS} <= others
    assert {row["score"] for row in told["runs"]} == {1.0}  # the fakes end white: the last row is kept
    again = story.measure_story(fake, AMOUNT)
    other = story.measure_story(fake, dataclasses.replace(AMOUNT, seed=2))
    assert told["real"] == again["real"] and told["real"] != other["real"]
    assert len({row["score"] for row in told["real"]}) > 6  # different photographs


def test_the_same_painting_is_painted_once(fake, painted):
    told = story.measure_story(fake, dataclasses.replace(AMOUNT, prompts=1, seeds=1, cells=0))
    assert [painters for _, _, painters in painted] == [tuple(PAINTERS), tuple(PAINTERS), ("diffusion",)]
    by_setup = {(row["setup"], row["painter"]): row["picture"] for row in told["runs"]}
    assert by_setup["judge-only", "vqgan"] == by_setup["with-text", "vqgan"]
    assert by_setup["judge-only", "diffusion"] != by_setup["with-text", "diffusion"]


def test_a_story_goes_on_where_it_ended(fake, painted, tmp_path):
    whole = story.measure_story(fake, AMOUNT, folder=tmp_path)
    assert len(list((tmp_path / "frames").iterdir())) == len({row["picture"] for row in whole["runs"]}) + 12
    figures = tmp_path / story_folder.FIGURES
    lines = figures.read_text().splitlines(keepends=True)
    figures.write_text("".join(lines[:-1]) + lines[-1][:40])  # the power went off
    painted.clear()
    again = story.measure_story(fake, AMOUNT, folder=tmp_path)
    assert len(painted) == 1 and figures.read_text().count("\n") == len(lines)
    assert again["real"] == whole["real"]
    assert [row["picture"] for row in again["runs"]] == [row["picture"] for row in whole["runs"]]
    painted.clear()
    story.measure_story(fake, dataclasses.replace(AMOUNT, prompts=2), folder=tmp_path)
    assert painted == []


@pytest.mark.parametrize(("name", "words"), [("hash", "model pack"), ("MEASURING_REVISION", "measures")])
def test_figures_of_another_pack_or_code_are_not_mixed(fake, tmp_path, monkeypatch, name, words):
    story.measure_story(fake, dataclasses.replace(AMOUNT, cells=0), folder=tmp_path)
    if name == "hash":
        fake.hash = "another"
    else:
        monkeypatch.setattr(story, name, "another")
    with pytest.raises(OutputError, match=f"figures of another .*{words}.*now another.*empty folder"):
        story.measure_story(fake, AMOUNT, folder=tmp_path)


def test_what_is_finished_is_shipped(fake, tmp_path):
    fake.manifest["reference"] = {"score": JUDGED, "heldout": JUDGED}
    bench, out = tmp_path / "bench", tmp_path / "out"
    own = dataclasses.replace(AMOUNT, steps=None)
    story.measure_story(fake, own, folder=bench)
    written = write_story(bench, out)
    told = read_story(out)
    assert (told.prompts, told.cell_prompts, told.pack_hash) == (told.prompts, (0,), "fake-hash")
    assert len(told.prompts) == 3 and told.runs("with-text/diffusion") == 6
    assert {len(sheet_pictures(cell.condition, out)) for cell in CELLS} == {1}
    assert len(sheet_pictures("judge-only/vqgan", out)) == len(sheet_pictures("real", out)) == 3
    assert len(written) == len(list(out.iterdir()))

    figures = bench / story_folder.FIGURES  # as if the bench had been stopped within the last prompt
    figures.write_text("".join(figures.read_text().splitlines(keepends=True)[:-1]))
    write_story(bench, tmp_path / "less")
    less = read_story(tmp_path / "less")
    assert less.runs("judge-only/pixels") == less.runs("with-text/diffusion") == 5


def test_a_story_with_other_steps_is_not_shipped(fake, tmp_path):
    story.measure_story(fake, dataclasses.replace(AMOUNT, prompts=1), folder=tmp_path)
    with pytest.raises(OutputError, match="painted with --steps"):
        write_story(tmp_path, tmp_path / "out")
    with pytest.raises(OutputError, match="holds no story"):
        write_story(tmp_path / "nothing", tmp_path / "out")


def test_a_failed_default_run_is_reported(monkeypatch):
    found = default_run(" ", "miniature")
    assert found["status"] == 2 and found["painters"] == {}
    assert "exit status 2: Error: The prompt is empty" in default_run_text(found)
    if sys.platform.startswith("linux"):
        assert found["megabytes"] > 5


def test_default_run_text():
    found = {"status": 0, "seconds": 21.04, "megabytes": 812.4, "painters": {"pixels": 3.21}, "error": ""}
    assert default_run_text(found) == "whole process 21.0 s, peak memory 812 MB\nPixel ascent       3.2 s"
    assert "not told by this system" in default_run_text(found | {"megabytes": None})


@pytest.mark.parametrize("option", ["--prompts", "--seeds", "--real"])
def test_bad_numbers(option, capsys, monkeypatch):
    monkeypatch.setattr("core.packs.open_pack_limited", lambda name: None)
    assert main(["bench", "story", option, "0"]) == 2
    assert f"{option} is 0; it takes 1 or more." in capsys.readouterr().err
