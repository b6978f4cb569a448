"""Model packs: which one paints, which can be got, what they need and under which licences."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from app import session
from app.clicks import to_its_end
from app.components.messages import escape_markdown, reports_to, show_error, show_message
from app.components.poll_while import poll_while
from app.jobs.pack_downloads import DownloadState, pack_downloads
from app.keys import OtherKeys
from app.web.operator import is_operator
from core.base.environment import is_offline, pack_name, who_may_download
from core.base.errors import PackError
from core.packs import catalogue, cost, installed, read_manifest, shipped_packs
from core.packs.catalogue import CataloguePack
from core.packs.download import size_text
from core.packs.manifest import downloaded_packs, files_of

POLL_SECONDS = 1.0
INTRO = """
The miniature comes with the program and needs no download. The packs below contain published models for
natural pictures: the same three painters, but larger. **Nothing is downloaded unless you press Download**,
and each file is checked by its SHA-256 whenever it is opened.
"""
ESTIMATES = (
    "Memory and times are estimated from the models' sizes and operation counts, for this computer's "
    "processor and for a GPU with 10 TFLOP/s."
)
NOT_ALLOWED = (
    "Packs can be downloaded from this page by whoever runs the server: open it with the link that is "
    "printed when the server starts. Or use the commands shown, or set CTJP_DOWNLOADS=everyone."
)
STATUS_WORDS = {"running": "Downloading", "stopping": "Stopping"}


def page() -> None:
    """Draw the page."""
    st.markdown("### Model packs")
    st.markdown(INTRO)
    poll_while(_is_busy(pack_downloads().state), _show_packs, POLL_SECONDS)


def may_download() -> bool:
    """Whether this visitor may change what is on the server's disk. Raises SettingError."""
    allowed = who_may_download()
    return allowed == "everyone" or (allowed == "here" and is_operator(st.context.cookies))


def _is_busy(state: DownloadState | None) -> bool:
    return bool(state and state.busy)


def _show_packs() -> bool:
    """Every pack; whether one is on its way."""
    state = pack_downloads().state
    show_message(session.pop(OtherKeys.PACKS_MESSAGE))
    allowed = may_download()
    downloaded = downloaded_packs()
    for name in dict.fromkeys([*shipped_packs(), *downloaded, pack_name()]):
        if name not in catalogue.catalogue_packs():
            _show_unlisted_pack(name)
    for pack in catalogue.catalogue_packs().values():
        own_state = state if state and state.pack == pack.name else None
        PackCard(pack, pack.name in downloaded, own_state, _is_busy(state), allowed).show()
    st.caption(f"{ESTIMATES} Downloaded packs use {size_text(installed.stored_bytes())}.")
    if not allowed:
        st.caption(NOT_ALLOWED)
    return _is_busy(state)


def _show_unlisted_pack(name: str) -> None:
    """A pack that is here and that the catalogue does not describe; a broken one costs only its own place."""
    try:
        manifest = read_manifest(name)
        size = sum(
            file["bytes"] for entry in manifest["models"].values() for file in files_of(entry).values()
        )
    except PackError as error:
        show_error(error)
        return
    licence = escape_markdown(str(manifest.get("licence", "not stated")))
    shown = _shown_name(name)
    with st.container(border=True, key=f"pack-{shown}"):
        _title(
            str(manifest.get("title", shown)),
            shown,
            "Included" if name in shipped_packs() else "Installed",
            name == pack_name(),
        )
        st.markdown(f"{manifest['size']} px · {size_text(size)} · licence: {licence}")
        _show_how_to_use(name)


class PackCard:
    """One pack of the catalogue: what it is, how far it is, what can be done.

    Args:
        is_here: whether it is whole on the disk. state: of its own download, the one at work or the last one.
        is_busy: whether any pack is on its way. allowed: whether this visitor may download and remove.
    """

    def __init__(
        self, pack: CataloguePack, is_here: bool, state: DownloadState | None, is_busy: bool, allowed: bool
    ) -> None:
        self.pack = pack
        self.is_here = is_here
        self.state = state
        self.is_busy = is_busy
        self.allowed = allowed
        self.begun_bytes = 0 if is_here else installed.bytes_here(pack)

    def show(self) -> None:
        """Draw it."""
        with st.container(border=True, key=f"pack-{self.pack.name}"):
            _title(self.pack.title, self.pack.name, self._status(), self.pack.name == pack_name())
            st.markdown(f"{escape_markdown(self.pack.about)}  \n{self._size_and_memory()}  \n{self._times()}")
            if self.state and self.state.busy:
                _show_progress(self.state, self.allowed)
                return
            if self.state and self.state.status == "failed":
                show_error(self.state.reason)
            _show_licences(self.pack)
            if self.is_here:
                _show_how_to_use(self.pack.name)
            if self.allowed:
                self._buttons()
            elif not self.is_here:
                st.code(f"python -m core packs get {self.pack.name}", language=None)

    def _status(self) -> str:
        if self.state and self.state.busy:
            return STATUS_WORDS[self.state.status]
        if self.is_here:
            return "Installed"
        return "Partly downloaded" if self.begun_bytes else "Not downloaded"

    def _size_and_memory(self) -> str:
        size = self.pack.bytes()
        parts = [f"{self.pack.size} px", f"{size_text(max(size - self.begun_bytes, 0))} to download"]
        if self.is_here:
            parts[1] = f"{size_text(size)} on disk"
        elif self.begun_bytes:
            parts[1] += f" ({size_text(self.begun_bytes)} of {size_text(size)} already downloaded)"
        return " · ".join([*parts, f"memory about {cost.estimate_cost(self.pack).memory / 1e9:.1f} GB"])

    def _times(self) -> str:
        needs = cost.estimate_cost(self.pack)
        here = needs.default_run_times(cost.gflops_here())
        return (
            f"A default run on this computer: {here}; on a GPU: {needs.default_run_times(cost.GPU_GFLOPS)}."
        )

    def _buttons(self) -> None:
        name = self.pack.name
        with st.container(horizontal=True, vertical_alignment="center"):
            if not self.is_here:
                self._download_button()
            if (self.is_here or self.begun_bytes) and name != pack_name():
                st.button(
                    "Remove",
                    icon=":material/delete:",
                    key=f"remove-{name}",
                    on_click=_on_remove,
                    args=(name,),
                    disabled=self.is_busy,
                    help="Files that another pack needs are kept.",
                )

    def _download_button(self) -> None:
        name = self.pack.name
        agreed = st.checkbox(
            "I have read these licences and agree to them", key=_agreement_key(name), persist_state="session"
        )
        st.button(
            "Resume" if self.begun_bytes else "Download",
            icon=":material/download:",
            key=f"get-{name}",
            type="primary",
            on_click=_on_download,
            args=(name,),
            disabled=not agreed or self.is_busy or is_offline(),
            help=self._why_disabled(),
        )

    def _why_disabled(self) -> str | None:
        if is_offline():
            return "CTJP_OFFLINE is set, so nothing can be downloaded."
        return "One download at a time." if self.is_busy else None


def _shown_name(pack: str) -> str:
    """A pack's name; of one that is given by its folder, the whole path is for whoever runs the server."""
    return pack if is_operator(st.context.cookies) else Path(pack).name


def _title(title: str, name: str, status: str, is_used: bool) -> None:
    used = " · **in use**" if is_used else ""
    st.markdown(f"#### {escape_markdown(title)}\n**{escape_markdown(name)}** · {status}{used}")


def _show_progress(state: DownloadState, allowed: bool) -> None:
    st.progress(state.share, text=f"{size_text(state.done)} of {size_text(state.total)}")
    source = f"{state.file} from {state.host}" if state.file else "Contacting the first source."
    st.caption(escape_markdown(source))
    if allowed:
        st.button(
            "Stop",
            icon=":material/stop:",
            key=f"stop-{state.pack}",
            on_click=_on_stop,
            disabled=state.status == "stopping",
            help="What has been downloaded is kept.",
        )


def _show_licences(pack: CataloguePack) -> None:
    """Licences with the sentence that matters, and every part."""
    lines = [
        f"- {_link(licence.name, licence.link)}: {escape_markdown(licence.matters)}"
        for licence in pack.licences()
    ]
    st.markdown("\n".join(lines))
    with st.expander("Models, where they come from, and what could not be verified"):
        for part in pack.parts():
            size = size_text(sum(variants[0].bytes for variants in part.files.values()))
            title = f"{_link(part.title, part.card)} · {size} · {escape_markdown(part.licence.name)}"
            st.markdown(f"{title}  \n{escape_markdown(part.note)}")


def _link(text: str, address: str) -> str:
    return f"[{escape_markdown(text)}]({address})"


def _show_how_to_use(name: str) -> None:
    if name != pack_name():
        st.caption("To paint with it, start the app with:")
        st.code(f"CTJP_PACK={name} streamlit run app/main.py", language=None)


def _agreement_key(name: str) -> str:
    """Key of the box that agrees to a pack's licences."""
    return f"agree-{name}"


@to_its_end
def _on_download(name: str) -> None:
    if session.get(_agreement_key(name)):
        _do_if_allowed(pack_downloads().start, name)


@to_its_end
def _on_stop() -> None:
    _do_if_allowed(pack_downloads().stop)


@to_its_end
def _on_remove(name: str) -> None:
    _do_if_allowed(pack_downloads().remove, name)


@reports_to(OtherKeys.PACKS_MESSAGE)
def _do_if_allowed(act: Callable[..., Any], *args: str) -> None:
    """What a button does, if this visitor may: a browser can press what was never shown to it."""
    if may_download():
        act(*args)
