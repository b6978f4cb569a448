"""The script of every session: page configuration and navigation; no logic."""

from pathlib import Path

import streamlit as st

from app import state
from app.player import assets
from app.views import about, compare, gallery, own, realism, sweep
from app.widgets import guarded, page_links_wait_for_fields, style

ICON = Path(__file__).parent / "static" / "icon.svg"  # a named icon would be fetched from the network

st.set_page_config("Can the judge paint?", page_icon=ICON, layout="wide", initial_sidebar_state="expanded")
style()
page_links_wait_for_fields(assets())
sweeps = st.Page(sweep.page, title="Sweep", icon=":material/grid_view:", url_path="sweep")
page = st.navigation(
    [
        st.Page(compare.page, title="Compare", icon=":material/compare:", url_path="compare", default=True),
        sweeps,
        st.Page(gallery.page, title="Gallery", icon=":material/photo_library:", url_path="gallery"),
        st.Page(own.page, title="Your pictures", icon=":material/add_photo_alternate:", url_path="pictures"),
        st.Page(realism.page, title="Realism", icon=":material/straighten:", url_path="realism"),
        st.Page(about.page, title="How to read this", icon=":material/menu_book:", url_path="about"),
    ],
    position="top",
)
if page != sweeps and state.get(state.GO_TO):
    st.switch_page(sweeps, query_params={state.SWEEP_PARAMETER: state.get(state.GO_TO)})
guarded(page.run)()
