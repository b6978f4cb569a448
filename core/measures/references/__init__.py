"""Realism references that stand alone: statistics of a folder of real pictures, without the pictures.

A folder holds `reference.safetensors` (arrays of `core.measures.reference_fitting.fit_reference`) and
`reference.json`: the recipe, where the pictures came from, what was measured, and whose encoder K was
fitted with.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors.numpy

from core.base.errors import PackError
from core.base.files import write_bytes

if TYPE_CHECKING:
    from core.measures.realism import Encoder, Realism

REFERENCE_FILE, RECIPE_FILE = "reference.safetensors", "reference.json"
REFERENCES = Path(__file__).parent
PHOTOGRAPHS = "photographs"  # the shipped one: 300 photographs, fitted with the miniature's encoder for K
REMAKE_ADVICE = "Make it again with: python -m core train realism --images DIR --out FOLDER"


def reference_folder(name_or_path: str | Path) -> Path:
    """Folder of a shipped reference's name, or of a path to one. Raises PackError."""
    for folder in (REFERENCES / str(name_or_path), Path(name_or_path).expanduser()):
        if (folder / RECIPE_FILE).is_file():
            return folder
    known = sorted(path.parent.name for path in REFERENCES.glob(f"*/{RECIPE_FILE}"))
    raise PackError(
        f"Unknown realism reference {str(name_or_path)!r}; choose from {', '.join(known) or 'none is here'}, "
        f"or give a folder with a {RECIPE_FILE}."
    )


def read_recipe(name_or_path: str | Path) -> dict[str, Any]:
    """The recipe of a reference. Raises PackError."""
    path = reference_folder(name_or_path) / RECIPE_FILE
    try:
        recipe = json.loads(path.read_text("utf-8"))
        recipe["sha256"], recipe["size"], recipe["encoder"]["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PackError(f"{path} is not a readable recipe ({error}). {REMAKE_ADVICE}") from error
    return recipe


@lru_cache(maxsize=1)
def photograph_band() -> dict[str, float]:
    """Realism of natural photographs that the shipped reference was not made from: p5, p50 and p95."""
    figures = read_recipe(PHOTOGRAPHS)["figures"]
    return {name: figures[name] for name in ("p5", "p50", "p95")}


def write_reference(
    folder: str | Path, arrays: Mapping[str, np.ndarray], recipe: Mapping[str, Any]
) -> dict[str, Any]:
    """Write both files, the recipe last, each atomically; returns the recipe with the file's hash."""
    data = safetensors.numpy.save(dict(arrays))
    write_bytes(Path(folder) / REFERENCE_FILE, data)
    complete = {**recipe, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    text = json.dumps(complete, indent=1, ensure_ascii=False) + "\n"
    write_bytes(Path(folder) / RECIPE_FILE, text.encode())
    return complete


def open_reference(name_or_path: str | Path, features: Encoder, encoder_hash: str) -> Realism:
    """Realism measured against a reference.

    Args:
        features: the image encoder that K was fitted with.
        encoder_hash: SHA-256 of that network's weights.

    Raises:
        PackError: the reference is unknown, altered, or was fitted with another encoder.
    """
    from core.measures.realism import Realism  # late: SciPy takes time, and reading a recipe needs none

    folder, recipe = reference_folder(name_or_path), read_recipe(name_or_path)
    try:
        data = (folder / REFERENCE_FILE).read_bytes()
    except OSError as error:
        raise PackError(
            f"{folder / REFERENCE_FILE} cannot be read ({error.strerror}). {REMAKE_ADVICE}"
        ) from error
    if hashlib.sha256(data).hexdigest() != recipe["sha256"]:
        raise PackError(f"{folder / REFERENCE_FILE} was altered: its SHA-256 is another. {REMAKE_ADVICE}")
    if encoder_hash != recipe["encoder"]["sha256"]:
        raise PackError(
            f"The realism reference {folder.name!r} was fitted with another encoder "
            f"({recipe['encoder']['sha256'][:12]}…) than yours ({encoder_hash[:12]}…). {REMAKE_ADVICE}"
        )
    return Realism(safetensors.numpy.load(data), features)
