"""Every session key and address parameter, with typed accessors. Nothing else reads st.session_state.

Widgets use these keys with persist_state="session", so the form is as it was after a look at another page.
"""

import re
import secrets
from dataclasses import asdict

import streamlit as st

from core import links
from core.settings import PAINTERS, knobs
from core.sweeps import values_text

OWNER_COOKIE = "ctjp_owner"
RUN_PARAMETER = "run"
B_PARAMETER = "b"
SWEEP_PARAMETER = "sweep"

PROMPT = "prompt"
SEED = "seed"
EXAMPLE = "example"
MESSAGE = "message"
RUN = "shown_run"
BEFORE = "run_before"
B = "run_b"
SWEEP = "shown_sweep"
GO_TO = "go_to"
SWEEP_BOARD = "sweep"
SWEEP_PROMPT, SWEEP_SEED = "sweep:prompt", "sweep:seed"
SWEEP_PAINTER = "sweep:painter"
SWEEP_X, SWEEP_X_VALUES = "sweep:x", "sweep:x_values"
SWEEP_Y, SWEEP_Y_VALUES = "sweep:y", "sweep:y_values"
SWEEP_MESSAGE = "sweep:message"
NO_AXIS = "none"
PLAYER = "player"
PICTURE = "settings_picture"
LINK = "link"
GALLERY = "gallery"
GALLERY_WORDS = "gallery:words"
GALLERY_WHOSE = "gallery:whose"
GALLERY_STARRED = "gallery:starred"
GALLERY_SORT = "gallery:sort"
GALLERY_PAGE = "gallery:page"
FAILURE, FAILURE_RUN, FAILURE_PROMPT, FAILURE_MESSAGE = "failure", "failure:run", "failure:prompt", "failure:message"
NOISE, NOISE_JOB = "noise", "noise:job"
CODEBOOK, CODEBOOK_JOB = "codebook", "codebook:job"
PICTURES = "pictures"
PICTURES_PROMPT = "pictures:prompt"
PICTURES_FILES = "pictures:files"
PICTURES_TOLD = "pictures:told"
TOY = "toy"
PACKS_TOLD = "packs:told"
PREDICT, PREDICTED, PREDICTION = "predict", "predicted", "prediction"
EXERCISE_RUN = "exercise:run"
TOUR = "tour"
RANK = "rank"
RANK_PROMPT = "rank:prompt"
RANK_EXAMPLE = "rank:example"
RANK_WHICH = "rank:which"
RANK_BY = "rank:by"
RANK_FILES = "rank:files"
RANK_TOLD = "rank:told"
RANKING = "rank:shown"
RANK_PAINTED = "rank:painted"
_OWNER = "owner"
_VISITED = "visited"
_STAGE = "stage"
_RUN_ID = re.compile(r"[a-z2-7]{26}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{20,64}")


def painter_key(painter):
    """Key of the switch of one painter."""
    return f"painter:{painter}"


def settings_key(painter):
    """Key of the popover with the settings of one painter."""
    return f"settings-{painter}"


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


def forget_settings():
    """Set every knob of every painter back to its default; prompt, seed and switches stay."""
    for painter, settings in PAINTERS.items():
        for knob in knobs(settings):
            st.session_state[knob_key(painter, knob.name)] = knob.default


def changed_knobs(painter):
    """Knobs of a painter that are not at their default."""
    keys = {knob: knob_key(painter, knob.name) for knob in knobs(PAINTERS[painter])}
    return [knob for knob, key in keys.items() if st.session_state.get(key, knob.default) != knob.default]


def form():
    """(prompt, seed, painters switched on, painter → knob → value) as the form says."""
    painters = [painter for painter in PAINTERS if get(painter_key(painter), True)]
    values = {painter: knob_values(painter, knobs(PAINTERS[painter])) for painter in PAINTERS}
    return get(PROMPT) or "", int(get(SEED) or 0), painters, values


def link():
    """core.links.Link: the settings in the address."""
    return links.read(st.query_params.to_dict())


def fill(link, prompt):
    """Fill the form with a link's settings; `prompt` if it names none."""
    forget_settings()
    st.session_state[PROMPT] = link.prompt or prompt
    st.session_state[SEED] = link.seed
    for painter in PAINTERS:
        st.session_state[painter_key(painter)] = painter in link.painters
        for name, value in link.knobs.get(painter, {}).items():
            st.session_state[knob_key(painter, name)] = value


def link_parameters(found):
    """Name → text of the form's settings for the address; {} while the page is as anybody finds it, with the settings `found`."""
    named = links.parameters(*form())
    return {} if named == found and RUN_PARAMETER not in st.query_params else named


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


def on_stage(run_id):
    """This run is being shown, the example too; the one before it is remembered."""
    last = get(_STAGE)
    if last and last != run_id:
        st.session_state[BEFORE] = last
    st.session_state[_STAGE] = run_id


def forget_run():
    """The run in the address is not here: take it out of the address."""
    st.session_state.pop(RUN, None)
    st.query_params.pop(RUN_PARAMETER, None)


def requested_b():
    """Id of the run kept as B, or None: the address names it, or else it is the one last kept."""
    named = st.query_params.get(B_PARAMETER)
    if named is not None:
        st.session_state[B] = named if _RUN_ID.fullmatch(named) else None
    return get(B)


def keep_b(run_id):
    """Keep this run as B, or none for None, and say so in the address."""
    st.session_state[B] = run_id
    if run_id is None:
        st.query_params.pop(B_PARAMETER, None)
    elif st.query_params.get(B_PARAMETER) != run_id:
        st.query_params[B_PARAMETER] = run_id


def requested_sweep():
    """Id of the sweep that the address names, or else of the one last shown, or None."""
    named = st.query_params.get(SWEEP_PARAMETER, "")
    return named if _RUN_ID.fullmatch(named) else get(SWEEP)


def show_sweep(sweep_id):
    """Show this sweep from now on, and put it into the address."""
    st.session_state[SWEEP] = sweep_id
    if st.query_params.get(SWEEP_PARAMETER) != sweep_id:
        st.query_params[SWEEP_PARAMETER] = sweep_id


def adopt_plan(plan):
    """Fill the sweep's form with a core.sweeps.Plan; the settings that are not swept are those of the main page."""
    st.session_state[SWEEP_PROMPT] = plan.prompt
    st.session_state[SWEEP_SEED] = plan.seed
    st.session_state[SWEEP_PAINTER] = plan.painter
    for axis, name, values in ((plan.x, SWEEP_X, SWEEP_X_VALUES), (plan.y, SWEEP_Y, SWEEP_Y_VALUES)):
        st.session_state[name] = axis.name if axis else NO_AXIS
        st.session_state[values] = values_text(axis) if axis else ""


def adopt_knobs(values):
    """Set knobs, painter → knob → value; the others stay."""
    for painter, chosen in values.items():
        for name, value in chosen.items():
            st.session_state[knob_key(painter, name)] = value


def take(key):
    """Value of a key, which is forgotten; None if there was none."""
    return st.session_state.pop(key, None)


def owner():
    """The secret that lets this browser cancel its runs: its cookie, or else one of this session.

    The cookie is set by app.middleware, so it outlives a refresh and holds for a second tab; scripts cannot read it.
    """
    cookie = str(st.context.cookies.get(OWNER_COOKIE, ""))
    if _SECRET.fullmatch(cookie):
        return cookie
    return st.session_state.setdefault(_OWNER, secrets.token_urlsafe(24))
