"""Noise on purpose: a real picture into noise, and many small learned repairs back, nudged or not."""

import streamlit as st

from app import address, resources, session
from app.components import lesson_jobs
from app.components.export_import import show_handout
from app.components.script_component import ScriptComponent
from app.keys import NoiseKeys
from core.lesson import real_pictures
from core.storage.records import Run

PAINTER = "diffusion"
MAX_RUNS = 12

INTRO = """
The opening failure asked a judge that cannot paint for a whole picture at once. Here is the other way.
Spoil real pictures with noise **on purpose**, and train a network to undo *a little* of it. Then start from
nothing but noise and let the network repair it bit by bit: every repair was learnt from real pictures, and
the judge may only nudge.
"""

_component = ScriptComponent("ctjp_noise", "lesson/noise-on-purpose/noise-on-purpose.js")
_on_request = lesson_jobs.request_callback("noise", NoiseKeys.LESSON, NoiseKeys.JOB)


def page() -> None:
    """Draw the page."""
    st.markdown("### Noise on purpose")
    st.markdown(INTRO)
    first = lesson_jobs.request_job("noise", {"scene": real_pictures.DEFAULT_SCENE})
    data = {
        **lesson_jobs.current_job(NoiseKeys.JOB, first),
        "scenes": lesson_jobs.start_pictures(),
        "reference": resources.required_reference_figures(),
    }
    _component.show(NoiseKeys.LESSON, data, _on_request)
    _show_handout()


def _show_handout() -> None:
    """The hand-out of a run with this painter; which one can be chosen."""
    runs = _runs()
    if not runs:
        return
    if session.get(NoiseKeys.RUN) not in runs:
        session.put(NoiseKeys.RUN, next(iter(runs)))
    st.selectbox(
        "Run for the hand-out",
        list(runs),
        key=NoiseKeys.RUN,
        format_func=lambda run_id: resources.run_label(runs[run_id]),
        persist_state="session",
    )
    show_handout(runs[session.get(NoiseKeys.RUN)])


def _runs() -> dict[str, Run]:
    """Id → finished run with guided diffusion: the one last shown, the example, this browser's."""
    ids = filter(None, [address.requested_run()[0], resources.example_id()])
    mine, _ = resources.gallery().page(session.owner_secret(), mine=True, limit=MAX_RUNS)
    found = [*filter(None, map(resources.store().get, ids)), *(card.run for card in mine)]
    return {run.id: run for run in found if run.status == "done" and PAINTER in run.request.painters}
