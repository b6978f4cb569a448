"""Getting a pack of the catalogue: from the network, or from files that are on this computer. No torch.

Nothing is asked of the network unless a person asks for a pack, and every licence has been shown before.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from core.base.environment import is_offline, packs_folder
from core.base.errors import PackError
from core.base.process_lock import FolderLock
from core.packs import installed
from core.packs.catalogue import CataloguePack, CataloguePart, FileVariant
from core.packs.resumed_download import DiskError, DownloadError, DownloadStopped, fetch_file, sha256_of

LOCK = "download.lock"
SPARE_BYTES = 200_000_000
SPARE_SHARE = 0.03  # some sizes are known only about


@dataclass(frozen=True)
class DownloadProgress:
    """How far a download is: bytes of the whole pack, the file on its way, and the host it comes from."""

    done: int
    total: int
    file: str
    host: str


Tell = Callable[[DownloadProgress], object]
ShouldStop = Callable[[], bool]


@dataclass(frozen=True)
class Download:
    """One download: its pack, who hears of it, who stops it, and whether the network may be asked."""

    pack: CataloguePack
    tell: Tell
    should_stop: ShouldStop
    network: bool


def download_pack(
    pack: CataloguePack,
    tell: Tell = lambda progress: None,
    should_stop: ShouldStop = lambda: False,
    network: bool = True,
    folder: str | Path | None = None,
) -> Path:
    """Get what is missing of a pack, then make its folder; returns that folder.

    Args:
        pack: the person has agreed to its licences.
        tell: hears of the progress now and then.
        should_stop: asked between pieces; when it says so, DownloadStopped is raised and what has arrived
            stays.
        network: False forbids to ask it for anything; CTJP_OFFLINE does so too.
        folder: take the files from there, and ask no network.

    Raises:
        PackError: another download is running, the pack's folder holds something else, too little space, no
            source has a file, or a file is not in `folder`.
        DownloadStopped.
    """
    root = packs_folder()
    _check_writable(root)
    lock = FolderLock(root, LOCK)
    if not lock.acquire():
        raise PackError(
            "One download at a time: another is running on this computer. Wait for it, or stop it."
        )
    try:
        download = Download(pack, tell, should_stop, network and not is_offline())
        _get_missing(download, Path(folder).expanduser() if folder else None)
        return installed.assemble_folder(pack)
    finally:
        lock.release()


def _get_missing(download: Download, folder: Path | None) -> None:
    installed.check_folder(download.pack)
    installed.remove_altered(download.pack)
    check_space(download.pack)
    for part, key in installed.missing_files(download.pack):
        if download.should_stop():
            raise DownloadStopped
        if folder:
            _copy_file(download, part, key, folder)
        else:
            _fetch_file(download, part, key)


def check_space(pack: CataloguePack) -> None:
    """Raise PackError if what is missing does not fit on the disk."""
    needed = round((pack.bytes() - installed.bytes_here(pack)) * (1 + SPARE_SHARE))
    if needed <= 0:
        return
    free = shutil.disk_usage(_existing(packs_folder())).free
    if free < needed + SPARE_BYTES:
        raise PackError(
            f"Model pack {pack.name!r} needs {size_text(needed)} more, with {size_text(SPARE_BYTES)} to "
            f"spare, but {packs_folder()} has {size_text(free)} free. "
            "Free some space, or set CTJP_PACKS to a folder on another disk."
        )


def size_text(size: float) -> str:
    """Bytes as people say them: 9.8 MB, 1.24 GB."""
    for unit, factor, digits in (("GB", 1e9, 2), ("MB", 1e6, 0 if size >= 1e7 else 1), ("KB", 1e3, 0)):
        if size >= factor:
            return f"{size / factor:.{digits}f} {unit}"
    return f"{size} bytes"


def _fetch_file(download: Download, part: CataloguePart, key: str) -> None:
    """Get one file: the first variant that some source has."""
    pack, variants = download.pack, part.files[key]
    other_files = _bytes_of_others(pack, part, key)
    problems = []
    for variant in variants:
        name = f"{part.name}/{variant.name}"

        def hear(
            done: int, total: int | None, host: str, variant: FileVariant = variant, name: str = name
        ) -> None:
            all_files = pack.bytes() - variants[0].bytes + max(total or variant.bytes, done)
            download.tell(DownloadProgress(other_files + done, all_files, name, host))

        try:
            found = fetch_file(
                part, variant, _expected(part, variant), hear, download.should_stop, download.network
            )
        except DiskError:
            raise
        except DownloadError as error:
            problems.append(str(error))
        else:
            installed.keep_file(part, variant, *found)
            return
    file = f"{variants[0].name} of {part.title}"
    advice = "or give a folder that holds the files with --from"
    if not download.network:
        raise PackError(
            f"Downloads are off (--offline or CTJP_OFFLINE), and {file} is missing. Allow them, {advice}."
        )
    answers = "; ".join(problems)
    raise DownloadError(
        f"{file} cannot be downloaded: {answers}. Try again later, see {part.card}, {advice}."
    )


def _copy_file(download: Download, part: CataloguePart, key: str, folder: Path) -> None:
    """Take one file from a person's folder."""
    if not folder.is_dir():
        raise PackError(f"{folder} is not a folder. Give one that holds the pack's files.")
    variant, path = _file_in_folder(download.pack, part, key, folder)
    name = f"{part.name}/{variant.name}"
    done = _bytes_of_others(download.pack, part, key)
    download.tell(DownloadProgress(done, download.pack.bytes(), name, str(folder)))
    copy = installed.partial_file(part, variant)
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        sha256 = sha256_of(copy)
    except OSError as error:
        copy.unlink(missing_ok=True)
        advice = f"Check that it can be read and that {packs_folder()} has space"
        raise PackError(f"Cannot copy {path}: {error.strerror or error}. {advice}.") from error
    expected = _expected(part, variant)
    if expected not in (None, sha256):
        copy.unlink()
        raise PackError(
            f"{path} is not the published file of {part.title}: its SHA-256 is {sha256}, expected is "
            f"{expected}. Download it again."
        )
    installed.keep_file(part, variant, copy, sha256, str(path))


def _file_in_folder(
    pack: CataloguePack, part: CataloguePart, key: str, folder: Path
) -> tuple[FileVariant, Path]:
    """The first variant of a file that lies in a person's folder. Raises PackError."""
    places = [(variant, path) for variant in part.files[key] for path in _places(folder, pack, part, variant)]
    for variant, path in places:
        if path.is_file():
            return variant, path
    looked = ", ".join(dict.fromkeys(str(path.relative_to(folder)) for _, path in places))
    name = f"{part.files[key][0].name} of {part.title}"
    raise PackError(f"{name} is not in {folder}; looked for {looked}. Put it there under one of these names.")


def _places(folder: Path, pack: CataloguePack, part: CataloguePart, variant: FileVariant) -> Iterator[Path]:
    """Where a file may lie: PART/NAME; named as in its source; NAME, and its last part, if no other file is
    named so.
    """
    yield folder / part.name / variant.name
    last_name = variant.name.rpartition("/")[2]
    for source in variant.sources:
        source_name = unquote(urlsplit(source).path).rpartition("/")[2]
        if "." in source_name and source_name != last_name:
            yield folder / source_name
    names = [
        other.name
        for one in pack.parts()
        for variants in one.files.values()
        for other in variants
        if other is not variant
    ]
    if variant.name not in names:
        yield folder / variant.name
    if last_name not in {name.rpartition("/")[2] for name in names}:
        yield folder / last_name


def _expected(part: CataloguePart, variant: FileVariant) -> str | None:
    """SHA-256 that a file must have: as published, or else as it first came."""
    return variant.sha256 or installed.known_files().get(f"{part.name}/{variant.name}", {}).get("sha256")


def _bytes_of_others(pack: CataloguePack, part: CataloguePart, key: str) -> int:
    """Bytes of the pack that are here, without this file."""
    begun = [installed.partial_file(part, variant) for variant in part.files[key]]
    here = max((path.stat().st_size for path in begun if path.is_file()), default=0)
    return installed.bytes_here(pack) - here


def _check_writable(root: Path) -> None:
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise PackError(
            f"Cannot make {root}: {reason}. Set CTJP_PACKS to a folder you may write to."
        ) from error


def _existing(path: Path) -> Path:
    """The folder itself, or the nearest above it that exists."""
    return next(folder for folder in (path, *path.parents) if folder.exists())
