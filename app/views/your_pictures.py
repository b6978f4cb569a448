"""What judges and realism say about a visitor's own pictures. The painter process measures them."""

from typing import Any

import streamlit as st

from app import painter_status, resources, session, submission
from app.clicks import to_its_end
from app.components import uploads
from app.components.form_fields import prompt_field
from app.components.messages import (
    escape_markdown,
    show_file_errors,
    shows_errors,
)
from app.components.poll_while import poll_while
from app.components.prompt_notes import show_prompt_notes
from app.components.script_component import ScriptComponent, parse_trigger
from app.keys import PicturesKeys
from core.base.environment import pack_name
from core.base.errors import UserError
from core.measures.judge_gap import reference_for
from core.measures.picture_sentences import meter_values, picture_sentences, realism_parts
from core.packs.former_packs import MEASURED_BY_ANOTHER
from core.storage.own_pictures import OwnPicture

POLL_SECONDS = 0.5
PROMPT_HELP = "What your picture is compared with: say what it shows, or what it doesn't."
KEPT_NOTE = (
    "Your pictures are listed only in this browser. They are removed after 24 hours, or right away with ✕."
)
WAITING_NOTE = "your pictures will be measured as soon as it is"

_component = ScriptComponent("ctjp_pictures", "your-pictures/your-pictures.js")


def page() -> None:
    """Draw the page."""
    with st.sidebar:
        _form()
    poll_while(_are_waiting(_own_pictures()), _show_pictures, POLL_SECONDS)


def _form() -> None:
    st.markdown("#### What do the judges say about your pictures?")
    prompt_field(PicturesKeys.PROMPT, PROMPT_HELP)
    uploads.upload_field(PicturesKeys.UPLOAD, f"Up to {uploads.MAX_FILES} pictures")
    st.button("Measure", type="primary", icon=":material/straighten:", on_click=_on_measure, width="stretch")
    show_file_errors(session.get(PicturesKeys.MESSAGES))
    show_prompt_notes(session.text(PicturesKeys.PROMPT), session.get(PicturesKeys.MESSAGES) or ())
    title = escape_markdown(str(resources.manifest().get("title", pack_name())))
    st.caption(
        f"The reference pictures are those of the model pack “{title}”. A picture from elsewhere will "
        "hardly resemble them, however real it is, and the judge knows only the words of their captions."
    )
    st.caption(KEPT_NOTE)


@to_its_end
@shows_errors
def _on_measure() -> None:
    """Pressed Measure: keep what can be read, and say of every other file why not."""
    try:
        prompt = submission.checked_prompt(session.text(PicturesKeys.PROMPT))
    except UserError as error:
        session.put(PicturesKeys.MESSAGES, [str(error)])
        return
    messages = ["Choose a picture first."]
    if uploads.uploaded_files(PicturesKeys.UPLOAD):
        messages = uploads.store_uploads(PicturesKeys.UPLOAD, prompt)
    session.put(PicturesKeys.MESSAGES, messages)
    uploads.empty_field(PicturesKeys.UPLOAD)


def _own_pictures() -> list[OwnPicture]:
    return resources.own_pictures().of_visitor(session.owner_secret())


def _are_waiting(pictures: list[OwnPicture]) -> bool:
    return any(picture.waiting for picture in pictures)


def _show_pictures() -> bool:
    """Draw the pictures; whether one still waits for its figures."""
    pictures = _own_pictures()
    waiting = _are_waiting(pictures)
    note = painter_status.waiting_reason(WAITING_NOTE) if waiting else ""
    data = {"pictures": [_picture_data(picture) for picture in pictures], "note": note}
    _component.show(PicturesKeys.PICTURES, data, _on_remove)
    return waiting


def _picture_data(picture: OwnPicture) -> dict[str, Any]:
    """One picture as your-pictures.js draws it."""
    names = ("id", "name", "prompt", "width", "height", "status", "reason")
    data: dict[str, Any] = {name: getattr(picture, name) for name in names}
    data["size"] = resources.manifest()["size"]
    if picture.status == "done":
        measured_with = picture.result.get("pack_hash", "")
        reference = reference_for(picture.prompt, resources.reference_figures(picture.pack, measured_with))
        note = resources.pack_note(picture.pack, measured_with, MEASURED_BY_ANOTHER)
        data["marks"] = meter_values(picture.result, reference)
        data["parts"] = realism_parts(picture.result)
        data["words"] = [*([note] if note else []), *picture_sentences(picture.result, reference)]
    return data


@to_its_end
@shows_errors
def _on_remove() -> None:
    act, picture_id = parse_trigger(session.get(PicturesKeys.PICTURES, {}).get("act"))
    if act == "remove":
        resources.own_pictures().remove(picture_id, session.owner_secret())
