"""A pack with which nobody measured real pictures: numbers without bands, and nothing is invented."""

import numpy as np
import pytest

from core.base.measure_names import two_decimals
from core.base.vocabulary import check_any_word_known, unknown_words
from core.exports import charts, figure
from core.measures import picture_sentences
from core.measures.judge_gap import gap_beyond_real, judge_gap
from core.measures.references import photograph_band
from core.measures.verdict import described_turning_points, verdict

LOW = two_decimals(photograph_band()["p5"])  # of the shipped reference


def row(step: int, score: float, heldout: float, realism: float, total: int = 40) -> dict[str, float]:
    """One row of a run."""
    return {
        "step": step,
        "total": total,
        "seconds": float(step),
        "score": score,
        "heldout": heldout,
        "realism": realism,
    }


ROWS = {
    "pixels": [row(i, 0.1 + 0.005 * i, 0.2 - 0.004 * i, max(0.02, 0.8 - 0.02 * i)) for i in range(41)],
    "diffusion": [row(i, 0.1 + 0.003 * i, 0.1 + 0.002 * i, 0.3 + 0.015 * i) for i in range(41)],
}


def test_the_verdict_compares_the_painters_but_with_no_photograph():
    said = verdict(ROWS, None)
    assert said == [
        "Pixel ascent ends with the highest judge score, 0.30 (cosine).",
        "The held-out judge, which no painter sees, disagrees: "
        "it prefers Guided diffusion, 0.18 against 0.04 for Pixel ascent (cosine).",
        "Guided diffusion resembles the reference pictures most, realism 0.90, "
        f"Pixel ascent least, 0.02 (95 of 100 of them reach {LOW}).",
        "From the start, Pixel ascent's judge score rises from 0.11 to 0.29 "
        "while realism falls from 0.77 to 0.05 (medians over a tenth of the run).",
    ]
    alone = " ".join(verdict({"pixels": ROWS["pixels"]}, None))
    assert "which no painter sees, gives 0.04 (cosine)." in alone and "shared scale" not in alone
    assert described_turning_points(ROWS, None)["diffusion"].step is None


def test_the_gap_needs_photographs():
    assert judge_gap(0.3, 0.1, None) is None and not gap_beyond_real(1.0, None)


def test_charts_are_drawn_without_a_band():
    data = charts.chart_data(ROWS, None)
    assert data["reference"] == [] and data["box"] == [] and len(data["rows"]) == 82


def test_the_figure_is_drawn_and_says_nothing_of_bands():
    pictures = {painter: np.zeros((8, 8, 3), np.uint8) for painter in ROWS}
    sheet = figure.FigureData("a fox", 1, "full", "0" * 64, {p: {} for p in ROWS}, {}, ROWS, pictures, None)
    drawn = figure.figure_svg(sheet)
    assert "judge gap" not in drawn and "percentile" not in drawn and "step 40 of 40" in drawn


def test_a_picture_of_ones_own_is_read_without_a_band():
    result = {
        "score": 0.2,
        "heldout": 0.1,
        "realism": 0.6,
        "components": {"statistics": 0.6, "manifold": 0.7, "p_value": 0.3},
    }
    said = "Judge: 0.20 (cosine). Held-out judge: 0.10 (cosine)."
    assert picture_sentences.picture_sentences(result, None)[0] == said
    _, realism = picture_sentences.picture_sentences(result, None)
    assert "resembles the reference pictures" in realism and f"95 of 100 of them reach {LOW}" in realism
    score, _, realism = picture_sentences.meter_values(result, None)
    assert "low" not in score and two_decimals(realism["low"]) == LOW


def test_every_word_is_known_to_a_full_tokenizer():
    assert unknown_words("zebra 🦊", None) == []
    check_any_word_known("zebra", None)


def test_pages_that_compare_with_photographs_say_what_to_do(monkeypatch):
    from app import resources
    from core.base.errors import PackError

    monkeypatch.setattr(
        resources, "manifest", lambda pack=None: {"name": "full", "words": None, "reference": None}
    )
    with pytest.raises(PackError, match="CTJP_PACK=miniature"):
        resources.required_reference_figures()
    resources.known_words.cache_clear()
    assert resources.known_words() is None
    resources.known_words.cache_clear()


def test_the_codebook_page_is_for_small_packs():
    from core.base.errors import PackError
    from core.lesson.codebook import code_grid

    with pytest.raises(PackError, match="takes the codebook of a small pack apart"):
        code_grid(
            {
                "name": "full",
                "size": 256,
                "models": {"vqgan": {"format": "taming", "config_file": "model.yaml"}},
            }
        )
