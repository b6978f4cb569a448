"""Words that the models do not know stand wherever the prompt does: in every drawing, page and paper."""

import dataclasses
import html

import pytest

from core.exports import contact_sheet, figure, handout, movie_frames, standalone_page, sweep_figure

PROMPT = "a red zebra"
NOTE = "Read as: a red. Not known: zebra."


@pytest.fixture
def read_in_part(whole):
    request = dataclasses.replace(whole.request, prompt=PROMPT)
    return dataclasses.replace(whole, request=request)


def drawn(source, tmp_path):
    """Kind → its text."""
    movie = movie_frames.MovieFrames(source, movie_frames.WIDTH, 3)
    paper = handout._contents(source, figure.figure_data(source), tmp_path, "")
    return {
        "figure": figure.figure_svg(figure.figure_data(source)),
        "sheet": contact_sheet.contact_svg(source),
        "movie": movie.background_svg(),
        "page": html.unescape(standalone_page.page_html(source)),
        "handout": paper["reading"],
    }


def test_every_export_says_what_was_read(read_in_part, whole, tmp_path):
    assert [kind for kind, text in drawn(read_in_part, tmp_path).items() if NOTE not in text] == []
    assert [kind for kind, text in drawn(whole, tmp_path).items() if "Not known" in text] == []


def test_the_verdict_says_first_what_the_scores_are_for(read_in_part, whole):
    first, second, *_ = figure.figure_data(read_in_part).words()
    assert first == "All scores are for “a red”: the models do not know zebra."
    assert figure.figure_data(whole).words()[0] == second
    (_, answer), *_ = handout.questions(figure.figure_data(read_in_part))
    assert answer.startswith(first)


def test_a_long_note_stays_on_its_line_of_the_movie(read_in_part):
    words = " ".join(f"zebra{number}" for number in range(40))
    request = dataclasses.replace(read_in_part.request, prompt=f"a red {words}")
    movie = movie_frames.MovieFrames(dataclasses.replace(read_in_part, request=request), 640, 3)
    assert "and 32 more." in movie.background_svg() or " …</text>" in movie.background_svg()


def test_the_grid_of_a_sweep_says_it():
    axis = {"label": "Cutouts", "values": []}
    state = {"prompt": PROMPT, "painters": ["Pixel ascent"], "x": axis, "y": None, "seed": 0}
    svg = sweep_figure.grid_svg({**state, "cells": [], "spread": [], "changed": ""}, lambda cell: None, NOTE)
    assert NOTE in svg
