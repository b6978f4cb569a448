"""Prompts with bars and weights: what is read as a weight, and what stays text."""

import math

import pytest

from core.base.errors import PromptError
from core.base.prompt_length import cut_off_words, number_of_pieces
from core.base.vocabulary import check_any_word_known, unknown_words
from core.base.weighted_prompt import PromptPart, is_weighted, parse_prompt, reading, shares

FOX, SNOW = PromptPart("fox", 2.0), PromptPart("snow", -1.0)
PLAIN = [
    "a red fox in snow",
    "a clock: 12",
    "a train at 12:30",
    "ratio 16:9",
    "title: fox",
    "fox:",
    ":2",
    "fox:red",
    "fox: 2",
]


@pytest.mark.parametrize("prompt", PLAIN)
def test_a_plain_prompt_is_itself(prompt):
    assert parse_prompt(prompt) == (PromptPart(prompt, 1.0, -math.inf),)
    assert reading(prompt) == "" and not is_weighted(prompt)


@pytest.mark.parametrize(
    "prompt, parts",
    [
        ("fox:2 | snow:-1", (FOX, SNOW)),
        ("fox:2|snow:−1", (FOX, SNOW)),
        ("fox : 2 | snow: -1 |", (FOX, SNOW)),
        ("fox:2", (FOX,)),
        ("a fox | snow at 12:30", (PromptPart("a fox"), PromptPart("snow at 12:30"))),
        ("a fox:.5:-0.2", (PromptPart("a fox", 0.5, -0.2),)),
        ("the title: fox:1e-1", (PromptPart("the title: fox", 0.1),)),
    ],
)
def test_parts_weights_and_stops(prompt, parts):
    assert parse_prompt(prompt) == parts


def test_how_a_prompt_was_read_is_said():
    assert reading("fox:2 | snow:-1") == "fox ×2, snow ×−1"
    assert reading("fox:0.5:-0.2") == "fox ×0.5 until −0.2"
    assert is_weighted("fox | snow") and is_weighted("fox:-1") and not is_weighted("fox:2")
    assert shares(parse_prompt("fox:3 | snow:-1")) == (0.75, -0.25)
    assert shares(parse_prompt("fox:7")) == (1.0,)


@pytest.mark.parametrize(
    "prompt, said",
    [
        ("fox:inf", "weight of “fox” is inf; it takes -100 to 100"),
        ("fox:nan | snow", "weight of “fox” is nan"),
        ("fox:1e9", "weight of “fox” is 1e\\+09"),
        ("fox:0 | snow:0", "Every weight in the prompt is 0"),
        (" | |", "no words between its bars"),
        ("|".join("abcdefghi"), "has 9 parts; at most 8 are read"),
        ("fox:1:nan", "stop of “fox” is not a number"),
    ],
)
def test_weights_that_cannot_be_used_are_refused_in_one_sentence(prompt, said):
    with pytest.raises(PromptError, match=said):
        parse_prompt(prompt)
    with pytest.raises(PromptError, match=said):
        check_any_word_known(prompt, None)
    assert reading(prompt) == "" and not is_weighted(prompt)  # pages that only show it do not fail


def test_every_part_needs_a_known_word_and_weights_are_no_words():
    words = {"fox", "snow"}
    assert unknown_words("zebra fox:2 | red snow:-1", words) == ["zebra", "red"]
    check_any_word_known("red fox:2 | snow:-1", words)
    with pytest.raises(PromptError, match='knows no word of "zebra"'):
        check_any_word_known("fox:2 | zebra:-1", words)


def test_the_words_after_the_last_piece_that_a_judge_reads_are_named():
    prompt = " ".join(["fox"] * 75 + ["unbelievably", "late"])
    assert cut_off_words(prompt, 77, None) == ["unbelievably", "late"]
    assert cut_off_words(f"{prompt} | fox", 77, None) == ["unbelievably", "late"]
    assert cut_off_words(prompt, 78, None) == ["late"]
    assert cut_off_words("fox " * 75, 77, None) == []
    assert cut_off_words("a red fox late", 4, {"red", "fox", "late"}) == ["late"]  # "a" is not read at all


@pytest.mark.parametrize(
    "text",
    [
        "a red fox in snow",
        "Ünbelievable déjà-vu",
        "狐狸 🦊🦊",
        "don't stop &amp; go 12!!",
        "x" * 40,
        "4x4",
        "IJsvogel2024",
    ],
)
def test_pieces_are_those_of_open_clip(text):
    from core.models.clip import bpe

    assert number_of_pieces(text) == len(bpe().encode(text))
