"""In the wild: for each place where a judge meets a painter, the preset or export that does that job here."""

import html
from urllib.parse import urlencode

import streamlit as st

from app.player import base_path
from core.lesson.wild import PLACES

INTRO = """
The same two parts, a judge and something that paints, are at work in many places. For each there is a setting or an export
here that does its job, and shows beside it what that place does not.
"""
STYLE = """<style>
.ctjp-go { display: flex; flex-wrap: wrap; gap: 0.5rem; }
.ctjp-go a { padding: 0.35rem 0.9rem; border: 1px solid color-mix(in srgb, currentColor 30%, transparent); border-radius: 0.5rem;
  color: inherit; text-decoration: none; font-weight: 600; }
.ctjp-go a:hover { border-color: currentColor; }
.ctjp-go a:focus-visible { outline: 2px solid; outline-offset: 2px; }
</style>"""


def page():
    """Draw the page."""
    st.html(STYLE)
    st.markdown("### In the wild")
    st.markdown(INTRO)
    for place in PLACES:
        with st.container(border=True):
            _place(place)


def _place(place):
    left, right = st.columns([4, 7], gap="large")
    with left:
        st.markdown(f"#### {place.name}")
        st.markdown(f"**There:** {place.there}")
        st.markdown(f"**Here:** {place.here}")
        st.markdown(f"**Look:** {place.look}")
    with right:
        if place.links:
            st.html(links(place))
        for text in (*place.commands, *place.code):
            _copyable(text)
        if place.source:
            with st.expander(f"The hooks: core/lesson/{place.source.name}"):
                _copyable(place.source.read_text("utf-8"))


def _copyable(text):
    """A box with a button that copies it; plain, since the colours of code are too pale to be read from a projector."""
    st.code(text, language=None, wrap_lines=True)


def links(place):
    """The links of a place as HTML; they open in the same tab, with a form of their own."""
    parts = []
    for label, path, parameters in place.links:
        address = f"{base_path()}/{path}" + (f"?{urlencode(parameters)}" if parameters else "")
        parts.append(f'<a href="{html.escape(address)}" target="_self">{html.escape(label)}</a>')
    return f'<div class="ctjp-go">{"".join(parts)}</div>'
