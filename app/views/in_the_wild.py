"""In the wild: for each place where a judge meets a painter, the preset or export that does that job here."""

import html
from urllib.parse import urlencode

import streamlit as st

from app.web.addresses import base_path
from core.lesson.in_the_wild import OUTSIDE_TOOLS, OutsideTool

INTRO = """
The same two parts, a judge and something that paints, are at work in many places. For each of them, a
setting or an export here does the same job, and shows beside it what you do not see there.
"""


def page() -> None:
    """Draw the page."""
    st.markdown("### In the wild")
    st.markdown(INTRO)
    for tool in OUTSIDE_TOOLS:
        with st.container(border=True):
            _show_tool(tool)


def _show_tool(tool: OutsideTool) -> None:
    left, right = st.columns([4, 7], gap="large")
    with left:
        st.markdown(f"#### {tool.name}")
        st.markdown(f"**There:** {tool.there}")
        st.markdown(f"**Here:** {tool.here}")
        st.markdown(f"**Notice:** {tool.look}")
    with right:
        if tool.links:
            st.html(tool_links(tool))
        for text in (*tool.commands, *tool.code):
            _show_code(text)
        if tool.source:
            with st.expander(f"The hooks: core/lesson/{tool.source.name}"):
                _show_code(tool.source.read_text("utf-8"))


def _show_code(text: str) -> None:
    """A box with a button that copies it; plain, since coloured code is too pale for a projector."""
    st.code(text, language=None, wrap_lines=True)


def tool_links(tool: OutsideTool) -> str:
    """The links of a tool as HTML; they open in the same tab, with a form of their own."""
    parts = []
    for label, path, parameters in tool.links:
        address = f"{base_path()}/{path}" + (f"?{urlencode(parameters)}" if parameters else "")
        parts.append(f'<a href="{html.escape(address)}" target="_self"><b>{html.escape(label)}</b></a>')
    return f'<div class="ctjp-links">{"".join(parts)}</div>'
