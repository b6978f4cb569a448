"""A grid of runs over one or two settings, everything else the same."""

import streamlit as st

from app import services, state, whatif, widgets
from app.board import Board
from core import sweep_store
from core.errors import UserError
from core.places import pack_name
from core.settings import LABELS, PAINTERS, knobs
from core.sweeps import PAINTER, PRESETS, SEED, Plan, axis_label, parse_axis, suggestion
from core.words import unknown_words

NONE = state.NO_AXIS
_board = Board("ctjp_sweep", "sweep.js")


def page():
    """Draw the page."""
    store = services.store()
    asked = state.take(state.GO_TO)  # a preset was pressed
    wanted = asked or state.requested_sweep()
    sweep = sweep_store.get(store, wanted) if wanted else None
    fresh = state.first_visit()
    if sweep is not None and (asked or state.get(state.SWEEP) != sweep.id):
        state.adopt_plan(sweep.plan)
        state.adopt_knobs(sweep.plan.base if fresh else {})  # what a visitor has set on the main page is not touched
    _defaults()
    with st.sidebar:
        _form(sweep, bool(wanted) and sweep is None)
    if sweep is None:
        _questions()
        return
    state.show_sweep(sweep.id)
    active = any((run := store.get(run_id)) and run.active for run_id in sweep.runs)
    look = next((p.look for p in PRESETS if p.asks(sweep.plan)), "")
    _board.show(state.SWEEP_BOARD, {"sweep": sweep.id, "active": active, "look": look}, _ended)


def _defaults():
    """First values of the form's fields."""
    first = next(iter(services.manifest().get("examples", ())), "")
    state.setdefault(state.SWEEP_PROMPT, state.get(state.PROMPT) or first)
    state.setdefault(state.SWEEP_SEED, state.get(state.SEED) or 0)
    state.setdefault(state.SWEEP_PAINTER, "pixels")
    state.setdefault(state.SWEEP_X, "cutouts")
    state.setdefault(state.SWEEP_Y, NONE)
    for axis, values in ((state.SWEEP_X, state.SWEEP_X_VALUES), (state.SWEEP_Y, state.SWEEP_Y_VALUES)):
        painter, name = state.get(state.SWEEP_PAINTER), state.get(axis)
        if name not in _axes(painter):  # the painter was changed to one without this knob
            state.put(axis, NONE if axis == state.SWEEP_Y else "steps")
            state.put(values, "" if axis == state.SWEEP_Y else suggestion("steps", painter))
        state.setdefault(values, "" if state.get(axis) == NONE else suggestion(state.get(axis), painter))


def _axes(painter):
    return [NONE, *(knob.name for knob in knobs(PAINTERS[painter])), SEED, PAINTER]


def _form(sweep, missing):
    st.markdown("#### Sweep one or two settings")
    widgets.prompt_field(state.SWEEP_PROMPT)
    plan, trouble = _plan()
    may_cancel = sweep is not None and sweep_store.may_cancel(services.store(), sweep, state.owner())
    widgets.run_buttons(_start, _cancel, may_cancel, "Paint grid", "Stops the cells that are not painted yet; the others stay.")
    _expectation(plan, trouble)
    message = state.get(state.SWEEP_MESSAGE)
    if message is None and missing:
        message = ("info", "The sweep in the address is not stored here. Choose the axes and press Paint grid.")
    widgets.notices(message, unknown_words(state.get(state.SWEEP_PROMPT) or "", services.known_words()))
    painter = st.selectbox("Painter", PAINTERS, format_func=LABELS.get, key=state.SWEEP_PAINTER, persist_state="session")
    _axis_fields("Across", painter, [name for name in _axes(painter) if name != NONE], state.SWEEP_X, state.SWEEP_X_VALUES)
    _axis_fields("Down", painter, _axes(painter), state.SWEEP_Y, state.SWEEP_Y_VALUES)
    widgets.seed_field(state.SWEEP_SEED)
    changed = sum(len(state.changed_knobs(p)) for p in PAINTERS)
    st.caption(
        f"Everything else is as set on Compare ({changed} changed from the defaults)." if changed else "Everything else is at its default."
    )
    if sweep is not None:
        whatif.presets(on_sweep=True)
        whatif.copy_link(None)


def _axis_fields(title, painter, names, axis, values):
    st.selectbox(
        title, names, format_func=lambda name: "nothing" if name == NONE else axis_label(name, painter), key=axis,
        persist_state="session", on_change=_suggest, args=(axis, values),
    )  # fmt: skip
    st.text_input(
        f"Values {title.lower()}", key=values, persist_state="session", disabled=state.get(axis) == NONE, placeholder="1, 4, 16",
        label_visibility="collapsed",
    )  # fmt: skip


def _suggest(axis, values):
    name = state.get(axis)
    seed = int(state.get(state.SWEEP_SEED) or 0)
    state.put(values, "" if name == NONE else suggestion(name, state.get(state.SWEEP_PAINTER), seed))


def _plan():
    """(Plan or None, one sentence why not)."""
    prompt, seed = state.get(state.SWEEP_PROMPT) or "", int(state.get(state.SWEEP_SEED) or 0)
    base, painter = state.form()[3], state.get(state.SWEEP_PAINTER)
    try:
        x = parse_axis(state.get(state.SWEEP_X), state.get(state.SWEEP_X_VALUES) or "", painter)
        name = state.get(state.SWEEP_Y)
        y = None if name == NONE else parse_axis(name, state.get(state.SWEEP_Y_VALUES) or "", painter)
        return Plan.make(prompt, painter, x, y, seed, pack_name(), base), ""
    except UserError as error:
        return None, str(error)


def _expectation(plan, trouble):
    if plan is None:
        st.caption(widgets.escape(trouble))
        return
    requests = [cell.request for cell in plan.cells()]
    missing = services.missing(requests)
    stored = f", {len(requests) - len(missing)} of them stored already" if len(missing) < len(requests) else ""
    if not missing:
        st.caption(f"**{len(requests)} cells**, all of them stored already.")
        return
    estimate = services.estimate(missing)
    st.caption(f"**{len(requests)} cells{stored}: {estimate.text()}.** {estimate.source()}")


def _questions():
    """What is shown before the first sweep: questions that one click answers."""
    st.markdown("### What if?")
    st.caption("One click paints a small grid for the prompt at the left. Or choose your own axes there and press Paint grid.")
    columns = st.columns(3)
    for place, preset in enumerate(PRESETS):
        with columns[place % 3].container(border=True):
            whatif.preset_button(preset, on_sweep=True)


@widgets.guarded
def _start():
    """Pressed Paint grid: queue the cells that are not stored."""
    plan, trouble = _plan()
    state.put(state.SWEEP_MESSAGE, None)
    try:
        if plan is None:
            state.put(state.SWEEP_MESSAGE, ("error", trouble))
            return
        sweep = services.start_sweep(plan, state.owner())
    except UserError as error:
        state.put(state.SWEEP_MESSAGE, ("error", str(error)))
        return
    state.show_sweep(sweep.id)


@widgets.guarded
def _cancel():
    """Pressed Cancel: what is painted stays."""
    wanted = state.requested_sweep()
    sweep = sweep_store.get(services.store(), wanted) if wanted else None
    stopped = sweep_store.cancel(services.store(), sweep, state.owner()) if sweep else 0
    told = f"{stopped} cells were stopped. Paint grid goes on with them." if stopped else "There was nothing left to cancel."
    state.put(state.SWEEP_MESSAGE, ("info", told))


def _ended():
    """The last cell has ended: the page runs once more, so that its buttons say so."""
