"""How every page looks, and the script that every page has."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.charts.marks import painter_marks
from app.web.assets import assets_address

PAGE_SCRIPTS = (
    "page/wait-for-fields.js",
    "page/enter-runs.js",
    "page/reset-focus.js",
    "page/room-code.js",
    "page/presenter.js",
    "page/print.js",
)
STYLE = """<style>
[data-testid="stMainBlockContainer"] { padding: 3.6rem 1.6rem 0.6rem; }
[data-testid="stSidebarHeader"] { height: 2.4rem; margin-bottom: 0; padding-block: 0.4rem; }
[data-testid="stSidebarUserContent"] { padding-block: 0 1rem; }
[data-testid="stSidebarUserContent"] [data-testid="stVerticalBlock"] { gap: 0.55rem; }
[data-testid="stPopoverBody"] { width: 25rem; max-width: 92vw; max-height: 78vh; }
/* The tour is there only while it shows itself, and then stays in sight over what scrolls. */
.st-key-tour { display: none; position: sticky; top: 3.9rem; z-index: 90; }
/* Streamlit's own choices are too faint: text at 60 %, a focus that is hardly to be seen,
   and hues that are the painters'. */
[data-testid="stCaptionContainer"] { opacity: 0.78; }
[data-testid="stAlert"] [data-testid="stAlertContainer"],
[data-testid="stButtonGroup"] button[data-selected="true"]:not([data-disabled]) { color: inherit; }
a:is([data-testid="stTopNavLink"], [data-testid^="stPageLink"]):focus-visible,
[data-testid="stCheckbox"] label:has(input:focus-visible) {
  outline: 2px solid; outline-offset: 2px; border-radius: 6px; }
/* The buttons of the painters' settings are an icon; their names are for screen readers. */
[class*="st-key-settings-"] > div button p { font-size: 0; }
[class*="st-key-settings-"] > div button { padding-inline: 0.4rem; }
/* A switch, the count of changed settings and their button stay on one line. */
[class*="st-key-row-of-"], [class*="st-key-row-of-"] [data-testid="stVerticalBlock"],
[class*="st-key-row-of-"] [data-testid="stHorizontalBlock"] { flex-wrap: nowrap; }
/* Three or four names side by side in the narrow sidebar. */
:is(.st-key-terms_of_form, .st-key-which_judge_of_form) [data-testid="stButtonGroup"] {
  > div { flex-wrap: nowrap; }
  button { min-width: 0; padding-inline: 0.2rem; }
  button p { font-size: 0.86rem; white-space: nowrap; }
}
/* A figure where those of real pictures do not lie: as in the browser's own parts (shared/controls.css). */
.outside { color: color-mix(in srgb, #D55E00 72%, currentColor); }
/* Links that look like buttons: exports, and the ways on from In the wild. */
.ctjp-links { display: flex; flex-wrap: wrap; gap: 0.4rem; }
.ctjp-links a { padding: 0.3rem 0.7rem; border: 1px solid color-mix(in srgb, currentColor 30%, transparent);
  border-radius: 0.5rem; color: inherit; text-decoration: none; }
.ctjp-links a:hover { border-color: currentColor; }
.ctjp-links a:focus-visible { outline: 2px solid; outline-offset: 2px; }
</style>"""


def add_page_style() -> None:
    """Less empty space than Streamlit leaves, so that pictures and charts fit a projector."""
    st.html(STYLE.replace("</style>", _painters_symbols() + "</style>"))


def _painters_symbols() -> str:
    """Rules that put every painter's symbol, in its hue, before the name of its switch."""
    return "".join(
        f'.st-key-painter-{painter} p::before {{ content: "{mark["symbol"]}" / ""; color: {mark["colour"]}; '
        "margin-right: 0.4em; }\n"
        for painter, mark in painter_marks().items()
    )


def steady_place() -> DeltaGenerator:
    """A container for what comes and goes: whatever follows keeps its place in the page.

    A page arrives part by part. What moves to another place is gone for a moment in between, and drawn anew:
    a popover that was just opened would be closed.
    """
    return st.container()


def add_scripts(*names: str) -> None:
    """Some of the app's scripts for the page itself; names: files below app/static.

    They share one element, since each element takes a line of the page, seen or not.
    """
    scripts = (f'<script type="module" src="{assets_address()}/{name}"></script>' for name in names)
    st.html("".join(scripts), unsafe_allow_javascript=True)


def add_page_scripts() -> None:
    """What every page can do: keep what was typed before a link is clicked, run on Enter, present, print."""
    add_scripts(*PAGE_SCRIPTS)
