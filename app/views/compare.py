"""The main page: a form at the side, and the player."""

import streamlit as st

from app import player, services, state, widgets
from core.errors import UserError
from core.settings import PAINTERS, knobs
from core.words import unknown_words


def page():
    """Draw the page."""
    run, trouble = _shown()
    if state.first_visit() and run is not None:
        state.adopt(run.request)
    state.setdefault(state.PROMPT, next(iter(_examples()), ""))
    with st.sidebar:
        _form(run, trouble)
    player.show(run, key=state.PLAYER)


def _form(run, trouble):
    st.markdown("#### Can the judge paint?")
    widgets.prompt_field()
    may_cancel = bool(run and run.active and services.store().may_cancel(run.id, state.owner()))
    widgets.run_buttons(_run, _cancel, may_cancel)
    message = state.get(state.MESSAGE) or (("info", trouble) if trouble else None)
    widgets.notices(message, unknown_words(state.get(state.PROMPT) or "", services.known_words()))
    widgets.example_pills(_examples(), _pick_example)
    for painter, settings in PAINTERS.items():
        widgets.painter_switch(painter, settings)
    widgets.seed_field()


def _examples():
    return tuple(services.manifest().get("examples", ()))


def _shown():
    """(run to show or None, a sentence if the address names one that is not here)."""
    store = services.store()
    wanted, junk = state.requested_run()
    run = store.get(wanted) if wanted else None
    if run is not None:
        state.show_run(run.id)
        return run, None
    trouble = None
    if wanted or junk:
        trouble = "The run in the address is not stored here, so the example is shown. Check the link, or press Run."
    example = services.example_id()
    return (store.get(example) if example else None), trouble


@widgets.guarded
def _run():
    """Pressed Run: queue the run, or show the stored one."""
    painters = [painter for painter in PAINTERS if state.get(state.painter_key(painter), True)]
    values = {painter: state.knob_values(painter, knobs(PAINTERS[painter])) for painter in painters}
    state.put(state.MESSAGE, None)
    try:
        run = services.submit(state.get(state.PROMPT) or "", int(state.get(state.SEED) or 0), painters, values, state.owner())
    except UserError as error:
        state.put(state.MESSAGE, ("error", str(error)))
        return
    if run.status == "done":
        note = "This very run is stored already, so it is shown at once. Change the seed or a setting for another."
        state.put(state.MESSAGE, ("info", note))
    state.show_run(run.id)


@widgets.guarded
def _cancel():
    """Pressed Cancel: the painter process stops the run between two steps."""
    run_id, _ = state.requested_run()
    if not run_id or not services.store().request_cancel(run_id, state.owner()):
        state.put(state.MESSAGE, ("info", "There was nothing left to cancel: the run had ended, or another browser started it."))


@widgets.guarded
def _pick_example():
    """Clicked an example: it becomes the prompt, and the pill can be clicked again."""
    picked = state.get(state.EXAMPLE)
    if picked:
        state.put(state.PROMPT, picked)
        state.put(state.EXAMPLE, None)
        state.put(state.MESSAGE, None)
