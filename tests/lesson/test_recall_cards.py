"""Recall cards: enough of them, figures in their evidence only, and these from the run."""

import re

import pytest

from core.base.measure_names import two_decimals
from core.lesson import judges_compared, recall_cards, recall_evidence
from core.packs import pack_hash, read_manifest
from core.storage.records import StepRow
from tests.conftest import tiny_manifest
from tests.support.serving import example_request, invented_steps

ALL = (*recall_cards.RECALL_CARDS, *recall_cards.INTERVIEW_CARDS)
REFERENCE = tiny_manifest()["reference"]


@pytest.fixture(scope="module")
def series() -> dict[str, list[StepRow]]:
    """The rows of an invented run."""
    found = {}
    for frame, m in invented_steps(example_request("tiny")):
        found.setdefault(frame.painter, []).append(
            StepRow(0, frame.painter, frame.step, frame.total, 0.0, 0, m.score, m.heldout, m.realism)
        )
    return found


def test_there_are_four_of_each_and_all_are_different():
    assert len(recall_cards.RECALL_CARDS) >= 4 and len(recall_cards.INTERVIEW_CARDS) >= 4
    assert len({card.name for card in ALL}) == len({card.question for card in ALL}) == len(ALL)


@pytest.mark.parametrize("card", ALL, ids=lambda card: card.name)
def test_no_figure_is_typed_into_a_text(card):
    for text in (card.question, card.answer, card.beware):
        assert not re.search(r"\d", text), text


@pytest.mark.parametrize("card", ALL, ids=lambda card: card.name)
def test_every_card_has_evidence_with_figures(card, series):
    assert re.search(r"\d\.\d\d", recall_cards.evidence(card, series, REFERENCE))


def test_evidence_follows_the_run(series):
    told = recall_cards.evidence(recall_cards.RECALL_CARDS[0], series, REFERENCE)
    assert (
        "judge score of 2.25 on the shared scale, above the band of real pictures (0.50 to 1.50)" in told
        and "realism is 0.02" in told
    )
    weak = {"pixels": [row for row in series["pixels"] if row.step <= 4]}
    assert "within the band" in recall_cards.evidence(recall_cards.RECALL_CARDS[0], weak, REFERENCE)


def test_what_is_said_of_other_judges_follows_from_what_was_measured():
    manifest = read_manifest("miniature")
    told = recall_cards.RECALL_CARDS[0].measured(pack_hash(manifest), manifest["reference"])
    medians = judges_compared.comparison()["medians"]["pixels"]
    assert f"On the robust judge it reaches {two_decimals(medians['robust']['robust'])}" in told
    assert medians["heldout"]["score"] < medians["judge"]["heldout"] < 0.5 < medians["heldout"]["heldout"]
    decoded = judges_compared.comparison()["medians"]["vqgan"]
    before, after = (two_decimals(decoded[choice]["heldout"]) for choice in ("judge", "robust"))
    helps = "helps" if float(after) > float(before) else "does not help"
    assert told.endswith(f"the robust judge {helps}: the second judge goes from {before} to {after}.")
    others = [medians["robust"][name] for name in ("score", "heldout")]
    assert medians["judge"]["heldout"] < min(others) and max(others) < 0.5, "a little more, far from matching"
    assert max(own["realism"] for own in medians.values()) < manifest["reference"]["realism"]["p5"] / 10
    assert judges_compared.ascent_under_judges("another pack", manifest["reference"]) == ""


def test_how_well_the_judge_ranks_is_what_the_manifest_says(series):
    card = next(card for card in ALL if card.name == "ranking")
    figures = {"captions": 1234, "top1": 0.987, "subject": 0.456}
    told = recall_cards.evidence(card, series, {**REFERENCE, recall_evidence.JUDGE_FIGURES: figures})
    assert "the right caption first among 1,234 in 99 %, and has the subject right in 46 %." in told
    assert recall_cards.evidence(card, series, REFERENCE).startswith("On the shared scale")


def test_a_direction_is_seen_by_both_judges(series):
    card = next(card for card in ALL if card.name == "direction")
    told = recall_cards.evidence(card, series, REFERENCE)
    assert re.search(r"judge score \S+ → \S+, held-out score \S+ → \S+\.$", told) and "ealism" not in told


def test_without_the_painter_there_is_no_evidence(series):
    steps = next(card for card in ALL if card.name == "steps")
    assert recall_cards.evidence(steps, {"pixels": series["pixels"]}, REFERENCE) is None


def test_the_row_nearest_to_a_place(series):
    assert recall_evidence.row_at(series, "pixels", 10).step == 2
    assert recall_evidence.row_at(series, "diffusion", 100).step == 10
