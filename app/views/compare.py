"""The main page: a form at the side, and the player."""

import streamlit as st

from app import player, predict, services, state, tour, whatif, widgets
from app.views import export
from core import links
from core.errors import SettingError, UserError
from core.places import pack_name
from core.settings import PAINTERS, RunRequest
from core.words import unknown_words


def page():
    """Draw the page."""
    if state.first_visit():
        _arrive()
    run, trouble = _shown()
    state.on_stage(run and run.id)
    state.setdefault(state.PROMPT, _default_prompt())
    tour.show()
    with st.sidebar:
        other = _form(run, trouble)
    predict.strip(run)
    player.show(run, key=state.PLAYER, compare=other and other.id)


def _arrive():
    """A new session: the address fills the form and says which run to show; nothing is run by itself."""
    link, wanted = state.link(), state.requested_run()[0]
    run = services.store().get(wanted) if wanted else None
    if not link.given:
        run = run or _example()
        if run is not None:
            state.adopt(run.request)
        return
    state.fill(link, run.request.prompt if run else _default_prompt())
    told = [widgets.refused(link.junk)] if link.junk else []
    if run is None:
        run = services.find(*state.form())
        if run is not None:
            state.show_run(run.id)
        else:
            state.forget_run()
            told.append("This run is not stored here. Its settings are in the form: press Run to paint it.")
    if told:
        state.put(state.MESSAGE, ("warning" if link.junk else "info", " ".join(told)))


def _form(run, trouble):
    st.markdown("#### Can the judge paint?")
    widgets.prompt_field()
    may_cancel = bool(run and run.active and services.store().may_cancel(run.id, state.owner()))
    widgets.run_buttons(_run, _cancel, may_cancel)
    widgets.expectation(_expected())
    predict.switch()
    message = state.get(state.MESSAGE) or (("info", trouble) if trouble else None)
    widgets.notices(message, unknown_words(state.get(state.PROMPT) or "", services.known_words()))
    widgets.example_pills(_examples(), _pick_example)
    widgets.settings_heading()
    for painter, settings in PAINTERS.items():
        widgets.painter_switch(painter, settings)
    widgets.seed_field()
    other = whatif.section(run)
    export.buttons(run)
    whatif.copy_link(state.link_parameters(_found()))
    return other


def _expected():
    """Estimate for what the form says, or None if it cannot be run."""
    _, seed, painters, values = state.form()
    try:
        chosen = {painter: values[painter] for painter in painters}
        return services.estimate([RunRequest.make("any", seed, pack_name(), tuple(painters), **chosen)])
    except SettingError:
        return None


def _examples():
    return tuple(services.manifest().get("examples", ()))


def _default_prompt():
    return next(iter(_examples()), "")


def _found():
    """Settings that the form has when nobody has asked for anything: the example's."""
    example = _example()
    return links.of(example.request) if example else {links.PROMPT: _default_prompt()}


def _example():
    example = services.example_id()
    return services.store().get(example) if example else None


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
    return _example(), trouble


@widgets.guarded
def _run():
    """Pressed Run: queue the run, or show the stored one."""
    state.put(state.MESSAGE, None)
    try:
        run = services.submit(*state.form(), state.owner())
    except UserError as error:
        state.put(state.MESSAGE, ("error", str(error)))
        return
    if run.status == "done":
        note = "This very run is stored already, so it is shown at once. Change the seed or a setting for another."
        state.put(state.MESSAGE, ("info", note))
    predict.asked(run)
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
