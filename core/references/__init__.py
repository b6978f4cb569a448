"""Realism references that stand alone: statistics of a folder of real pictures, without the pictures.

A folder holds `reference.safetensors` (arrays of `core.realism.fit_reference`) and `reference.json`: the
recipe, where the pictures came from, what was measured, and whose encoder K was fitted with.
"""

import hashlib
import json
from pathlib import Path

import safetensors.numpy

from core.errors import PackError
from core.images import write_bytes

FILE, RECIPE = "reference.safetensors", "reference.json"
REFERENCES = Path(__file__).parent
PHOTOGRAPHS = "photographs"  # the one that is shipped: 300 natural photographs, fitted with the miniature's held-out judge
ADVICE = "Make it again with: python -m core train realism --images DIR --out FOLDER"


def reference_folder(name_or_path):
    """Folder of a shipped reference's name, or of a path to one. Raises PackError."""
    for folder in (REFERENCES / str(name_or_path), Path(name_or_path).expanduser()):
        if (folder / RECIPE).is_file():
            return folder
    known = ", ".join(sorted(path.parent.name for path in REFERENCES.glob(f"*/{RECIPE}"))) or "none is here"
    raise PackError(f"Unknown realism reference {str(name_or_path)!r}; choose from {known}, or give a folder with a {RECIPE}.")


def read_recipe(name_or_path):
    """The recipe of a reference as a dict. Raises PackError."""
    path = reference_folder(name_or_path) / RECIPE
    try:
        recipe = json.loads(path.read_text("utf-8"))
        recipe["sha256"], recipe["size"], recipe["encoder"]["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PackError(f"{path} is not a readable recipe ({error}). {ADVICE}") from error
    return recipe


def write_reference(folder, arrays, recipe):
    """Write both files, the recipe last, each atomically; returns the recipe with the file's hash and size."""
    data = safetensors.numpy.save(arrays)
    write_bytes(Path(folder) / FILE, data)
    complete = {**recipe, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    write_bytes(Path(folder) / RECIPE, (json.dumps(complete, indent=1, ensure_ascii=False) + "\n").encode())
    return complete


def open_reference(name_or_path, pack):
    """core.realism.Realism of a reference, with the held-out judge of `pack` as its encoder.

    Raises:
        PackError: unknown, altered, or fitted with the encoder of another pack.
    """
    from core.packs.manifest import weights_hash
    from core.realism import Realism

    folder, recipe = reference_folder(name_or_path), read_recipe(name_or_path)
    try:
        data = (folder / FILE).read_bytes()
    except OSError as error:
        raise PackError(f"{folder / FILE} cannot be read ({error.strerror}). {ADVICE}") from error
    if hashlib.sha256(data).hexdigest() != recipe["sha256"]:
        raise PackError(f"{folder / FILE} was altered: its SHA-256 is another. {ADVICE}")
    if weights_hash(pack.manifest["models"]["heldout"]) != recipe["encoder"]["sha256"]:
        raise PackError(
            f"The realism reference {folder.name!r} was fitted with another held-out judge than the one of pack {pack.name!r}. {ADVICE}"
        )
    return Realism(safetensors.numpy.load(data), pack.image_features)
