"""All stored runs as cards: look, search, star, compare, delete with undo."""

import math
from dataclasses import asdict
from typing import Any

import streamlit as st

from app import resources, session
from app.clicks import to_its_end
from app.components.messages import shows_errors
from app.components.poll_while import poll_while
from app.components.script_component import ScriptComponent, parse_trigger
from app.keys import GalleryKeys, Parameters
from app.views.links import open_compare
from core.base.changed_text import changed_of_request
from core.base.environment import gallery_shows_everyone
from core.base.judges import is_usual, judge_labels, roles_of, shown_networks
from core.base.settings import optimised_realism_parts, realism_label
from core.exports.judge_scale import scale_name, shown_reference, shown_row
from core.measures.roles import measured_networks
from core.storage.gallery import GalleryEntry
from core.storage.records import Run, StepRow

PER_PAGE = 24  # whole rows of 2, 3 or 4 cards
POLL_SECONDS = 2.0
MAX_UNDOS = 3
SORT_NAMES = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "prompt": "Prompt, A to Z",
    "score": "Highest judge score",
    "heldout": "Highest held-out score",
    "realism": "Highest realism",
}
SORT_HELP = (
    "Figures are those of each run's best painter at its last step. The judge and the held-out judge are the "
    "model pack's first and second judge here, whoever steered."
)
EVERYONE = "Everyone’s"
MINE = "Mine"
EVERYONE_HELP = "You can look at and compare runs that others started, but not star or delete them."
MINE_HELP = (
    "Only runs started in this browser, and the example. To show everyone’s runs, the server must be "
    "started with CTJP_GALLERY=everyone."
)
NOT_DONE = "That did not work: this run was started in another browser, is still being painted, or is gone."
GONE = "That run is gone. Reload the page."

_component = ScriptComponent("ctjp_gallery", "gallery/gallery.js")


def page() -> None:
    """Draw the page."""
    _show_filters()
    filters = _filters()
    cards, _ = _matching_cards(filters)
    poll_while(_are_active(cards), lambda: _show_cards(filters), POLL_SECONDS)


def _show_filters() -> None:
    """The fields with which a visitor chooses."""
    search, owner, starred, sort = st.columns([5, 2, 1.6, 2.4], vertical_alignment="bottom")
    shows_everyone = gallery_shows_everyone()
    session.setdefault(GalleryKeys.OWNER, EVERYONE if shows_everyone else MINE)
    common: dict[str, Any] = {"persist_state": "session", "on_change": _open_first_page}
    search.text_input(
        "Search the prompts", key=GalleryKeys.SEARCH, live=True, placeholder="fox snow", **common
    )
    # The control stays where it may not be used, so that nobody looks for the runs of others elsewhere.
    owner.segmented_control(
        "Runs",
        (EVERYONE, MINE),
        key=GalleryKeys.OWNER,
        required=True,
        disabled=not shows_everyone,
        help=EVERYONE_HELP if shows_everyone else MINE_HELP,
        **common,
    )
    starred.toggle("Starred only", key=GalleryKeys.STARRED, **common)
    sort.selectbox(
        "Order", SORT_NAMES, format_func=SORT_NAMES.get, key=GalleryKeys.SORT, help=SORT_HELP, **common
    )


def _filters() -> dict[str, Any]:
    """What is asked for: the arguments of Gallery.page that the visitor chooses."""
    shows_everyone = gallery_shows_everyone()
    return {
        "words": session.text(GalleryKeys.SEARCH),
        "mine": shows_everyone and session.get(GalleryKeys.OWNER) == MINE,
        "others": shows_everyone,  # asked on the server: what a browser says of the control is not believed
        "starred": bool(session.get(GalleryKeys.STARRED)),
        "sort": session.get(GalleryKeys.SORT) or "newest",
    }


@to_its_end
def _open_first_page() -> None:
    session.put(GalleryKeys.PAGE, 1)


def _matching_cards(filters: dict[str, Any]) -> tuple[list[GalleryEntry], int]:
    """(cards of the page that is open, number of all that match)."""
    number = max(1, session.number(GalleryKeys.PAGE))
    gallery = resources.gallery()
    secret = session.owner_secret()
    cards, matching = gallery.page(secret, limit=PER_PAGE, offset=(number - 1) * PER_PAGE, **filters)
    if not cards and number > 1:  # the last card of the last page was deleted, or the filter has changed
        _open_first_page()
        cards, matching = gallery.page(secret, limit=PER_PAGE, **filters)
    return cards, matching


def _show_cards(filters: dict[str, Any]) -> bool:
    """Draw the cards; whether one of their runs waits or is being painted."""
    cards, matching = _matching_cards(filters)
    disk = resources.gallery().disk()
    deleted = resources.gallery().deleted(session.owner_secret())[:MAX_UNDOS]
    data = {
        "cards": [_card_data(card) for card in cards],
        "matching": matching,
        "filtered": bool(filters["words"] or filters["mine"] or filters["starred"]),
        "deleted": [{"id": run.id, "prompt": run.request.prompt} for run in deleted],
        "disk": {"bytes": disk.bytes, "cap": disk.cap, "removed": disk.removed},
    }
    act, argument = parse_trigger(_component.show(GalleryKeys.CARDS, data, _on_card_button))
    if matching > PER_PAGE:
        st.pagination(math.ceil(matching / PER_PAGE), key=GalleryKeys.PAGE, persist_state="session")
    if act in ("open", "compare"):
        _open_runs(argument)
    return _are_active(cards)


def _are_active(cards: list[GalleryEntry]) -> bool:
    return any(card.run.active for card in cards)


def _card_data(card: GalleryEntry) -> dict[str, Any]:
    """One run as gallery.js draws it."""
    run = card.run
    painters = [(name, card.last_rows[name]) for name in run.request.painters if name in card.last_rows]
    return {
        "id": run.id,
        "prompt": run.request.prompt,
        "reading": resources.reading_note_of(run.request),
        "changed": changed_of_request(run.request),
        "seed": run.request.seed,
        "created": run.created,
        "status": run.status,
        "share": card.reached,
        "reason": run.reason,
        "starred": card.starred,
        "mine": card.mine,
        "example": run.id == resources.example_id(),
        "bytes": card.bytes,
        "painters": [_painter_data(run, name, row) for name, row in painters],
        "scale": scale_name(resources.reference_of(run.request, run.pack_hash)),
    }


def _painter_data(run: Run, name: str, row: StepRow) -> dict[str, Any]:
    return {
        "name": name,
        "step": row.step,
        "total": row.total,
        "figures": _figures(run, row),
        "kept": row.has_frame,
    }


def _figures(run: Run, row: StepRow) -> list[dict[str, Any]]:
    """What Compare shows of a picture: two judges by the names they have in this run, and realism."""
    settings = run.request.settings
    own = settings[row.painter]
    values = asdict(row)
    reference = resources.reference_of(run.request, run.pack_hash)
    shown = shown_row(values, reference)
    bands = dict(shown_reference(reference) or {})
    if optimised_realism_parts(own):  # it no longer measures anything
        bands.pop("realism", None)
    labels = judge_labels(own, is_usual(settings)) | {"realism": realism_label(own)}
    networks = shown_networks(settings, measured_networks({row.painter: [values]}))
    steering = roles_of(own).steering
    return [
        {"label": labels[key], "value": shown[key], "band": bands.get(key), "steers": key in steering}
        for key in (*networks, "realism")
    ]


@to_its_end
@shows_errors
def _on_card_button() -> None:
    """The visitor pressed something on a card; opening happens in the page, which alone may leave itself."""
    act, run_id = parse_trigger(session.get(GalleryKeys.CARDS, {}).get("act"))
    gallery = resources.gallery()
    secret = session.owner_secret()
    if act in ("star", "unstar"):
        was_done = gallery.star(run_id, secret, act == "star")
    elif act == "delete":
        was_done = gallery.delete(run_id, secret)
    elif act == "restore":
        was_done = gallery.restore(run_id, secret)
    else:
        return
    if not was_done:
        st.toast(NOT_DONE)


def _open_runs(argument: str) -> None:
    """Show a run, or two ("first second"), on the Compare page."""
    ids = argument.split()[:2]
    runs = [run for run in map(resources.store().get, ids) if run is not None]
    if len(runs) < len(ids) or not runs:
        st.toast(GONE)
        return
    names = (Parameters.RUN, Parameters.RUN_B)
    open_compare(runs[0].request, **{name: run.id for name, run in zip(names, runs, strict=False)})
