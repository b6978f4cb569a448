"""The verdict says what the figures say, also when they contradict the expected story."""

from types import SimpleNamespace

import pytest

from core.gap import rescale
from core.settings import DiffusionSettings
from core.turns import turning_point
from core.verdict import turns, verdict

REFERENCE = {
    "score": {"p5": 0.4, "p50": 0.7, "p95": 0.85, "matched": 0.7, "mismatched": 0.1},
    "heldout": {"p5": 0.3, "p50": 0.5, "p95": 0.7, "matched": 0.5, "mismatched": 0.0},
    "realism": {"p5": 0.5, "p50": 0.9, "p95": 0.98},
}


def series(score, heldout, realism, total=10, done=None):
    """Rows on straight lines from the first to the last value of each (start, end) pair."""
    at = lambda pair, i: pair[0] + (pair[1] - pair[0]) * i / total
    return [
        {"step": i, "total": total, "score": at(score, i), "heldout": at(heldout, i), "realism": at(realism, i)}
        for i in range((total if done is None else done) + 1)
    ]


STORY = {
    "pixels": series((0.1, 1.0), (0.3, 0.1), (0.02, 0.02)),
    "vqgan": series((0.1, 0.8), (0.1, 0.3), (0.1, 0.2)),
    "diffusion": series((0.1, 0.75), (0.1, 0.5), (0.1, 0.8)),
}


def test_rescale_puts_mismatched_at_zero_and_matched_at_one():
    assert rescale(0.1, REFERENCE["score"]) == pytest.approx(0)
    assert rescale(0.7, REFERENCE["score"]) == pytest.approx(1)
    assert rescale(1.0, REFERENCE["score"]) == pytest.approx(1.5)


def test_expected_story():
    judge, heldout, realism, turn = verdict(STORY, REFERENCE)
    assert judge.startswith("Pixel ascent ends with the highest judge score, 1.00: more than 95 in 100")
    assert "disagrees: it prefers Guided diffusion, 1.00 against 0.20 for Pixel ascent" in heldout
    assert realism.startswith("Guided diffusion resembles the reference photographs most, realism 0.80, Pixel ascent least, 0.02")
    assert turn == (
        "From the start, Pixel ascent's judge score rises from 0.00 to 1.50 while the held-out judge's falls from 0.60 to 0.20, "
        "both on the shared scale."
    )


def test_contradicted_story_is_told_as_it_is():
    rows = {
        "pixels": series((0.1, 0.95), (0.1, 0.6), (0.1, 0.9)),
        "vqgan": series((0.1, 0.5), (0.1, 0.2), (0.1, 0.3)),
        "diffusion": series((0.1, 0.3), (0.1, 0.1), (0.1, 0.2)),
    }
    judge, heldout, realism, turn = verdict(rows, REFERENCE)
    assert "Pixel ascent ends with the highest" in judge
    assert "also puts Pixel ascent first" in heldout
    assert realism.startswith("Pixel ascent resembles the reference photographs most, realism 0.90, Guided diffusion least")
    assert turn.startswith("For none of them")


def test_score_below_and_within_the_range_of_photographs():
    assert ": less than 95 in 100" in verdict({"vqgan": series((0, 0.3), (0, 0.3), (0, 0.3))}, REFERENCE)[0]
    assert ": within the range" in verdict({"vqgan": series((0, 0.6), (0, 0.3), (0, 0.3))}, REFERENCE)[0]


def test_one_painter_is_compared_with_the_photographs_only():
    sentences = verdict({"pixels": STORY["pixels"]}, REFERENCE)
    assert "highest" not in " ".join(sentences) and "least" not in " ".join(sentences)
    assert "is less convinced: 0.20 against the judge's 1.50, on the shared scale" in sentences[1]
    assert sentences[2].startswith("Pixel ascent does not resemble the reference photographs: realism 0.02")


def test_none_resembles():
    rows = {"pixels": STORY["pixels"], "vqgan": STORY["vqgan"]}
    assert verdict(rows, REFERENCE)[2].startswith("None of the pictures resembles the reference photographs; VQGAN+CLIP comes nearest")


def test_ties_name_everyone():
    rows = {p: series((0.1, 0.8), (0.1, 0.5), (0.1, 0.7)) for p in ("pixels", "vqgan")}
    judge, heldout, realism, _ = verdict(rows, REFERENCE)
    assert judge.startswith("Pixel ascent and VQGAN+CLIP end up sharing the highest judge score, 0.80")
    assert "also puts Pixel ascent and VQGAN+CLIP first" in heldout
    assert realism.startswith("Pixel ascent and VQGAN+CLIP resemble the reference photographs most") and "least" not in realism


def test_partial_runs_say_so_far_and_a_bare_start_says_nothing():
    rows = {"pixels": series((0.1, 1.0), (0.1, 0.2), (0, 0), done=3), "vqgan": series((0.1, 0.5), (0.1, 0.2), (0, 0), done=2)}
    sentences = verdict(rows, REFERENCE)
    assert sentences[0].startswith("So far Pixel ascent has the highest judge score") and len(sentences) == 3
    assert verdict({"pixels": STORY["pixels"][:1]}, REFERENCE) == []
    assert verdict({}, REFERENCE) == [] and verdict({"pixels": []}, REFERENCE) == []


@pytest.mark.parametrize("settings", [{"mode": "text"}, DiffusionSettings(mode="text"), DiffusionSettings(guidance_strength=0.0)])
def test_text_only_diffusion_is_not_said_to_climb(settings):
    assert "Guided diffusion did not use the judge" in verdict(STORY, REFERENCE, {"diffusion": settings})[0]
    assert "did not use" not in verdict(STORY, REFERENCE, {"diffusion": {"mode": "both"}})[0]


def test_turning_point_is_where_realism_peaks():
    rising, falling = series((0.1, 0.5), (0.1, 0.4), (0.0, 0.8)), series((0.5, 0.9), (0.4, 0.4), (0.8, 0.2))
    rows = rising + [{**row, "step": 10 + row["step"]} for row in falling[1:]]
    figure, turn, last, fall = turning_point(rows, REFERENCE)
    assert (figure, turn["step"], last["step"]) == ("realism", 10, 20) and fall == pytest.approx(0.6, abs=0.1)
    assert "From step 10 on, VQGAN+CLIP's judge score rises from 0.50 to 0.90 while realism falls from 0.80 to 0.20." in verdict(
        {"vqgan": rows}, REFERENCE
    )


def test_no_turning_point_when_the_score_falls_too():
    assert turning_point(series((0.9, 0.1), (0.5, 0.1), (0.9, 0.1)), REFERENCE) is None


def test_rows_may_be_objects_and_unmeasurable_ones_are_left_out():
    objects = {p: [SimpleNamespace(**row) for row in rows] for p, rows in STORY.items()}
    assert verdict(objects, REFERENCE) == verdict(STORY, REFERENCE)
    broken = {**STORY["pixels"][-1], "score": float("nan"), "step": 11}
    assert verdict({**STORY, "pixels": [*STORY["pixels"], broken]}, REFERENCE) == verdict(STORY, REFERENCE)


def test_never_calls_a_picture_real():
    for rows in (STORY, {"diffusion": STORY["diffusion"]}):
        text = " ".join(verdict(rows, REFERENCE))
        assert " is real" not in text and "realistic" not in text


def test_every_painter_has_its_moment_or_a_sentence_that_it_has_none():
    told = turns(STORY, REFERENCE)
    assert list(told) == ["pixels", "vqgan", "diffusion"]
    assert (told["pixels"].step, told["pixels"].figure, told["pixels"].label) == (0, "heldout", "step 0")
    assert told["diffusion"].step is None and told["diffusion"].label == "no step"
    assert told["diffusion"].text == (
        "Guided diffusion has no moment at which it goes wrong: no lasting fall as its score rises."
    )
    static = turns({"pixels": series((0.1, 1.0), (0.1, 0.3), (0.03, 0.01))}, REFERENCE)["pixels"]
    assert (static.step, static.label) == (None, "never right") and "never above 0.03" in static.text


def test_no_moments_while_nothing_but_a_start_exists():
    assert turns({"pixels": STORY["pixels"][:1]}, REFERENCE) == {} and turns({}, REFERENCE) == {}
