"""Predict first: a strip above the pictures that asks before a run and compares afterwards.

Off unless a visitor switches it on. Answers and points stay in the browser (app/static/predict-first).
"""

from typing import Any

import streamlit as st

from app import address, form, resources, session
from app.components.script_component import ScriptComponent
from app.keys import CompareKeys
from core.lesson import predictions
from core.lesson.run_curves import last_rows
from core.measures.judge_gap import judges_reference
from core.storage.records import Run

SWITCH_HELP = (
    "Before a run, say where score and realism will end up; afterwards, see your prediction beside the "
    "result. Only this browser keeps count."
)

_component = ScriptComponent("ctjp_predict", "predict-first/predict-first.js")


def show_switch() -> None:
    """The switch in the form."""
    st.toggle("Predict first", key=CompareKeys.PREDICT_SWITCH, persist_state="session", help=SWITCH_HELP)


def remember_predicted_run(run: Run) -> None:
    """Run was pressed: the prediction is about this run, unless its pictures were shown already."""
    if run.id != address.requested_run()[0]:
        session.put(CompareKeys.PREDICTED_RUN, run.id)


def show_questions(run: Run | None) -> None:
    """The questions, or the prediction beside what the run has answered; nothing while switched off."""
    # Always there, so that what follows keeps its place in the page when the strip comes and goes.
    with st.container():
        reference = resources.manifest()["reference"]  # without real pictures there is no band to bet on
        if session.get(CompareKeys.PREDICT_SWITCH) and reference:
            _component.show(CompareKeys.PREDICTION, _component_data(run, reference))


def _component_data(run: Run | None, reference: dict[str, Any]) -> dict[str, Any]:
    return {
        **predictions.questions(form.form_values().painters, reference),
        "asked": session.get(CompareKeys.PREDICTED_RUN),
        "run": run.id if run else None,
        "active": bool(run and run.active),
        "outcome": _outcome(run) if run and run.status == "done" else None,
    }


def _outcome(run: Run) -> Any:
    """What a finished run has answered; None where the judges' figures for it are not here."""
    figures = judges_reference(resources.reference_of(run.request, run.pack_hash))
    if not figures:
        return None
    return predictions.prediction_answers(last_rows(resources.store(), run.id), figures, run.request.settings)
