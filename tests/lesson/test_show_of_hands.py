"""What a room is asked, what the run answers, and how agreement is counted."""

from collections import Counter
from types import SimpleNamespace

import pytest

from core.base.request import RunRequest
from core.lesson import show_of_hands
from core.lesson.show_of_hands import FALLS, RISES, STAYS, answers, questions, stronger_guidance
from core.storage.ballots import BLIND, PREDICTION

REQUEST = RunRequest.make("a red fox")


def row(score: float, heldout: float, realism: float, robust: float | None = None) -> SimpleNamespace:
    return SimpleNamespace(score=score, heldout=heldout, realism=realism, robust=robust)


LAST = {"pixels": row(0.9, 0.1, 0.0), "vqgan": row(0.8, 0.7, 0.2), "diffusion": row(0.85, 0.8, 0.8)}


def test_a_prediction_asks_about_ten_times_the_guidance_only_where_that_can_be_painted():
    assert [question.name for question in questions(PREDICTION, REQUEST)] == ["judge", "real", "guidance"]
    assert [question.name for question in questions(BLIND, REQUEST)] == ["real", "prompt"]
    stronger = stronger_guidance(REQUEST)
    assert stronger is not None and stronger.painters == ("diffusion",)
    before = REQUEST.settings["diffusion"].guidance_strength
    assert stronger.settings["diffusion"].guidance_strength == pytest.approx(10 * before)
    for request in (
        RunRequest.make("a red fox", painters=("pixels",)),
        RunRequest.make("a red fox", diffusion={"guidance_strength": 0.0}),
        RunRequest.make("a red fox", diffusion={"guidance_strength": 2.0}),
    ):
        assert stronger_guidance(request) is None
        assert "guidance" not in [question.name for question in questions(PREDICTION, request)]


def test_the_run_answers_what_was_asked():
    found = answers(PREDICTION, REQUEST, LAST, row(0.9, 0.2, 0.1))
    assert found == {"judge": ["pixels"], "real": ["diffusion"], "guidance": [FALLS]}
    assert answers(BLIND, REQUEST, LAST) == {"prompt": ["pixels"], "real": ["diffusion"]}
    for realism, word in ((0.95, RISES), (0.82, STAYS)):
        assert answers(PREDICTION, REQUEST, LAST, row(0, 0, realism))["guidance"] == [word]


def test_an_optimised_realism_answers_nothing():
    optimised = RunRequest.make("a red fox", pixels={"also_optimise": "S and K"})
    assert "real" not in answers(BLIND, optimised, LAST)


def test_agreement_counts_votes_for_what_a_measure_puts_first():
    tally = {"real": Counter(diffusion=7, vqgan=3), "prompt": Counter(diffusion=6, pixels=4)}
    found = {
        (one.question, one.measure): one for one in show_of_hands.agreements([(REQUEST, LAST, tally)] * 2)
    }
    assert set(found) == {("real", "realism"), ("prompt", "score"), ("prompt", "heldout")}, "no robust judge"
    real, judge, heldout = (found[key] for key in sorted(found, reverse=True))
    assert (real.agreeing, real.votes, real.ballots) == (14, 20, 2) and real.chance == pytest.approx(1 / 3)
    assert (judge.agreeing, judge.votes) == (8, 20) and (heldout.agreeing, heldout.votes) == (12, 20)
    assert show_of_hands.agreements([]) == []


def test_ties_and_ballots_without_votes_say_nothing_about_a_measure():
    tied = LAST | {"vqgan": row(0.9, 0.8, 0.8)}
    tally = {"real": Counter(diffusion=7), "prompt": Counter(pixels=1)}
    assert show_of_hands.agreements([(REQUEST, tied, tally), (REQUEST, LAST, {})]) == []


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    # The values of statsmodels (proportion_confint, method "wilson").
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962)],
)
def test_the_interval_is_wilson_s(successes, trials, low, high):
    assert show_of_hands.wilson_interval(successes, trials) == pytest.approx((low, high), abs=5e-5)
    assert show_of_hands.wilson_interval(0, 0) == (0.0, 1.0)
