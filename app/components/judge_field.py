"""Which judge steers, for all painters at once: one click swaps judge and held-out judge."""

import streamlit as st

from app import form, resources
from app.components.glossary_terms import term_help
from app.components.settings_choice import settings_choice
from app.keys import CompareKeys
from core.base.judges import NAMES, NETWORKS, STEERING, WITNESS, is_usual
from core.base.settings import PAINTERS
from core.packs.support import judge_choices

LABELS = {"judge": "Judge", "heldout": "Held-out", "both": "Both", "robust": "Robust"}
HELP = (
    "Whose score every painter climbs. Held-out swaps the two judges: the first one then only looks on. "
    "“Which judge” in a painter's settings changes it for that painter alone."
)
NO_ROBUST = " This model pack has no robust judge."
HELD_OUT = {"robust": "the robust judge, a relative of the first, looks on"}  # it began as the first judge
MIXED = "Painters follow different judges."


def show_judges() -> None:
    """The choices that the pack has networks for; the one that all painters follow is marked."""
    offered = judge_choices(resources.manifest())
    painters = form.form_values().painters
    chosen = {form.setting_values(painter).get("judge", "judge") for painter in painters}
    common = chosen.pop() if len(chosen) == 1 else None
    settings_choice(
        "Which judge steers",
        LABELS,
        offered,
        common,
        CompareKeys.JUDGE,
        _for_all_painters,
        f"{HELP if 'robust' in offered else HELP + NO_ROBUST}\n\n{term_help('score', 'heldout')}",
    )
    if common is None and painters:
        st.caption(MIXED)
    elif common and not is_usual({"all": {"judge": common}}):
        st.caption(_parts(common))


def _parts(choice: str) -> str:
    """Who steers and who is held out: "The second judge steers; the first judge is held out."."""
    steering = " and the ".join(NAMES[name].lower() for name in STEERING[choice])
    witness = WITNESS[choice]
    has_witness = NETWORKS[witness] in resources.manifest()["models"]
    held_out = HELD_OUT.get(witness, f"the {NAMES[witness].lower()} is held out")
    held_out = held_out if has_witness else "no judge is held out"
    return f"The {steering} steer{'s' if len(STEERING[choice]) == 1 else ''}; {held_out}."


def _for_all_painters(choice: str) -> form.Values:
    return {painter: {"judge": choice} for painter in PAINTERS}
