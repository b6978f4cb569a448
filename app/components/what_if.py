"""The part of the form that asks "what if": keep a run as B, or press a one-click question."""

import streamlit as st

from app import address, form, resources, session, submission
from app.clicks import to_its_end
from app.components.messages import escape_markdown, reports_to, shows_errors
from app.components.presets import show_presets
from app.keys import CompareKeys
from core.base.request import RunRequest
from core.base.revision import MEASURING_REVISION, PAINTING_REVISION
from core.base.setting import settings_of
from core.base.settings import PAINTER_LABELS, PAINTERS, PainterSettings
from core.base.start import shown_value
from core.storage.records import Run

MAX_NAMED_DIFFERENCES = 3  # the rest is counted


def show_section(run: Run | None) -> Run | None:
    """Heading, the buttons for the two runs and the presets.

    Args:
        run: A, which is shown.

    Returns:
        The run kept as B if it differs from A, or None.
    """
    run_b_id = address.kept_run_b()
    run_b = resources.store().get(run_b_id) if run_b_id else None
    st.markdown("**What if**")
    caption = _buttons_to_keep(run) if run_b is None else _buttons_of_b(run, run_b)
    st.caption(escape_markdown(caption))
    if run is not None and run_b is not None and run.id != run_b.id and _is_painted_otherwise(run):
        st.button(
            "Paint A again",
            icon=":material/refresh:",
            key="paint_again",
            on_click=_paint_again,
            args=(run.id,),
            width="stretch",
            help="Run A was painted by another version of the program, another pack or another machine. This "
            "paints it here, so that nothing but its settings tells it from a run of today.",
        )
    show_presets()
    return None if run_b is None or run is None or run_b.id == run.id else run_b


def _buttons_to_keep(run: Run | None) -> str:
    """No run is kept as B; returns the caption."""
    left, right = st.columns(2)
    left.button(
        "Keep as B",
        key="keep",
        on_click=address.set_run_b,
        args=(run and run.id,),
        disabled=run is None,
        width="stretch",
        help="Keep this run as B, then change a setting and press Run.",
    )
    previous = session.get(CompareKeys.PREVIOUS_RUN)
    right.button(
        "Previous as B",
        key="last",
        on_click=address.set_run_b,
        args=(previous,),
        disabled=not previous,
        width="stretch",
        help="Lay the previous run over this one.",
    )
    return "Compare two runs: their curves and pictures are laid on top of each other."


def _buttons_of_b(run: Run | None, run_b: Run) -> str:
    """A run is kept as B; returns the caption."""
    is_same = run is not None and run.id == run_b.id
    left, right = st.columns(2)
    left.button(
        "Swap",
        key="swap",
        on_click=_swap_runs,
        args=(run and run.id, run_b.id),
        disabled=run is None or is_same,
        width="stretch",
        help="Show run B, and keep this run as B instead.",
    )
    right.button(
        "Remove B",
        key="b_off",
        on_click=address.set_run_b,
        args=(None,),
        width="stretch",
        help="Show only one run.",
    )
    if is_same:
        return "This run is now B. Change a setting and press Run."
    return _difference_text(run, run_b)


def _difference_text(run: Run | None, run_b: Run) -> str:
    if run is None:
        return "A and B have the same settings."
    settings = differences(run.request, run_b.request)
    origin = origin_differences(run, run_b)
    if not settings:
        same = "A and B have the same settings"
        return f"{same}, but not the same origin: {', '.join(origin)}." if origin else f"{same}."
    # What made them comes first: it may be why the pictures differ, and it is not in the form.
    found = [*origin, *settings]
    more = len(found) - MAX_NAMED_DIFFERENCES
    rest = f" and {more} more" if more > 0 else ""
    return f"A differs from B: {', '.join(found[:MAX_NAMED_DIFFERENCES])}{rest}."


def origin_differences(a: Run, b: Run) -> list[str]:
    """What differs besides the settings: code revisions, pack, machine; A first."""
    return [
        f"{name} {value or 'unknown'} instead of {b.origin[name] or 'unknown'}"
        for name, value in a.origin.items()
        if value != b.origin[name]
    ]


def differences(a: RunRequest, b: RunRequest) -> list[str]:
    """What differs, as "Canvas fourier instead of raw"; A first."""
    found = []
    if a.prompt != b.prompt:
        found.append(f"prompt “{a.prompt}” instead of “{b.prompt}”")
    if a.seed != b.seed:
        found.append(f"seed {a.seed} instead of {b.seed}")
    for painter, label in PAINTER_LABELS.items():
        found += [
            f"{label}{text}"
            for text in _differences_of(painter, a.settings.get(painter), b.settings.get(painter))
        ]
    return found


def _differences_of(painter: str, a: PainterSettings | None, b: PainterSettings | None) -> list[str]:
    """The same of one painter, to be read after its name; None: it is switched off."""
    if a is None and b is None:
        return []
    if a is None or b is None:
        return [" off instead of on" if a is None else " on instead of off"]
    found = []
    for setting in settings_of(PAINTERS[painter]):
        value_a = getattr(a, setting.name)
        value_b = getattr(b, setting.name)
        if value_a != value_b:
            shown_a, shown_b = shown_value(setting.name, value_a), shown_value(setting.name, value_b)
            found.append(f": {setting.label.lower()} {shown_a} instead of {shown_b}")
    return found


def _is_painted_otherwise(run: Run) -> bool:
    """Whether this server would not make a run as it was made, though its settings are the same."""
    revisions = (run.code_revision, run.measuring_revision)
    is_today = revisions == (PAINTING_REVISION, MEASURING_REVISION)
    return bool(run.folder) or not is_today or run.pack_hash != resources.app_pack_hash()


@reports_to(CompareKeys.MESSAGE)
def _paint_again(run_id: str) -> None:
    """Pressed Paint A again: the same settings, by today's code and pack."""
    run = resources.store().get(run_id)
    if run is None:
        return
    form.fill_from_request(run.request)
    again = submission.submit_run(*form.form_values(), session.owner_secret())
    address.show_run(again.id)


@to_its_end
@shows_errors
def _swap_runs(a: str, b: str) -> None:
    run = resources.store().get(b)
    if run is not None:
        form.fill_from_request(run.request)
    address.show_run(b)
    address.set_run_b(a)
