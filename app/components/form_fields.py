"""The fields of the forms: prompt, examples, buttons, painters with their settings, seed, estimate."""

from collections.abc import Callable

import streamlit as st

from app import form, resources, session
from app.charts.marks import SYMBOLS
from app.components import start_field
from app.components.glossary_terms import setting_help
from app.components.messages import escape_markdown
from app.keys import CompareKeys, painter_key, setting_key, settings_popover_key
from core.base import links
from core.base.request import MAX_SEED, RunRequest
from core.base.setting import Setting, settings_of
from core.base.settings import PAINTER_LABELS, PAINTERS
from core.packs.support import judge_choices
from core.service.ahead_requests import EXAMPLE_CHIPS
from core.service.estimates import Estimate
from core.storage.records import Run

# The theme gives these three names the painters' exact hues.
THEME_COLOURS = {"pixels": "orange", "vqgan": "blue", "diffusion": "green"}
PROMPT_HELP = (
    "The miniature judge knows only a small world: its subjects, colours, grounds, times of day and weather. "
    "Several texts can have weights, even negative ones: fox:2 | snow:-1"
)
PRESS_RUN = "**Press Run to paint this.**"
PRESS_RUN_TO_SEE = "**Press Run to see this:** it has already been painted."
ON_THE_SCREEN = "This run is on the screen."
CANNOT_BE_PAINTED = "This cannot be painted as it is."
CANCEL_HELP = "Stops after the current step; everything painted so far is kept."


def first_prompt() -> str:
    """What a prompt field holds at first: the prompt of Compare, or else the pack's own."""
    return session.text(CompareKeys.PROMPT) or resources.default_prompt()


def prompt_field(key: str, help: str = PROMPT_HELP) -> None:
    """Pages have keys of their own: Streamlit would empty a field whose key belongs to another page's."""
    session.setdefault(key, first_prompt())
    # A duration such as live="300ms" would be read by pandas, which takes half a second to import.
    st.text_input(
        "Prompt", key=key, live=True, persist_state="session", placeholder="a red fox in snow", help=help
    )


def example_pills(key: str, on_pick: Callable[[], None], number: int = EXAMPLE_CHIPS) -> None:
    """Prompts to click; `on_pick` is called after one has been put under the key."""
    examples = resources.examples()[:number]
    session.put(key, None)  # so that each can be clicked again
    st.pills("Examples", examples, key=key, on_change=on_pick, label_visibility="collapsed")


def take_example(key: str, prompt_key: str) -> bool:
    """For the pills' callback: the example becomes the prompt. Whether there was one."""
    picked = session.get(key)
    if picked:
        session.put(prompt_key, picked)
    return bool(picked)


def run_buttons(
    on_run: Callable[[], None],
    on_cancel: Callable[[], None],
    may_cancel: bool,
    run: str = "Run",
    cancel_help: str = CANCEL_HELP,
) -> None:
    """The button that starts, and the one that stops it."""
    left, right = st.columns(2)
    # page/enter-runs.js finds it by its key.
    left.button(
        run, type="primary", icon=":material/play_arrow:", key="run", on_click=on_run, width="stretch"
    )
    right.button(
        "Cancel",
        icon=":material/stop:",
        on_click=on_cancel,
        disabled=not may_cancel,
        width="stretch",
        help=cancel_help,
    )


def show_what_run_does(run: Run | None, request: RunRequest | None, stored: Run | None) -> bool:
    """Say whether the form asks for something else than the pictures show. Returns whether it does.

    One line, whatever it says: what is below must not move away from whoever is about to click it.

    Args:
        run: whose pictures are shown. request: what the form asks for, None if it cannot be run.
        stored: the run of that request, if there is one.
    """
    if request is None:
        st.markdown(CANNOT_BE_PAINTED)
        return False
    if run and links.request_parameters(run.request) == links.request_parameters(request):
        st.markdown(ON_THE_SCREEN)
        return False
    is_there = stored is not None and stored.status == "done"
    st.markdown(PRESS_RUN_TO_SEE if is_there else PRESS_RUN)
    return True


def show_estimate(estimate: Estimate | None) -> None:
    """What to expect of Run; None if the form cannot be run as it is."""
    if estimate is None:
        st.caption("No estimate for these settings. Press Run to see why.")
        return
    if estimate.seconds == 0:
        st.caption("**Shown at once**, because it has been painted before.")
        return
    text = estimate.text()
    st.caption(f"**{text[0].upper()}{text[1:]}.** {estimate.source()}")


def settings_heading() -> None:
    """Heading over the painters, with one button that takes everything back."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown("**Painters and settings**")
        st.button(
            "Reset",
            type="tertiary",
            icon=":material/undo:",
            key="reset",
            on_click=form.reset_settings,
            disabled=not any(map(form.changed_settings, PAINTERS)),
            help="Reset every setting to its default.",
        )


def painter_title(painter: str) -> str:
    """A painter's symbol in its hue and its name, as Markdown."""
    return f":{THEME_COLOURS[painter]}[{SYMBOLS[painter]}] {PAINTER_LABELS[painter]}"


def painter_switch(painter: str) -> None:
    """Switch of one painter with its settings beside it, and how many of them were changed.

    Its name is plain text, which screen readers read out as it is; the style sheet puts the symbol before it.
    """
    changed = len(form.changed_settings(painter))
    row = {"horizontal": True, "vertical_alignment": "center", "gap": "xsmall"}
    # page_style.py keeps both on one line, whatever the count.
    with st.container(horizontal_alignment="distribute", key=f"row-of-{painter}", **row):
        session.setdefault(painter_key(painter), True)
        st.toggle(PAINTER_LABELS[painter], key=painter_key(painter), persist_state="session")
        name = f"Settings of {PAINTER_LABELS[painter]}"
        with st.container(width="content", **row):
            with st.container(width="content"):  # a popover that moves is drawn anew, without its focus
                if changed:
                    st.markdown(f"**{changed}**")
            key = settings_popover_key(painter)
            # Always the same help: with another one it would be another popover, which is closed.
            popover = st.popover(name, icon=":material/tune:", help=name, key=key, on_change="rerun")
        # Drawn only while they are open: they are most of the page's work, and a class opens it all at once.
        if popover.open:
            with popover:
                _settings_of(painter)


def _settings_of(painter: str) -> None:
    st.markdown(f"**{PAINTER_LABELS[painter]}**")
    for setting in sorted(settings_of(PAINTERS[painter]), key=_is_advanced):
        setting_field(painter, setting)


def _is_advanced(setting: Setting) -> bool:
    return setting.advanced


def setting_field(painter: str, setting: Setting) -> None:
    """The field of one setting with its sentence and a button back to the default, all taken from core."""
    key = setting_key(painter, setting.name)
    session.setdefault(key, setting.default)
    is_changed = session.get(key) != setting.default
    with st.container(gap=None):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            _input(setting, key)
            st.button(
                "",
                icon=":material/undo:",
                key=f"reset:{key}",
                on_click=form.put_setting,
                args=(key, setting.default),
                disabled=not is_changed,
                help=f"{setting.label}: reset to {setting.default}",
            )
        if setting.read:
            start_field.fields_of_kind(key)
        changed = f"**Changed from {setting.default}.** " if is_changed else ""
        st.caption(changed + escape_markdown(setting.help))


def _input(setting: Setting, key: str) -> None:
    if setting.read:
        start_field.kind_field(setting, key)
        return
    if setting.choices:
        st.selectbox(
            setting.label,
            _choices(setting, session.get(key)),
            key=key,
            persist_state="session",
            help=setting_help(setting.name),
        )
        return
    decimals = max(0, len(f"{setting.step:g}".partition(".")[2]))
    st.number_input(
        setting.label,
        setting.type(setting.low),
        setting.type(setting.high),
        step=setting.type(setting.step),
        format=f"%.{decimals}f" if setting.type is float else "%d",
        key=key,
        persist_state="session",
        help=setting_help(setting.name),
    )


def _choices(setting: Setting, chosen: object) -> list[str]:
    """What the pack can serve, and what has already been chosen: Run says if that cannot be painted."""
    able = judge_choices(resources.manifest()) if setting.name == "judge" else setting.choices
    return [choice for choice in setting.choices if choice in able or choice == chosen]


def seed_field(key: str) -> None:
    """The number all randomness comes from."""
    session.setdefault(key, 0)
    st.number_input(
        "Seed",
        0,
        MAX_SEED,
        step=1,
        key=key,
        persist_state="session",
        help="The same prompt, settings and seed give the same pictures, bit for bit on the same machine.",
    )
