"""A grid of runs over one or two settings, everything else the same."""

import functools
import re
from collections.abc import Sequence

import streamlit as st

from app import address, form, resources, session, submission, waiting_times
from app.clicks import to_its_end
from app.components import form_fields, presets
from app.components.copy_link import show_copy_link
from app.components.messages import (
    escape_markdown,
    reports_to,
    show_message,
    shows_errors,
)
from app.components.page_style import steady_place
from app.components.prompt_notes import show_prompt_notes
from app.components.script_component import ScriptComponent, parse_trigger
from app.components.sweep_export import show_sweep_export
from app.keys import SweepKeys
from core.base.environment import pack_name
from core.base.errors import SettingError, UserError
from core.base.setting import settings_of
from core.base.settings import PAINTER_LABELS, PAINTERS
from core.base.sweep_plan import (
    PAINTER_AXIS,
    SEED_AXIS,
    SweepAxis,
    SweepPlan,
    axis_label,
    parse_axis,
    suggested_values,
    values_text,
)
from core.base.sweep_presets import SWEEP_PRESETS
from core.base.sweep_values import with_value_between
from core.storage import sweep_store
from core.storage.sweep_store import Sweep

NO_AXIS = "none"
BETWEEN = "between"  # what the page's script asks for
GAP_PATTERN = re.compile(r"[0-9]{1,2}")
AXES = ((SweepKeys.X, SweepKeys.X_VALUES), (SweepKeys.Y, SweepKeys.Y_VALUES))
CANCEL_HELP = "Stops the cells that are not painted yet; finished ones are kept."
MISSING = "The sweep in this link is not stored here. Choose the axes and press Paint grid."
OTHER_PACK = (
    "This sweep was painted with model pack {pack}. Start the app with CTJP_PACK={pack} to add to it."
)
PRESETS_INTRO = (
    "One click paints a small grid for the prompt on the left. Or choose your own axes there and press "
    "Paint grid."
)
PRESET_COLUMNS = 3

_component = ScriptComponent("ctjp_sweep", "sweep/sweep.js")


def page() -> None:
    """Draw the page."""
    sweep_id = session.get(SweepKeys.TO_OPEN) or address.requested_sweep()
    sweep = sweep_store.get_sweep(resources.store(), sweep_id) if sweep_id else None
    first_visit = session.first_visit()
    if sweep is not None:
        if session.get(SweepKeys.SHOWN) != sweep.id:
            _fill_form(sweep.plan)
            if first_visit:  # what a visitor has set on the main page is not touched
                form.put_settings(sweep.plan.base)
        address.show_sweep(sweep.id)
    _set_defaults()
    with st.sidebar:
        _form(sweep, is_missing=bool(sweep_id) and sweep is None)
    if sweep is None:
        _show_presets()
    else:
        _show_grid(sweep)
    session.pop(SweepKeys.TO_OPEN)


def _show_grid(sweep: Sweep) -> None:
    store = resources.store()
    is_active = any(run.active for run in filter(None, map(store.get, sweep.runs)))
    look = next((preset.look for preset in SWEEP_PRESETS if preset.matches(sweep.plan)), "")
    data = {"sweep": sweep.id, "active": is_active, "look": look, "flat": sweep.plan.y is None}
    _component.show(SweepKeys.GRID, data, _on_act)


def _fill_form(plan: SweepPlan) -> None:
    """Fill the form with a sweep's; the settings that are not swept are those of the main page."""
    session.put(SweepKeys.PROMPT, plan.prompt)
    session.put(SweepKeys.SEED, plan.seed)
    session.put(SweepKeys.PAINTER, plan.painter)
    for axis, (name_key, values_key) in zip((plan.x, plan.y), AXES, strict=True):
        session.put(name_key, axis.name if axis else NO_AXIS)
        session.put(values_key, values_text(axis) if axis else "")


def _set_defaults() -> None:
    """First values of the form's fields."""
    session.setdefault(SweepKeys.PROMPT, form_fields.first_prompt())
    session.setdefault(SweepKeys.SEED, form.form_values().seed)
    session.setdefault(SweepKeys.PAINTER, "pixels")
    session.setdefault(SweepKeys.X, "cutouts")
    session.setdefault(SweepKeys.Y, NO_AXIS)
    for name_key, values_key in AXES:
        if session.get(name_key) not in _axis_names():  # the painter was changed to one without this setting
            session.put(name_key, "steps" if name_key == SweepKeys.X else NO_AXIS)
            session.pop(values_key)
        session.setdefault(values_key, _suggested_values(session.get(name_key), seed=0))


def _axis_names() -> list[str]:
    """What an axis can be for the chosen painter, "none" first."""
    settings = settings_of(PAINTERS[session.get(SweepKeys.PAINTER)])
    return [NO_AXIS, *(setting.name for setting in settings), SEED_AXIS, PAINTER_AXIS]


def _suggested_values(name: str, seed: int) -> str:
    return "" if name == NO_AXIS else suggested_values(name, session.get(SweepKeys.PAINTER), seed)


def _form(sweep: Sweep | None, is_missing: bool) -> None:
    st.markdown("#### Sweep one or two settings")
    form_fields.prompt_field(SweepKeys.PROMPT)
    secret = session.owner_secret()
    may_cancel = sweep is not None and sweep_store.may_cancel_sweep(resources.store(), sweep, secret)
    form_fields.run_buttons(_on_start, _on_cancel, may_cancel, "Paint grid", CANCEL_HELP)
    _show_estimate()
    message = session.get(SweepKeys.MESSAGE) or (("info", MISSING) if is_missing else None)
    with steady_place():
        show_message(message)
        show_prompt_notes(session.text(SweepKeys.PROMPT), message or ())
    st.selectbox(
        "Painter", PAINTERS, format_func=PAINTER_LABELS.get, key=SweepKeys.PAINTER, persist_state="session"
    )
    _axis_fields("Across", _axis_names()[1:], SweepKeys.X, SweepKeys.X_VALUES)
    _axis_fields("Down", _axis_names(), SweepKeys.Y, SweepKeys.Y_VALUES)
    form_fields.seed_field(SweepKeys.SEED)
    changed = sum(len(form.changed_settings(painter)) for painter in PAINTERS)
    st.caption(
        f"Everything else is as set on Compare ({changed} changed from the defaults)."
        if changed
        else "Everything else is at its default."
    )
    if sweep is not None:
        presets.show_presets(on_sweep=True)
        if sweep.plan.y is None:
            show_sweep_export(sweep, may_cancel)
        show_copy_link(None)


def _axis_fields(title: str, names: Sequence[str], name_key: str, values_key: str) -> None:
    st.selectbox(
        title,
        names,
        format_func=functools.partial(_axis_text, session.get(SweepKeys.PAINTER)),
        key=name_key,
        persist_state="session",
        on_change=_suggest_values,
        args=(name_key, values_key),
    )
    st.text_input(
        f"Values {title.lower()}",
        key=values_key,
        persist_state="session",
        disabled=session.get(name_key) == NO_AXIS,
        placeholder="1, 4, 16",
        label_visibility="collapsed",
    )


def _axis_text(painter: str, name: str) -> str:
    return "nothing" if name == NO_AXIS else axis_label(name, painter)


@to_its_end
def _suggest_values(name_key: str, values_key: str) -> None:
    session.put(values_key, _suggested_values(session.get(name_key), session.number(SweepKeys.SEED)))


def _plan() -> SweepPlan:
    """The form's plan. Raises UserError."""
    x = _axis(SweepKeys.X, SweepKeys.X_VALUES)
    assert x is not None
    y = _axis(SweepKeys.Y, SweepKeys.Y_VALUES)
    return SweepPlan.make(
        session.text(SweepKeys.PROMPT),
        session.get(SweepKeys.PAINTER),
        x,
        y,
        session.number(SweepKeys.SEED),
        pack_name(),
        form.form_values().settings,
    )


def _axis(name_key: str, values_key: str) -> SweepAxis | None:
    name = session.get(name_key)
    if name == NO_AXIS:
        return None
    return parse_axis(name, session.text(values_key), session.get(SweepKeys.PAINTER))


def _show_estimate() -> None:
    try:
        requests = [cell.request for cell in _plan().cells()]
    except UserError as error:
        st.caption(escape_markdown(str(error)))
        return
    missing = submission.not_yet_painted(requests)
    stored = len(requests) - len(missing)
    if not missing:
        st.caption(f"**{len(requests)} cells**, all of them already stored.")
        return
    already = f", {stored} of them already stored" if stored else ""
    estimate = waiting_times.estimate_time(missing)
    st.caption(f"**{len(requests)} cells{already}: {estimate.text()}.** {estimate.source()}")


def _show_presets() -> None:
    """What is shown before the first sweep: questions that one click answers."""
    st.markdown("### What if?")
    st.caption(PRESETS_INTRO)
    columns = st.columns(PRESET_COLUMNS)
    for number, preset in enumerate(presets.offered_presets()):
        with columns[number % PRESET_COLUMNS].container(border=True):
            presets.show_preset_button(preset, on_sweep=True)


@reports_to(SweepKeys.MESSAGE)
def _on_start() -> None:
    """Pressed Paint grid: queue the cells that are not stored."""
    sweep = submission.start_sweep(_plan(), session.owner_secret())
    session.put(SweepKeys.SHOWN, sweep.id)  # the form says it already
    session.put(SweepKeys.TO_OPEN, sweep.id)


@to_its_end
def _on_act() -> None:
    """The page's script says that the sweep has ended, or asks for a value between two."""
    act, gap = parse_trigger(session.get(SweepKeys.GRID, {}).get("act"))
    if act == BETWEEN and GAP_PATTERN.fullmatch(gap):
        _add_value(int(gap))


@reports_to(SweepKeys.MESSAGE)
def _add_value(gap: int) -> None:
    """Queue the value in this gap, and show the sweep that has it."""
    sweep_id = address.requested_sweep()
    sweep = sweep_store.get_sweep(resources.store(), sweep_id) if sweep_id else None
    if sweep is None:
        raise SettingError(MISSING)
    if sweep.plan.pack != pack_name():
        raise SettingError(OTHER_PACK.format(pack=sweep.plan.pack))
    longer = submission.start_sweep(with_value_between(sweep.plan, gap), session.owner_secret())
    session.put(SweepKeys.TO_OPEN, longer.id)


@to_its_end
@shows_errors
def _on_cancel() -> None:
    """Pressed Cancel: what is painted stays."""
    sweep_id = address.requested_sweep()
    sweep = sweep_store.get_sweep(resources.store(), sweep_id) if sweep_id else None
    if sweep is not None:
        sweep_store.cancel_sweep(resources.store(), sweep, session.owner_secret())
    # Counted afterwards: a callback that is begun again finds them stopped already.
    stopped = sweep_store.stopped_cells(resources.store(), sweep) if sweep else 0
    cells = "1 cell was" if stopped == 1 else f"{stopped} cells were"
    message = f"{cells} stopped. Press Paint grid to continue." if stopped else "There was nothing to cancel."
    session.put(SweepKeys.MESSAGE, ("info", message))
