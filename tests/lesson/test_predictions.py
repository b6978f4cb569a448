"""Predict first: what a run answers, and what is asked."""

from types import SimpleNamespace

import pytest

from core.base.settings import painter_settings
from core.lesson import predictions

REFERENCE = {"score": {"p5": 0.2, "p95": 0.6}, "realism": {"p5": 0.5, "p95": 0.9}}


def row(score: float, realism: float) -> SimpleNamespace:
    return SimpleNamespace(score=score, realism=realism)


@pytest.mark.parametrize(
    ("value", "where"), [(0.1, "below"), (0.2, "within"), (0.6, "within"), (0.61, "above")]
)
def test_a_figure_lies_below_within_or_above_the_band(value, where):
    assert predictions.band_position(value, REFERENCE["score"]) == where


def test_a_run_answers_for_every_painter_and_names_the_best():
    found = predictions.prediction_answers({"diffusion": row(0.5, 0.95), "pixels": row(0.9, 0.02)}, REFERENCE)
    assert list(found["painters"]) == ["pixels", "diffusion"]
    assert found["painters"]["pixels"]["score"] == {"value": 0.9, "place": "above"}
    assert found["painters"]["pixels"]["realism"]["place"] == "below"
    # more typical than most is not a place of its own
    assert found["painters"]["diffusion"]["realism"]["place"] == "within"
    assert found["best"] == ["diffusion"]


def test_painters_that_read_the_same_share_the_first_place():
    found = predictions.prediction_answers(
        {"pixels": row(0.9, 0.601), "vqgan": row(0.5, 0.604), "diffusion": row(0.5, 0.5)}, REFERENCE
    )
    assert found["best"] == ["pixels", "vqgan"]


def test_realism_that_was_climbed_answers_nothing():
    settings = {"pixels": painter_settings("pixels", {"also_optimise": "S"})}
    found = predictions.prediction_answers(
        {"pixels": row(0.9, 0.99), "vqgan": row(0.5, 0.1)}, REFERENCE, settings
    )
    assert set(found["painters"]["pixels"]) == {"score"}
    assert found["best"] == ["vqgan"]


def test_only_painters_that_are_switched_on_are_asked_about():
    asked = predictions.questions(["diffusion", "pixels"], REFERENCE)
    assert [painter["name"] for painter in asked["painters"]] == ["pixels", "diffusion"]
    assert [(figure["name"], figure["band"]) for figure in asked["figures"]] == [
        ("score", [0.2, 0.6]),
        ("realism", [0.5, 0.9]),
    ]


def test_a_judge_s_figures_are_asked_and_answered_on_the_shared_scale():
    reference = {**REFERENCE, "score": {"p5": 0.2, "p95": 0.6, "matched": 0.4, "mismatched": 0.0}}
    score, realism = predictions.questions(["pixels"], reference)["figures"]
    assert score["band"] == pytest.approx([0.5, 1.5]) and score["scale"].startswith("shared scale")
    assert realism["band"] == [0.5, 0.9] and realism["scale"] == ""
    found = predictions.prediction_answers({"pixels": row(0.9, 0.02)}, reference)["painters"]["pixels"]
    assert found["score"] == {"value": pytest.approx(2.25), "place": "above"}
