"""The packs that were got from the catalogue, and their files, each stored once. No torch, no network.

    packs folder/           core.places.packs_folder
      modest/               a pack: manifest.json and the files of its parts, which are links to
      .files/SHA256         every file that came, by its contents
      .files/known.json     part/name → sha256, bytes and source of what came for it
      .partial/             files on their way

Hard links, so that a pack's folder is an ordinary one; where there are none (some removable disks) the files are copied.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil

from core.errors import PackError
from core.images import write_bytes
from core.packs.catalogue import manifest_of, packs
from core.packs.manifest import MANIFEST, files_of, got_packs
from core.places import packs_folder

FILES, PARTIAL, KNOWN = ".files", ".partial", "known.json"
HEX = re.compile(r"[0-9a-f]{64}")


def known():
    """part/name → {"sha256", "bytes", "source"} of every file that came; {} if there is none yet."""
    try:
        found = json.loads((packs_folder() / FILES / KNOWN).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def file_of(sha256):
    """Where a file of these contents is or would be."""
    return packs_folder() / FILES / sha256


def have(part, key, records=None):
    """(Way, sha256, bytes) of a file that is here, or None.

    Args:
        part: core.packs.catalogue.Part. key: in its manifest entry, such as "file".
        records: `known()`, if it was read already.
    """
    records = known() if records is None else records
    for way in part.files[key]:
        record = records.get(f"{part.name}/{way.name}", {})
        sha256 = way.sha256 or record.get("sha256")
        if not sha256 or not HEX.fullmatch(sha256):
            continue
        with contextlib.suppress(OSError):
            size = file_of(sha256).stat().st_size
            if size == record.get("bytes", size):
                return way, sha256, size
    return None


def missing(pack):
    """(Part, key) of every file of a catalogue's pack that is not here."""
    records = known()
    return [(part, key) for part, key in _files(pack) if have(part, key, records) is None]


def check_folder(pack):
    """Raise PackError if the folder that a catalogue's pack will take holds what did not come from the catalogue."""
    folder = packs_folder() / pack.name
    came = {record.get("sha256") for record in known().values()}
    hashes = _hashes(folder / MANIFEST)
    if not folder.is_dir() or (hashes and hashes <= came):
        return
    ours = {MANIFEST, *(part.name for part in pack.parts())}
    if others := sorted(path.name for path in folder.iterdir() if path.name not in ours and path.name[0] != "."):
        raise PackError(
            f"{folder} holds what did not come from the catalogue, such as {others[0]}, and would be replaced. "
            "Move it away, or set CTJP_PACKS to another folder."
        )


def drop_altered(pack):
    """Remove what is here of a catalogue's pack but has other contents than it came with, so that it is got again."""
    records = known()
    for part, key in _files(pack):
        if found := have(part, key, records):
            path = file_of(found[1])
            with contextlib.suppress(OSError):
                with open(path, "rb") as file:
                    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                if sha256 != found[1]:
                    path.unlink()


def partial(part, way):
    """Where a file is kept while it comes. Known contents have one place, so that any source can carry them on."""
    return packs_folder() / PARTIAL / (way.sha256 or f"{part.name}~{way.name.replace('/', '~')}")


def begun(pack):
    """Bytes of a catalogue's pack that are here, whole or in part."""
    records, size = known(), 0
    for part in pack.parts():
        for key, ways in part.files.items():
            whole = have(part, key, records)
            size += whole[2] if whole else max(map(_size, (partial(part, way) for way in ways)))
    return size


def keep(part, way, path, sha256, source):
    """Move a checked file to where it stays, and note what came. Raises PackError: the disk refuses."""
    target = file_of(sha256)
    size = path.stat().st_size
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)
    except OSError as error:
        raise _refused(target, error) from error
    _note(known() | {f"{part.name}/{way.name}": {"sha256": sha256, "bytes": size, "source": source}})


def assemble(pack):
    """Make the folder of a pack whose files are all here; returns it. Raises PackError."""
    root = packs_folder()
    records = known()
    manifest = manifest_of(pack, lambda part, key: have(part, key, records))
    making, folder = root / f".making-{pack.name}", root / pack.name
    try:
        shutil.rmtree(making, ignore_errors=True)
        for part, key in _files(pack):
            way, sha256, _ = have(part, key, records)
            _link(file_of(sha256), making / part.name / way.name)
        write_bytes(making / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False).encode())
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(making, folder)
    except OSError as error:
        shutil.rmtree(making, ignore_errors=True)
        raise _refused(folder, error) from error
    return folder


def remove(name):
    """Remove a pack, also one that came only in part, and what no other pack needs; returns the bytes that this freed.

    Raises:
        PackError: nothing of such a pack was got from the catalogue, or the disk refuses.
    """
    folder, pack, before = packs_folder() / name, packs().get(name), stored()
    whole = name in got_packs()
    if not whole and not (pack and begun(pack)):
        here = ", ".join(got_packs()) or "none"
        raise PackError(f"Nothing of a model pack {name!r} was got; installed are: {here}. Folders of your own stay yours.")
    gone = _hashes(folder / MANIFEST) if whole else set()
    gone |= {found[1] for part, key in _files(pack) if (found := have(part, key))}
    try:
        if whole:
            (folder / MANIFEST).unlink()  # without it this is no pack any more, whatever happens to the rest
            shutil.rmtree(folder)
        needed = {sha256 for other in got_packs() for sha256 in _hashes(packs_folder() / other / MANIFEST)}
        for sha256 in gone - needed:
            file_of(sha256).unlink(missing_ok=True)
        for part, key in _files(pack):
            for way in part.files[key]:
                for path in (partial(part, way), source_of(partial(part, way))):
                    path.unlink(missing_ok=True)
    except OSError as error:
        raise _refused(folder, error) from error
    _note({key: record for key, record in known().items() if record.get("sha256") not in gone - needed})
    return before - stored()


def source_of(path):
    """Beside a file on its way: where it comes from, as JSON."""
    return path.with_name(path.name + ".json")


def _files(pack):
    """(Part, key) of every file of a catalogue's pack; none for None."""
    return [(part, key) for part in pack.parts() for key in part.files] if pack else []


def stored():
    """Bytes of all that is here, each file counted once."""
    paths = [*(packs_folder() / FILES).glob("*"), *(packs_folder() / PARTIAL).glob("*")]
    return sum(_size(path) for path in paths if path.suffix != ".json")  # our own notes


def _size(path):
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0


def _hashes(path):
    """Every SHA-256 that a manifest names; none if it cannot be read."""
    try:
        models = json.loads(path.read_text("utf-8"))["models"]
        return {file["sha256"] for entry in models.values() for file in files_of(entry).values()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, PackError):
        return set()


def _link(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _note(records):
    write_bytes(packs_folder() / FILES / KNOWN, json.dumps(records, indent=1, sort_keys=True).encode())


def _refused(path, error):
    advice = "Set CTJP_PACKS to a folder you may write to, on a disk with free space"
    return PackError(f"Cannot write {path}: {error.strerror or error}. {advice}.")
