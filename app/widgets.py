"""Pieces of the pages: plain data in, Streamlit calls out."""

import functools
import logging

import streamlit as st

from app import state
from app.charts import SYMBOLS
from core.errors import UserError
from core.settings import LABELS, MAX_SEED, knobs

LOG = logging.getLogger("app")
# The theme gives these three names the painters' exact hues.
HUES = {"pixels": "orange", "vqgan": "blue", "diffusion": "green"}
BUG = "Something went wrong that should not have. It was logged; reload the page, and report it if it happens again."

STYLE = """<style>
[data-testid="stMainBlockContainer"] { padding: 3.6rem 1.6rem 0.6rem; }
[data-testid="stSidebarHeader"] { height: 2.4rem; margin-bottom: 0; padding-block: 0.4rem; }
[data-testid="stSidebarUserContent"] { padding-block: 0 1rem; }
</style>"""


def style():
    """Less empty space than Streamlit leaves, so that pictures and charts fit a projector."""
    st.html(STYLE)


def page_links_wait_for_fields(assets):
    """Keep what was typed just before a page link is clicked; `assets` is the address of the app's scripts."""
    st.html(f'<script type="module" src="{assets}/leave.js"></script>', unsafe_allow_javascript=True)


def guarded(function):
    """The function, with every error shown as a sentence: a UserError's own, or that it is a bug (and logged)."""

    @functools.wraps(function)
    def call(*arguments, **keywords):
        try:
            return function(*arguments, **keywords)
        except UserError as error:
            st.error(escape(str(error)), icon=":material/error:")
        except Exception:
            LOG.exception("A page failed.")
            st.error(BUG, icon=":material/error:")
        return None

    return call


def escape(text):
    """Text from elsewhere, for a call that reads Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|~$:" else c for c in text)


def prompt_field():
    st.text_input(
        "Prompt", key=state.PROMPT, live="300ms", persist_state="session", placeholder="a red fox in snow",
        help="The miniature judge knows a small world: its subjects, colours, grounds, times of day and weather.",
    )  # fmt: skip


def example_pills(examples, on_pick):
    """Prompts to click; `on_pick` is called after one has been put under state.EXAMPLE."""
    st.pills("Examples", examples, key=state.EXAMPLE, on_change=on_pick, label_visibility="collapsed")


def run_buttons(on_run, on_cancel, may_cancel):
    left, right = st.columns(2)
    left.button("Run", type="primary", icon=":material/play_arrow:", on_click=on_run, width="stretch")
    right.button(
        "Cancel", icon=":material/stop:", on_click=on_cancel, disabled=not may_cancel, width="stretch",
        help="Stops between two steps; what has been painted stays.",
    )  # fmt: skip


def notices(message, unknown):
    """What Run answered, and the words that the judge has never seen.

    Args:
        message: ("error" | "info", sentence) or None.
        unknown: words, in the prompt's order.
    """
    if message:
        kind, text = message
        {"error": st.error, "info": st.info}[kind](escape(text))
    if unknown:
        named = ", ".join(f"“{escape(word)}”" for word in unknown[:8])
        more = f" and {len(unknown) - 8} more" if len(unknown) > 8 else ""
        verb = "this word" if len(unknown) == 1 else "these words"
        st.warning(f"The miniature judge has never seen {verb}: {named}{more}. It reads the prompt without.")


def painter_switch(painter, settings):
    """Switch of one painter with its settings beside it."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        state.setdefault(state.painter_key(painter), True)
        st.toggle(
            f":{HUES[painter]}[{SYMBOLS[painter]}] {LABELS[painter]}",
            key=state.painter_key(painter), persist_state="session",
        )  # fmt: skip
        with st.popover("", icon=":material/tune:", help=f"Settings of {LABELS[painter]}"):
            st.markdown(f"**{LABELS[painter]}**")
            for knob in knobs(settings):
                knob_field(painter, knob)


def knob_field(painter, knob):
    """The widget of one knob; bounds, default and help come from its settings."""
    key = state.knob_key(painter, knob.name)
    state.setdefault(key, knob.default)
    common = {"key": key, "help": knob.help, "persist_state": "session"}
    if knob.choices:
        st.selectbox(knob.label, knob.choices, **common)
        return
    decimals = max(0, len(f"{knob.step:g}".partition(".")[2]))
    st.number_input(
        knob.label, knob.type(knob.low), knob.type(knob.high), step=knob.type(knob.step),
        format=f"%.{decimals}f" if knob.type is float else "%d", **common,
    )  # fmt: skip


def seed_field():
    state.setdefault(state.SEED, 0)
    st.number_input(
        "Seed", 0, MAX_SEED, step=1, key=state.SEED, persist_state="session",
        help="Same prompt, settings and seed: the same pictures, to the last bit.",
    )  # fmt: skip
