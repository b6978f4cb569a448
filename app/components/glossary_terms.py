"""Terms of the glossary that explain themselves on pages: in the help of a field, or in a row."""

from app.charts.marks import EXPLAINED
from app.components.messages import escape_markdown
from app.components.script_component import ScriptComponent
from app.web.addresses import base_path
from core.base.glossary import meaning

GUIDE = "How to read this"  # the page with all of them
# Setting → key in EXPLAINED of what it is about.
OF_SETTINGS = {
    "judge": "score",
    "cutouts": "cutouts",
    "guidance_strength": "guidance",
    "also_optimise": "realism",
}

_component = ScriptComponent("ctjp_glossary", "glossary/glossary-row.js", height="1.6rem")


def show_terms(key: str, *terms: str) -> None:
    """A row of terms, keys of EXPLAINED, each with its sentence by tap, pointer and keyboard."""
    _component.show(key, {"terms": terms})


def term_help(*terms: str) -> str:
    """The sentences of terms, keys of EXPLAINED, with a link, for the help of a field."""
    told = (f"**{escape_markdown(name)}:** {escape_markdown(meaning(name))}" for name in map(_name, terms))
    return "\n\n".join([*told, f"[{GUIDE}]({base_path()}/about)"])


def setting_help(setting: str) -> str | None:
    """The same for the field of a setting; None for one that stands for no such term."""
    return term_help(OF_SETTINGS[setting]) if setting in OF_SETTINGS else None


def _name(key: str) -> str:
    return EXPLAINED[key]
