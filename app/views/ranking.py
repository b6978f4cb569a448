"""Judging is not painting: the judge orders pictures by a prompt, and is then asked to paint one."""

import streamlit as st

from app import address, form, painter_status, resources, session, submission
from app.clicks import to_its_end
from app.components import uploads
from app.components.form_fields import example_pills, first_prompt, take_example
from app.components.leaderboard import PAINTER, leaderboard_csv, leaderboard_data, ranked_pictures
from app.components.messages import show_file_errors, shows_errors
from app.components.poll_while import poll_while
from app.components.prompt_notes import show_prompt_notes
from app.components.script_component import ScriptComponent
from app.keys import CompareKeys, RankingKeys
from core.base.environment import pack_name
from core.base.errors import UserError
from core.lesson import ranking_scenes
from core.lesson.ranking_jobs import Ranking

POLL_SECONDS = 0.3
SCENES = "World scenes"
YOURS = "Yours"
BOTH = "Both"
ORDER_LABELS = {"judge": "Judge", "heldout": "Held-out judge"}
MAX_EXAMPLES = 3

INTRO = """
Give the judge some existing pictures and a sentence, and it does what it was trained for: it **compares**.
Does the picture that fits come first, with near misses behind it? A second judge, trained separately, looks
too.
"""
PAINT_TEXT = """
Knowing which picture is better is not knowing how to make one. Ask the same judge for its favourite
picture, and it may change every pixel.
"""
PROMPT_HELP = "The pictures are ordered by how well they fit this text. Use the words of the small world."
PAINT_HELP = "Paints this prompt on the Compare page by raw ascent on the judge's score."
KEPT_NOTE = (
    "Your pictures are listed only in this browser. You also find them on the page Your pictures, for 24 "
    "hours."
)
REMOVED = "This ranking was removed before it began. Press Rank again."
NOTHING_ADDED = "You haven't added any pictures yet. Choose some and press Rank."

_component = ScriptComponent("ctjp_rank", "lesson/ranking/ranking.js")


def page() -> None:
    """Draw the page."""
    _set_defaults()
    with st.sidebar:
        _form()
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown("### Judging is not painting")
        st.markdown(INTRO)
    with right:
        st.markdown(PAINT_TEXT)
        _paint_button()
    poll_while(_is_waiting(_shown_ranking()), _show_leaderboard, POLL_SECONDS)


def _set_defaults() -> None:
    """The page was opened: its fields have their first values, and something is ranked."""
    session.setdefault(RankingKeys.PROMPT, address.link_in_address().prompt or first_prompt())
    session.setdefault(RankingKeys.PICTURES, BOTH)
    session.setdefault(RankingKeys.ORDER, "judge")
    if session.get(RankingKeys.SHOWN) is None:
        _request_ranking()


def _form() -> None:
    st.markdown("#### Which picture fits best?")
    st.text_input(
        "Prompt",
        key=RankingKeys.PROMPT,
        persist_state="session",
        on_change=_request_ranking,
        help=PROMPT_HELP,
    )
    example_pills(RankingKeys.EXAMPLE, _on_example, MAX_EXAMPLES)
    number = len(ranking_scenes.shipped_scenes().captions)
    st.segmented_control(
        "Pictures",
        (SCENES, YOURS, BOTH),
        key=RankingKeys.PICTURES,
        persist_state="session",
        on_change=_request_ranking,
        required=True,
        help=f"{number} real pictures of the small world, and those you have added in this browser.",
    )
    uploads.upload_field(RankingKeys.UPLOAD, f"Up to {uploads.MAX_FILES} of your own pictures")
    st.button("Rank", type="primary", icon=":material/leaderboard:", on_click=_on_rank, width="stretch")
    show_file_errors(session.get(RankingKeys.MESSAGES))
    show_prompt_notes(session.text(RankingKeys.PROMPT), session.get(RankingKeys.MESSAGES) or ())
    st.segmented_control(
        "Ordered by",
        ORDER_LABELS,
        format_func=ORDER_LABELS.get,
        key=RankingKeys.ORDER,
        persist_state="session",
        required=True,
    )
    _csv_button()
    st.caption(KEPT_NOTE)


def _csv_button() -> None:
    table = leaderboard_csv(_shown_ranking())
    st.download_button(
        "Ranking, CSV (cosines)",
        table,
        "ranking.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        disabled=not table,
        width="stretch",
    )


def _paint_button() -> None:
    st.button(
        "Now ask it to paint",
        type="primary",
        icon=":material/brush:",
        width="stretch",
        disabled=_shown_ranking() is None,
        help=PAINT_HELP,
        on_click=_on_paint,
    )


@to_its_end
@shows_errors
def _on_paint() -> None:
    """Pressed Now ask it to paint: queue raw ascent on the ranking's prompt, and go where it is shown."""
    ranking = _shown_ranking()
    if ranking is None:
        return
    run = submission.submit_run(ranking.prompt, 0, [PAINTER], {}, session.owner_secret())
    session.put(RankingKeys.PAINTED_PROMPT, run.request.prompt)
    form.fill_from_request(run.request)
    session.put(CompareKeys.SHOWN_RUN, run.id)
    session.put(CompareKeys.TO_OPEN, run.id)


@to_its_end
@shows_errors
def _on_example() -> None:
    """Clicked an example: it becomes the prompt, and is ranked."""
    if take_example(RankingKeys.EXAMPLE, RankingKeys.PROMPT):
        _request_ranking()


@to_its_end
@shows_errors
def _on_rank() -> None:
    """Pressed Rank: keep the pictures that were brought, then rank."""
    refused = _store_files()
    _request_ranking()
    session.put(RankingKeys.MESSAGES, [*(refused or ()), *(session.get(RankingKeys.MESSAGES) or ())])
    if refused is not None:
        uploads.empty_field(RankingKeys.UPLOAD)


def _store_files() -> list[str] | None:
    """Keep the files in the field; a sentence for each that was refused, None if they were left there."""
    if not uploads.uploaded_files(RankingKeys.UPLOAD):
        return None
    try:
        prompt = submission.checked_prompt(session.text(RankingKeys.PROMPT))
    except UserError:
        return None  # _request_ranking says so
    if session.get(RankingKeys.PICTURES) == SCENES:
        session.put(RankingKeys.PICTURES, BOTH)
    return uploads.store_uploads(RankingKeys.UPLOAD, prompt)


@to_its_end
@shows_errors
def _request_ranking() -> None:
    """Ask the painter process for what the form says; a sentence if that cannot be."""
    try:
        messages = _ask_for_ranking(session.get(RankingKeys.PICTURES))
    except UserError as error:
        messages = [str(error)]
    session.put(RankingKeys.MESSAGES, messages)


def _ask_for_ranking(which: str) -> list[str]:
    """Ask for the ranking of SCENES, YOURS or BOTH; what is to be said instead. Raises UserError."""
    secret = session.owner_secret()
    own_ids = (
        [] if which == SCENES else [picture.id for picture in resources.own_pictures().of_visitor(secret)]
    )
    prompt = submission.checked_prompt(session.text(RankingKeys.PROMPT))
    if which == YOURS and not own_ids:
        return [NOTHING_ADDED]
    ranking = resources.rankings().ask(prompt, pack_name(), which != YOURS, own_ids, secret)
    if ranking is None:
        return [REMOVED]
    session.put(RankingKeys.SHOWN, ranking.id)
    return []


def _shown_ranking() -> Ranking | None:
    """The ranking on the page, or None."""
    ranking_id = session.get(RankingKeys.SHOWN)
    return resources.rankings().get(ranking_id, session.owner_secret()) if ranking_id else None


def _is_waiting(ranking: Ranking | None) -> bool:
    return bool(ranking and ranking.waiting)


def _show_leaderboard() -> bool:
    """Draw the leaderboard; whether it still waits for the judge."""
    ranking = _shown_ranking()
    waiting = _is_waiting(ranking)
    note = painter_status.waiting_reason("your pictures will be ranked as soon as it is") if waiting else ""
    _component.show(RankingKeys.LEADERBOARD, leaderboard_data(ranking, ranked_pictures(ranking), note))
    return waiting
