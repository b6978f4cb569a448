"""The Export button of a sweep over one setting."""

import streamlit as st

from app.components.export_import import EXPORT_STYLE, Entries, links_html
from app.components.page_style import add_scripts
from app.web.addresses import sweep_export_address
from core.storage.sweep_store import Sweep

GROUPS: tuple[tuple[str, Entries], ...] = (
    ("For slides", (("png", "Figure, PNG"), ("svg", "Figure, SVG"), ("gif", "GIF over the values"))),
    ("To hand out", (("html", "Web page with both sliders, works offline"),)),
)
NOTE = "Figure and GIF show the step on the slider. The web page holds every step of every value."
UNFINISHED_NOTE = "Not every value is painted yet: exports contain what there is so far."


def show_sweep_export(sweep: Sweep, is_active: bool) -> None:
    """Draw it."""
    with st.popover("Export", icon=":material/download:", width="stretch"):
        groups = "".join(_group_html(sweep, title, entries) for title, entries in GROUPS)
        notes = f"<p>{NOTE}</p>" + (f"<p>{UNFINISHED_NOTE}</p>" if is_active else "")
        st.html(f'{EXPORT_STYLE}<div class="ctjp-exports">{groups}{notes}<p role="status"></p></div>')
    add_scripts("export/export-links.js")


def _group_html(sweep: Sweep, title: str, entries: Entries) -> str:
    links = [(sweep_export_address(sweep.id, kind), kind, label) for kind, label in entries]
    return links_html(title, links)
