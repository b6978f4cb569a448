"""Judging is not painting: the judge orders pictures by a prompt, and is then asked to paint one itself."""

import time

import streamlit as st

from app import services, state
from app.board import Board
from app.live import STALE_SECONDS
from app.player import base_path
from app.views import compare, own
from app.widgets import escape, guarded, notices
from core import links
from core.errors import UserError
from core.lesson import scenes
from core.lesson.ranking import Entry, csv_text, leaderboard, rows, sentences
from core.places import pack_name
from core.words import unknown_words

POLL = "300ms"
SCENES, YOURS, BOTH = "World scenes", "Yours", "Both"
ORDERS = {"judge": "Judge", "heldout": "Held-out judge"}
PAINTED = "Painted by raw ascent"
PAINTER = "pixels"  # with its defaults: the raw lesson
EXAMPLES = 3

INTRO = """
Give the judge pictures that exist and a sentence, and it does what it was trained for: it **compares**. Does the picture that
fits come first, and do near misses follow? A second judge, which learned apart from it, looks too.
"""
PAINT = """
An order among pictures is not a way to a new one. Ask the same judge for its favourite picture of all, and every pixel is free
to please it.
"""

_board = Board("ctjp_rank", "rank.js")


def page():
    """Draw the page."""
    _first()
    with st.sidebar:
        _form()
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown("### Judging is not painting")
        st.markdown(INTRO)
    with right:
        st.markdown(PAINT)
        if st.button("Now ask it to paint", type="primary", icon=":material/brush:", width="stretch", disabled=_shown() is None,
                     help="Paints this prompt on the Compare page by raw ascent on the judge's score."):  # fmt: skip
            _paint()
    ranking = _shown()
    waiting = bool(ranking and ranking.waiting)
    st.fragment(guarded(_leaderboard), run_every=POLL if waiting else None)(waiting)


def _first():
    """The page was opened: its fields have their first values, and something is ranked."""
    examples = services.manifest().get("examples", ())
    asked = links.read(st.query_params.to_dict()).prompt
    state.setdefault(state.RANK_PROMPT, asked or state.get(state.PROMPT) or next(iter(examples), ""))
    state.setdefault(state.RANK_WHICH, BOTH)
    state.setdefault(state.RANK_BY, "judge")
    if state.get(state.RANKING) is None:
        _ask()


def _form():
    st.markdown("#### Which picture fits best?")
    st.text_input(
        "Prompt", key=state.RANK_PROMPT, persist_state="session", on_change=_ask,
        help="The pictures are ordered by how well they fit it. Say it in the words of the small world.",
    )  # fmt: skip
    examples = services.manifest().get("examples", ())[:EXAMPLES]
    st.pills("Examples", examples, key=state.RANK_EXAMPLE, on_change=_pick, label_visibility="collapsed")
    st.segmented_control(
        "Pictures", (SCENES, YOURS, BOTH), key=state.RANK_WHICH, persist_state="session", on_change=_ask, required=True,
        help=f"{len(scenes.shipped().captions)} photographs of the small world, and those that this browser has brought.",
    )  # fmt: skip
    st.file_uploader(f"Up to {own.MOST_AT_ONCE} pictures of yours", own.KINDS, accept_multiple_files=True, key=_files_key())
    st.button("Rank", type="primary", icon=":material/leaderboard:", on_click=_rank, width="stretch")
    for told in state.get(state.RANK_TOLD) or ():
        st.error(escape(told))
    notices(None, unknown_words(state.get(state.RANK_PROMPT) or "", services.known_words()))
    st.segmented_control("Ordered by", ORDERS, format_func=ORDERS.get, key=state.RANK_BY, persist_state="session", required=True)
    places = _places(_shown())
    table = csv_text(rows(_shown().prompt, [place for place, _ in places])) if places else ""
    st.download_button(
        "Ranking, CSV", table, "ranking.csv", "text/csv", icon=":material/download:", on_click="ignore", disabled=not places,
        width="stretch",
    )  # fmt: skip
    st.caption("Only this browser sees your pictures; they are also on the page Your pictures, for 24 hours.")


def _files_key():
    return f"{state.RANK_FILES}:{state.get(state.RANK_FILES) or 0}"


@guarded
def _pick():
    """Clicked an example: it becomes the prompt, and is ranked."""
    picked = state.get(state.RANK_EXAMPLE)
    if picked:
        state.put(state.RANK_PROMPT, picked)
        state.put(state.RANK_EXAMPLE, None)
        _ask()


@guarded
def _rank():
    """Pressed Rank: keep the pictures that were brought, then rank."""
    files = state.get(_files_key()) or []
    told = []
    if files:
        try:
            told = own.keep(files, own.checked_prompt(state.get(state.RANK_PROMPT)))
        except UserError:
            files = []  # said by _ask; the files stay in their field
    if files:
        state.put(state.RANK_FILES, (state.get(state.RANK_FILES) or 0) + 1)
        if state.get(state.RANK_WHICH) == SCENES:
            state.put(state.RANK_WHICH, BOTH)
    _ask()
    state.put(state.RANK_TOLD, [*told, *(state.get(state.RANK_TOLD) or ())])


@guarded
def _ask():
    """Ask the painter process for what the form says; a sentence if that cannot be."""
    which, told = state.get(state.RANK_WHICH), []
    try:
        mine = [] if which == SCENES else [picture.id for picture in services.own_pictures().of(state.owner())]
        prompt = own.checked_prompt(state.get(state.RANK_PROMPT))
        if which == YOURS and not mine:
            told = ["None of the pictures is yours yet: choose some and press Rank."]
        else:
            ranking = services.rankings().ask(prompt, pack_name(), which != YOURS, mine, state.owner())
            state.put(state.RANKING, ranking.id)
    except UserError as error:
        told = [str(error)]
    state.put(state.RANK_TOLD, told)


def _shown():
    """The core.lesson.rank_store.Ranking on the page, or None."""
    shown = state.get(state.RANKING)
    return services.rankings().get(shown, state.owner()) if shown else None


def _paint():
    """Queue raw ascent on the ranking's prompt, and go where it is shown."""
    try:
        run = services.submit(_shown().prompt, 0, [PAINTER], {}, state.owner())
    except UserError as error:
        st.error(escape(str(error)))
        return
    state.adopt(run.request)
    state.put(state.RANK_PAINTED, run.request.prompt)
    main = st.Page(compare.page, title="Compare", url_path="compare", default=True)
    st.switch_page(main, query_params={state.RUN_PARAMETER: run.id})


def _places(ranking):
    """[(core.lesson.ranking.Place, how its picture is drawn)], the best first; [] until they are judged."""
    if ranking is None or ranking.status != "done":
        return []
    entries, drawn = [], []
    if ranking.scenes == scenes.shipped().digest:
        for number, (name, figures) in enumerate(zip(scenes.shipped().captions, ranking.figures["scenes"], strict=True)):
            entries.append(Entry(name, *figures))
            drawn.append({"kind": "scene", "tile": number})
    for picture in services.own_pictures().of(state.owner()):
        if picture.id in ranking.figures:
            entries.append(Entry(picture.name, *ranking.figures[picture.id]))
            drawn.append({"kind": "own", "src": f"{base_path()}/pictures/{picture.id}/seen.png"})
    # Only for whoever asked for it: a class that opens the page is not to see the end of the story first.
    asked = state.get(state.RANK_PAINTED) == ranking.prompt
    painted = services.find(ranking.prompt, 0, [PAINTER], {}) if asked else None
    if painted is not None and painted.status == "done":
        row = services.store().last_row(painted.id)
        entries.append(Entry(PAINTED, row.score, row.heldout))
        drawn.append({"kind": "painted", "src": f"{base_path()}/frames/{painted.id}/{PAINTER}/{row.step}.png"})
    return [(place, drawn[place.number]) for place in leaderboard(entries, state.get(state.RANK_BY))]


def _leaderboard(waiting):
    ranking = _shown()
    places = _places(ranking)
    shipped = scenes.shipped()
    data = {
        "status": ranking.status if ranking else "none",
        "reason": ranking.reason if ranking else "",
        "note": _note() if waiting else "",
        "prompt": ranking.prompt if ranking else "",
        "by": state.get(state.RANK_BY),
        "sheet": {"src": f"{base_path()}/scenes/{shipped.digest}.webp", "columns": shipped.columns, "rows": shipped.rows},
        "places": [_place(place, drawn) for place, drawn in places],
        "words": sentences(leaderboard([place.entry for place, _ in places])),
    }
    _board.show(state.RANK, data, _nothing)
    if waiting and not (ranking and ranking.waiting):
        st.rerun()  # it is judged, so the polling ends


def _place(place, drawn):
    """One line as rank.js draws it."""
    entry = place.entry
    return {
        **drawn,
        **{"name": entry.name, "judge": entry.judge, "heldout": entry.heldout},
        **{"rank": place.rank, "tied": place.tied, "margin": place.margin, "other": place.other_rank},
    }


def _note():
    """Why it takes longer than a moment, if it does."""
    painter = services.store().painter_state()
    if painter is None or painter.state == "off" or time.time() - painter.beat > STALE_SECONDS:
        return "The painter process, which asks the judge, is not running yet."
    return {"loading": "The painter process is loading its models.", "restarting": painter.message}.get(painter.state, "")


def _nothing():
    """The component asks for nothing."""
