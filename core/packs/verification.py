"""How a pack is verified: every file that its manifest names is there, whole and unaltered. No torch."""

import hashlib
from pathlib import Path, PurePosixPath

from core.base.errors import PackError
from core.packs.manifest import MANIFEST, Manifest, files_of


def verify_files(folder: Path, manifest: Manifest) -> None:
    """Check that every file of the pack is there, whole and unaltered. Raises PackError."""
    for entry in manifest["models"].values():
        for file, facts in files_of(entry).items():
            _verify(folder, file, facts["sha256"], facts["bytes"])


def _verify(folder: Path, file: str, expected: str, size: int) -> None:
    parts = PurePosixPath(file).parts
    if not parts or ".." in parts or file.startswith("/") or "\\" in file or ":" in parts[0]:
        raise PackError(f"{folder / MANIFEST} names a file outside its folder: {file!r}.")
    path = folder.joinpath(*parts)
    restore = f"Restore {path} from where the pack came."
    if not path.is_file():
        raise PackError(f"Model pack {folder.name!r} lacks {file}. {restore}")
    found = path.stat().st_size
    if found != size:
        raise PackError(
            f"{file} of model pack {folder.name!r} has {found} bytes instead of {size}: "
            f"it was cut short or replaced. {restore}"
        )
    if file_sha256(path) != expected:
        raise PackError(
            f"{file} of model pack {folder.name!r} was altered: its SHA-256 is another. {restore}"
        )


def file_sha256(path: Path) -> str:
    """SHA-256 (hex) of a file. Raises PackError."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise PackError(f"{path} cannot be read ({error.strerror}). Make it readable.") from error
