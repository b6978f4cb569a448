"""The script of every session: page configuration and navigation; no logic."""

from pathlib import Path

import streamlit as st

from app.player import assets
from app.views import about, compare
from app.widgets import guarded, page_links_wait_for_fields, style

ICON = Path(__file__).parent / "static" / "icon.svg"  # a named icon would be fetched from the network

st.set_page_config("Can the judge paint?", page_icon=ICON, layout="wide", initial_sidebar_state="expanded")
style()
page_links_wait_for_fields(assets())
page = st.navigation(
    [
        st.Page(compare.page, title="Compare", icon=":material/compare:", url_path="compare", default=True),
        st.Page(about.page, title="How to read this", icon=":material/menu_book:", url_path="about"),
    ],
    position="top",
)
guarded(page.run)()
