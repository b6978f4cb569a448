"""Getting a pack of the catalogue: from the network, or from files that are on this computer. No torch.

Nothing is asked of the network unless a person asks for a pack, and every licence has been shown before.
"""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from core.errors import PackError
from core.lock import PainterLock
from core.packs import installed
from core.packs.fetch import DownloadError, Stopped, fetch
from core.places import offline, packs_folder

LOCK = "download.lock"
RESERVE_BYTES = 200_000_000
SPARE_SHARE = 0.03  # sizes that are known only about


@dataclass(frozen=True)
class Progress:
    """How far a download is. `done`, `total`: bytes of the whole pack; `file`: the one on its way, from `host`."""

    done: int
    total: int
    file: str
    host: str


def get(pack, tell=lambda progress: None, should_stop=lambda: False, network=True, folder=None):
    """Get what is missing of a pack, then make its folder; returns that folder.

    Args:
        pack: core.packs.catalogue.Pack, whose licences the person has agreed to.
        tell: hears a Progress now and then.
        should_stop: asked between pieces; when it says so, Stopped is raised and what came stays.
        network: False forbids to ask it for anything; CTJP_OFFLINE does so too.
        folder: take the files from there, and ask no network.

    Raises:
        PackError: another download is at work, the pack's folder holds something else, too little space, no source has a file,
            or a file is not in `folder`.
        Stopped.
    """
    root = packs_folder()
    _writable(root)
    lock = PainterLock(root, LOCK)
    if not lock.acquire():
        raise PackError("Another download is at work on this computer; packs come one at a time. Wait for it, or stop it.")
    try:
        installed.check_folder(pack)
        installed.drop_altered(pack)
        wanted = installed.missing(pack)
        if wanted and not folder and not (network and not offline()):
            names = "; ".join(part.title for part in {part.name: part for part, _ in wanted}.values())
            raise PackError(
                f"Downloads are off (--offline or CTJP_OFFLINE), and of model pack {pack.name!r} this is missing: {names}. "
                "Allow downloads, or give a folder that holds the files with --from."
            )
        check_space(pack)
        take = _from_folder(Path(folder).expanduser()) if folder else _from_network
        for part, key in wanted:
            if should_stop():
                raise Stopped
            take(pack, part, key, tell, should_stop)
        return installed.assemble(pack)
    finally:
        lock.release()


def check_space(pack):
    """Raise PackError if what is missing does not fit on the disk."""
    needed = round((pack.bytes() - installed.begun(pack)) * (1 + SPARE_SHARE))
    if needed <= 0:
        return
    free = shutil.disk_usage(_existing(packs_folder())).free
    if free < needed + RESERVE_BYTES:
        raise PackError(
            f"Model pack {pack.name!r} needs {size_text(needed)} more and {size_text(RESERVE_BYTES)} to spare, but {packs_folder()} has "
            f"{size_text(free)} free. Free some space, or set CTJP_PACKS to a folder on another disk."
        )


def size_text(size):
    """Bytes as people say them: 9.8 MB, 1.24 GB."""
    for unit, factor, digits in (("GB", 1e9, 2), ("MB", 1e6, 0 if size >= 1e7 else 1), ("KB", 1e3, 0)):
        if size >= factor:
            return f"{size / factor:.{digits}f} {unit}"
    return f"{size} bytes"


def _from_network(pack, part, key, tell, should_stop):
    """Get one file by the first way that works."""
    before, said = _else_begun(pack, part, key), []
    for way in part.files[key]:
        name = f"{part.name}/{way.name}"
        expected = way.sha256 or installed.known().get(name, {}).get("sha256")

        def hear(done, total, host, way=way, name=name):
            rest = pack.bytes() - part.files[key][0].bytes + max(total or way.bytes, done)
            tell(Progress(before + done, rest, name, host))

        try:
            path, sha256, source = fetch(part, way, expected, hear, should_stop)
        except DownloadError as error:
            if _of_the_disk(error):
                raise
            said.append(str(error))
            continue
        installed.keep(part, way, path, sha256, source)
        return
    raise DownloadError(
        f"{part.files[key][0].name} of {part.title} cannot be got: {'; '.join(said)}. Try again later, see {part.card}, "
        "or give a folder that holds the files with --from."
    )


def _from_folder(folder):
    """Takes files from a folder: PART/NAME, NAME as in the publisher's repository, or the bare file name if no other has it."""
    if not folder.is_dir():
        raise PackError(f"{folder} is no folder. Give one that holds the pack's files.")

    def take(pack, part, key, tell, should_stop):
        places = [(way, path) for way in part.files[key] for path in _places(folder, pack, part, way)]
        found = next(((way, path) for way, path in places if path.is_file()), None)
        if found is None:
            looked = ", ".join(dict.fromkeys(str(path.relative_to(folder)) for _, path in places))
            name = f"{part.files[key][0].name} of {part.title}"
            raise PackError(f"{name} is not in {folder}; looked for {looked}. Put it there under one of these names.")
        way, path = found
        tell(Progress(_else_begun(pack, part, key), pack.bytes(), f"{part.name}/{way.name}", str(folder)))
        copy = installed.partial(part, way)
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            with open(copy, "rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            copy.unlink(missing_ok=True)
            advice = f"See whether it can be read and {packs_folder()} has space"
            raise PackError(f"Cannot copy {path}: {error.strerror or error}. {advice}.") from error
        expected = way.sha256 or installed.known().get(f"{part.name}/{way.name}", {}).get("sha256")
        if expected not in (None, sha256):
            copy.unlink()
            raise PackError(f"{path} is another file than {part.title} is known by: its SHA-256 is {sha256}, not {expected}. Get it again.")
        installed.keep(part, way, copy, sha256, str(path))

    return take


def _places(folder, pack, part, way):
    """Where a file may lie in a person's folder."""
    name = way.name.rpartition("/")[2]
    yield folder / part.name / way.name
    others = [other for one in pack.parts() for ways in one.files.values() for other in ways if other is not way]
    for source in way.sources:
        last = unquote(urlsplit(source).path).rpartition("/")[2]
        if last not in ("", name) and last.count("."):
            yield folder / last
    if not any(other.name == way.name for other in others):
        yield folder / way.name
    if not any(other.name.rpartition("/")[2] == name for other in others):
        yield folder / name


def _else_begun(pack, part, key):
    """Bytes of the pack that are here, without this file."""
    here = max((path.stat().st_size for way in part.files[key] if (path := installed.partial(part, way)).is_file()), default=0)
    return installed.begun(pack) - here


def _of_the_disk(error):
    return isinstance(error.__cause__, OSError)


def _writable(root):
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PackError(f"Cannot make {root}: {error.strerror or error}. Set CTJP_PACKS to a folder you may write to.") from error


def _existing(path):
    """The folder itself, or the nearest above it that exists."""
    return next(folder for folder in (path, *path.parents) if folder.exists())
