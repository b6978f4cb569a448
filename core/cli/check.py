"""`python -m core check`: whether everything is ready for a class, before it begins, each failure with what
to do."""

from __future__ import annotations

import os
import shutil
import socket
import time
import tomllib
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.base.environment import (
    gallery_shows_everyone,
    packs_folder,
    store_cap_bytes,
    store_folder,
    who_may_download,
    workers_choice,
)
from core.base.errors import UserError
from core.base.network import EVERYWHERE, THIS_COMPUTER, own_address
from core.base.process_lock import FolderLock
from core.base.request import RunRequest
from core.base.settings import PAINTER_LABELS
from core.cli import options

if TYPE_CHECKING:
    from core.packs.pack import ModelPack

ROOT = Path(__file__).resolve().parents[2]
STEPS = 2  # of each painter: enough to load everything and to take a gradient
SLOW_SECONDS = 60.0
DEFAULT_PORT = 8501


@dataclass(frozen=True)
class Finding:
    """One line of the answer.

    Args:
        part: what was looked at.
        is_well: whether it is as it should be.
        text: what was found, and what to do if it is not well.
    """

    part: str
    is_well: bool
    text: str


def add_arguments(parser: ArgumentParser) -> None:
    """What the app will be started with."""
    options.add_pack(parser)
    options.add_store(parser)
    port = "that the app will listen on (default: Streamlit's, 8501 unless configured)"
    parser.add_argument("--port", type=int, metavar="N", help=port)
    address = "that the app will listen on (default: Streamlit's configuration)"
    parser.add_argument("--address", metavar="HOST", help=address)
    parser.add_argument("--no-painting", action="store_true", help="leave out the short painting")


def run(arguments: Namespace) -> int:
    """Print a line for each finding. Returns 0 if all is well, else 1."""
    address = arguments.address or server_option("address") or ""
    port = arguments.port or int(server_option("port") or DEFAULT_PORT)
    store = Path(arguments.store).expanduser() if arguments.store else store_folder()
    parts: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("variables", check_variables),
        ("store", lambda: check_store(store)),
        ("disk", lambda: check_disk(store)),
        ("port", lambda: check_port(address, port)),
        ("address", lambda: check_address(address, port)),
        ("fonts", check_fonts),
        ("packs", check_packs_folder),
        ("workers", check_workers),
        ("pack", lambda: check_pack(arguments.pack, not arguments.no_painting)),
    ]
    failed = 0
    for part, look in parts:
        for finding in _findings(part, look):
            failed += not finding.is_well
            print(f"{'ok  ' if finding.is_well else 'FAIL'}  {finding.part:<10} {finding.text}", flush=True)
    print("Everything is ready." if not failed else f"Not ready: {failed} to fix.")
    return 1 if failed else 0


def _findings(part: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What a check finds; an error that it meets is a finding too."""
    try:
        yield from look()
    except UserError as error:
        yield Finding(part, False, str(error))
    except Exception as error:
        yield Finding(part, False, f"Unexpected error: {type(error).__name__}: {error}. Please report it.")


def check_variables() -> Iterator[Finding]:
    """Whether what the operator set for serving others can be read; else every visitor meets the error."""
    from core.packs.catalogue import catalogue_packs
    from core.service.quotas import Quotas

    is_well = True
    for read in (Quotas.from_environment, gallery_shows_everyone, who_may_download, catalogue_packs):
        try:
            read()
        except UserError as error:
            is_well = False
            yield Finding("variables", False, str(error))
    if is_well:
        text = "The settings for limits, gallery, downloads and catalogue can be read."
        yield Finding("variables", True, text)


def check_store(folder: Path) -> Iterator[Finding]:
    """Whether runs can be stored, and who paints there already."""
    from core.service.health import HealthCheck
    from core.storage.run_store import RunStore

    with RunStore(folder) as store:
        answer = HealthCheck(store).report().parts["store"]
    yield Finding("store", answer == "ok", f"{folder} can be written." if answer == "ok" else answer)
    if FolderLock(folder).is_held():
        yield Finding("store", True, "A painter process is at work there: the app is running already.")


def check_disk(folder: Path) -> Iterator[Finding]:
    """Whether the disk has room for as many runs as the store may keep."""
    free = shutil.disk_usage(folder).free
    kept = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    wanted = store_cap_bytes() - kept
    numbers = f"{free / 1e9:.1f} GB are free, and the store may still grow by {max(wanted, 0) / 1e9:.1f} GB"
    if free >= wanted:
        yield Finding("disk", True, f"{numbers}.")
        return
    lower = "set CTJP_STORE_CAP to fewer GB, or CTJP_STORE to a folder on another disk"
    yield Finding("disk", False, f"{numbers}. Free some space, {lower}.")


def check_port(address: str, port: int) -> Iterator[Finding]:
    """Whether the app can listen there."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family) as listening:
            if os.name == "posix":  # as servers do: a port that was used a moment ago is free
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((address, port))
            listening.listen()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        other = f"stop what uses it, or start the app with --server.port={min(port + 1, 65535)}"
        yield Finding("port", False, f"Port {port} cannot be used ({reason}); {other}.")
        return
    yield Finding("port", True, f"Port {port} is free.")


def check_address(address: str, port: int) -> Iterator[Finding]:
    """Which address others in the room can open."""
    own = own_address()
    opened = "start it with --server.address=0.0.0.0"
    if address in THIS_COMPUTER:
        text = f"Only this computer will reach the app. To open it to the room, {opened}."
        yield Finding("address", True, text)
    elif own is None:
        text = "This computer has no network. Join the room's network, then check again."
        yield Finding("address", False, text)
    elif address in EVERYWHERE or address == own:
        trial = (
            "Open it on a phone once the app runs; if that fails, the firewall or the network keeps it out"
        )
        yield Finding("address", True, f"Others open http://{own}:{port}. {trial}.")
    else:
        text = f"The app will listen on {address}, but this computer is {own} in its network; {opened}."
        yield Finding("address", False, text)


def check_fonts() -> Iterator[Finding]:
    """Whether figures can be drawn."""
    from core.exports.fonts import BOLD_FILE, FOLDER, FONT_FILES, text_width

    files = [FOLDER / file for file in (*FONT_FILES.values(), BOLD_FILE)]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        restore = f"Restore {FOLDER} from where the program came"
        yield Finding("fonts", False, f"The font {missing[0]} is missing. {restore}.")
        return
    text_width("A fox, żółw, лиса", 12)
    yield Finding("fonts", True, "The figures' fonts are there.")


def check_packs_folder() -> Iterator[Finding]:
    """Whether the folder of downloaded packs can be read; nothing if there is none and none was set."""
    from core.packs.manifest import downloaded_packs

    folder = packs_folder()
    try:
        if folder.exists():
            os.listdir(folder)  # the search for packs finds none where it may not look
            names = ", ".join(downloaded_packs()) or "none"
            yield Finding("packs", True, f"Downloaded packs in {folder}: {names}.")
        elif os.environ.get("CTJP_PACKS"):
            yield Finding("packs", True, f"No downloaded packs: {folder} (CTJP_PACKS) does not exist yet.")
    except OSError as error:
        advice = "Make it a readable folder, or set CTJP_PACKS to another one"
        what = f"Downloaded packs cannot be read from {folder} ({error.strerror or error})"
        yield Finding("packs", False, f"{what}. {advice}.")


def check_workers() -> Iterator[Finding]:
    """Where CTJP_WORKERS is set: whether Ray is installed and something answers at the cluster's address."""
    if not (choice := workers_choice()):
        return
    from core.service.cluster.connection import LOCAL_CLUSTER, check_choice

    check_choice(choice)
    where = "by workers on this machine" if choice == LOCAL_CLUSTER else f"by the Ray cluster at {choice}"
    yield Finding("workers", True, f"Runs will be painted {where}; this check paints nothing there.")


def check_pack(name: str, paint: bool) -> Iterator[Finding]:
    """Whether every file of the pack is whole and its models load, and a short painting by each painter."""
    from core.packs import open_pack_limited

    began = time.monotonic()
    pack = open_pack_limited(name)
    pack.load_all()
    labels = ", ".join(PAINTER_LABELS[painter] for painter in pack.painters)
    text = f"{pack.name} is whole; it paints with {labels}. Loaded in {time.monotonic() - began:.0f} s."
    yield Finding("pack", True, text)
    for painter in pack.painters if paint else ():
        yield _short_painting(pack, name, painter)


def _short_painting(pack: ModelPack, name: str, painter: str) -> Finding:
    """Raises UserError."""
    from core.execute import measured_frames

    prompt = next(iter(pack.manifest.get("examples", ())), "a photo of a red fox")
    settings: dict[str, Any] = {painter: {"steps": STEPS}}
    request = RunRequest.make(prompt, 0, name, (painter,), **settings)
    began = time.monotonic()
    frames = sum(1 for _ in measured_frames(request, pack))
    seconds = (time.monotonic() - began) / frames
    slow = (
        "" if seconds < SLOW_SECONDS else " That is slow for a class; choose a smaller pack or fewer cutouts."
    )
    return Finding("painting", not slow, f"{PAINTER_LABELS[painter]} takes {seconds:.1f} s a step.{slow}")


def server_option(name: str) -> str | None:
    """A server option as Streamlit will read it: STREAMLIT_SERVER_NAME, or .streamlit/config.toml."""
    if chosen := os.environ.get(f"STREAMLIT_SERVER_{name.upper()}"):
        return chosen
    try:
        config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    found = config.get("server", {}).get(name)
    return None if found is None else str(found)
