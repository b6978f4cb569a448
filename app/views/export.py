"""The Compare page's two buttons for what leaves and enters: Export, and settings from a picture."""

import html

import streamlit as st

from app import state
from app.charts import SYMBOLS
from app.player import assets, base_path
from app.services import manifest
from app.widgets import HUES, escape, guarded
from core import metadata
from core.errors import UserError
from core.folder import versions
from core.packs import pack_hash
from core.places import pack_name
from core.revision import CODE_REVISION
from core.settings import LABELS

MEGABYTES = 20
GROUPS = (
    ("For slides", (("png", "Figure, PNG"), ("svg", "Figure, SVG"), ("sheet", "Contact sheet, PNG"))),
    ("Moving", (("mp4", "Video, MP4"), ("webp", "Animated WebP"), ("gif", "GIF, slower"))),
    ("To hand out", (("html", "Web page that works offline"), ("csv", "All figures, CSV"))),
)
STYLE = """<style>
.ctjp-exports h4 { margin: 0.5rem 0 0.25rem; padding: 0; font-size: 0.85rem; font-weight: 600; opacity: 0.75; }
.ctjp-exports h4:first-of-type { margin-top: 0; }
.ctjp-exports div { display: flex; flex-wrap: wrap; gap: 0.4rem; }
.ctjp-exports a { padding: 0.3rem 0.7rem; border: 1px solid color-mix(in srgb, currentColor 30%, transparent); border-radius: 0.5rem;
  color: inherit; text-decoration: none; }
.ctjp-exports a:hover { border-color: currentColor; }
.ctjp-exports p { margin: 0.6rem 0 0; font-size: 0.85rem; }
.ctjp-exports [role=status] { min-height: 1.4em; font-weight: 600; white-space: pre-line; }
</style>"""
NOTE = "Figure and single pictures are of the step on the slider. Every PNG carries its settings: Import reads them back."
UPLOAD_HELP = "A PNG saved by Export, or a frame of a run. Your form stays as it is until you press Use or Remix."


def buttons(run):
    """Draw both buttons. run: core.records.Run that the page shows, or None."""
    with st.container(horizontal=True, key="exports"):
        with st.popover("Export", icon=":material/download:", disabled=run is None, width="stretch"):
            if run is not None:
                st.html(links(run))
        with st.popover("Import", icon=":material/image_search:", width="stretch"):
            _from_picture()
    st.html(f'<script type="module" src="{assets()}/exports.js"></script>', unsafe_allow_javascript=True)


def links(run):
    """The links of the Export popover as HTML; static/exports.js turns them into downloads."""
    single = tuple((p, f"{SYMBOLS[p]} {LABELS[p]}") for p in run.request.painters)
    parts = [STYLE, '<div class="ctjp-exports">']
    for title, entries in (*GROUPS, ("One picture with its settings, PNG", single)):
        parts.append(f"<h4>{html.escape(title)}</h4><div>")
        parts += [
            f'<a href="{base_path()}/exports/{run.id}/{kind}" data-export="{kind}">{html.escape(label)}</a>' for kind, label in entries
        ]
        parts.append("</div>")
    unfinished = "<p>The run is not finished: exports hold what there is by now.</p>" if run.status != "done" else ""
    parts.append(f'{unfinished}<p>{html.escape(NOTE)}</p><p role="status"></p></div>')
    return "".join(parts)


@guarded
def _from_picture():
    given = st.file_uploader("Settings from a picture", type=["png"], key=state.PICTURE, max_upload_size=MEGABYTES, help=UPLOAD_HELP)
    if given is None:
        return
    try:
        found = metadata.read(given.getvalue(), pack_name())
    except UserError as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    _show(found)
    use, remix = st.columns(2)
    use.button("Use", on_click=_fill, args=(found.request,), width="stretch", help="Fill the form with these settings and this seed.")
    remix.button("Remix", on_click=_fill, args=(found.remixed(),), width="stretch", help="The same settings with a new seed.")


def _show(found):
    """What a picture says of itself, as far as this program understands it."""
    step = f", step {found.step} of {found.total}" if found.step is not None and found.total is not None else ""
    shown = {"frame": f"A picture by {LABELS.get(found.painter, 'a painter')}{step}", "figure": "A figure", "sheet": "A contact sheet"}
    st.markdown(f"**{escape(found.request.prompt)}**  \nSeed {found.request.seed}. {shown.get(found.kind, 'A picture')}.")
    lines = []
    for painter, changed in found.changed().items():
        knobs = ", ".join(f"{label} {value}" for label, value in changed.items()) or "defaults"
        lines.append(f":{HUES[painter]}[{SYMBOLS[painter]}] {LABELS[painter]}: {escape(knobs)}")
    st.markdown("  \n".join(lines))
    st.caption(escape(" ".join(_sameness(found))))
    if found.ignored:
        st.warning("Not taken over: " + escape(" ".join(found.ignored)))


def _sameness(found):
    """Sentences on whether the same pictures can be expected here."""
    same_pack = found.pack_hash == pack_hash(manifest())
    yield "Same model pack." if same_pack else "Another model pack than this one, so the pictures will differ."
    if found.code_revision != CODE_REVISION:
        yield "Painted by another version of the painters, so details may differ."
    here = versions()
    others = [f"{name} {version}" for name, version in found.versions.items() if here.get(name) != version]
    if others:
        yield f"Painted with {', '.join(others)}."
    elif same_pack and found.code_revision == CODE_REVISION:
        yield "Same code and packages: on the same kind of machine the same pictures, to the last bit."


def _fill(request):
    """Pressed Use or Remix: only now does the form change."""
    state.adopt(request)
    state.put(state.MESSAGE, ("info", "The form holds the picture's settings. Press Run to paint them, or to see the stored run."))
