"""One browser tab's memory (`st.session_state`), and the secret that says whose runs are whose."""

import secrets
from typing import Any

import streamlit as st

from app.keys import SessionKeys
from app.web.headers import owner_in


def setdefault(key: str, value: object) -> None:
    """Give a field its first value through the session, so that code may change it later."""
    if key not in st.session_state:
        st.session_state[key] = value


def put(key: str, value: object) -> None:
    """Set a value; for a field only in a callback, before it is drawn."""
    st.session_state[key] = value


def get(key: str, default: Any = None) -> Any:
    """Value of a key, or the default."""
    return st.session_state.get(key, default)


def pop(key: str) -> Any:
    """Value of a key, which is forgotten; None if there was none."""
    return st.session_state.pop(key, None)


def text(key: str) -> str:
    """What a text field holds; "" before it was drawn."""
    return get(key) or ""


def number(key: str) -> int:
    """What a field for a whole number holds; 0 before it was drawn or while it is empty."""
    return int(get(key) or 0)


def first_visit() -> bool:
    """Whether this is the session's first script run; True once."""
    is_first = SessionKeys.HAS_VISITED not in st.session_state
    st.session_state[SessionKeys.HAS_VISITED] = True
    return is_first


def owner_secret() -> str:
    """The secret that lets this browser cancel its runs: its cookie, or else one of this session.

    The cookie is set by app.web.headers, so it outlives a refresh and holds for a second tab; scripts cannot
    read it.
    """
    cookies = {name: str(value) for name, value in st.context.cookies.items()}
    return owner_in(cookies) or st.session_state.setdefault(SessionKeys.OWNER, secrets.token_urlsafe(24))
