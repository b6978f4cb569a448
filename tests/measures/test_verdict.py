"""The verdict says what the figures say, also when they contradict the expected story."""

from types import SimpleNamespace

import pytest

from core.base.settings import DiffusionSettings
from core.measures.judge_gap import to_shared_scale
from core.measures.turning_point import find_turning_point
from core.measures.verdict import described_turning_points, verdict, verdict_summary

REFERENCE = {
    "score": {"p5": 0.4, "p50": 0.7, "p95": 0.85, "matched": 0.7, "mismatched": 0.1},
    "heldout": {"p5": 0.3, "p50": 0.5, "p95": 0.7, "matched": 0.5, "mismatched": 0.0},
    "realism": {"p5": 0.5, "p50": 0.9, "p95": 0.98},
}


Pair = tuple[float, float]


def series(
    score: Pair, heldout: Pair, realism: Pair, total: int = 10, done: int | None = None
) -> list[dict[str, float]]:
    """Rows on straight lines from the first to the last value of each pair."""

    def at(pair: Pair, i: int) -> float:
        return pair[0] + (pair[1] - pair[0]) * i / total

    return [
        {
            "step": i,
            "total": total,
            "score": at(score, i),
            "heldout": at(heldout, i),
            "realism": at(realism, i),
        }
        for i in range((total if done is None else done) + 1)
    ]


STORY = {
    "pixels": series((0.1, 1.0), (0.3, 0.1), (0.02, 0.02)),
    "vqgan": series((0.1, 0.8), (0.1, 0.3), (0.1, 0.2)),
    "diffusion": series((0.1, 0.75), (0.1, 0.5), (0.1, 0.8)),
}


def test_rescale_puts_mismatched_at_zero_and_matched_at_one():
    assert to_shared_scale(0.1, REFERENCE["score"]) == pytest.approx(0)
    assert to_shared_scale(0.7, REFERENCE["score"]) == pytest.approx(1)
    assert to_shared_scale(1.0, REFERENCE["score"]) == pytest.approx(1.5)


def test_expected_story():
    judge, heldout, realism, turn = verdict(STORY, REFERENCE)
    assert judge.startswith(
        "Pixel ascent ends with the highest judge score, 1.50 on the shared scale (0 unrelated, 1 matching): "
        "95 of 100 reference pictures score at most 1.25"
    )
    assert "disagrees: it prefers Guided diffusion, 1.00 against 0.20 for Pixel ascent" in heldout
    assert realism.startswith(
        "Guided diffusion resembles the reference pictures most, realism 0.80, Pixel ascent least, 0.02"
    )
    assert turn == (
        "From the start, Pixel ascent's judge score rises from 0.11 to 1.36 while the held-out judge's falls "
        "from 0.57 to 0.24 (on the shared scale, medians over a tenth of the run)."
    )


def test_every_score_of_a_verdict_is_on_one_scale_and_the_scale_is_named():
    shared, cosines = (verdict_summary(STORY, REFERENCE, cosine=cosine) for cosine in (False, True))
    assert "1.50 on the shared scale (0 unrelated, 1 matching)" in shared[0] and "cosine" not in "".join(
        shared
    )
    assert "1.00 against 0.20" in shared[1] and "on the same scale" in shared[1]
    assert "score, 1.00 (cosine): 95 of 100 reference pictures score at most 0.85" in cosines[0]
    assert "prefers Guided diffusion, 0.50 against 0.10 for Pixel ascent (cosine)" in cosines[1]
    alone = verdict_summary({"pixels": STORY["pixels"]}, REFERENCE, cosine=True)
    assert "is less convinced: 0.10 (cosine)" in alone[1] and "against" not in alone[1]
    assert shared[2] == cosines[2]


def test_contradicted_story_is_told_as_it_is():
    rows = {
        "pixels": series((0.1, 0.95), (0.1, 0.6), (0.1, 0.9)),
        "vqgan": series((0.1, 0.5), (0.1, 0.2), (0.1, 0.3)),
        "diffusion": series((0.1, 0.3), (0.1, 0.1), (0.1, 0.2)),
    }
    judge, heldout, realism, turn = verdict(rows, REFERENCE)
    assert "Pixel ascent ends with the highest" in judge
    assert "also puts Pixel ascent first" in heldout
    assert realism.startswith(
        "Pixel ascent resembles the reference pictures most, realism 0.90, Guided diffusion least"
    )
    assert turn.startswith("For none of them")


def test_score_below_and_within_the_range_of_photographs():
    assert (
        ": 95 of 100 reference pictures score at least 0.50"
        in verdict({"vqgan": series((0, 0.3), (0, 0.3), (0, 0.3))}, REFERENCE)[0]
    )
    assert ": within the range" in verdict({"vqgan": series((0, 0.6), (0, 0.3), (0, 0.3))}, REFERENCE)[0]


def test_one_painter_is_compared_with_the_photographs_only():
    sentences = verdict({"pixels": STORY["pixels"]}, REFERENCE)
    assert "highest" not in " ".join(sentences) and "least" not in " ".join(sentences)
    assert "is less convinced: 0.20 against the judge's 1.50, on the same scale" in sentences[1]
    assert sentences[2].startswith("Pixel ascent does not resemble the reference pictures: realism 0.02")


def test_none_resembles():
    rows = {"pixels": STORY["pixels"], "vqgan": STORY["vqgan"]}
    assert verdict(rows, REFERENCE)[2].startswith(
        "None of the pictures resembles the reference pictures; VQGAN+CLIP comes nearest"
    )


def test_ties_name_everyone():
    rows = {p: series((0.1, 0.8), (0.1, 0.5), (0.1, 0.7)) for p in ("pixels", "vqgan")}
    judge, heldout, realism, _ = verdict(rows, REFERENCE)
    assert judge.startswith("Pixel ascent and VQGAN+CLIP end up sharing the highest judge score, 1.17 on")
    assert "also puts Pixel ascent and VQGAN+CLIP first" in heldout
    assert (
        realism.startswith("Pixel ascent and VQGAN+CLIP resemble the reference pictures most")
        and "least" not in realism
    )


def test_partial_runs_say_so_far_and_a_bare_start_says_nothing():
    rows = {
        "pixels": series((0.1, 1.0), (0.1, 0.2), (0, 0), done=3),
        "vqgan": series((0.1, 0.5), (0.1, 0.2), (0, 0), done=2),
    }
    sentences = verdict(rows, REFERENCE)
    assert sentences[0].startswith("So far Pixel ascent has the highest judge score") and len(sentences) == 3
    assert verdict({"pixels": STORY["pixels"][:1]}, REFERENCE) == []
    assert verdict({}, REFERENCE) == [] and verdict({"pixels": []}, REFERENCE) == []


@pytest.mark.parametrize(
    "settings", [{"mode": "text"}, DiffusionSettings(mode="text"), DiffusionSettings(guidance_strength=0.0)]
)
def test_text_only_diffusion_is_not_said_to_climb(settings):
    assert "Guided diffusion did not use the judge" in verdict(STORY, REFERENCE, {"diffusion": settings})[0]
    assert "did not use" not in verdict(STORY, REFERENCE, {"diffusion": {"mode": "both"}})[0]


def test_turning_point_is_where_realism_peaks():
    rising, falling = series((0.1, 0.5), (0.1, 0.4), (0.0, 0.8)), series((0.5, 0.9), (0.4, 0.4), (0.8, 0.2))
    rows = rising + [{**row, "step": 10 + row["step"]} for row in falling[1:]]
    found = find_turning_point(rows, REFERENCE)
    assert (found.figure, found.last["step"]) == ("realism", 20) and 10 <= found.start["step"] <= 11
    assert found.fall == pytest.approx(0.5, abs=0.1)
    *_, last_sentence = verdict({"vqgan": rows}, REFERENCE)
    assert "on, VQGAN+CLIP's judge score rises from 0." in last_sentence
    assert last_sentence.endswith(" (on the shared scale, medians over a tenth of the run).")
    falls = f"realism falls from {found.before.other:.2f} to {found.after.other:.2f}"
    assert falls in last_sentence


def test_no_turning_point_when_the_score_falls_too():
    assert find_turning_point(series((0.9, 0.1), (0.5, 0.1), (0.9, 0.1)), REFERENCE) is None


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
    told = described_turning_points(STORY, REFERENCE)
    assert list(told) == ["pixels", "vqgan", "diffusion"]
    assert (told["pixels"].step, told["pixels"].figure, told["pixels"].label) == (
        0,
        "heldout",
        "from the start",
    )
    assert told["diffusion"].step is None and told["diffusion"].label == "no turning point"
    assert told["diffusion"].text == (
        "Guided diffusion has no turning point: nothing falls for good while its score rises."
    )
    wrong = {"pixels": series((0.1, 1.0), (0.1, 0.3), (0.03, 0.01))}
    static = described_turning_points(wrong, REFERENCE)["pixels"]
    assert (static.step, static.label) == (None, "from the start") and "never rose above 0.03" in static.text


def test_a_held_out_score_that_never_rose_is_said_beside_it():
    never = "its held-out score never rose above"
    unrelated = {"pixels": series((0.1, 1.0), (-0.1, 0.02), (0.03, 0.01))}
    static = described_turning_points(unrelated, REFERENCE)["pixels"]
    assert static.label == "from the start" and f"{never} 0.0" in static.text
    falling = {"pixels": series((0.1, 1.0), (0.02, 0.02), (0.8, 0.1))}
    turned = described_turning_points(falling, REFERENCE)["pixels"]
    assert turned.figure == "realism" and f"{never} 0.04 (shared scale, 0 unrelated)" in turned.text
    told = described_turning_points(STORY, REFERENCE)
    assert [painter for painter in told if never in told[painter].text] == []


def test_no_moments_while_nothing_but_a_start_exists():
    assert (
        described_turning_points({"pixels": STORY["pixels"][:1]}, REFERENCE) == {}
        and described_turning_points({}, REFERENCE) == {}
    )
