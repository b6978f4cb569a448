"""`python -m core packs get`: shows the licences, asks, then downloads what is missing."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from core.base.environment import packs_folder
from core.base.errors import PackError
from core.cli import options
from core.cli.packs.facts import estimate_line, missing_text
from core.cli.terminal import StopOnInterrupt
from core.packs import catalogue, download, installed, read_manifest
from core.packs.catalogue import CataloguePack
from core.packs.download import DownloadProgress
from core.packs.manifest import downloaded_packs
from core.packs.resumed_download import DownloadStopped
from core.packs.verification import verify_files


def add_arguments(parser: ArgumentParser) -> None:
    """Which pack, and where from."""
    add = parser.add_argument
    add("pack", metavar="PACK", help="a name from `packs list`")
    add(
        "--yes", action="store_true", help="agree to the licences, which are shown first, without being asked"
    )
    folder = "take the files from this folder; nothing is downloaded"
    add("--from", dest="folder", type=options.path, metavar="DIR", help=folder)
    add("--offline", action="store_true", help="download nothing (as CTJP_OFFLINE=1 does for good)")


def run(arguments: Namespace) -> int:
    """Download it. Returns 0, or 130 when stopped.

    Raises:
        PackError: no such pack, not agreed to, or it cannot be downloaded.
    """
    pack = catalogue.find_in_catalogue(arguments.pack)
    if pack.name in downloaded_packs() and not installed.missing_files(pack) and _is_unaltered(pack.name):
        print(f"{pack.name} is here already, in {packs_folder() / pack.name}.")
        return 0
    _show(pack)
    _agree(pack, arguments.yes)
    network = not arguments.offline
    with StopOnInterrupt() as should_stop, DownloadBar(pack) as bar:
        try:
            folder = download.download_pack(pack, bar.tell, should_stop, network, arguments.folder)
        except DownloadStopped:
            print("\nStopped. What has arrived stays; the same command goes on from there.", file=sys.stderr)
            return 130
    check = f"Check it with `python -m core packs verify {pack.name}`; use it with --pack {pack.name},"
    print(f"{pack.name} is in {folder}. {check}")
    print(f"or for the app and all commands with CTJP_PACK={pack.name}.")
    return 0


def _is_unaltered(name: str) -> bool:
    """Whether every file of a downloaded pack is as it came; what is not is downloaded again."""
    try:
        verify_files(packs_folder() / name, read_manifest(name))
    except PackError as error:
        print(error, file=sys.stderr)
        return False
    return True


def _show(pack: CataloguePack) -> None:
    """All that a person should know before a download."""
    print(f"{pack.title}. {pack.about}\n{pack.size} px, {missing_text(pack)}.")
    print(f"Estimates: {estimate_line(pack)}.")
    print("\nParts:")
    for part in pack.parts():
        print(f"  {part.title}: {part.licence.name}, {part.card}\n    {part.note}")
    print("\nLicences:")
    for licence in pack.licences():
        print(f"  {licence.name}: {licence.matters} {licence.link}")
    print(flush=True)


def _agree(pack: CataloguePack, yes: bool) -> None:
    """Raise PackError unless the person agrees to the licences."""
    if yes:
        return
    nothing = f"Nothing was downloaded: model pack {pack.name!r}"
    if not sys.stdin.isatty():
        raise PackError(f"{nothing} has the licences above. Agree to them with --yes.")
    if input("Do you agree to these licences? [y/N] ").strip().lower() not in ("y", "yes"):
        raise PackError(f"{nothing} can be used only under the licences above.")


class DownloadBar:
    """A progress bar on a terminal, else one line for every file."""

    def __init__(self, pack: CataloguePack) -> None:
        self.bar = None
        self.file: str | None = None
        if sys.stderr.isatty():
            from tqdm import tqdm

            self.bar = tqdm(total=pack.bytes(), unit="B", unit_scale=True, dynamic_ncols=True)

    def tell(self, progress: DownloadProgress) -> None:
        """Show how far it is."""
        new_file = progress.file != self.file
        self.file = progress.file
        if self.bar is None:
            if new_file:
                print(f"{progress.file} from {progress.host}", file=sys.stderr)
            return
        if new_file:
            self.bar.set_description(progress.file.rpartition("/")[2][:32], refresh=False)
        self.bar.total = max(progress.total, progress.done)
        self.bar.update(progress.done - self.bar.n)

    def __enter__(self) -> DownloadBar:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()
