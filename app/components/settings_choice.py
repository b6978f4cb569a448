"""A row of buttons on the form, each of which sets several settings at once."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from app import form, session
from app.clicks import to_its_end


def settings_choice(
    label: str,
    labels: Mapping[str, str],
    offered: Sequence[str],
    marked: str | None,
    key: str,
    settings_for: Callable[[str], form.Values],
    help: str,
) -> None:
    """The buttons, with the one marked that the form amounts to, if it is among those offered.

    Args:
        labels: choice → what its button says. key: of the field.
        settings_for: of a choice, what it sets: painter → setting → value.
    """
    session.put(key, marked if marked in offered else None)
    st.segmented_control(
        label,
        offered,
        format_func=labels.__getitem__,
        key=key,
        on_change=_on_choice,
        args=(key, settings_for),
        help=help,
        width="stretch",
    )


@to_its_end
def _on_choice(key: str, settings_for: Callable[[str], form.Values]) -> None:
    """Picked a choice; clicking the one that is marked changes nothing."""
    picked = session.get(key)
    if picked:
        form.put_settings(settings_for(picked))
