"""Noise on purpose: a real picture into noise, and many small learned repairs back, with and without the judge's nudge."""

import streamlit as st

from app import asking, services, state
from app.board import Board
from core.lesson import pictures

INTRO = """
The failure asked for a picture in one go, from a judge that cannot paint. Here is the other way. Spoil real pictures with noise
**on purpose**, and train a network to undo a *little* of it. Then start from nothing but noise and let it repair, a little at a
time: every repair is learnt from real pictures, and the judge may only nudge.
"""

_board = Board("ctjp_noise", "noise.js")
_asked = asking.on_ask("noise", state.NOISE, state.NOISE_JOB)


def page():
    """Draw the page."""
    st.markdown("### Noise on purpose")
    st.markdown(INTRO)
    first = asking.job_id("noise", {"scene": pictures.DEFAULT})
    data = {**asking.current(state.NOISE_JOB, first), "scenes": asking.scenes(), "reference": services.photographs()}
    _board.show(state.NOISE, data, _asked)
