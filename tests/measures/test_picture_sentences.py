"""What is said of a picture that somebody brought."""

import pytest

from core.base.measure_names import COSINE, SHARED_SCALE
from core.measures.picture_sentences import meter_values, picture_sentences

REFERENCE = {
    **{
        judge: {"p5": 0.6, "p50": 0.8, "p95": 0.9, "matched": 0.8, "mismatched": 0.0}
        for judge in ("score", "heldout")
    },
    "realism": {"p5": 0.4, "p50": 0.8, "p95": 0.97},
}


LOW_S = {"realism": 0.3, "statistics": 0.3, "manifold": 0.9, "edges": 0.1, "colour": 0.4}
LOW_K = {"realism": 0.1, "statistics": 0.8, "manifold": 0.1}


def result(score=0.8, heldout=0.8, realism=0.7, **components):
    return {"score": score, "heldout": heldout, "realism": realism, "components": components}


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        (
            {"score": 0.95},
            "Judge: 1.19 on the shared scale (95 of 100 reference pictures score at most 1.12 with their own",
        ),
        ({"score": 0.7}, "Judge: 0.87 on the shared scale (within the range"),
        ({"score": 0.5}, "Judge: 0.62 on the shared scale (95 of 100 reference pictures score at least 0.75"),
        ({"score": -0.03}, "Judge: −0.04 on the shared scale, hardly more than a reference picture with"),
        ({"heldout": 0.1}, "Held-out judge: 0.12 on the shared scale, hardly more than"),
        ({"score": 0.8, "heldout": 0.5}, "The judge likes it clearly better than the held-out judge does."),
        (
            {"realism": 0.7},
            "It resembles the reference pictures: realism 0.70 (95 of 100 of them reach 0.40).",
        ),
        (LOW_S, "held down by S: the pixels' statistics"),
        (LOW_S, "most of all edges"),
        (LOW_K, "does not resemble the reference pictures: realism 0.10"),
        (LOW_K, "held down by K: no reference picture is near"),
        ({"p_value": 0.004}, "fewer than 1 in 100 reference pictures lie as far out"),
        ({"p_value": 0.31}, "31 in 100 reference pictures lie as far out"),
        ({"too_typical": 1.0}, "as if somebody had optimised them"),
    ],
)  # fmt: skip
def test_the_figures_are_said_in_words(figures, said):
    assert said in " ".join(picture_sentences(result(**figures), REFERENCE))


def test_words_claim_no_more_than_the_figures():
    plain = " ".join(picture_sentences(result(), REFERENCE))
    assert "clearly better" not in " ".join(picture_sentences(result(score=0.3, heldout=-0.1), REFERENCE))
    assert "clearly better" not in plain and "typical" not in plain and "held down" not in plain


def test_meters_and_sentences_have_one_scale_and_say_which():
    judge, heldout, realism = meter_values(result(score=0.7), REFERENCE)
    assert judge["low"] == heldout["low"] == pytest.approx(0.75) and realism["low"] == 0.4
    assert judge["value"] == pytest.approx(0.875) and judge["help"] == heldout["help"] == SHARED_SCALE
    assert judge["shared"] and "shared" not in realism
    weighted = {"realism": REFERENCE["realism"]}
    judge, *_ = meter_values(result(score=0.7), weighted)
    assert (judge["value"], judge["help"], judge["shared"]) == (0.7, COSINE, False) and "low" not in judge
    assert "Judge: 0.70 (cosine)." in picture_sentences(result(score=0.7), weighted)[0]
