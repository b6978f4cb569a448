"""The toy judge: four pixels, a score in one line, and what a prior changes. All in the browser."""

import streamlit as st

from app.components.script_component import ScriptComponent
from app.keys import OtherKeys
from core.lesson import toy_judge

INTRO = """
A picture of four pixels, and a judge that is one line long. Nothing about it is hidden, and yet this judge
has no best picture. Climb its score, watch realism, then put a prior in between.
"""

_component = ScriptComponent("ctjp_toy", "lesson/toy-judge/toy-judge.js")


def page() -> None:
    """Draw the page."""
    st.markdown("### The toy judge")
    st.markdown(INTRO)
    data = {
        "order": toy_judge.PIXEL_ORDER,
        "start": toy_judge.START,
        "gradient": toy_judge.GRADIENT,
        "half": toy_judge.HALF_DISTANCE,
        "natural": [{"name": name, "pixels": pixels} for name, pixels in toy_judge.NATURAL_PICTURES.items()],
        "worked": toy_judge.worked_example(),
    }
    _component.show(OtherKeys.TOY, data)
