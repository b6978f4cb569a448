"""The opening failure, guided: a run of raw ascent as a loop that lights up, and five signs that a picture cheats."""

import streamlit as st

from app import services, state
from app.board import Board
from app.widgets import escape, guarded
from core.errors import UserError
from core.packs import pack_hash

PAINTER = "pixels"
MOST_RUNS = 12
INTRO = """
A judge that knows what fits can say of every pixel which way to move so that it fits *better*. A small step that way, ask again,
repeat: **raw ascent**. The loop is a real run; everything follows the slider.
"""

_board = Board("ctjp_failure", "failure.js")


def page():
    """Draw the page."""
    runs = _runs()
    left, right = st.columns([1, 1], gap="large", vertical_alignment="bottom")
    with left:
        st.markdown("### The opening failure")
        st.markdown(INTRO)
    with right:
        _choice(runs)
    run = runs.get(state.get(state.FAILURE_RUN))
    if run is None:
        st.info("No run of raw ascent is stored yet. Type a prompt and press “Run raw ascent”.")
        return
    bands = services.sign_bands(run.request.pack)
    if bands and bands["pack_hash"] != pack_hash(services.manifest(run.request.pack)):
        st.caption(f"The grey bands were measured with an earlier version of the pack. `{bands['command']}` measures them again.")
    data = {"run": run.id, "bands": bands, "patch": _patch(run.request.pack)}
    _board.show(state.FAILURE, data, lambda: None)


def _choice(runs):
    """Which run, or a new one."""
    which, prompt, button = st.columns([5, 4, 4], vertical_alignment="bottom")
    with which:
        st.selectbox("Run", list(runs), key=state.FAILURE_RUN, format_func=lambda run_id: _label(runs[run_id]), persist_state="session")
    with prompt:
        state.setdefault(state.FAILURE_PROMPT, next(iter(services.manifest().get("examples", ())), ""))
        st.text_input("Or your own prompt", key=state.FAILURE_PROMPT, persist_state="session")
    with button:
        st.button("Run raw ascent", icon=":material/play_arrow:", on_click=_submit, width="stretch")
    if told := state.get(state.FAILURE_MESSAGE):
        st.error(escape(told))


@guarded
def _submit():
    """Pressed the button: raw ascent alone, with its defaults."""
    state.put(state.FAILURE_MESSAGE, None)
    try:
        run = services.submit(state.get(state.FAILURE_PROMPT) or "", 0, [PAINTER], {}, state.owner())
    except UserError as error:
        state.put(state.FAILURE_MESSAGE, str(error))
        return
    state.put(state.FAILURE_RUN, run.id)


def _runs():
    """Id → run that raw ascent takes part in: the one last looked at, the example, this browser's; one of them is chosen."""
    ids = [state.get(state.FAILURE_RUN), state.requested_run()[0], services.example_id()]
    found = [run for run_id in filter(None, ids) if (run := services.store().get(run_id)) is not None]
    mine, _ = services.library().page(state.owner(), mine=True, limit=MOST_RUNS)
    runs = {run.id: run for run in [*found, *(card.run for card in mine)] if PAINTER in run.request.painters}
    if state.get(state.FAILURE_RUN) not in runs:
        state.put(state.FAILURE_RUN, next(iter(runs), None))
    return runs


def _label(run):
    example = "Example: " if run.id == services.example_id() else ""
    return f"{example}{run.request.prompt}, seed {run.request.seed}"


def _patch(pack):
    """Side in pixels of the patches that the judge cuts pictures into, or None (it has none, or the pack is not here)."""
    try:
        manifest = services.manifest(pack)
    except UserError:
        return None
    config = manifest["models"]["judge"]
    side = config["config"]["vision_cfg"].get("patch_size")
    return side * manifest["size"] / config["preprocessing"]["size"] if side else None
