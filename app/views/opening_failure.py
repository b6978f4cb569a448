"""The opening failure: a run of raw ascent as a loop that lights up, and five signs that a picture cheats."""

from collections.abc import Mapping

import streamlit as st

from app import address, failure_signs, resources, session, submission
from app.components.export_import import show_handout
from app.components.messages import escape_markdown, reports_to, show_message
from app.components.script_component import ScriptComponent
from app.keys import FailureKeys
from core.base.errors import UserError
from core.base.judges import is_usual
from core.base.request import RunRequest
from core.base.settings import PixelSettings
from core.base.start import NOISE, SETTING, Start, start_of
from core.base.sweep_presets import REAL_PICTURE
from core.packs import pack_hash
from core.service.starts import is_miniature_world
from core.storage.records import Run

PAINTER = "pixels"
MAX_RUNS = 12
INTRO = """
A judge that knows what fits can tell, for every pixel, which way to change it so that the picture fits
*better*. Take a small step that way, ask again, repeat: that is **raw ascent**. This loop is a real run;
everything follows the slider.
"""

_component = ScriptComponent("ctjp_failure", "lesson/opening-failure/opening-failure.js")


def page() -> None:
    """Draw the page."""
    runs = _runs()
    st.markdown("### The opening failure")
    st.markdown(INTRO)
    _run_choice(runs)
    run = runs.get(session.get(FailureKeys.RUN))
    if run is None:
        st.info("No run of raw ascent is stored yet. Type a prompt and press “Run raw ascent”.")
        return
    pack = run.request.pack
    bands = failure_signs.sign_bands(pack)
    if bands and bands["pack_hash"] != pack_hash(resources.manifest(pack)):
        command = bands["command"]
        st.caption(
            f"The grey bands were measured with an earlier version of the pack. Run `{command}` to measure "
            "them again."
        )
    start = start_words(run.request)
    data = {"run": run.id, "bands": bands, "patch": _judge_patch_side(pack), "start": start}
    _component.show(FailureKeys.LOOP, data)
    show_handout(run)


def is_shown(request: RunRequest) -> bool:
    """Whether a run has raw ascent and every painter follows the judge, as the signs' words say."""
    return PAINTER in request.painters and is_usual(request.settings)


def start_words(request: RunRequest) -> str:
    """What its raw ascent starts from, for the middle of a sentence."""
    settings = request.settings[PAINTER]
    start = start_of(settings)
    if start.kind == NOISE and isinstance(settings, PixelSettings):
        return f"grey with {100 * settings.init_noise:.0f} % noise"
    return start.in_words()


def _run_choice(runs: Mapping[str, Run]) -> None:
    """Which run, or a new one."""
    which, prompt, button, real = st.columns([28, 22, 18, 24], vertical_alignment="bottom")
    which.selectbox(
        "Run",
        list(runs),
        key=FailureKeys.RUN,
        format_func=lambda run_id: resources.run_label(runs[run_id]),
        persist_state="session",
    )
    session.setdefault(FailureKeys.PROMPT, resources.default_prompt())
    prompt.text_input("Or your own prompt", key=FailureKeys.PROMPT, persist_state="session")
    button.button("Run raw ascent", icon=":material/play_arrow:", on_click=_on_submit, width="stretch")
    if is_miniature_world(resources.manifest()):
        text = f"Watch a real picture fall apart: raw ascent from {Start.read(REAL_PICTURE).in_words()}."
        real.button(
            "Start from a real picture",
            icon=":material/image:",
            on_click=_on_real_picture,
            help=escape_markdown(text),
            width="stretch",
        )
    show_message(session.get(FailureKeys.MESSAGE))


@reports_to(FailureKeys.MESSAGE)
def _on_submit() -> None:
    """Pressed the button: raw ascent alone, with its defaults."""
    run = submission.submit_run(session.text(FailureKeys.PROMPT), 0, [PAINTER], {}, session.owner_secret())
    session.put(FailureKeys.RUN, run.id)


@reports_to(FailureKeys.MESSAGE)
def _on_real_picture() -> None:
    """The same from a rendering of another scene."""
    settings = {PAINTER: {SETTING: REAL_PICTURE}}
    prompt = session.text(FailureKeys.PROMPT)
    run = submission.submit_run(prompt, 0, [PAINTER], settings, session.owner_secret())
    session.put(FailureKeys.RUN, run.id)


def _runs() -> dict[str, Run]:
    """Id → run to be shown: the last one, the example, this browser's; one of them is chosen."""
    ids = [session.get(FailureKeys.RUN), address.requested_run()[0], resources.example_id()]
    found = filter(None, map(resources.store().get, filter(None, ids)))
    mine, _ = resources.gallery().page(session.owner_secret(), mine=True, limit=MAX_RUNS)
    every = [*found, *(card.run for card in mine)]
    runs = {run.id: run for run in every if is_shown(run.request)}
    if session.get(FailureKeys.RUN) not in runs:
        session.put(FailureKeys.RUN, next(iter(runs), None))
    return runs


def _judge_patch_side(pack: str) -> float | None:
    """Side in pixels of the judge's patches, or None (it has none, or the pack is not here)."""
    try:
        manifest = resources.manifest(pack)
    except UserError:
        return None
    judge = manifest["models"]["judge"]
    side = judge["config"]["vision_cfg"].get("patch_size")
    return side * manifest["size"] / judge["preprocessing"]["size"] if side else None
