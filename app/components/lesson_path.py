"""The lesson as a path: where a page stands in it, and the way on, at the foot of each of its pages."""

from collections.abc import Sequence

import streamlit as st
from streamlit.navigation.page import StreamlitPage


def show_path(path: Sequence[StreamlitPage], opened: StreamlitPage) -> None:
    """Links to all pages of the lesson, the opened one marked; the pages before and after it are large.

    Args:
        path: the pages in their order.
        opened: the page being drawn; nothing is drawn if it is not on the path.
    """
    if opened not in path:
        return
    place = path.index(opened)
    st.divider()
    _show_here(path, place)
    with st.container(horizontal=True, key="lesson-path", gap="small"):
        for number, page in enumerate(path, start=1):
            icon = ":material/my_location:" if page == opened else None
            st.page_link(page, label=_label(number, page), icon=icon)
    _show_neighbours(path, place)


def show_place(path: Sequence[StreamlitPage], opened: StreamlitPage) -> None:
    """The same for the narrow sidebar: the pages before and after."""
    if opened in path:
        place = path.index(opened)
        with st.sidebar:
            _show_here(path, place)
            _show_neighbours(path, place)


def _show_here(path: Sequence[StreamlitPage], place: int) -> None:
    """page/presenter.js repeats it."""
    with st.container(key="lesson-here"):
        name = _label(place + 1, path[place]).partition(". ")[2]
        st.caption(f"Lesson, {place + 1} of {len(path)}: {name}")


def _show_neighbours(path: Sequence[StreamlitPage], place: int) -> None:
    """page/presenter.js presses these."""
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        if place:
            with st.container(key="lesson-back", width="content"):
                before = _label(place, path[place - 1])
                st.page_link(path[place - 1], label=f"Back: {before}", icon=":material/arrow_back:")
        if place + 1 < len(path):
            with st.container(key="lesson-next", width="content"):
                after = _label(place + 2, path[place + 1])
                st.page_link(path[place + 1], label=f"Next: {after}", icon=":material/arrow_forward:")


def _label(number: int, page: StreamlitPage) -> str:
    """A page's name with its place; most have it in their title."""
    return page.title if page.title.startswith(f"{number}.") else f"{number}. {page.title}"
