"""The terms of the comparison on the form: three named sets of settings, and which one the form has."""

import streamlit as st

from app import form, resources
from app.components.messages import escape_markdown
from app.components.settings_choice import settings_choice
from app.keys import CompareKeys
from core.base.environment import pack_name
from core.base.errors import SettingError
from core.base.settings import painter_settings
from core.base.terms import LABELS, OWN, PRESETS, WITH_TEXT, Terms, preset_settings, terms_of

REFUSED = Terms(OWN, LABELS[OWN], "these settings contradict each other.")
HELP = "One click sets every painter's settings. Prompt, seed and switches stay as they are."

NO_TEXT = " The denoiser of this pack reads no text, so “With text” is not offered."


def show_terms() -> None:
    """The presets, with the one marked that the form amounts to; the help says what that means."""
    terms = terms_of_form()
    offered = [name for name in PRESETS if name != WITH_TEXT or _denoiser_reads_text()]
    settings_choice(
        "Terms of the comparison",
        LABELS,
        offered,
        terms.name,
        CompareKeys.TERMS,
        preset_settings,
        f"{HELP}{'' if WITH_TEXT in offered else NO_TEXT} Now: {escape_markdown(terms.text())}",
    )
    if terms.name == OWN:
        st.caption("Own settings: none of these three.")


def terms_of_form() -> Terms:
    """The terms that the form's settings amount to, of the painters that are switched on."""
    values = form.form_values()
    try:
        given = {painter: painter_settings(painter, values.settings[painter]) for painter in values.painters}
    except SettingError:
        return REFUSED
    return terms_of(given, _denoiser_reads_text())


def _denoiser_reads_text() -> bool:
    return resources.denoiser_reads_text(pack_name())
