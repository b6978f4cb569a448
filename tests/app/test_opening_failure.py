"""The opening failure: which runs the page shows, and what it says they start from."""

import pytest

from app.views.opening_failure import is_shown, start_words
from core.base.request import RunRequest


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "grey with 1 % noise"),
        ({"init_noise": 0.25}, "grey with 25 % noise"),
        ({"start": "grey"}, "grey"),
        ({"start": "rendering:a blue car on sand@3"}, "a rendering of “a blue car on sand”, seed 3"),
    ],
)
def test_the_start_is_that_of_the_run(settings, words):
    assert start_words(RunRequest.make("a fox", pixels=settings)) == words


def test_runs_whose_signs_would_be_worded_wrongly_are_left_out():
    assert is_shown(RunRequest.make("a fox"))
    assert not is_shown(RunRequest.make("a fox", painters=("vqgan",)))
    for painter in ("pixels", "diffusion"):
        assert not is_shown(RunRequest.make("a fox", **{painter: {"judge": "heldout"}}))
