"""All stored runs as cards: look, search, star, compare, delete with undo."""

import math

import streamlit as st

from app import services, state
from app.board import Board, asked
from app.views import compare
from app.widgets import guarded
from core.places import gallery_of_everyone
from core.settings import realism_label

PER_PAGE = 24  # whole rows of 2, 3 or 4 cards
POLL = "2s"
MOST_UNDOS = 3
SORT_NAMES = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "prompt": "Prompt, A to Z",
    "score": "Highest judge score",
    "heldout": "Highest held-out score",
    "realism": "Highest realism",
}
EVERYONE, MINE = "Everyone’s", "Mine"
OTHERS = "Runs that others started can be looked at and compared, not starred or deleted."
PRIVATE = "Only runs that this browser started, and the example. Whoever runs the server can show everyone’s with CTJP_GALLERY=everyone."

_board = Board("ctjp_gallery", "gallery.js")


def page():
    """Draw the page."""
    filters = _filters()
    cards, matching = _found(filters)
    busy = any(card.run.active for card in cards)
    st.fragment(guarded(_cards), run_every=POLL if busy else None)(filters, busy)


def _filters():
    """What is asked for: the arguments of Library.page that the visitor chooses."""
    words, whose, starred, sort = st.columns([5, 2, 1.6, 2.4], vertical_alignment="bottom")
    everyone = gallery_of_everyone()
    state.setdefault(state.GALLERY_WHOSE, EVERYONE if everyone else MINE)
    with words:
        st.text_input(
            "Search the prompts", key=state.GALLERY_WORDS, live="300ms", persist_state="session", on_change=_first_page,
            placeholder="fox snow",
        )  # fmt: skip
    with whose:
        # The control stays where it may not be used, so that nobody looks for the runs of others elsewhere.
        st.segmented_control(
            "Runs", (EVERYONE, MINE), key=state.GALLERY_WHOSE, persist_state="session", on_change=_first_page, required=True,
            disabled=not everyone, help=OTHERS if everyone else PRIVATE,
        )  # fmt: skip
    with starred:
        st.toggle("Starred only", key=state.GALLERY_STARRED, persist_state="session", on_change=_first_page)
    with sort:
        st.selectbox(
            "Order", SORT_NAMES, format_func=SORT_NAMES.get, key=state.GALLERY_SORT, persist_state="session", on_change=_first_page,
            help="By a figure: of each run's best painter, at its last step.",
        )  # fmt: skip
    return {
        "words": state.get(state.GALLERY_WORDS) or "",
        "mine": everyone and state.get(state.GALLERY_WHOSE) == MINE,
        "others": everyone,  # asked on the server: what a browser says of the control is not believed
        "starred": bool(state.get(state.GALLERY_STARRED)),
        "sort": state.get(state.GALLERY_SORT) or "newest",
    }


def _first_page():
    state.put(state.GALLERY_PAGE, 1)


def _found(filters):
    """(cards of the page that is open, number of all that match)."""
    number = max(1, int(state.get(state.GALLERY_PAGE) or 1))
    library, secret = services.library(), state.owner()
    cards, matching = library.page(secret, limit=PER_PAGE, offset=(number - 1) * PER_PAGE, **filters)
    if not cards and number > 1:  # the last card of the last page was deleted, or the filter has changed
        _first_page()
        cards, matching = library.page(secret, limit=PER_PAGE, **filters)
    return cards, matching


def _cards(filters, busy):
    cards, matching = _found(filters)
    data = {
        "cards": [_card(card) for card in cards],
        "matching": matching,
        "filtered": bool(filters["words"] or filters["mine"] or filters["starred"]),
        "deleted": [{"id": run.id, "prompt": run.request.prompt} for run in services.library().deleted(state.owner())[:MOST_UNDOS]],
        "disk": _disk(),
    }
    act, argument = asked(_board.show(state.GALLERY, data, _changed))
    if matching > PER_PAGE:
        st.pagination(math.ceil(matching / PER_PAGE), key=state.GALLERY_PAGE, persist_state="session")
    if act in ("open", "compare"):
        _go(argument)
    if busy and not any(card.run.active for card in cards):
        st.rerun()  # nothing moves any more, so the polling ends


def _card(card):
    """One run as gallery.js draws it."""
    run, example = card.run, card.run.id == services.example_id()
    share = max((row.step / row.total for row in card.ends.values() if row.attempt == run.attempt), default=0.0)
    return {
        "id": run.id,
        "prompt": run.request.prompt,
        "seed": run.request.seed,
        "created": run.created,
        "status": run.status,
        "share": share,
        "reason": run.reason,
        "starred": card.starred,
        "mine": card.mine,
        "example": example,
        "bytes": card.bytes,
        "painters": [
            {
                "name": name,
                "step": row.step,
                "total": row.total,
                "figures": [row.score, row.heldout, row.realism],
                "kept": row.has_frame,
                "realism": realism_label(run.request.settings[name]),
            }
            for name in run.request.painters
            if (row := card.ends.get(name)) is not None
        ],
    }


def _disk():
    disk = services.library().disk()
    return {"bytes": disk.bytes, "cap": disk.cap, "removed": disk.removed}


@guarded
def _changed():
    """The visitor pressed something on a card; opening happens in the page, which alone may leave itself."""
    act, argument = asked(state.get(state.GALLERY, {}).get("act"))
    library, secret = services.library(), state.owner()
    changes = {
        "star": lambda: library.star(argument, secret, True),
        "unstar": lambda: library.star(argument, secret, False),
        "delete": lambda: library.delete(argument, secret),
        "restore": lambda: library.restore(argument, secret),
    }
    if act in changes and not changes[act]():
        st.toast("That could not be done: another browser started this run, it is being painted, or it is gone.")


def _go(argument):
    """Show a run, or two ("first second"), on the Compare page."""
    ids = argument.split()
    runs = [run for run_id in ids[:2] if (run := services.store().get(run_id)) is not None]
    if len(runs) < len(ids[:2]) or not runs:
        st.toast("That run is gone; reload the page.")
        return
    state.adopt(runs[0].request)
    names = {state.RUN_PARAMETER: runs[0].id, **({state.B_PARAMETER: runs[1].id} if len(runs) == 2 else {})}
    st.switch_page(st.Page(compare.page, title="Compare", url_path="compare", default=True), query_params=names)
