"""A part of a page that is drawn again and again while something is on its way."""

from collections.abc import Callable

import streamlit as st

from app.components.messages import shows_errors


def poll_while(waiting: bool, draw: Callable[[], bool], every: float) -> None:
    """Draw a part of the page; while `waiting`, draw it again without the rest of the page.

    Args:
        draw: draws it, and returns whether something is still on its way.
        every: seconds between two looks; Streamlit would read "2s" with pandas, and import it for that.
    """

    def draw_and_look() -> None:
        if draw() != waiting:
            st.rerun()  # the whole page: only it can begin or end the polling

    st.fragment(shows_errors(draw_and_look), run_every=every if waiting else None)()
