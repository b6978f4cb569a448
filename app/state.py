"""Every session key and address parameter, with typed accessors. Nothing else reads st.session_state.

Widgets use these keys with persist_state="session", so the form is as it was after a look at another page.
"""

import re
import secrets
from dataclasses import asdict

import streamlit as st

from core.settings import PAINTERS

OWNER_COOKIE = "ctjp_owner"
RUN_PARAMETER = "run"

PROMPT = "prompt"
SEED = "seed"
EXAMPLE = "example"
MESSAGE = "message"
RUN = "shown_run"
PLAYER = "player"
_OWNER = "owner"
_VISITED = "visited"
_RUN_ID = re.compile(r"[a-z2-7]{26}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{20,64}")


def painter_key(painter):
    """Key of the switch of one painter."""
    return f"painter:{painter}"


def knob_key(painter, knob):
    """Key of the widget of one knob."""
    return f"knob:{painter}:{knob}"


def knob_values(painter, knobs):
    """Knob → value as chosen; knobs never shown are left to their defaults."""
    keys = {knob.name: knob_key(painter, knob.name) for knob in knobs}
    return {name: st.session_state[key] for name, key in keys.items() if key in st.session_state}


def setdefault(key, value):
    """Give a widget its first value through the session, so that code may change it later."""
    if key not in st.session_state:
        st.session_state[key] = value


def put(key, value):
    """Set a value; for a widget only in a callback, before it is drawn."""
    st.session_state[key] = value


def get(key, default=None):
    """Value of a key, or the default."""
    return st.session_state.get(key, default)


def first_visit():
    """Whether this is the session's first script run; True once."""
    first = _VISITED not in st.session_state
    st.session_state[_VISITED] = True
    return first


def adopt(request):
    """Fill the form with a run's settings: a refresh or a shared link brings its form along."""
    st.session_state[PROMPT] = request.prompt
    st.session_state[SEED] = request.seed
    for painter in PAINTERS:
        settings = request.settings.get(painter)
        st.session_state[painter_key(painter)] = settings is not None
        for name, value in (asdict(settings) if settings else {}).items():
            st.session_state[knob_key(painter, name)] = value


def requested_run():
    """(id or None, junk or None): the run that the address names, or else the one last shown."""
    named = st.query_params.get(RUN_PARAMETER)
    if named is None:
        return get(RUN), None
    return (named, None) if _RUN_ID.fullmatch(named) else (None, named)


def show_run(run_id):
    """Show this run from now on, and put it into the address."""
    st.session_state[RUN] = run_id
    if st.query_params.get(RUN_PARAMETER) != run_id:
        st.query_params[RUN_PARAMETER] = run_id


def owner():
    """The secret that lets this browser cancel its runs: its cookie, or else one of this session.

    The cookie is set by app.middleware, so it outlives a refresh and holds for a second tab; scripts cannot read it.
    """
    cookie = str(st.context.cookies.get(OWNER_COOKIE, ""))
    if _SECRET.fullmatch(cookie):
        return cookie
    return st.session_state.setdefault(_OWNER, secrets.token_urlsafe(24))
