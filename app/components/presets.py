"""Questions that one click answers: each starts a small sweep and leads to it."""

import streamlit as st

from app import form, resources, session, submission
from app.clicks import to_its_end
from app.components.messages import escape_markdown, shows_errors
from app.keys import CompareKeys, SweepKeys
from app.public_text import public_text
from core.base.environment import pack_name
from core.base.errors import UserError
from core.base.sweep_presets import SweepPreset
from core.service import ahead_requests


def show_presets(on_sweep: bool = False) -> None:
    """Every preset below one button; `on_sweep` says that the page's prompt and seed are the sweep's own."""
    with st.popover("One-click questions", icon=":material/quiz:", width="stretch"):
        for preset in offered_presets():
            show_preset_button(preset, on_sweep)


def offered_presets() -> list[SweepPreset]:
    """The questions that the app's pack has the judges and the world for. Raises PackError."""
    return ahead_requests.offered_presets(resources.manifest())


def show_preset_button(preset: SweepPreset, on_sweep: bool = False) -> None:
    """Button of a preset with the sentence on what to look for."""
    with st.container(gap="xsmall"):
        key = f"preset:{preset.name}"
        st.button(preset.title, key=key, on_click=_start_preset, args=(preset, on_sweep), width="stretch")
        st.caption(escape_markdown(preset.look))


@to_its_end
@shows_errors
def _start_preset(preset: SweepPreset, on_sweep: bool) -> None:
    """Queue the preset's cells for the page's prompt, seed and settings, and go to the sweep's page."""
    values = form.form_values()
    prompt, seed = values.prompt, values.seed
    if on_sweep:
        prompt, seed = session.text(SweepKeys.PROMPT), session.number(SweepKeys.SEED)
    try:
        sweep = submission.start_sweep(
            preset.plan(prompt, seed, pack_name(), values.settings), session.owner_secret()
        )
    except UserError as error:
        for key in (CompareKeys.MESSAGE, SweepKeys.MESSAGE):
            session.put(key, ("error", public_text(error)))
        return
    session.put(SweepKeys.MESSAGE, None)
    session.put(SweepKeys.SHOWN, None)  # the form is filled anew even if this sweep is shown already
    session.put(SweepKeys.TO_OPEN, sweep.id)
