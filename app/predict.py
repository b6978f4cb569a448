"""Predict first: a strip above the pictures that asks before a run and compares afterwards. Calls streamlit.

Off unless a visitor switches it on. Answers and points stay in the browser (app/static/predict.js).
"""

import streamlit as st

from app import services, state
from app.board import Board
from core.lesson import predict
from core.lesson.stored import ends

_board = Board("ctjp_predict", "predict.js")


def switch():
    """The switch in the form."""
    st.toggle(
        "Predict first", key=state.PREDICT, persist_state="session",
        help="Say before a run where score and realism will end, and see your prediction beside the result. Only this browser keeps count.",
    )  # fmt: skip


def asked(run):
    """Run was pressed: what has been predicted by now is about this run, unless its pictures were on the screen already."""
    if run.id != state.requested_run()[0]:
        state.put(state.PREDICTED, run.id)


def strip(run):
    """The questions, or the prediction beside what the run shown has answered; nothing while the switch is off.

    Args:
        run: core.store.Run that is shown, or None.
    """
    # Always there, so that what follows keeps its place in the page when the strip comes and goes.
    with st.container():
        if state.get(state.PREDICT) and services.manifest()["reference"]:  # without photographs there is no band to bet on
            _board.show(state.PREDICTION, _data(run), _nothing)


def _data(run):
    reference = services.manifest()["reference"]
    told = services.reference(run.request.pack) if run and run.status == "done" else None
    return {
        **predict.questions(state.form()[2], reference),
        "asked": state.get(state.PREDICTED),
        "run": run.id if run else None,
        "active": bool(run and run.active),
        "outcome": predict.outcome(ends(services.store(), run.id), told, run.request.settings) if told else None,
    }


def _nothing():
    """The component asks for nothing."""
