"""The codebook: a picture as a grid of codes that can be swapped by hand, decoded and measured at once."""

import streamlit as st

from app import asking, services, state
from app.board import Board
from core.lesson import codebook, pictures

INTRO = """
VQGAN spells a picture with a few hundred **codes** out of a fixed book, and its decoder paints them. Whoever moves codes instead
of pixels cannot make static: whatever the choice, the *patches* look plausible. Swap some by hand, then shuffle all of them, and see what
the book does not promise.
"""

_board = Board("ctjp_codebook", "codebook.js")
_asked = asking.on_ask("codebook", state.CODEBOOK, state.CODEBOOK_JOB)


def page():
    """Draw the page."""
    st.markdown("### The codebook")
    st.markdown(INTRO)
    donors = {scene: asking.job_id("codebook", {"scene": scene}) for scene in pictures.SCENES}
    side, count = codebook.grid(services.manifest())
    data = {
        **asking.current(state.CODEBOOK_JOB, donors[pictures.DEFAULT]),
        "donors": donors,
        "palette": asking.job_id("codebook", {"palette": True}),
        "scenes": asking.scenes(),
        "side": side,
        "count": count,
        "size": services.manifest()["size"],
        "reference": services.photographs(),
    }
    _board.show(state.CODEBOOK, data, _asked)
