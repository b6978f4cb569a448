"""The toy judge: four pixels that a learner moves, a score in one line, and what a prior changes. It all runs in the browser."""

import streamlit as st

from app import state
from app.board import Board
from core.lesson import toy

INTRO = """
A picture of four pixels, and a judge that is one line long. Nothing about it is hidden, and still the best picture for
this judge is none at all. Climb its score, watch realism, then put a prior in between.
"""

_board = Board("ctjp_toy", "toy.js")


def page():
    """Draw the page."""
    st.markdown("### The toy judge")
    st.markdown(INTRO)
    data = {
        "order": toy.ORDER,
        "start": toy.START,
        "gradient": toy.GRADIENT,
        "half": toy.HALF,
        "natural": [{"name": name, "pixels": pixels} for name, pixels in toy.NATURAL.items()],
        "worked": toy.worked(),
    }
    _board.show(state.TOY, data, _nothing)


def _nothing():
    """The component asks for nothing."""
