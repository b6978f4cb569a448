"""Rows are named by network; verdicts, gaps and bands go by who steered a painter and who was held out."""

import pytest

from core.measures.judge_gap import gap_band, role_gap
from core.measures.judge_sentences import NO_WITNESS
from core.measures.roles import by_role, measured_networks
from core.measures.verdict import described_turning_points, verdict, verdict_summary
from tests.measures.test_verdict import REFERENCE as TWO_JUDGES
from tests.measures.test_verdict import STORY, series

GAP = {"p5": -0.1, "p50": 0.0, "p95": 0.1, "p99": 0.15}
THREE = TWO_JUDGES | {
    "heldout": TWO_JUDGES["heldout"] | {"right": 0.883},
    "score": TWO_JUDGES["score"] | {"right": 0.971},
    "robust": {"p5": 0.2, "p50": 0.4, "p95": 0.5, "matched": 0.4, "mismatched": -0.1, "right": 0.859},
    "both": {"p5": 0.9, "p50": 1.0, "p95": 1.1, "matched": 1.0, "mismatched": 0.0},
    "gap": GAP,
    "gaps": {choice: GAP for choice in ("judge", "heldout", "both", "robust")},
}


def mirrored(rows):
    """The same run with the two judges' parts exchanged, on each other's cosines."""
    own, other = THREE["score"], THREE["heldout"]

    def onto(value, source, target):
        share = (value - source["mismatched"]) / (source["matched"] - source["mismatched"])
        return target["mismatched"] + share * (target["matched"] - target["mismatched"])

    return {
        painter: [
            row | {"score": onto(row["heldout"], other, own), "heldout": onto(row["score"], own, other)}
            for row in line
        ]
        for painter, line in rows.items()
    }


def following(choice, painters=STORY):
    return {painter: {"judge": choice} for painter in painters}


def test_swapped_roles_tell_the_same_story_of_the_other_judge():
    settings = following("heldout")
    judge, heldout, realism, turn = verdict(mirrored(STORY), THREE, settings)
    assert judge.startswith(
        "Pixel ascent ends with the highest score by the second judge, which steers here, 1.50 on the shared "
        "scale (0 unrelated, 1 matching): 95 of 100 reference pictures score at most"
    )
    assert heldout.startswith(
        "The first judge, held out in this run, disagrees: it prefers Guided diffusion, 1.00 against 0.20 "
        "for Pixel ascent"
    )
    assert "it gets the subject right in 97 of 100 real pictures" in heldout
    assert "and the first judge's score is lower than for 95 of 100" in heldout
    assert realism == verdict(STORY, THREE)[2]
    assert turn.startswith("From the start, Pixel ascent's score by the second judge rises from")
    assert "while the first judge's falls from" in turn and "(on the shared scale, " in turn


def test_the_usual_run_keeps_its_words_and_says_how_often_the_witness_is_right():
    heldout = verdict_summary(STORY, THREE, following("judge"))[1]
    assert heldout.startswith("The held-out judge, which no painter sees, disagrees")
    assert "it gets the subject right in 88 of 100 real pictures" in heldout
    assert by_role(STORY, THREE, following("judge")).rows == STORY


def test_a_witness_that_agrees_is_not_doubted_aloud():
    rows = {"pixels": series((0.1, 0.7), (0.1, 0.5), (0.1, 0.9))}
    (_, heldout, *_) = verdict(rows, THREE)
    assert "agrees" in heldout and "can be wrong" not in heldout and "wider" not in heldout


def test_a_painter_that_follows_both_is_compared_with_the_robust_judge_or_with_nobody():
    row = {"step": 4, "total": 4, "score": 0.7, "heldout": 0.25, "robust": 0.15, "realism": 0.5}
    settings = following("both", ["pixels"])
    found = by_role({"pixels": [row]}, THREE, settings)
    assert found.rows["pixels"][0]["score"] == pytest.approx(0.75)
    assert found.rows["pixels"][0]["heldout"] == pytest.approx(0.5)
    assert role_gap(row, {"judge": "both"}, THREE) == pytest.approx(0.25)
    without = {key: THREE[key] for key in ("score", "heldout", "realism", "gap")}
    start = row | {"step": 0}
    for reference in (without, None):
        sentences = verdict_summary({"pixels": [start, row | {"robust": None}]}, reference, settings)
        assert sentences[1] == NO_WITNESS
        assert described_turning_points({"pixels": [start, row | {"robust": None}]}, reference, settings)


def test_painters_with_roles_of_their_own_each_keep_theirs():
    settings = following("judge") | {"vqgan": {"judge": "heldout"}}
    rows = {"pixels": STORY["pixels"], "vqgan": mirrored(STORY)["vqgan"]}
    found = by_role(rows, THREE, settings)
    assert found.rows["pixels"][-1]["score"] == pytest.approx(1.5)
    assert found.rows["vqgan"][-1]["score"] == pytest.approx((0.8 - 0.1) / 0.6)
    assert found.references["pixels"]["score"]["p95"] == pytest.approx(1.25)
    assert found.references["vqgan"]["score"]["p95"] == pytest.approx(1.4)
    judge, heldout, *_ = verdict(rows, THREE, settings)
    assert "highest score by the judge that steers it, 1.50 on the shared scale" in judge
    assert heldout.startswith("The held-out judge, not the same one for every painter, disagrees: it")


def test_gaps_are_held_against_those_of_real_pictures_in_the_same_roles():
    reference = THREE | {"gaps": {"heldout": {**GAP, "p99": 0.3}}}
    assert gap_band({"judge": "heldout"}, reference)["p99"] == 0.3
    assert gap_band({"judge": "robust"}, reference) is None
    assert gap_band(None, {"gap": GAP}) == GAP and gap_band({"judge": "heldout"}, {"gap": GAP}) is None


def test_networks_are_those_that_measured():
    assert measured_networks(STORY) == ("score", "heldout")
    assert measured_networks({"pixels": [{"score": 0.1, "heldout": 0.1, "robust": 0.0}]})[-1] == "robust"


def test_one_witness_of_painters_that_follow_different_judges_is_named():
    settings = {"pixels": {"judge": "robust"}, "vqgan": {"judge": "judge"}}
    rows = {painter: [row | {"robust": 0.3} for row in STORY[painter]] for painter in settings}
    judge, heldout, *_ = verdict(rows, THREE, settings)
    assert "by the judge that steers it" in judge
    assert heldout.startswith("The second judge, held out in this run,")
