"""The judge gap: one scale for both judges, and a limit that real pictures set."""

import numpy as np
import pytest

from core.measures.judge_gap import (
    DEFAULT_GAP_LIMIT,
    gap_beyond_real,
    gap_limit,
    gap_marked,
    judge_gap,
    reference_for,
    to_shared_scale,
    weighted_note,
)
from core.packs import read_manifest

REFERENCE = {
    "score": {"matched": 0.7, "mismatched": 0.1},
    "heldout": {"matched": 0.5, "mismatched": 0.0},
    "gap": {"p5": -0.1, "p50": 0.0, "p95": 0.1, "p99": 0.15},
}


def test_unrelated_is_zero_and_matching_one_for_either_judge():
    for name in ("score", "heldout"):
        assert to_shared_scale(REFERENCE[name]["mismatched"], REFERENCE[name]) == pytest.approx(0)
        assert to_shared_scale(REFERENCE[name]["matched"], REFERENCE[name]) == pytest.approx(1)
    assert to_shared_scale(1.0, REFERENCE["score"]) == pytest.approx(1.5)


def test_a_judge_that_tells_nothing_apart_gives_a_finite_figure():
    assert np.isfinite(to_shared_scale(0.3, {"matched": 0.2, "mismatched": 0.2}))


def test_the_gap_is_the_difference_on_that_scale_of_numbers_and_arrays():
    assert judge_gap(0.7, 0.5, REFERENCE) == pytest.approx(0)
    assert judge_gap(1.0, 0.1, REFERENCE) == pytest.approx(1.5 - 0.2)
    assert judge_gap(np.array([0.1, 0.7]), np.array([0.5, 0.0]), REFERENCE) == pytest.approx([-1, 1])


def test_beyond_real_is_a_test_against_the_99th_percentile():
    assert [gap_beyond_real(gap, REFERENCE) for gap in (-1, 0.14, 0.16)] == [False, False, True]
    assert gap_limit(REFERENCE) == 0.15


def test_a_gap_is_marked_only_where_the_held_out_judge_is_below_its_band_too():
    reference = REFERENCE | {"heldout": REFERENCE["heldout"] | {"p5": 0.35}}
    assert gap_beyond_real(judge_gap(1.0, 0.4, reference), reference), "both like it"
    assert [gap_marked(1.0, heldout, reference) for heldout in (0.4, 0.35, 0.3, None)] == [
        False, False, True, False
    ]  # fmt: skip
    assert not gap_marked(0.4, 0.3, reference), "low for both, and no wide gap"
    assert not gap_marked(1.0, -1.0, None)


def test_a_pack_that_measured_no_gap_accuses_nobody():
    unmeasured = {key: REFERENCE[key] for key in ("score", "heldout")}
    assert gap_limit(unmeasured) == DEFAULT_GAP_LIMIT
    assert not gap_beyond_real(5.0, unmeasured)


def test_the_shipped_pack_has_measured_its_own():
    reference = read_manifest("miniature")["reference"]
    band = reference["gap"]
    assert band["p5"] < band["p50"] < band["p95"] < band["p99"] < 0.3
    assert abs(band["p50"]) < 0.05  # rescaled by the same pictures: no judge is ahead on average


def test_reference_figures_measure_where_real_gaps_lie(tiny_pack):
    from core.training.evaluate import caption_cosines, percentiles, reference_figures
    from core.world.grammar import sample_scene
    from tests.conftest import smooth_picture

    rng = np.random.default_rng(0)
    pictures = np.stack([smooth_picture(rng) for _ in range(12)])
    scenes = [sample_scene(rng) for _ in pictures]
    reference = reference_figures(tiny_pack, pictures, scenes)
    own = [caption_cosines(judge, pictures, scenes)[0] for judge in (tiny_pack.judge, tiny_pack.heldout)]
    assert reference["gap"] == percentiles(judge_gap(*own, reference), (5, 50, 95, 99))
    assert reference["pictures"] == 12 and set(reference) == {
        "score",
        "heldout",
        "gap",
            "gaps",
            "both",
        "realism",
        "pictures",
    }
    assert reference["score"]["matched"] == pytest.approx(own[0].mean())


def test_a_weighted_prompt_is_compared_with_nothing_but_realism():
    bands = {"score": {}, "heldout": {}, "gap": {"p99": 0.2}, "realism": {"p5": 0.5}}
    assert reference_for("a red fox", bands) is bands
    assert reference_for("fox:2 | snow:-1", bands) == {"realism": {"p5": 0.5}}
    assert reference_for("fox:2 | snow:-1", None) is None
    assert judge_gap(0.5, 0.1, {"realism": {"p5": 0.5}}) is None
    assert "fox ×2, snow ×−1" in weighted_note("fox:2 | snow:-1")
    assert weighted_note("fox:2") == ""
