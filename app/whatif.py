"""The part of the form that asks "what if": keep a run as B, and questions that one click answers. Calls streamlit."""

import streamlit as st

from app import services, state
from app.board import Board
from app.widgets import escape, guarded
from core.errors import UserError
from core.places import pack_name
from core.settings import LABELS, PAINTERS, knobs
from core.sweeps import PRESETS

_link = Board("ctjp_link", "link.js")
SHOWN = 3  # differences that are named; the rest is counted


def section(run):
    """Heading, the two runs' buttons and the presets.

    Args:
        run: core.store.Run that is shown, A; or None.

    Returns:
        The Run kept as B if it differs from A, or None.
    """
    kept = state.requested_b()
    other = services.store().get(kept) if kept else None
    st.markdown("**What if**")
    left, right = st.columns(2)
    if other is None:
        before = state.get(state.BEFORE)
        left.button(
            "Keep as B", key="keep", on_click=state.keep_b, args=(run and run.id,), disabled=run is None, width="stretch",
            help="Keep the run shown as B; then change a setting and press Run.",
        )  # fmt: skip
        right.button(
            "Last as B", key="last", on_click=state.keep_b, args=(before,), disabled=not before, width="stretch",
            help="Lay the run that was shown before this one over it.",
        )  # fmt: skip
        told = "Compare two runs: their curves and pictures are laid over each other."
    else:
        same = run is not None and run.id == other.id
        left.button("Swap", key="swap", on_click=_swap, args=(run and run.id, other.id), disabled=run is None or same, width="stretch",
                    help="Show B, and keep the run shown now as B.")  # fmt: skip
        right.button("B off", key="b_off", on_click=state.keep_b, args=(None,), width="stretch", help="Show one run only.")
        told = "This run is kept as B. Change a setting and press Run." if same else _told(run, other)
    st.caption(escape(told))
    presets()
    return None if other is None or run is None or other.id == run.id else other


def differences(a, b):
    """What differs between two RunRequests, as "Canvas fourier instead of raw"; A first."""
    found = []
    if a.prompt != b.prompt:
        found.append(f"prompt “{a.prompt}” instead of “{b.prompt}”")
    if a.seed != b.seed:
        found.append(f"seed {a.seed} instead of {b.seed}")
    for painter in PAINTERS:
        mine, theirs = a.settings.get(painter), b.settings.get(painter)
        if (mine is None) != (theirs is None):
            found.append(f"{LABELS[painter]} {'off' if mine is None else 'on'} instead of {'on' if mine is None else 'off'}")
        for knob in knobs(PAINTERS[painter]) if mine and theirs else ():
            here, there = getattr(mine, knob.name), getattr(theirs, knob.name)
            if here != there:
                found.append(f"{LABELS[painter]}: {knob.label.lower()} {here} instead of {there}")
    return found


def _told(run, other):
    found = differences(run.request, other.request) if run else []
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"A has {', '.join(found[:SHOWN])}{more} (B)." if found else "A and B have the same settings."


@guarded
def _swap(a, b):
    state.show_run(b)
    state.keep_b(a)
    run = services.store().get(b)
    if run is not None:
        state.adopt(run.request)


def presets(on_sweep=False):
    """Every preset below one button; `on_sweep` says that the page's prompt and seed are the sweep's own."""
    with st.popover("One-click questions", icon=":material/quiz:", width="stretch"):
        for preset in PRESETS:
            preset_button(preset, on_sweep)


def preset_button(preset, on_sweep=False):
    """Button of a preset with the sentence on what to look for."""
    with st.container(gap="xsmall"):
        st.button(preset.title, key=f"preset:{preset.name}", on_click=_ask, args=(preset, on_sweep), width="stretch")
        st.caption(escape(preset.look))


def copy_link(settings):
    """Button that copies the page's address.

    Args:
        settings: name → text that the address is to hold of the form, or None to leave the address as it is.
    """
    _link.show(state.LINK, {"settings": settings}, _nothing)


def _nothing():
    """The component asks for nothing."""


@guarded
def _ask(preset, on_sweep):
    """One click on a preset: queue its cells for the page's prompt and seed and the form's settings, and go to the sweep's page."""
    prompt, seed, _, values = state.form()
    if on_sweep:
        prompt, seed = state.get(state.SWEEP_PROMPT) or "", int(state.get(state.SWEEP_SEED) or 0)
    try:
        sweep = services.start_sweep(preset.plan(prompt, seed, pack_name(), values), state.owner())
    except UserError as error:
        for message in (state.MESSAGE, state.SWEEP_MESSAGE):
            state.put(message, ("error", str(error)))
        return
    state.put(state.SWEEP_MESSAGE, None)
    state.put(state.GO_TO, sweep.id)
