"""The moment a painter goes wrong: found where it is, and nowhere else."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from core.measures.turning_point import find_turning_point
from core.packs import read_manifest

JUDGED = {"matched": 1.0, "mismatched": 0.0}  # so that rescaled figures are the cosines themselves
REFERENCE = {"score": JUDGED, "heldout": JUDGED}
STEPS = 100
RISING = np.linspace(0.2, 0.9, STEPS + 1)
FLAT = np.full(STEPS + 1, 0.4)
PEAK = np.interp(range(STEPS + 1), (0, 40, STEPS), (0.1, 0.8, 0.3))


def rows(
    score: np.ndarray = RISING, heldout: np.ndarray = FLAT, realism: np.ndarray = FLAT
) -> list[dict[str, float]]:
    """A run's rows."""
    figures = zip(score, heldout, realism, strict=True)
    return [{"step": i, "score": s, "heldout": h, "realism": r} for i, (s, h, r) in enumerate(figures)]


@pytest.mark.parametrize("figure", ["realism", "heldout"])
def test_a_turn_is_where_the_figure_peaks_while_the_score_goes_on_rising(figure):
    found = find_turning_point(rows(**{figure: PEAK}), REFERENCE)
    assert (found.figure, found.last["step"]) == (figure, STEPS)
    assert abs(found.start["step"] - 40) <= 2
    assert found.fall == pytest.approx(0.5, abs=0.1)


def test_levels_before_and_after_are_medians_of_both():
    found = find_turning_point(rows(realism=PEAK), REFERENCE)
    assert found.before == pytest.approx((0.48, 0.76), abs=0.03)
    assert found.after == pytest.approx((0.87, 0.34), abs=0.03)
    odd = PEAK.copy()
    odd[[30, 41, 70, STEPS]] = 0.0, 0.0, 1.0, 1.0
    again = find_turning_point(rows(realism=odd), REFERENCE)
    assert again.before == pytest.approx(found.before, abs=0.02)
    assert again.after == pytest.approx(found.after, abs=0.02)


# As runs have them: cosines whose bands of real pictures are those of the shipped pack.
SHIPPED = read_manifest("miniature")["reference"]
X = np.arange(STEPS + 1)
SATURATED = 1.2 - np.exp(-X / 20)
SHAPES = {  # judge and held-out judge on the shared scale, realism; which falls
    "peak": (np.linspace(0.2, 1.2, STEPS + 1), np.full(STEPS + 1, 0.6), PEAK, "realism"),
    "plateau": (
        np.linspace(0.2, 1.2, STEPS + 1),
        np.full(STEPS + 1, 0.6),
        np.interp(X, (0, 10, 60, STEPS), (0.1, 0.81, 0.8, 0.2)),
        "realism",
    ),
    "held out": (SATURATED, np.interp(X, (0, 10, 30, STEPS), (0, 0.8, 0.3, 0.2)), FLAT, "heldout"),
    "decay": (SATURATED, FLAT, np.where(X < 5, X * 0.12, 0.6 * np.exp(-(X - 5) / 25)), "realism"),
    "no turn": (np.linspace(0.2, 1.2, STEPS + 1), np.linspace(0, 0.8, STEPS + 1), FLAT, None),
    "never anything": (np.linspace(0.2, 1.2, STEPS + 1), 0 * FLAT, 0 * FLAT + 0.02, None),
}


def shipped_rows(shape: str, noise: np.ndarray | float = 0.0) -> list[dict[str, float]]:
    """Rows of a shape in cosines; noise in shares of the band of real pictures, 3×STEPS+1."""
    *shared, realism, _ = SHAPES[shape]
    columns = []
    for number, (name, values) in enumerate(zip(("score", "heldout"), shared, strict=True)):
        band = SHIPPED[name]
        cosine = band["mismatched"] + values * (band["matched"] - band["mismatched"])
        columns.append(cosine + np.asarray(noise * np.ones((3, 1)))[number] * (band["p95"] - band["p5"]))
    band = SHIPPED["realism"]
    columns.append(realism + np.asarray(noise * np.ones((3, 1)))[2] * (band["p95"] - band["p5"]))
    return rows(*columns)


def place(series: list[dict[str, float]]) -> tuple[str | None, int]:
    """(the measure that falls, the step) of a turn; (None, 0) without one."""
    found = find_turning_point(series, SHIPPED)
    return (found.figure, found.start["step"]) if found else (None, 0)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(8))
def test_noise_of_a_tenth_of_the_band_does_not_move_it(shape, seed):
    noise = np.random.default_rng(seed).normal(scale=0.1, size=(3, STEPS + 1))
    figure, step = place(shipped_rows(shape))
    assert figure == SHAPES[shape][3]
    noisy = place(shipped_rows(shape, noise))
    assert noisy[0] == figure and abs(noisy[1] - step) <= STEPS / 10


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(8))
def test_dropped_frames_do_not_move_it(shape, seed):
    series = shipped_rows(shape)
    rng = np.random.default_rng(seed)
    kept = sorted({0, STEPS, *rng.choice(STEPS + 1, size=STEPS // (2 + seed % 2), replace=False).tolist()})
    figure, step = place(series)
    fewer = place([series[i] for i in kept])
    assert fewer[0] == figure and abs(fewer[1] - step) <= STEPS / 10


def test_the_larger_fall_is_told():
    found = find_turning_point(rows(realism=PEAK, heldout=PEAK - 0.5 * (PEAK - 0.3)), REFERENCE)
    assert found.figure == "realism"


@pytest.mark.parametrize("seed", range(20))
def test_noise_moves_the_turn_but_little(seed):
    noise = np.random.default_rng(seed).normal(scale=0.03, size=(2, STEPS + 1))
    found = find_turning_point(rows(score=RISING + noise[0], realism=PEAK + noise[1]), REFERENCE)
    assert abs(found.start["step"] - 40) <= 10


def test_one_odd_step_is_no_turn():
    spike = FLAT.copy()
    spike[3] = 0.9
    assert find_turning_point(rows(realism=spike), REFERENCE) is None


def test_a_fall_that_is_made_good_is_no_turn():
    dip = np.interp(range(STEPS + 1), (0, 30, 60, STEPS), (0.6, 0.6, 0.2, 0.65))
    assert find_turning_point(rows(heldout=dip), REFERENCE) is None


def test_after_a_plateau_the_fall_begins_at_its_end():
    plateau = np.interp(range(STEPS + 1), (0, 10, 60, STEPS), (0.1, 0.81, 0.8, 0.2))
    assert abs(find_turning_point(rows(realism=plateau), REFERENCE).start["step"] - 60) <= 6


def test_a_steady_fall_begins_at_the_start():
    assert find_turning_point(rows(realism=np.linspace(0.8, 0.2, STEPS + 1)), REFERENCE).start["step"] == 0


@pytest.mark.parametrize(
    "score",
    [
        np.full(STEPS + 1, 0.9),
        np.linspace(0.9, 0.2, STEPS + 1),
        np.interp(range(STEPS + 1), (0, 70, STEPS), (0.2, 0.9, 0.5)),  # rises, then collapses
    ],
)
def test_both_must_part_ways(score):
    assert find_turning_point(rows(score=score, realism=PEAK), REFERENCE) is None


def test_it_begins_only_when_the_score_rises_again():
    score = np.interp(range(STEPS + 1), (0, 40, 60, STEPS), (0.2, 0.7, 0.3, 0.75))
    found = find_turning_point(rows(score=score, realism=PEAK), REFERENCE)
    assert 55 <= found.start["step"] <= 65


def test_a_fall_after_the_score_has_stopped_rising_is_no_turn():
    score = np.interp(range(STEPS + 1), (0, 50, STEPS), (0.2, 0.9, 0.9))
    plateau = np.interp(range(STEPS + 1), (0, 10, 60, STEPS), (0.1, 0.81, 0.8, 0.2))
    assert find_turning_point(rows(score=score, realism=plateau), REFERENCE) is None


def test_a_rise_that_reads_the_same_is_no_rise():
    almost = np.interp(range(STEPS + 1), (0, 40, STEPS), (0.2, 0.9, 0.909))
    assert find_turning_point(rows(score=almost, realism=PEAK), REFERENCE) is None


def test_the_last_steps_alone_decide_nothing():
    late = FLAT.copy()
    late[-5:] = 0.0
    assert find_turning_point(rows(realism=late), REFERENCE) is None


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_run_just_begun_has_no_turn(count):
    assert find_turning_point(rows(realism=np.linspace(0.9, 0, STEPS + 1))[:count], REFERENCE) is None


def test_the_shipped_example():
    """In every painter the judge's score rose by more than half a real pair's distance, and a turn lies
    inside the run.
    """
    folder = Path(__file__).parents[2] / "core" / "packs" / "miniature" / "example"
    reference = read_manifest("miniature")["reference"]
    span = reference["score"]["matched"] - reference["score"]["mismatched"]
    series = {}
    with open(folder / "metrics.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            figures = {key: float(row[key]) for key in ("score", "heldout", "realism")}
            assert all(map(math.isfinite, figures.values()))
            series.setdefault(row["painter"], []).append({"step": int(row["step"]), **figures})
    assert list(series) and set(series) == {"pixels", "vqgan", "diffusion"}
    for lines in series.values():
        assert lines[-1]["score"] - lines[0]["score"] > span / 2
        turn = find_turning_point(lines, reference)
        assert turn is None or 0 < turn.start["step"] < lines[-1]["step"]
