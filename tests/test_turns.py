"""The moment a painter goes wrong: found where it is, and nowhere else."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from core.packs import read_manifest
from core.turns import turning_point

JUDGED = {"matched": 1.0, "mismatched": 0.0}  # so that rescaled figures are the cosines themselves
REFERENCE = {"score": JUDGED, "heldout": JUDGED}
STEPS = 100
RISING = np.linspace(0.2, 0.9, STEPS + 1)
FLAT = np.full(STEPS + 1, 0.4)
PEAK = np.interp(range(STEPS + 1), (0, 40, STEPS), (0.1, 0.8, 0.3))


def rows(score=RISING, heldout=FLAT, realism=FLAT):
    figures = zip(score, heldout, realism, strict=True)
    return [{"step": i, "score": s, "heldout": h, "realism": r} for i, (s, h, r) in enumerate(figures)]


@pytest.mark.parametrize("figure", ["realism", "heldout"])
def test_a_turn_is_where_the_figure_peaks_while_the_score_goes_on_rising(figure):
    found = turning_point(rows(**{figure: PEAK}), REFERENCE)
    assert (found.figure, found.start["step"], found.last["step"]) == (figure, 40, STEPS)
    assert found.fall == pytest.approx(0.5, abs=0.06)


def test_the_larger_fall_is_told():
    found = turning_point(rows(realism=PEAK, heldout=PEAK - 0.5 * (PEAK - 0.3)), REFERENCE)
    assert found.figure == "realism"


@pytest.mark.parametrize("seed", range(20))
def test_noise_moves_the_turn_but_little(seed):
    noise = np.random.default_rng(seed).normal(scale=0.03, size=(2, STEPS + 1))
    found = turning_point(rows(score=RISING + noise[0], realism=PEAK + noise[1]), REFERENCE)
    assert abs(found.start["step"] - 40) <= 8


def test_one_odd_step_is_no_turn():
    spike = FLAT.copy()
    spike[3] = 0.9
    assert turning_point(rows(realism=spike), REFERENCE) is None


def test_a_fall_that_is_made_good_is_no_turn():
    dip = np.interp(range(STEPS + 1), (0, 30, 60, STEPS), (0.6, 0.6, 0.2, 0.65))
    assert turning_point(rows(heldout=dip), REFERENCE) is None


def test_after_a_plateau_the_fall_begins_at_its_end():
    plateau = np.interp(range(STEPS + 1), (0, 10, 60, STEPS), (0.1, 0.81, 0.8, 0.2))
    assert abs(turning_point(rows(realism=plateau), REFERENCE).start["step"] - 60) <= 6


def test_a_steady_fall_begins_at_the_start():
    assert turning_point(rows(realism=np.linspace(0.8, 0.2, STEPS + 1)), REFERENCE).start["step"] == 0


@pytest.mark.parametrize(
    "score",
    [
        np.full(STEPS + 1, 0.9),
        np.linspace(0.9, 0.2, STEPS + 1),
        np.interp(range(STEPS + 1), (0, 70, STEPS), (0.2, 0.9, 0.5)),  # rises, then collapses
    ],
)
def test_both_must_part_ways(score):
    assert turning_point(rows(score=score, realism=PEAK), REFERENCE) is None


def test_it_begins_only_when_the_score_rises_again():
    score = np.interp(range(STEPS + 1), (0, 40, 60, STEPS), (0.2, 0.7, 0.3, 0.75))
    found = turning_point(rows(score=score, realism=PEAK), REFERENCE)
    assert 55 <= found.start["step"] <= 65


def test_a_fall_after_the_score_has_stopped_rising_is_no_turn():
    score = np.interp(range(STEPS + 1), (0, 50, STEPS), (0.2, 0.9, 0.9))
    plateau = np.interp(range(STEPS + 1), (0, 10, 60, STEPS), (0.1, 0.81, 0.8, 0.2))
    assert turning_point(rows(score=score, realism=plateau), REFERENCE) is None


def test_a_rise_that_reads_the_same_is_no_rise():
    almost = np.interp(range(STEPS + 1), (0, 40, STEPS), (0.2, 0.9, 0.909))
    assert turning_point(rows(score=almost, realism=PEAK), REFERENCE) is None


def test_the_last_steps_alone_decide_nothing():
    late = FLAT.copy()
    late[-5:] = 0.0
    assert turning_point(rows(realism=late), REFERENCE) is None


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_run_just_begun_has_no_turn(count):
    assert turning_point(rows(realism=np.linspace(0.9, 0, STEPS + 1))[:count], REFERENCE) is None


def test_the_shipped_example():
    """No painter turns: the static never was right, and the two priors hold the held-out judge to the end."""
    folder = Path(__file__).parent.parent / "core" / "packs" / "miniature" / "example"
    reference = read_manifest("miniature")["reference"]
    series = {}
    with open(folder / "metrics.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            figures = {key: float(row[key]) for key in ("score", "heldout", "realism")}
            assert all(map(math.isfinite, figures.values()))
            series.setdefault(row["painter"], []).append({"step": int(row["step"]), **figures})
    found = {painter: turning_point(lines, reference) for painter, lines in series.items()}
    assert found == {"pixels": None, "vqgan": None, "diffusion": None}
    # and it is not for want of trying: the judge's score rose by more than a real pair's distance in every one
    assert all(lines[-1]["score"] - lines[0]["score"] > 0.5 for lines in series.values())
