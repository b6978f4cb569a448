"""Which pictures of a folder `rank` judges, and why it leaves out the others. No torch."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from core.base.errors import OutputError, PictureError
from core.base.uploads import OWN_FILES, UploadRules

SUFFIXES = {
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".bmp", ".tif", ".tiff"),
    *(".avif", ".jp2", ".j2k", ".jpx", ".ppm", ".pgm", ".pbm", ".pnm"),
}
HEIC_SUFFIXES = {".heic", ".heif"}
HEIC_LIBRARY = "pillow_heif"
HEIC_REASON = "HEIC needs the package pillow-heif: `pip install pillow-heif`, or save it as JPEG"
RAW_SUFFIXES = {".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".raf", ".rw2", ".srw"}
RAW_REASON = "a camera's raw file is not read; save it as JPEG, PNG or TIFF"
LINK_REASON = "the link leads to nothing; remove it, or put the file back"


class LeftOut(NamedTuple):
    """A file that is not judged, and why."""

    name: str
    reason: str


def printable(text: str) -> str:
    """A file's name as it can be printed and written anywhere; what cannot be is escaped."""
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # a byte that is no UTF-8, as Python keeps it in a name
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


@functools.cache
def accepted_pictures() -> UploadRules:
    """What is read here: HEIC too, where its library is installed."""
    if importlib.util.find_spec(HEIC_LIBRARY) is None:
        return OWN_FILES
    importlib.import_module(HEIC_LIBRARY).register_heif_opener()
    return replace(OWN_FILES, formats={**OWN_FILES.formats, "HEIF": "HEIC"})


def picture_files(folder: Path, below: bool = False) -> tuple[list[Path], list[LeftOut]]:
    """The pictures of a folder by name, and what looks like one but is not read; hidden files are neither.

    Linked folders are followed, each once.

    Raises:
        OutputError: it is no folder. PictureError: it holds no picture.
    """
    pictures = []
    left_out = []
    for path in sorted(_files(folder, below)):
        if reason := _why_not(path):
            left_out.append(LeftOut(printable(path.relative_to(folder).as_posix()), reason))
        elif path.suffix.lower() in SUFFIXES | HEIC_SUFFIXES and path.is_file():
            pictures.append(path)
    if not pictures:
        raise _nothing_here(folder, below, left_out)
    return pictures, left_out


def _why_not(path: Path) -> str | None:
    """Why a file that looks like a picture is left out; None if it is not, or is no picture at all."""
    suffix = path.suffix.lower()
    if suffix in RAW_SUFFIXES:
        return RAW_REASON
    if suffix in HEIC_SUFFIXES and "HEIF" not in accepted_pictures().formats:
        return HEIC_REASON
    if suffix in SUFFIXES | HEIC_SUFFIXES and path.is_symlink() and not path.exists():
        return LINK_REASON
    return None


def _nothing_here(folder: Path, below: bool, left_out: list[LeftOut]) -> PictureError:
    if left_out:
        first = left_out[0]
        advice = f"{len(left_out)} files are left out, such as {first.name}: {first.reason}."
    elif below:
        advice = "Give another folder."
    else:
        advice = "Give another folder, or look into those below with --sub-folders."
    return PictureError(f"{folder} holds no {accepted_pictures().formats_text} picture. {advice}")


def _files(folder: Path, below: bool) -> Iterator[Path]:
    """Every file that is not hidden."""
    try:
        with os.scandir(folder):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"Cannot read the folder {folder}: {reason}. Give a folder of pictures.") from error
    seen = {os.path.realpath(folder)}
    for place, folders, names in os.walk(folder, followlinks=True):
        yield from (Path(place, name) for name in names if not name.startswith("."))
        inside = [name for name in sorted(folders) if below and not name.startswith(".")]
        # A link back up would be walked without end.
        folders[:] = [name for name in inside if _is_new(os.path.realpath(os.path.join(place, name)), seen)]


def _is_new(place: str, seen: set[str]) -> bool:
    """Whether a folder was not seen before; now it is."""
    new = place not in seen
    seen.add(place)
    return new
