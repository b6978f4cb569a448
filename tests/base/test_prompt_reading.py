"""What is said of a prompt with words that the models do not know."""

import pytest

from core.base.errors import PromptError
from core.base.prompt_reading import (
    MOST_NAMED,
    decimal_comma_note,
    nearest_word,
    reading_note,
    scores_note,
    typing_note,
)
from core.base.vocabulary import check_any_word_known, words_of

WORDS = ["a", "castle", "fog", "fox", "house", "of", "photo", "red", "the"]
PROMPT = "a photo of my dog playing chess"


def test_what_was_read_and_what_is_not_known_stand_side_by_side():
    assert reading_note(PROMPT, WORDS) == "Read as: a photo of. Not known: my, dog, playing, chess."
    assert scores_note(PROMPT, WORDS) == (
        "All scores are for “a photo of”: the models do not know my, dog, playing, chess."
    )


@pytest.mark.parametrize("words", [WORDS, None])
def test_nothing_is_said_where_every_word_is_known(words):
    for note in (reading_note, scores_note, typing_note):
        assert note("The red fox!", words) == ""
    assert reading_note(PROMPT, None) == ""


def test_the_nearest_known_word_is_suggested_only_where_it_is_near():
    assert "“castle” for “castel”, “house” for “hous”" in typing_note("a red castel, hous, dog", WORDS)
    assert nearest_word("dog", WORDS) is None and "Nearest" not in typing_note("a dog", WORDS)


def test_many_unknown_words_are_counted():
    note = reading_note(" ".join(f"zz{number}" for number in range(MOST_NAMED + 3)), WORDS)
    assert note.endswith("and 3 more.") and note.startswith("Not known: zz0, ")


def test_a_token_with_digits_is_one_word():
    assert words_of("4k, 35mm and x2_y") == ["4k", "35mm", "and", "x2", "y"]


def test_a_prompt_without_a_known_word_is_refused_in_words_that_fit_ranking_too():
    with pytest.raises(PromptError, match="knows no word of") as refused:
        check_any_word_known("zzz", WORDS, ["the red fox"])
    assert "paint" not in str(refused.value) and 'Try "the red fox"' in str(refused.value)


def test_weights_are_read_with_the_words_they_belong_to():
    assert reading_note("red fox:2 | snow:-1", {"red", "fox", "snow"}) == "Read as: red fox ×2, snow ×−1."
    note = reading_note("red dog:2 | snow:-1 | zebra", {"red", "fox", "snow"})
    assert note == "Read as: red ×2, snow ×−1. Not known: dog, zebra."
    assert reading_note("fox:2 | snow", None) == "Read as: fox ×2, snow ×1."


@pytest.mark.parametrize(
    ("prompt", "named", "better"),
    [
        ("fox:1,5", ":1,5", ":1.5"),
        ("fox:2 | snow : -0,5", ": -0,5", ": -0.5"),
        ("fox:1,5:0.3 | snow", ":1,5:0.3", ":1.5:0.3"),
        ("fox:1.5:0,3", ":1.5:0,3", ":1.5:0.3"),
    ],
)
def test_a_weight_with_a_decimal_comma_is_pointed_out(prompt, named, better):
    note = decimal_comma_note(prompt)
    assert note.startswith(f"“{named}” is read as text") and note.endswith(f"Write “{better}”.")


@pytest.mark.parametrize(
    "prompt", ["a fox, snow", "fox:1.5 | snow", "ratio 3:4,5", "foxes: 10,000", "a: 12,30", "fox:200,5 | b"]
)
def test_a_comma_elsewhere_is_not_a_weight(prompt):
    assert decimal_comma_note(prompt) == ""
