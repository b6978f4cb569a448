"""The script of every session: page configuration and navigation; no logic."""

from pathlib import Path

import streamlit as st

from app import state
from app.player import assets
from app.views import about, codebook, compare, exercises, failure, gallery, noise, own, packs, rank, realism, recall, sweep, toy, wild
from app.widgets import guarded, page_links_wait_for_fields, style

ICON = Path(__file__).parent / "static" / "icon.svg"  # a named icon would be fetched from the network

st.set_page_config("Can the judge paint?", page_icon=ICON, layout="wide", initial_sidebar_state="expanded")
style()
page_links_wait_for_fields(assets())
sweeps = st.Page(sweep.page, title="Sweep", icon=":material/grid_view:", url_path="sweep")
page = st.navigation(
    {
        "": [
            st.Page(compare.page, title="Compare", icon=":material/compare:", url_path="compare", default=True),
            sweeps,
            st.Page(gallery.page, title="Gallery", icon=":material/photo_library:", url_path="gallery"),
            st.Page(own.page, title="Your pictures", icon=":material/add_photo_alternate:", url_path="pictures"),
            st.Page(realism.page, title="Realism", icon=":material/straighten:", url_path="realism"),
            st.Page(packs.page, title="Model packs", icon=":material/inventory_2:", url_path="packs"),
            st.Page(about.page, title="How to read this", icon=":material/menu_book:", url_path="about"),
        ],
        # In the order of a lesson, from the idea to where it is used.
        "Lesson": [
            st.Page(toy.page, title="Toy judge", icon=":material/toys:", url_path="toy"),
            st.Page(rank.page, title="Judging is not painting", icon=":material/leaderboard:", url_path="rank"),
            st.Page(failure.page, title="The opening failure", icon=":material/broken_image:", url_path="failure"),
            st.Page(noise.page, title="Noise on purpose", icon=":material/grain:", url_path="noise"),
            st.Page(codebook.page, title="The codebook", icon=":material/dictionary:", url_path="codebook"),
            st.Page(recall.page, title="Recall", icon=":material/quiz:", url_path="recall"),
            st.Page(exercises.page, title="Exercises", icon=":material/fitness_center:", url_path="exercises"),
            st.Page(wild.page, title="In the wild", icon=":material/public:", url_path="wild"),
        ],
    },
    position="top",
)
if page != sweeps and state.get(state.GO_TO):
    st.switch_page(sweeps, query_params={state.SWEEP_PARAMETER: state.get(state.GO_TO)})
guarded(page.run)()
