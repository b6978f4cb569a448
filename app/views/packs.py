"""Model packs: which one paints, which can be got, what they need and under which licences. Nothing comes without being asked."""

import streamlit as st

from app import state
from app.pack_downloads import downloads
from app.widgets import escape, guarded
from core.errors import PackError, UserError
from core.packs import catalogue, cost, installed, known_packs, read_manifest
from core.packs.download import size_text
from core.packs.manifest import files_of, got_packs
from core.places import downloads_by, offline, pack_name, packs_folder

POLL = "1s"
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip")  # set by proxies: then the visitor may be anywhere
INTRO = """
The miniature comes with the program and needs no download. These packs hold published models for natural pictures: the same three
painters, larger. **Nothing is downloaded unless you press Download**, and what came is checked by its SHA-256 each time it is opened.
"""
ESTIMATES = (
    "Memory and times are estimates from the models' parameters and arithmetic, for this computer's processor and for a GPU of 10 TFLOP/s."
)


def page():
    """Draw the page."""
    st.markdown("### Model packs")
    st.markdown(INTRO)
    busy = bool(downloads().state and downloads().state.busy)
    st.fragment(guarded(_packs), run_every=POLL if busy else None)(busy)


def may_download():
    """Whether this visitor may change what is on the server's disk. Raises SettingError."""
    by = downloads_by()
    if by == "here":
        return st.context.ip_address is None and not any(name in st.context.headers for name in FORWARDED)
    return by == "everyone"


def _packs(was_busy):
    """Every pack; asked again each second while one is on its way."""
    at_work = downloads().state
    busy = bool(at_work and at_work.busy)
    if was_busy != busy:
        st.rerun()  # the whole page: only it can begin or end the polling
    if message := state.take(state.PACKS_TOLD):
        st.error(escape(message), icon=":material/error:")
    allowed, got = may_download(), got_packs()
    for name in dict.fromkeys([*known_packs(), *got, pack_name()]):
        if name not in catalogue.packs():
            _here(name)
    for pack in catalogue.packs().values():
        _pack(pack, pack.name in got, at_work if at_work and at_work.pack == pack.name else None, busy, allowed)
    st.caption(f"{ESTIMATES} What was got takes {size_text(installed.stored())} in {escape(str(packs_folder()))}.")
    if not allowed:
        st.caption(
            "This page can download packs only in a browser on the server's own computer; whoever runs the server can use the commands "
            "shown, or set CTJP_DOWNLOADS=everyone."
        )


def _here(name):
    """A pack that is here and that the catalogue does not describe; a broken one costs only its own place."""
    try:
        manifest = read_manifest(name)
        size = sum(file["bytes"] for entry in manifest["models"].values() for file in files_of(entry).values())
    except PackError as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    with st.container(border=True, key=f"pack-{name}"):
        _title(str(manifest.get("title", name)), name, "Comes with the program" if name in known_packs() else "Here")
        st.markdown(f"{manifest['size']} px · {size_text(size)} · licence: {escape(str(manifest.get('licence', 'not stated')))}")
        _use(name)


def _pack(pack, got, at_work, busy, allowed):
    """One pack of the catalogue: what it is, how far it is, what can be done."""
    with st.container(border=True, key=f"pack-{pack.name}"):
        begun = 0 if got else installed.begun(pack)
        _title(pack.title, pack.name, _status(got, begun, at_work))
        st.markdown(f"{escape(pack.about)}{_facts(pack, got, begun)}")
        if at_work and at_work.busy:
            _on_its_way(at_work, allowed)
            return
        if at_work and at_work.status == "failed":
            st.error(escape(at_work.reason), icon=":material/error:")
        _details(pack)
        if got:
            _use(pack.name)
        if allowed:
            _buttons(pack, got, begun, busy)
        elif not got:
            st.code(f"python -m core packs get {pack.name}", language=None)


def _status(got, begun, at_work):
    if at_work and at_work.busy:
        return "Downloading" if at_work.status == "running" else "Stopping"
    if got:
        return "Here"
    return "Here in part" if begun else "Not here"


def _title(title, name, status):
    used = " · **paints now**" if name == pack_name() else ""
    st.markdown(f"#### {escape(title)}\n**{escape(name)}** · {status}{used}")


def _facts(pack, got, begun):
    """Size, memory and time as two lines of Markdown."""
    needs, size = cost.estimate(pack), pack.bytes()
    get = f"{size_text(size)} on disk" if got else f"{size_text(max(size - begun, 0))} to download"
    here = f" ({size_text(begun)} of {size_text(size)} are here)" if begun else ""
    return (
        f"  \n{pack.size} px · {get}{here} · memory about {needs.memory / 1e9:.1f} GB  \n"
        f"A default run on this computer: {needs.times(cost.here())}; on a GPU: {needs.times(cost.GPU_GFLOPS)}."
    )


def _on_its_way(at_work, allowed):
    st.progress(at_work.share, text=f"{size_text(at_work.done)} of {size_text(at_work.total)}")
    st.caption(escape(f"{at_work.file} from {at_work.host}") if at_work.file else "Asking the first source.")
    if allowed:
        stopping = at_work.status == "stopping"
        st.button("Stop", icon=":material/stop:", key=f"stop-{at_work.pack}", on_click=_stop, disabled=stopping, help="What came stays.")


def _details(pack):
    """Licences with the sentence that matters, and every part."""
    st.markdown("\n".join(f"- [{escape(licence.name)}]({licence.link}): {escape(licence.matters)}" for licence in pack.licences()))
    with st.expander("Models, where they come from, and what could not be verified"):
        for part in pack.parts():
            size = size_text(sum(ways[0].bytes for ways in part.files.values()))
            st.markdown(f"[{escape(part.title)}]({part.card}) · {size} · {escape(part.licence.name)}  \n{escape(part.note)}")


def _use(name):
    if name != pack_name():
        st.caption("To paint with it, start the app with:")
        st.code(f"CTJP_PACK={name} streamlit run app/main.py", language=None)


def _buttons(pack, got, begun, busy):
    with st.container(horizontal=True, vertical_alignment="center"):
        if not got:
            agreed = st.checkbox("I have read these licences and agree to them", key=_agreed(pack.name), persist_state="session")
            st.button(
                "Go on" if begun else "Download", icon=":material/download:", key=f"get-{pack.name}", type="primary",
                on_click=_start, args=(pack.name,), disabled=not agreed or busy or offline(),
                help="CTJP_OFFLINE is set: nothing is downloaded." if offline() else "Packs come one at a time." if busy else None,
            )  # fmt: skip
        if (got or begun) and pack.name != pack_name():
            st.button(
                "Remove", icon=":material/delete:", key=f"remove-{pack.name}", on_click=_remove, args=(pack.name,), disabled=busy,
                help="Files that another pack needs stay.",
            )  # fmt: skip


def _start(name):
    if state.get(_agreed(name)):
        _do(lambda: downloads().start(name))


def _agreed(name):
    """Key of the box that agrees to a pack's licences."""
    return f"agree-{name}"


def _stop():
    _do(downloads().stop)


def _remove(name):
    _do(lambda: downloads().remove(name))


def _do(act):
    """What a button does, if this visitor may; what goes wrong is told on the page."""
    try:
        if may_download():  # a browser can press what was never shown to it
            act()
    except UserError as error:
        state.put(state.PACKS_TOLD, str(error))
