"""Pieces of the pages: plain data in, Streamlit calls out."""

import functools
import logging

import streamlit as st

from app import state
from app.charts import SYMBOLS
from core.errors import UserError
from core.settings import LABELS, MAX_SEED, PAINTERS, knobs

LOG = logging.getLogger("app")
# The theme gives these three names the painters' exact hues.
HUES = {"pixels": "orange", "vqgan": "blue", "diffusion": "green"}
BUG = "Something went wrong that should not have. It was logged; reload the page, and report it if it happens again."

SHOWN_EXAMPLES = 4  # as many as leave the settings on the screen

STYLE = """<style>
[data-testid="stMainBlockContainer"] { padding: 3.6rem 1.6rem 0.6rem; }
[data-testid="stSidebarHeader"] { height: 2.4rem; margin-bottom: 0; padding-block: 0.4rem; }
[data-testid="stSidebarUserContent"] { padding-block: 0 1rem; }
[data-testid="stSidebarUserContent"] [data-testid="stVerticalBlock"] { gap: 0.55rem; }
[data-testid="stPopoverBody"] { width: 25rem; max-width: 92vw; max-height: 78vh; }
/* The tour is there only while it shows itself, and then stays in sight over what scrolls. */
.st-key-tour { display: none; position: sticky; top: 3.6rem; z-index: 90; }
/* Streamlit's own choices here are too faint: text at 60 %, a focus that is hardly to be seen, and hues that are the painters'. */
[data-testid="stCaptionContainer"] { opacity: 0.78; }
[data-testid="stAlert"] [data-testid="stAlertContainer"],
[data-testid="stButtonGroup"] button[data-selected="true"]:not([data-disabled]) { color: inherit; }
a[data-testid="stTopNavLink"]:focus-visible,
[data-testid="stCheckbox"] label:has(input:focus-visible) { outline: 2px solid; outline-offset: 2px; border-radius: 6px; }
/* The buttons of the painters' settings are an icon; their names are for screen readers. */
[class*="st-key-settings-"] > div button p { font-size: 0; }
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


def prompt_field(key=state.PROMPT):
    """Pages have keys of their own: Streamlit would empty a field whose key belongs to another page's."""
    st.text_input(
        "Prompt", key=key, live="300ms", persist_state="session", placeholder="a red fox in snow",
        help="The miniature judge knows a small world: its subjects, colours, grounds, times of day and weather.",
    )  # fmt: skip


def example_pills(examples, on_pick):
    """Prompts to click; `on_pick` is called after one has been put under state.EXAMPLE."""
    st.pills("Examples", examples[:SHOWN_EXAMPLES], key=state.EXAMPLE, on_change=on_pick, label_visibility="collapsed")


def run_buttons(on_run, on_cancel, may_cancel, run="Run", cancelling="Stops between two steps; what has been painted stays."):
    left, right = st.columns(2)
    left.button(run, type="primary", icon=":material/play_arrow:", on_click=on_run, width="stretch")
    right.button(
        "Cancel", icon=":material/stop:", on_click=on_cancel, disabled=not may_cancel, width="stretch",
        help=cancelling,
    )  # fmt: skip


def notices(message, unknown):
    """What Run answered, and the words that the judge has never seen.

    Args:
        message: ("error" | "warning" | "info", sentence) or None.
        unknown: words, in the prompt's order.
    """
    if message:
        kind, text = message
        {"error": st.error, "warning": st.warning, "info": st.info}[kind](escape(text))
    if unknown:
        named = ", ".join(f"“{escape(word)}”" for word in unknown[:8])
        more = f" and {len(unknown) - 8} more" if len(unknown) > 8 else ""
        verb = "this word" if len(unknown) == 1 else "these words"
        st.warning(f"The miniature judge has never seen {verb}: {named}{more}. It reads the prompt without.")


def expectation(estimate):
    """What to expect of Run: core.estimates.Estimate, or None if the form cannot be run as it is."""
    if estimate is None:
        st.caption("No estimate: see what Run says.")
        return
    text = estimate.text()
    st.caption(f"**{text[0].upper()}{text[1:]}.** {estimate.source()}")


def settings_heading():
    """Heading over the painters, with one button that takes everything back."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown("**Painters and settings**")
        st.button(
            "Reset", type="tertiary", icon=":material/undo:", key="reset", on_click=state.forget_settings,
            disabled=not any(state.changed_knobs(painter) for painter in PAINTERS), help="Every setting back to its default.",
        )  # fmt: skip


def refused(junk):
    """One sentence that names what was not accepted from a link."""
    named = ", ".join(f"“{text}”" for text in junk[:5]) + (f" and {len(junk) - 5} more" if len(junk) > 5 else "")
    return f"Not accepted from the link, so the default is used: {named}."


def painter_switch(painter, settings):
    """Switch of one painter with its settings beside it; the number on the button counts those that were changed."""
    changed = len(state.changed_knobs(painter))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        state.setdefault(state.painter_key(painter), True)
        st.toggle(
            f":{HUES[painter]}[{SYMBOLS[painter]}] {LABELS[painter]}",
            key=state.painter_key(painter), persist_state="session",
        )  # fmt: skip
        name = f"Settings of {LABELS[painter]}"
        # Drawn only while they are open: they are most of the page's work, and a class opens it all at once.
        with st.container(horizontal=True, width="content", gap="small", vertical_alignment="center"):
            if changed:
                st.markdown(f"**{changed}**", help=f"{changed} changed")
            drawer = st.popover(name, icon=":material/tune:", help=name, key=state.settings_key(painter), on_change="rerun")
        if drawer.open:
            with drawer:
                st.markdown(f"**{LABELS[painter]}**")
                for knob in sorted(knobs(settings), key=lambda knob: knob.advanced):
                    knob_field(painter, knob)


def knob_field(painter, knob):
    """The widget of one knob with its sentence and a button back to the default; all of it comes from its settings."""
    key = state.knob_key(painter, knob.name)
    state.setdefault(key, knob.default)
    changed = state.get(key) != knob.default
    with st.container(gap=None):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            _input(knob, key)
            st.button(
                "", icon=":material/undo:", key=f"reset:{key}", on_click=state.put, args=(key, knob.default), disabled=not changed,
                help=f"{knob.label}: back to {knob.default}",
            )  # fmt: skip
        st.caption((f"**Changed from {knob.default}.** " if changed else "") + escape(knob.help))


def _input(knob, key):
    if knob.choices:
        st.selectbox(knob.label, knob.choices, key=key, persist_state="session")
        return
    decimals = max(0, len(f"{knob.step:g}".partition(".")[2]))
    st.number_input(
        knob.label, knob.type(knob.low), knob.type(knob.high), step=knob.type(knob.step),
        format=f"%.{decimals}f" if knob.type is float else "%d", key=key, persist_state="session",
    )  # fmt: skip


def seed_field(key=state.SEED):
    state.setdefault(key, 0)
    st.number_input(
        "Seed", 0, MAX_SEED, step=1, key=key, persist_state="session",
        help="Same prompt, settings and seed: the same pictures, to the last bit on the same machine.",
    )  # fmt: skip
