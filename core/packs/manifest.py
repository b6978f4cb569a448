"""Reading and checking a pack's manifest and files. No torch, so the server may use it."""

import hashlib
import json
from pathlib import Path

from core.errors import PackError

FORMAT = 1
PACKS = Path(__file__).parent
MANIFEST = "manifest.json"
REQUIRED = ("format", "name", "size", "words", "vocabulary", "models", "reference")
# Said about a model, but without influence on what it computes.
DESCRIPTIVE = ("training", "parameters", "bytes", "figures")


def known_packs():
    """Names of the packs that come with the program, sorted."""
    return sorted(path.parent.name for path in PACKS.glob(f"*/{MANIFEST}"))


def pack_folder(name_or_path):
    """Folder of a pack's name, or of a path to one. Raises PackError if there is none."""
    name = str(name_or_path)
    if name in known_packs():
        return PACKS / name
    folder = Path(name).expanduser()
    if name and (folder / MANIFEST).is_file():
        return folder
    known = ", ".join(known_packs()) or "none is installed"
    raise PackError(f"Unknown model pack {name!r}; choose from {known}, or give a folder with a {MANIFEST}.")


def read_manifest(name_or_path):
    """The manifest as a dict; `manifest["models"]` maps model name → file, sha256, config, …

    Raises:
        PackError: unknown pack, unreadable manifest, or one of a format this program cannot read.
    """
    folder = pack_folder(name_or_path)
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text("utf-8"))
        found = manifest["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PackError(f"{path} is not a readable manifest ({error}). Restore it from where the pack came.") from error
    if found != FORMAT:
        advice = "Update the program" if isinstance(found, int) and found > FORMAT else "Get a current pack"
        raise PackError(f"Model pack {folder.name!r} has format {found}; this program reads format {FORMAT}. {advice}.")
    missing = [key for key in REQUIRED if key not in manifest]
    if missing:
        raise PackError(f"{path} lacks {', '.join(missing)}. Restore it from where the pack came.")
    return manifest


def pack_hash(manifest):
    """SHA-256 (hex) over everything in the manifest that determines what the models compute."""
    models = {
        name: {key: value for key, value in entry.items() if key not in DESCRIPTIVE}
        for name, entry in manifest["models"].items()
    }
    determining = {"models": models, **{key: manifest[key] for key in ("size", "words", "vocabulary")}}
    return hashlib.sha256(json.dumps(determining, sort_keys=True).encode()).hexdigest()


def verify(folder, manifest):
    """Check that every file of the pack is there, whole and unaltered. Raises PackError."""
    for entry in manifest["models"].values():
        try:
            file, expected, size = entry["file"], entry["sha256"], entry["bytes"]
        except (KeyError, TypeError) as error:
            raise PackError(f"{folder / MANIFEST} names a model without file, sha256 or bytes.") from error
        path = folder / file
        if path.parent != folder:
            raise PackError(f"{folder / MANIFEST} names a file outside its folder: {file!r}.")
        restore = f"Restore {path} from where the pack came."
        if not path.is_file():
            raise PackError(f"Model pack {folder.name!r} lacks {file}. {restore}")
        if path.stat().st_size != size:
            raise PackError(
                f"{file} of model pack {folder.name!r} has {path.stat().st_size} bytes instead of {size}: "
                f"it was cut short or replaced. {restore}"
            )
        if _sha256(path) != expected:
            raise PackError(f"{file} of model pack {folder.name!r} was altered: its SHA-256 is another. {restore}")


def _sha256(path):
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise PackError(f"{path} cannot be read ({error.strerror}). Make it readable.") from error
