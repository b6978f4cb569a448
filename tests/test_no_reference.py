"""A pack with which nobody measured real photographs: figures are shown and told without bands, and nothing is invented."""

import numpy as np
import pytest

from core import charts, figures, reading
from core.gap import beyond_real, judge_gap
from core.verdict import turns, verdict
from core.words import check_known, unknown_words


def row(step, score, heldout, realism, total=40):
    return {"step": step, "total": total, "seconds": float(step), "score": score, "heldout": heldout, "realism": realism}


ROWS = {
    "pixels": [row(i, 0.1 + 0.005 * i, 0.2 - 0.004 * i, max(0.02, 0.8 - 0.02 * i)) for i in range(41)],
    "diffusion": [row(i, 0.1 + 0.003 * i, 0.1 + 0.002 * i, 0.3 + 0.015 * i) for i in range(41)],
}


def test_the_verdict_compares_the_painters_but_with_no_photograph():
    said = verdict(ROWS, None)
    assert said == [
        "Pixel ascent ends with the highest judge score, 0.30.",
        "The held-out judge, which no painter sees, disagrees: it prefers Guided diffusion, 0.18 against 0.04 for Pixel ascent.",
        "Guided diffusion resembles the reference photographs most, realism 0.90, Pixel ascent least, 0.02 (95 in 100 of them reach 0.50).",
        "From the start, Pixel ascent's judge score rises from 0.10 to 0.30 while realism falls from 0.80 to 0.02.",
    ]
    alone = " ".join(verdict({"pixels": ROWS["pixels"]}, None))
    assert "which no painter sees, gives 0.04." in alone and "shared scale" not in alone
    assert turns(ROWS, None)["diffusion"].step is None


def test_the_gap_needs_photographs():
    assert judge_gap(0.3, 0.1, None) is None and not beyond_real(1.0, None)


def test_charts_are_drawn_without_a_band():
    bands = [layer for layer in charts.curve(ROWS, "score", None, 200, 100).to_dict()["layer"] if "rect" in str(layer["mark"])]
    assert [layer["data"]["values"] for layer in bands] == [[]]
    frame = charts.plane(ROWS, None, 200, 100).to_dict()["layer"][0]
    assert frame["data"]["values"] == []


def test_the_figure_is_drawn_and_says_nothing_of_bands():
    pictures = {painter: np.zeros((8, 8, 3), np.uint8) for painter in ROWS}
    sheet = figures.Sheet("a fox", 1, "full", "0" * 64, {p: {} for p in ROWS}, {}, ROWS, pictures, None)
    drawn = figures.figure_svg(sheet)
    assert "judge gap" not in drawn and "percentile" not in drawn and "step 40 of 40" in drawn


def test_a_picture_of_ones_own_is_read_without_a_band():
    result = {"score": 0.2, "heldout": 0.1, "realism": 0.6, "components": {"statistics": 0.6, "manifold": 0.7, "p_value": 0.3}}
    assert reading.sentences(result, None)[0] == "Judge: 0.20. Held-out judge: 0.10."
    assert "resembles the reference photographs" in reading.sentences(result, None)[1]
    score, _, realism = reading.marks(result, None)
    assert "low" not in score and realism["low"] == 0.5


def test_every_word_is_known_to_a_full_tokenizer():
    assert unknown_words("zebra 🦊", None) == []
    check_known("zebra", None)


def test_pages_that_compare_with_photographs_say_what_to_do(monkeypatch):
    from app import services
    from core.errors import PackError

    monkeypatch.setattr(services, "manifest", lambda pack=None: {"name": "full", "words": None, "reference": None})
    with pytest.raises(PackError, match="CTJP_PACK=miniature"):
        services.photographs()
    services.known_words.cache_clear()
    assert services.known_words() is None
    services.known_words.cache_clear()


def test_the_codebook_page_is_for_small_packs():
    from core.errors import PackError
    from core.lesson.codebook import grid

    with pytest.raises(PackError, match="takes the codebook of a small pack apart"):
        grid({"name": "full", "size": 256, "models": {"vqgan": {"format": "taming", "config_file": "model.yaml"}}})
