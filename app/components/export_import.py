"""The Compare page's two buttons for what leaves and enters: Export, and settings from a picture."""

import html
from collections.abc import Iterable, Iterator

import streamlit as st

from app import form, session
from app.charts.marks import SYMBOLS
from app.clicks import to_its_end
from app.components.form_fields import painter_title
from app.components.messages import escape_markdown, show_error, shows_errors
from app.components.page_style import add_scripts
from app.keys import CompareKeys
from app.resources import app_pack_hash
from app.web.addresses import export_address
from core.base import png_records
from core.base.environment import pack_name
from core.base.errors import UserError
from core.base.request import RunRequest
from core.base.revision import PAINTING_REVISION
from core.base.settings import PAINTER_LABELS
from core.storage.records import Run
from core.storage.run_folder import versions

MAX_MEGABYTES = 20
Entries = tuple[tuple[str, str], ...]  # kind of export, label
HANDOUT_ENTRIES: Entries = (
    ("handout", "Hand-out, PDF (A4)"),
    ("handout-letter", "Hand-out, PDF (Letter)"),
)
SLIDE_ENTRIES: Entries = (
    ("slide", "Slide 16:9, light"),
    ("slide-dark", "Slide 16:9, dark"),
    ("png", "Figure, PNG"),
    ("svg", "Figure, SVG"),
    ("sheet", "Contact sheet, PNG"),
)
GROUPS: tuple[tuple[str, Entries], ...] = (
    ("For slides", SLIDE_ENTRIES),
    ("Moving", (("mp4", "Video, MP4"), ("webp", "Animated WebP"), ("gif", "GIF, slower"))),
    (
        "To hand out",
        (
            *HANDOUT_ENTRIES,
            ("html", "Web page that works offline"),
            ("csv", "All figures, CSV"),
        ),
    ),
)
EXPORT_STYLE = """<style>
.ctjp-exports h4 { margin: 0.5rem 0 0.25rem; padding: 0; font-size: 0.85rem; font-weight: 600;
  opacity: 0.75; }
.ctjp-exports h4:first-of-type { margin-top: 0; }
.ctjp-exports p { margin: 0.6rem 0 0; font-size: 0.85rem; }
.ctjp-exports [role=status] { min-height: 1.4em; font-weight: 600; white-space: pre-line; }
</style>"""
EXPORT_NOTE = (
    "The figure and the single pictures show the step on the slider. Every PNG and the animated WebP carry "
    "their settings, and Import reads them back."
)
UNFINISHED_NOTE = "The run is not finished yet: exports contain what there is so far."
UPLOAD_HELP = (
    "A PNG or animated WebP saved with Export, or a frame of a run. Your form does not change until you "
    "press Use or Remix."
)
SAME_PICTURES = (
    "Same code and packages: on the same kind of machine, the pictures will be the same bit for bit."
)
FILLED_NOTE = (
    "The form now has this picture's settings. Press Run to paint them again, or to see the stored run."
)


def show_buttons(run: Run | None) -> None:
    """Draw both buttons. run: which the page shows."""
    with st.container(horizontal=True, key="exports"):
        with st.popover("Export", icon=":material/download:", disabled=run is None, width="stretch"):
            if run is not None:
                st.html(export_links(run))
        with st.popover("Import", icon=":material/image_search:", width="stretch"):
            _import_picture()
    add_scripts("export/export-links.js")


def export_links(run: Run) -> str:
    """The links of the Export popover as HTML; export/export-links.js turns them into downloads."""
    single = tuple((name, f"{SYMBOLS[name]} {PAINTER_LABELS[name]}") for name in run.request.painters)
    groups = (*GROUPS, ("One picture with its settings, PNG", single))
    notes = [EXPORT_NOTE] if run.status == "done" else [UNFINISHED_NOTE, EXPORT_NOTE]
    paragraphs = "".join(f"<p>{html.escape(note)}</p>" for note in notes)
    parts = "".join(_group_html(run, title, entries) for title, entries in groups)
    return f'{EXPORT_STYLE}<div class="ctjp-exports">{parts}{paragraphs}<p role="status"></p></div>'


def show_handout(run: Run) -> None:
    """Links to the hand-out of a run, below what a page of the lesson shows."""
    group = ("A hand-out of this run, with questions and answers", HANDOUT_ENTRIES)
    links = _group_html(run, *group)
    st.html(f'{EXPORT_STYLE}<div class="ctjp-exports">{links}<p role="status"></p></div>')
    add_scripts("export/export-links.js")


def _group_html(run: Run, title: str, entries: Entries) -> str:
    return links_html(title, [(export_address(run.id, kind), kind, label) for kind, label in entries])


def links_html(title: str, entries: Iterable[tuple[str, str, str]]) -> str:
    """A heading with links as HTML; export/export-links.js turns them into downloads.

    Args:
        entries: address, kind and label of each.
    """
    links = "".join(
        f'<a href="{address}" data-export="{kind}">{html.escape(label)}</a>'
        for address, kind, label in entries
    )
    return f'<h4>{html.escape(title)}</h4><div class="ctjp-links">{links}</div>'


@shows_errors
def _import_picture() -> None:
    file = st.file_uploader(
        "Settings from a picture",
        type=["png", "webp"],
        key=CompareKeys.IMPORTED_PICTURE,
        max_upload_size=MAX_MEGABYTES,
        help=UPLOAD_HELP,
    )
    if file is None:
        return
    try:
        picture = png_records.read_picture_settings(file.getvalue(), pack_name())
    except UserError as error:
        show_error(error)
        return
    _show_settings(picture)
    use, remix = st.columns(2)
    use.button(
        "Use",
        on_click=_fill_form,
        args=(picture.request,),
        width="stretch",
        help="Fill the form with these settings and this seed.",
    )
    remix.button(
        "Remix",
        on_click=_fill_form,
        args=(picture.remixed(),),
        width="stretch",
        help="The same settings with a new seed.",
    )


def _show_settings(picture: png_records.PictureSettings) -> None:
    """What a picture says of itself, as far as this program understands it."""
    request = picture.request
    st.markdown(f"**{escape_markdown(request.prompt)}**  \nSeed {request.seed}. {_description(picture)}.")
    lines = []
    for painter, changed in picture.changed().items():
        values = ", ".join(f"{label} {value}" for label, value in changed.items()) or "defaults"
        lines.append(f"{painter_title(painter)}: {escape_markdown(values)}")
    st.markdown("  \n".join(lines))
    st.caption(escape_markdown(" ".join(_reproducibility(picture))))
    if picture.ignored:
        st.warning("Not used: " + escape_markdown(" ".join(picture.ignored)))


def _description(picture: png_records.PictureSettings) -> str:
    """What kind of picture it is."""
    if picture.kind == "frame":
        has_place = picture.step is not None and picture.total is not None
        place = f", step {picture.step} of {picture.total}" if has_place else ""
        return f"A picture by {PAINTER_LABELS.get(picture.painter, 'a painter')}{place}"
    names = {"figure": "A figure", "sheet": "A contact sheet", "movie": "A movie"}
    return names.get(picture.kind, "A picture")


def _reproducibility(picture: png_records.PictureSettings) -> Iterator[str]:
    """Sentences on whether the same pictures can be expected here."""
    is_same_pack = picture.pack_hash == app_pack_hash()
    yield (
        "Same model pack."
        if is_same_pack
        else "Painted with a different model pack, so the pictures will differ."
    )
    is_same_code = picture.code_revision == PAINTING_REVISION
    if not is_same_code:
        yield "Painted by a different version of the painters, so details may differ."
    here = versions()
    others = [f"{name} {version}" for name, version in picture.versions.items() if here.get(name) != version]
    if others:
        yield f"Painted with {', '.join(others)}."
    elif is_same_pack and is_same_code:
        yield SAME_PICTURES


@to_its_end
def _fill_form(request: RunRequest) -> None:
    """Pressed Use or Remix: only now does the form change."""
    form.fill_from_request(request)
    session.put(CompareKeys.MESSAGE, ("info", FILLED_NOTE))
