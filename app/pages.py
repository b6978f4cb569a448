"""The script of every session: page configuration and navigation; no logic."""

from pathlib import Path

import streamlit as st

from app import session
from app.components.lesson_path import show_path, show_place
from app.components.messages import shows_errors
from app.components.page_style import add_page_scripts, add_page_style
from app.keys import CompareKeys, Parameters, SweepKeys
from app.views import (
    codebook,
    compare,
    exercises,
    gallery,
    gap,
    how_to_read,
    in_the_wild,
    model_packs,
    noise_on_purpose,
    opening_failure,
    ranking,
    realism,
    recall,
    sweep,
    toy_judge,
    your_pictures,
)

ICON = Path(__file__).parent / "static" / "icon.svg"  # a named icon would be fetched from the network
# Page, title, icon, address.
TOOLS = (
    (compare.page, "Compare", "compare", "compare"),
    (sweep.page, "Sweep", "grid_view", "sweep"),
    (gallery.page, "Gallery", "photo_library", "gallery"),
    (your_pictures.page, "Your pictures", "add_photo_alternate", "pictures"),
    (realism.page, "Realism", "straighten", "realism"),
    (model_packs.page, "Model packs", "inventory_2", "packs"),
    (how_to_read.page, "How to read this", "menu_book", "about"),
)
# In the order of a lesson, from the idea to where it is used.
LESSON = (
    (toy_judge.page, "Toy judge", "toys", "toy"),
    (ranking.page, "Judging is not painting", "leaderboard", "rank"),
    (opening_failure.page, "The opening failure", "broken_image", "failure"),
    (noise_on_purpose.page, "Noise on purpose", "grain", "noise"),
    (codebook.page, "The codebook", "dictionary", "codebook"),
    (gap.page, "Where does the gap come from?", "stacked_line_chart", "gap"),
    (recall.page, "Recall", "quiz", "recall"),
    (exercises.page, "Exercises", "fitness_center", "exercises"),
    (in_the_wild.page, "In the wild", "public", "wild"),
)

# The way through the lesson, as numbers in the menu and links at the foot of each page; Compare is on it.
PATH = ("toy", "rank", "failure", "noise", "codebook", "compare", "recall", "exercises")

# Callbacks of the first page that lead to the second one: they leave what it is to show under the key.
LEADS = (
    ("compare", "sweep", SweepKeys.TO_OPEN, Parameters.SWEEP),
    ("rank", "compare", CompareKeys.TO_OPEN, Parameters.RUN),
)


def numbered(title: str, url_path: str) -> str:
    """A page's title with its place on the path; Compare keeps its name at the head of the menu."""
    is_numbered = url_path in PATH and url_path != "compare"
    return f"{PATH.index(url_path) + 1}. {title}" if is_numbered else title


st.set_page_config("Can the judge paint?", page_icon=ICON, layout="wide", initial_sidebar_state="auto")
add_page_style()
add_page_scripts()
sections = {
    section: [
        st.Page(
            page,
            title=numbered(title, url_path),
            icon=f":material/{icon}:",
            url_path=url_path,
            default=page is compare.page,
        )
        for page, title, icon, url_path in pages
    ]
    for section, pages in (("", TOOLS), ("Lesson", LESSON))
}
opened = st.navigation(sections, position="top")
by_address = {page.url_path or "compare": page for pages in sections.values() for page in pages}
for source, target, key, parameter in LEADS:
    to_open = session.get(key)
    if to_open and opened == by_address[source]:
        st.switch_page(by_address[target], query_params={parameter: to_open})
    if opened != by_address[target]:  # a visitor who goes elsewhere is not led back
        session.pop(key)
if opened != sections[""][0]:
    session.put(CompareKeys.IS_OPEN, False)
shows_errors(opened.run)()
path = [by_address[url_path] for url_path in PATH]
if opened == sections[""][0]:
    show_place(path, opened)  # below the player it would make the page scroll
else:
    show_path(path, opened)
