"""Texts of figures: as wide as measured, in fonts that have every character, or said to be missing."""

import numpy as np
import pytest

from core.exports import caption, fonts
from core.exports.svg import rasterise, svg_document, svg_text
from core.exports.undrawable import undrawable

PROMPTS = {
    "latin": "AVATAR, illicit waffles: 0.43",
    "cyrillic": "красная лиса, αλεπού",
    "arabic": "قطة حمراء، 3 في الثلج",
    "hebrew": "שועל אדום בשלג",
    "hindi": "लाल लोमड़ी बर्फ में",
    "emoji": "a fox 🦊 ⛄️ 👨‍👩‍👧 👍🏽 🇩🇪 end",
}
NOWHERE = "\U000f1234"  # for private use, so in no font


def ink(words: str, weight: str = "normal", anchor: str = "start", x: float = 20) -> np.ndarray:
    """Columns of a drawing of 1000 × 60 that a text of 24 units darkens."""
    picture = rasterise(svg_document(1000, 60, svg_text(x, 40, words, 24, weight=weight, anchor=anchor)), 1)
    return np.flatnonzero((picture < 128).any(axis=(0, 2)))


@pytest.mark.parametrize("words", PROMPTS.values(), ids=PROMPTS)
@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_a_text_is_as_wide_as_it_is_measured(words, weight):
    columns = ink(words, weight)
    assert columns[-1] - columns[0] == pytest.approx(fonts.text_width(words, 24, weight), abs=5)


@pytest.mark.parametrize("words", [PROMPTS["latin"], PROMPTS["emoji"]])
def test_anchors_hold_for_every_text(words):
    assert ink(words, anchor="end", x=900)[-1] == pytest.approx(900, abs=4)
    columns = ink(words, anchor="middle", x=500)
    assert (columns[0] + columns[-1]) / 2 == pytest.approx(500, abs=4)


@pytest.mark.parametrize("words", PROMPTS.values(), ids=PROMPTS)
def test_our_own_fonts_have_every_character(words):
    assert fonts.MACHINE not in {family for family, _ in fonts.split_by_font(words)}
    assert undrawable(words) == [] and caption.font_note(words) == []


def test_what_no_font_has_is_said():
    assert undrawable(f"a fox {NOWHERE}{NOWHERE}") == [NOWHERE]
    assert f"has {NOWHERE};" in caption.font_note(f"a fox {NOWHERE}")[0]


def test_a_text_for_right_to_left_readers_stays_together():
    assert [family for family, _ in fonts.split_by_font(PROMPTS["arabic"])] == ["Noto Sans Arabic"]
    assert fonts.split_by_font("👍🏽") == [("Noto Emoji", "👍🏽")]


@pytest.mark.parametrize(
    "words", ["the quick brown fox " * 9, "x" * 300, "漢字" * 90, "🦊" * 90, "", "  a  b "]
)
def test_lines_fit_and_no_word_is_lost(words):
    lines = fonts.wrap_text(words, 200, 12)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")
    assert lines and all(fonts.text_width(line, 12) <= 200.5 for line in lines)


def test_a_word_wider_than_the_line_is_broken_but_none_is_empty():
    assert all(fonts.wrap_text("a " + "x" * 99 + " b", 60, 12))
    assert fonts.wrap_text("fox", 1, 12) == ["f", "o", "x"]
