"""How often people and measures agreed in blind votes: part of the page Realism."""

import streamlit as st

from app import resources
from core.lesson import show_of_hands
from core.lesson.run_curves import last_rows
from core.lesson.show_of_hands import Agreement, Voted
from core.storage.ballots import BLIND

QUESTIONS = {"real": "looks most real", "prompt": "fits the prompt best"}
MEASURES = {
    "realism": "realism",
    "score": "the judge",
    "heldout": "the held-out judge",
    "robust": "the robust judge",
}
NOBODY_VOTED = (
    "Nobody has voted here yet. On the Compare page, “Show of hands” opens a blind vote on the pictures of a "
    "finished run; what people say then appears here next to what the measures say."
)
INTERVALS = (
    "Share of votes for the picture that the measure puts first, with a 95 % interval (Wilson); by chance, "
    "about {chance:.0%}. Votes of one room about one run are not independent, so the truth may lie "
    "outside the interval; ballots in which a measure ties or was optimised are left out. Only those who "
    "chose to vote are counted."
)


def show_people_and_measures() -> None:
    """Heading and one line for each question and measure, over all ended blind ballots of this server."""
    st.markdown("#### What people say")
    found = show_of_hands.agreements(_voted())
    if not found:
        st.caption(NOBODY_VOTED)
        return
    st.dataframe([_row(one) for one in found], hide_index=True, width="stretch")
    votes = sum(one.votes for one in found)
    chance = sum(one.chance * one.votes for one in found) / votes
    st.caption(INTERVALS.format(chance=chance))


def _voted() -> list[Voted]:
    ballots = resources.ballots()
    return [
        (run.request, last_rows(resources.store(), run.id), ballots.tally(ballot.id))
        for ballot in ballots.ended(BLIND)
        if (run := resources.store().get(ballot.run)) is not None
    ]


def _row(one: Agreement) -> dict[str, object]:
    return {
        "People: which picture …": QUESTIONS[one.question],
        "agree with": MEASURES[one.measure],
        "in": f"{one.agreeing / one.votes:.0%}",
        "95 % interval": f"{one.low:.0%} to {one.high:.0%}",
        "votes": one.votes,
        "ballots": one.ballots,
    }
