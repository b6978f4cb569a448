"""Show of hands: the part of the form that asks the room about a run, and what the player shows of it."""

from typing import Any

import streamlit as st

from app import address, form, resources, session, submission
from app.clicks import to_its_end
from app.components.messages import shows_errors
from app.keys import CompareKeys
from app.public_text import public_text
from app.web.addresses import base_path
from app.web.operator import is_operator
from core.base.errors import UserError
from core.lesson.show_of_hands import stronger_guidance
from core.storage.ballots import BLIND, CLOSED, OPEN, PREDICTION, REVEALED, Ballot
from core.storage.records import Run

STATE_AFTER = {"close": CLOSED, "again": OPEN, "reveal": REVEALED}  # what a button of the player does
PREDICT_HELP = (
    "Paints what the form says, or takes the stored run, and hides its pictures until you reveal them. The "
    "room predicts which picture will please the judge, which will look real, and what ten times the "
    "guidance will do."
)
BLIND_HELP = (
    "Shows the last pictures in random order, without names or figures. The room says which looks most real "
    "and which fits the prompt best. The page Realism counts how often people and measures agree."
)
NOT_YOURS = (
    "Only whoever started this run, or opened the link that the server printed when it started, can open "
    "a vote."
)
LEFT_OUT = "The run with ten times the guidance is not painted yet: "


def show_section(run: Run | None) -> dict[str, Any] | None:
    """The popover with its buttons. Returns what the player is told of a vote about this run, or None."""
    ballot = resources.ballots().newest(run.id) if run else None
    if ballot is not None and session.get(CompareKeys.BALLOT_PUT_AWAY) == ballot.id:
        ballot = None
    presides = run is not None and _may_preside(run.id)
    with st.popover("Show of hands", icon=":material/back_hand:", width="stretch", key="hands"):
        _buttons(run, ballot, presides)
    return {"id": ballot.id, "presides": presides} if ballot else None


def _buttons(run: Run | None, ballot: Ballot | None, presides: bool) -> None:
    st.markdown("Ask the room; people vote on their phones. Nobody gives a name; each browser has one vote.")
    st.button("Predict, then look", key="ask", on_click=_ask_first, width="stretch", help=PREDICT_HELP)
    is_ready = run is not None and run.status == "done" and len(run.request.painters) > 1
    st.button(
        "Blind vote on these pictures",
        key="blind",
        on_click=_open_blind,
        args=(run.id if run else "",),
        disabled=not (presides and is_ready),
        width="stretch",
        help=BLIND_HELP,
    )
    if not presides:
        st.caption(NOT_YOURS)
    if ballot is not None:
        table = f"{base_path()}/ballots/{ballot.id}.csv"
        st.html(f'<div class="ctjp-links"><a href="{table}" download>Votes as a table, CSV</a></div>')


@to_its_end
@shows_errors
def act(told: object) -> None:
    """A button of the player was pressed: `told` comes from the browser, so it may be anything."""
    if not isinstance(told, dict) or "ballot" not in told:
        return
    ballot = resources.ballots().get(told["ballot"])
    if ballot is None:
        return
    if told.get("act") == "away":
        session.put(CompareKeys.BALLOT_PUT_AWAY, ballot.id)
    elif told.get("act") in STATE_AFTER and _may_preside(ballot.run):
        resources.ballots().set_state(ballot.id, STATE_AFTER[told["act"]])


@to_its_end
@shows_errors
def _ask_first() -> None:
    """Pressed: the form's run is painted unseen, and the room predicts."""
    session.put(CompareKeys.MESSAGE, None)
    secret = session.owner_secret()
    try:
        run = submission.submit_run(*form.form_values(), secret)
    except UserError as error:
        session.put(CompareKeys.MESSAGE, ("error", public_text(error)))
        return
    address.show_run(run.id)
    if not _may_preside(run.id):
        session.put(CompareKeys.MESSAGE, ("info", NOT_YOURS))
        return
    _paint_stronger(run)
    resources.ballots().open(run.id, PREDICTION, run.request.painters)  # the last thing: each call opens one


def _paint_stronger(run: Run) -> None:
    """Ten times the guidance, so that the answer is there when the votes are revealed."""
    request = stronger_guidance(run.request)
    if request is None:
        return
    values = {"diffusion": vars(request.settings["diffusion"])}
    try:
        submission.submit_run(request.prompt, request.seed, ("diffusion",), values, session.owner_secret())
    except UserError as error:  # the vote goes on without this answer
        session.put(CompareKeys.MESSAGE, ("info", LEFT_OUT + public_text(error)))


@to_its_end
@shows_errors
def _open_blind(run_id: str) -> None:
    """Pressed: the room looks at the pictures without names."""
    run = resources.store().get(run_id)
    if run is not None and run.status == "done" and _may_preside(run_id):
        resources.ballots().open(run_id, BLIND, run.request.painters)


def _may_preside(run_id: str) -> bool:
    """Whether this browser may open, close and reveal votes about a run."""
    if is_operator(st.context.cookies):
        return True
    return resources.store().queue.may_cancel(run_id, session.owner_secret())
