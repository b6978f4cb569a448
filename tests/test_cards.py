"""Recall cards: enough of them, figures in their evidence only, and these from the run."""

import re

import pytest

from core.lesson import cards
from core.records import Row
from tests.conftest import tiny_manifest
from tests.serving import example_request, invented_steps

ALL = (*cards.RECALL, *cards.INTERVIEW)
REFERENCE = tiny_manifest()["reference"]


@pytest.fixture(scope="module")
def series():
    found = {}
    for frame, m in invented_steps(example_request("tiny")):
        found.setdefault(frame.painter, []).append(Row(0, frame.painter, frame.step, frame.total, 0.0, 0, m.score, m.heldout, m.realism))
    return found


def test_there_are_four_of_each_and_all_are_different():
    assert len(cards.RECALL) >= 4 and len(cards.INTERVIEW) >= 4
    assert len({card.name for card in ALL}) == len({card.question for card in ALL}) == len(ALL)


@pytest.mark.parametrize("card", ALL, ids=lambda card: card.name)
def test_no_figure_is_typed_into_a_text(card):
    for text in (card.question, card.answer, card.beware):
        assert not re.search(r"\d", text), text


@pytest.mark.parametrize("card", ALL, ids=lambda card: card.name)
def test_every_card_has_evidence_with_figures(card, series):
    assert re.search(r"\d\.\d\d", cards.evidence(card, series, REFERENCE))


def test_evidence_follows_the_run(series):
    told = cards.evidence(cards.RECALL[0], series, REFERENCE)
    assert "judge score of 0.90, above the band of real photographs (0.20 to 0.60)" in told and "realism is 0.02" in told
    weak = {"pixels": [row for row in series["pixels"] if row.step <= 4]}
    assert "within the band" in cards.evidence(cards.RECALL[0], weak, REFERENCE)


def test_without_the_painter_there_is_no_evidence(series):
    steps = next(card for card in ALL if card.name == "steps")
    assert cards.evidence(steps, {"pixels": series["pixels"]}, REFERENCE) is None


def test_the_row_nearest_to_a_place(series):
    assert cards.at(series, "pixels", 10).step == 2
    assert cards.at(series, "diffusion", 100).step == 10
