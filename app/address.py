"""What the page's address says and is made to say: the run, the second run, the sweep, the settings."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app import session
from app.clicks import to_its_end
from app.form import form_values
from app.keys import CompareKeys, Parameters, SweepKeys
from core.base import links
from core.base.ids import is_id


def link_in_address() -> links.LinkedSettings:
    """The settings in the address."""
    return links.read_link(st.query_params.to_dict())


def settings_for_address(untouched: dict[str, str]) -> dict[str, str]:
    """Name → text of the form's settings for a link; {} while the page is as everybody finds it.

    Args:
        untouched: the same of a form that nobody has changed.
    """
    named = links.parameters(*form_values())
    is_untouched = named == untouched and Parameters.RUN not in st.query_params
    return {} if is_untouched else named


def requested_run() -> tuple[str | None, str | None]:
    """(id or None, malformed text or None): the run that the address names, or else the one last shown."""
    named = st.query_params.get(Parameters.RUN)
    if named is None:
        return session.get(CompareKeys.SHOWN_RUN), None
    return (named, None) if is_id(named) else (None, named)


def show_run(run_id: str) -> None:
    """Show this run from now on, and put it into the address, with what the form says now.

    All in one go: each change is an entry in the browser's history, and none may name the earlier settings.
    """
    session.put(CompareKeys.SHOWN_RUN, run_id)
    if st.query_params.get(Parameters.RUN) == run_id:
        return
    before = st.query_params.to_dict()
    others = {name: text for name, text in before.items() if not links.is_setting_parameter(name)}
    settings = links.parameters(*form_values())
    st.query_params.from_dict({**others, **settings, Parameters.RUN: run_id})


def clear_shown_run() -> None:
    """The run in the address is not here: take it out of the address."""
    session.pop(CompareKeys.SHOWN_RUN)
    st.query_params.pop(Parameters.RUN, None)


def is_overtaken() -> bool:
    """Whether the browser had not yet heard of the run that is shown when it sent a click.

    It then names the run before, as it does after Back or Forward.
    """
    shown = session.get(CompareKeys.SHOWN_RUN)
    if not shown or not session.get(CompareKeys.IS_OPEN) or st.query_params.get(Parameters.RUN) == shown:
        return False
    return not has_travelled()


def has_travelled() -> bool:
    """Whether the page is drawn because of the browser's Back or Forward."""
    return bool(getattr(get_script_run_ctx(), "is_history_navigation", False))


def run_gone_back_to() -> str | None:
    """Where the browser's Back or Forward led: id of a run, "" for the example, None if to nothing new.

    Coming from another page, an address without a run means the run that was shown last.
    """
    named = st.query_params.get(Parameters.RUN)
    shown = session.get(CompareKeys.SHOWN_RUN)
    if named is None:
        return "" if shown and session.get(CompareKeys.IS_OPEN) else None
    return named if is_id(named) and named != shown else None


def remember_run_on_screen(run_id: str | None) -> bool:
    """This run is being shown, the example too; the one before it is remembered. Whether it is another."""
    last = session.get(CompareKeys.RUN_ON_SCREEN)
    if last and last != run_id:
        session.put(CompareKeys.PREVIOUS_RUN, last)
    session.put(CompareKeys.RUN_ON_SCREEN, run_id)
    return last != run_id


def follow_run_b() -> None:
    """Bring address and session together on the run kept as B, before the page is drawn.

    The address wins when somebody opens the page, or goes Back or Forward; else a click may come from a
    browser that has not yet heard of the one before, and names a run that is B no longer.
    """
    named = st.query_params.get(Parameters.RUN_B)
    if has_travelled() or not session.get(CompareKeys.IS_OPEN):
        if named is not None:
            session.put(CompareKeys.RUN_B, named if is_id(named) else None)
    else:
        set_run_b(session.get(CompareKeys.RUN_B))


def kept_run_b() -> str | None:
    """Id of the run kept as B, or None."""
    return session.get(CompareKeys.RUN_B)


@to_its_end
def set_run_b(run_id: str | None) -> None:
    """Keep this run as B, or none for None, and say so in the address."""
    session.put(CompareKeys.RUN_B, run_id)
    if run_id is None:
        st.query_params.pop(Parameters.RUN_B, None)
    else:
        _set_parameter(Parameters.RUN_B, run_id)


def requested_sweep() -> str | None:
    """Id of the sweep that the address names, or else of the one last shown, or None."""
    named = st.query_params.get(Parameters.SWEEP, "")
    return named if is_id(named) else session.get(SweepKeys.SHOWN)


def show_sweep(sweep_id: str) -> None:
    """Show this sweep from now on, and put it into the address."""
    session.put(SweepKeys.SHOWN, sweep_id)
    _set_parameter(Parameters.SWEEP, sweep_id)


def _set_parameter(name: str, value: str) -> None:
    """Only a change is sent: setting a parameter makes the browser write its history."""
    if st.query_params.get(name) != value:
        st.query_params[name] = value
