"""What judge, held-out judge and realism say of a visitor's own pictures. Measuring is the painter process's work."""

import time

import streamlit as st

from app import services, state
from app.board import Board, asked
from app.live import STALE_SECONDS
from app.widgets import escape, guarded, notices
from core.errors import UserError
from core.places import pack_name
from core.reading import marks, parts, sentences
from core.settings import check_prompt
from core.uploads import read_upload, shown_name
from core.words import check_known, unknown_words

MOST_AT_ONCE = 8
POLL = "500ms"
KINDS = ["png", "jpg", "jpeg", "webp"]

_board = Board("ctjp_pictures", "pictures.js")


def page():
    """Draw the page."""
    with st.sidebar:
        _form()
    waiting = any(picture.waiting for picture in services.own_pictures().of(state.owner()))
    st.fragment(guarded(_pictures), run_every=POLL if waiting else None)(waiting)


def _form():
    st.markdown("#### What does the judge say of yours?")
    examples = services.manifest().get("examples", ())
    state.setdefault(state.PICTURES_PROMPT, state.get(state.PROMPT) or next(iter(examples), ""))
    st.text_input(
        "Prompt", key=state.PICTURES_PROMPT, persist_state="session", live="300ms",
        help="What the picture is to be compared with: say what it shows, or what it does not.",
    )  # fmt: skip
    # A new key empties the field, so that the server does not keep the files.
    st.file_uploader(
        f"Up to {MOST_AT_ONCE} pictures", KINDS, accept_multiple_files=True, key=_files_key(),
        help="PNG, JPEG or WebP, each up to 20 MB and 40 million pixels.",
    )  # fmt: skip
    st.button("Measure", type="primary", icon=":material/straighten:", on_click=_measure, width="stretch")
    for told in state.get(state.PICTURES_TOLD) or ():
        st.error(escape(told))
    notices(None, unknown_words(state.get(state.PICTURES_PROMPT) or "", services.known_words()))
    title = services.manifest().get("title", pack_name())
    st.caption(
        f"The reference photographs are those of the model pack “{escape(str(title))}”. A picture from elsewhere resembles them "
        "little, however real it is, and the judge knows only their words."
    )
    st.caption("Only this browser lists your pictures. They are removed after 24 hours, or at once with ✕.")


def _files_key():
    return f"{state.PICTURES_FILES}:{state.get(state.PICTURES_FILES) or 0}"


@guarded
def _measure():
    """Pressed Measure: keep what can be read, and say of every other file why not."""
    files = state.get(_files_key()) or []
    try:
        prompt = checked_prompt(state.get(state.PICTURES_PROMPT))
    except UserError as error:
        state.put(state.PICTURES_TOLD, [str(error)])
        return
    told = keep(files, prompt) if files else ["There is no picture yet; choose one first."]
    state.put(state.PICTURES_TOLD, told)
    state.put(state.PICTURES_FILES, (state.get(state.PICTURES_FILES) or 0) + 1)


def checked_prompt(text):
    """A prompt that the judge can read. Raises PromptError."""
    prompt = check_prompt(text or "")
    check_known(prompt, services.known_words(), services.manifest().get("examples", ()))
    return prompt


def keep(files, prompt):
    """Keep the uploaded files that can be read, to be compared with the prompt; returns a sentence for every other one."""
    told = []
    if len(files) > MOST_AT_ONCE:
        told.append(f"You chose {len(files)} pictures; the first {MOST_AT_ONCE} were taken, so bring the others afterwards.")
    for file in files[:MOST_AT_ONCE]:
        try:
            upload = read_upload(file.getvalue(), file.name, services.manifest()["size"])
            services.own_pictures().add(upload, shown_name(file.name), prompt, pack_name(), state.owner())
        except UserError as error:
            told.append(str(error))
    return told


def _pictures(waiting):
    found = services.own_pictures().of(state.owner())
    still = any(picture.waiting for picture in found)
    _board.show(state.PICTURES, {"pictures": [_picture(p) for p in found], "note": _note() if still else ""}, _removed)
    if waiting and not still:
        st.rerun()  # everything is measured, so the polling ends


def _picture(picture):
    """One picture as pictures.js draws it."""
    data = {
        **{key: getattr(picture, key) for key in ("id", "name", "prompt", "width", "height", "status", "reason")},
        "size": services.manifest()["size"],
    }
    reference = services.reference(picture.pack)
    if picture.status == "done":
        data |= {
            "marks": marks(picture.result, reference),
            "parts": parts(picture.result),
            "words": sentences(picture.result, reference),
        }
    return data


def _note():
    """Why it takes longer than a moment, if it does."""
    painter = services.store().painter_state()
    if painter is None or painter.state == "off" or time.time() - painter.beat > STALE_SECONDS:
        return "The painter process, which measures, is not running yet; your pictures wait for it."
    return {"loading": "The painter process is loading its models.", "restarting": painter.message}.get(painter.state, "")


@guarded
def _removed():
    act, picture_id = asked(state.get(state.PICTURES, {}).get("act"))
    if act == "remove":
        services.own_pictures().remove(picture_id, state.owner())
