"""The field for what a painter starts from: a kind, and what belongs to it."""

import streamlit as st

from app import resources, session
from app.clicks import to_its_end
from app.components.messages import escape_markdown, show_error
from app.components.uploads import FILE_TYPES, FILES_HELP
from app.keys import CompareKeys, StartKeys
from app.public_text import public_text
from core.base.errors import UserError
from core.base.images import read_image
from core.base.setting import Setting
from core.base.settings import PAINTER_LABELS
from core.base.start import FRAME, GREY, NOISE, PICTURE, PICTURE_KINDS, RENDERING, Start
from core.base.uploads import read_upload
from core.service.starts import fitted, is_miniature_world
from core.storage.own_pictures import SEEN
from core.storage.records import Run
from core.storage.start_pictures import StartPictures

KIND_LABELS = {NOISE: "noise", GREY: "mid-grey", **PICTURE_KINDS}
MAX_SEED_SHOWN = 999_999_999
UPLOAD_NOTE = (
    "Anyone who has the run's link can see your picture: it is step 0 of the run. If no run uses it, it is "
    "removed after a day."
)
NO_RUN = "No run is on the screen. Open one, then come back."


def kind_field(setting: Setting, key: str) -> None:
    """The kind of start; the setting's text is under `key`."""
    keys = StartKeys(key)
    _follow_setting(key, keys)
    kinds = [kind for kind in KIND_LABELS if _is_offered(kind, setting) or kind == session.get(keys.kind)]
    st.selectbox(
        setting.label,
        kinds,
        format_func=KIND_LABELS.get,
        key=keys.kind,
        on_change=_on_kind,
        args=(key, keys),
        persist_state="session",
    )


def fields_of_kind(key: str) -> None:
    """What belongs to the kind, to be drawn below it."""
    keys = StartKeys(key)
    kind = session.get(keys.kind)
    if kind == RENDERING:
        _rendering_fields(key, keys)
    elif kind == PICTURE:
        _picture_fields(key, keys)
    elif kind == FRAME:
        _frame_fields(key, keys)


def _is_offered(kind: str, setting: Setting) -> bool:
    if kind == RENDERING:
        return is_miniature_world(resources.manifest())
    return kind != GREY or GREY in setting.accepted.split(", ")


def _follow_setting(key: str, keys: StartKeys) -> None:
    """Where the setting was changed elsewhere (a link, Reset), the fields follow it."""
    text = session.get(key, NOISE)
    if session.get(keys.followed) == text and session.get(keys.kind):
        return
    start = Start.read(text)
    session.put(keys.followed, text)
    session.put(keys.kind, start.kind)
    if start.kind == RENDERING:
        session.put(keys.caption, start.name)
        session.put(keys.seed, int(start.detail))


def _put(key: str, keys: StartKeys, start: Start) -> None:
    session.put(key, str(start))
    session.put(keys.followed, str(start))


@to_its_end
def _on_kind(key: str, keys: StartKeys) -> None:
    """A kind was chosen: what needs no more is taken at once."""
    kind = session.get(keys.kind)
    if kind == RENDERING:
        session.setdefault(keys.caption, _other_caption())
        session.setdefault(keys.seed, 1)
        _on_rendering(key, keys)
    elif kind in (NOISE, GREY):
        _put(key, keys, Start(kind))


def _other_caption() -> str:
    """A scene that the prompt does not ask for."""
    prompt = session.text(CompareKeys.PROMPT)
    return next((text for text in reversed(resources.examples()) if text != prompt), "a blue car on sand")


def _rendering_fields(key: str, keys: StartKeys) -> None:
    scene = "A caption of the miniature world; other packs cannot start from a rendering."
    arguments = {"on_change": _on_rendering, "args": (key, keys), "persist_state": "session"}
    st.text_input("Scene", key=keys.caption, help=scene, **arguments)
    st.number_input("Seed of the rendering", 0, MAX_SEED_SHOWN, step=1, key=keys.seed, **arguments)


@to_its_end
def _on_rendering(key: str, keys: StartKeys) -> None:
    try:
        start = Start.read(f"{RENDERING}:{session.text(keys.caption)}@{session.number(keys.seed)}")
    except ValueError:  # an empty field: the last scene stays until there is another
        return
    _put(key, keys, start)


def _picture_fields(key: str, keys: StartKeys) -> None:
    st.file_uploader(
        "A picture", FILE_TYPES, key=keys.upload, help=FILES_HELP, on_change=_on_upload, args=(key, keys)
    )
    st.caption(UPLOAD_NOTE)
    own = resources.own_pictures().of_visitor(session.owner_secret())
    kept = {picture.id: picture.name for picture in own}
    if kept:
        st.selectbox(
            "Or one of those on the page Your pictures",
            list(kept),
            index=None,
            format_func=kept.get,
            key=keys.own,
            on_change=_on_own,
            args=(key, keys),
        )
    if said := session.get(keys.message):
        show_error(said)
    _show_picture(key)


@to_its_end
def _on_upload(key: str, keys: StartKeys) -> None:
    """A file was chosen: it is kept at the pack's size, without anything else of the file."""
    file = session.get(keys.upload)
    session.put(keys.message, None)
    if file is None:
        return
    try:
        upload = read_upload(file.getvalue(), file.name, resources.manifest()["size"])
        digest = StartPictures(resources.store().folder).add(upload.seen)
    except UserError as error:
        session.put(keys.message, public_text(error))
        return
    _put(key, keys, Start(PICTURE, digest=digest))


@to_its_end
def _on_own(key: str, keys: StartKeys) -> None:
    """One of the visitor's pictures was chosen."""
    path = resources.own_pictures().file(session.get(keys.own), SEEN)
    if path is None:
        return
    image = fitted(read_image(path), resources.manifest()["size"])
    _put(key, keys, Start(PICTURE, digest=StartPictures(resources.store().folder).add(image)))


def _frame_fields(key: str, keys: StartKeys) -> None:
    run = _run_on_screen()
    if run is None:
        st.caption(NO_RUN)
        return
    painters = list(run.request.painters)
    st.selectbox(
        "Painter of the run on the screen",
        painters,
        index=None,
        format_func=PAINTER_LABELS.get,
        key=keys.painter,
        on_change=_on_frame,
        args=(key, keys, run.id),
    )
    _show_picture(key)
    start = Start.read(session.get(key, NOISE))
    if start.kind == FRAME:
        st.caption(escape_markdown(f"Now: {start.in_words()}."))


@to_its_end
def _on_frame(key: str, keys: StartKeys, run_id: str) -> None:
    if painter := session.get(keys.painter):
        _put(key, keys, Start(FRAME, run_id, painter))


def _run_on_screen() -> Run | None:
    run_id = session.get(CompareKeys.RUN_ON_SCREEN)
    return resources.store().get(run_id) if run_id else None


def _show_picture(key: str) -> None:
    """The picture that the setting names, where it is kept."""
    start, pictures = Start.read(session.get(key, NOISE)), StartPictures(resources.store().folder)
    if start.is_picture and pictures.has(start.digest):
        st.image(str(pictures.file(start.digest)), width=96, caption="Starts from")
