"""The packs that were downloaded from the catalogue, and their files, each stored once. No torch, no network.

    packs folder/           core.base.environment.packs_folder
      modest/               a pack: manifest.json and the files of its parts, which are links to
      .files/SHA256         every file that was downloaded, by its contents
      .files/known.json     part/name → sha256, bytes and source of what came for it
      .partial/             files on their way

Hard links, so that a pack's folder is an ordinary one; where there are none (some removable disks) files are
copied. The hub's own cache is not used for this: it does not verify what is in it, and holds nothing of other
mirrors.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from core.base.environment import packs_folder
from core.base.errors import PackError
from core.base.files import write_bytes
from core.packs.catalogue import (
    ArrivedFile,
    CataloguePack,
    CataloguePart,
    FileVariant,
    catalogue_packs,
    manifest_of,
)
from core.packs.manifest import MANIFEST, downloaded_packs, files_of
from core.packs.verification import file_sha256

FILES = ".files"
PARTIAL = ".partial"
KNOWN = "known.json"
HEX = re.compile(r"[0-9a-f]{64}")

Records = dict[str, dict[str, Any]]


def known_files() -> Records:
    """part/name → {"sha256", "bytes", "source"} of every file that was downloaded."""
    try:
        found = json.loads((packs_folder() / FILES / KNOWN).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def stored_file(sha256: str) -> Path:
    """Where a file of these contents is or would be."""
    return packs_folder() / FILES / sha256


def find_file(part: CataloguePart, key: str, records: Records | None = None) -> ArrivedFile | None:
    """(variant, SHA-256, bytes) of a file that is here, or None.

    Args:
        part: whose file it is.
        key: in its manifest entry, such as "file".
        records: `known_files()`, if it was read already.
    """
    records = known_files() if records is None else records
    for variant in part.files[key]:
        record = records.get(f"{part.name}/{variant.name}", {})
        sha256 = variant.sha256 or record.get("sha256")
        if not sha256 or not HEX.fullmatch(sha256):
            continue
        with contextlib.suppress(OSError):
            size = stored_file(sha256).stat().st_size
            if size == record.get("bytes", size):
                return variant, sha256, size
    return None


def missing_files(pack: CataloguePack) -> list[tuple[CataloguePart, str]]:
    """(part, key) of every file of a catalogue's pack that is not here."""
    records = known_files()
    return [(part, key) for part, key in _files(pack) if find_file(part, key, records) is None]


def check_folder(pack: CataloguePack) -> None:
    """Raise PackError if the folder that the pack will take holds what did not come from the catalogue."""
    folder = packs_folder() / pack.name
    downloaded = {record.get("sha256") for record in known_files().values()}
    hashes = _hashes(folder / MANIFEST)
    if not folder.is_dir() or (hashes and hashes <= downloaded):
        return
    ours = {MANIFEST, *(part.name for part in pack.parts())}
    names = sorted(path.name for path in folder.iterdir())
    if others := [name for name in names if name not in ours and not name.startswith(".")]:
        raise PackError(
            f"{folder} holds what did not come from the catalogue, such as {others[0]}, and would be "
            "replaced. Move it away, or set CTJP_PACKS to another folder."
        )


def remove_altered(pack: CataloguePack) -> None:
    """Remove files of the pack that are not what was downloaded, so that they are downloaded again."""
    records = known_files()
    for part, key in _files(pack):
        if found := find_file(part, key, records):
            path = stored_file(found[1])
            with contextlib.suppress(PackError, OSError):
                if file_sha256(path) != found[1]:
                    path.unlink()


def partial_file(part: CataloguePart, variant: FileVariant) -> Path:
    """Where a file is kept while it arrives.

    Known contents have one place, so that any source can carry them on.
    """
    name = variant.sha256 or f"{part.name}~{variant.name.replace('/', '~')}"
    return packs_folder() / PARTIAL / name


def source_file(path: Path) -> Path:
    """Beside a file on its way: where it comes from, as JSON."""
    return path.with_name(path.name + ".json")


def bytes_here(pack: CataloguePack) -> int:
    """Bytes of a catalogue's pack that are here, whole or in part."""
    records = known_files()
    size = 0
    for part, key in _files(pack):
        whole = find_file(part, key, records)
        begun = [_size(partial_file(part, variant)) for variant in part.files[key]]
        size += whole[2] if whole else max(begun)
    return size


def keep_file(part: CataloguePart, variant: FileVariant, path: Path, sha256: str, source: str) -> None:
    """Move a checked file to where it stays, and note its source. Raises PackError: the disk refuses."""
    target = stored_file(sha256)
    size = path.stat().st_size
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)
    except OSError as error:
        raise _refused(target, error) from error
    record = {"sha256": sha256, "bytes": size, "source": source}
    _note(known_files() | {f"{part.name}/{variant.name}": record})


def assemble_folder(pack: CataloguePack) -> Path:
    """Make the folder of a pack whose files are all here; returns it. Raises PackError."""
    root = packs_folder()
    records = known_files()

    def arrived(part: CataloguePart, key: str) -> ArrivedFile:
        found = find_file(part, key, records)
        if found is None:
            raise PackError(f"A file of {part.title} has gone meanwhile. Download {pack.name} again.")
        return found

    manifest = manifest_of(pack, arrived)
    making, folder = root / f".making-{pack.name}", root / pack.name
    try:
        shutil.rmtree(making, ignore_errors=True)
        for part, key in _files(pack):
            variant, sha256, _ = arrived(part, key)
            _link(stored_file(sha256), making / part.name / variant.name)
        write_bytes(making / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False).encode())
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(making, folder)
    except OSError as error:
        shutil.rmtree(making, ignore_errors=True)
        raise _refused(folder, error) from error
    return folder


def remove_pack(name: str) -> int:
    """Remove a pack, also one that is here only in part, and what no other pack needs; returns the bytes
    freed.

    Raises:
        PackError: nothing of such a pack was downloaded from the catalogue, or the disk refuses.
    """
    folder = packs_folder() / name
    pack = catalogue_packs().get(name)
    before = stored_bytes()
    whole = name in downloaded_packs()
    if not whole and not (pack and bytes_here(pack)):
        here = ", ".join(downloaded_packs()) or "none"
        raise PackError(
            f"Nothing of a model pack {name!r} was downloaded; installed are: {here}. "
            "Folders of your own are not touched."
        )
    gone = _hashes(folder / MANIFEST) if whole else set()
    gone |= {found[1] for part, key in _files(pack) if (found := find_file(part, key))}
    try:
        if whole:
            (folder / MANIFEST).unlink()  # without it this is no pack any more, whatever happens to the rest
            shutil.rmtree(folder)
        gone -= _needed_hashes()
        for sha256 in gone:
            stored_file(sha256).unlink(missing_ok=True)
        _remove_partial(pack)
    except OSError as error:
        raise _refused(folder, error) from error
    _note({key: record for key, record in known_files().items() if record.get("sha256") not in gone})
    return before - stored_bytes()


def _needed_hashes() -> set[str]:
    """Files of all packs that are here."""
    return {sha256 for name in downloaded_packs() for sha256 in _hashes(packs_folder() / name / MANIFEST)}


def _remove_partial(pack: CataloguePack | None) -> None:
    for part, key in _files(pack):
        for variant in part.files[key]:
            path = partial_file(part, variant)
            path.unlink(missing_ok=True)
            source_file(path).unlink(missing_ok=True)


def stored_bytes() -> int:
    """Bytes of all that is here, each file counted once."""
    paths = [*(packs_folder() / FILES).glob("*"), *(packs_folder() / PARTIAL).glob("*")]
    return sum(_size(path) for path in paths if path.suffix != ".json")  # our own notes


def _files(pack: CataloguePack | None) -> list[tuple[CataloguePart, str]]:
    """(part, key) of every file of a catalogue's pack; none for None."""
    return [(part, key) for part in pack.parts() for key in part.files] if pack else []


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0


def _hashes(path: Path) -> set[str]:
    """Every SHA-256 that a manifest names; none if it cannot be read."""
    try:
        models = json.loads(path.read_text("utf-8"))["models"]
        return {file["sha256"] for entry in models.values() for file in files_of(entry).values()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, PackError):
        return set()


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _note(records: Records) -> None:
    write_bytes(packs_folder() / FILES / KNOWN, json.dumps(records, indent=1, sort_keys=True).encode())


def _refused(path: Path, error: OSError) -> PackError:
    advice = "Set CTJP_PACKS to a folder you may write to, on a disk with free space"
    return PackError(f"Cannot write {path}: {error.strerror or error}. {advice}.")
