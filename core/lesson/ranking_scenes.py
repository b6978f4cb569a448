"""Renderings of the miniature world for the judge to rank: one sheet, and what is on it.

Eight scenes that the pack's examples describe, each among near misses: another colour, subject, ground or
time. The renderer is imported only to make the sheet again.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from core.base.errors import StoreError, UserError
from core.base.files import write_bytes
from core.base.images import encode_webp, read_image
from core.world.grammar import Scene, caption

FOLDER = Path(__file__).parent
SHEET_FILE = "scenes.webp"
CAPTIONS_FILE = "scenes.json"
COMMAND = "python -m core lesson scenes"
SIZE = 128
COLUMNS = 6
QUALITY = 90
FIRST_SEED = 2**42  # above every seed that a model was trained, calibrated or tested on


def _scene(words: str) -> Scene:
    """A scene in words: colour, subject, ground, time and, if any, weather."""
    colour, subject, *rest = words.split()
    return Scene(subject, colour, *rest)


# Three in a row: what one of the pack's examples describes, and two near misses.
SCENES = tuple(
    _scene(words)
    for words in (
        *("red fox snow day", "blue fox snow day", "red rabbit snow day"),
        *("red fox grass day", "red fox snow night", "white fox snow sunset"),
        *("yellow duck water sunset", "white duck water sunset", "yellow boat water day"),
        *("blue car sand day", "red car sand day", "blue house sand sunset"),
        *("white rabbit grass day", "black rabbit grass day", "white bear grass day"),
        *("purple rocket stone night", "purple tower stone night", "white rocket stone day"),
        *("green elephant grass day fog", "orange elephant grass day", "green tree snow day"),
        *("orange house snow night", "black boat water sunset", "green ball sand sunset"),
    )
)


@dataclass(frozen=True)
class SceneSheet:
    """The sheet that comes with the program.

    Args:
        captions: of every scene, in the order of the sheet, row by row.
        columns, rows: of the sheet.
        digest: 16 hexadecimal digits that change with any byte of it.
    """

    captions: tuple[str, ...]
    columns: int
    rows: int
    digest: str


@functools.cache
def shipped_scenes() -> SceneSheet:
    """The scenes that come with the program. Raises StoreError if they are missing or damaged."""
    try:
        described = json.loads((FOLDER / CAPTIONS_FILE).read_text("utf-8"))
        sheet = (FOLDER / SHEET_FILE).read_bytes()
        captions = tuple(described["captions"])
        columns = int(described["columns"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"The scenes in {FOLDER} cannot be read ({error}). Make them again with: {COMMAND}"
        ) from error
    digest = hashlib.sha256(sheet).hexdigest()[:16]
    return SceneSheet(captions, columns, -(-len(captions) // columns), digest)


def scene_pictures() -> np.ndarray:
    """The shipped scenes as uint8 n×SIZE×SIZE×3, in the order of their captions. Raises StoreError."""
    known = shipped_scenes()
    try:
        sheet = read_image(FOLDER / SHEET_FILE)
        tiles = sheet.reshape(known.rows, SIZE, known.columns, SIZE, 3).swapaxes(
            1, 2
        )  # rows, columns, SIZE, SIZE, 3
    except (UserError, ValueError) as error:
        raise StoreError(
            f"{FOLDER / SHEET_FILE} cannot be read ({error}). Make it again with: {COMMAND}"
        ) from error
    return tiles.reshape(-1, SIZE, SIZE, 3)[: len(known.captions)]


def make_scene_sheet(folder: Path = FOLDER, scenes: Sequence[Scene] = SCENES) -> Path:
    """Render the scenes and write sheet and list; returns the sheet's path. Raises OutputError."""
    from core.world.renderer import render

    rows = -(-len(scenes) // COLUMNS)
    sheet = np.full((rows * SIZE, COLUMNS * SIZE, 3), 128, np.uint8)
    for number, scene in enumerate(scenes):
        row, column = divmod(number, COLUMNS)
        place = sheet[row * SIZE : (row + 1) * SIZE, column * SIZE : (column + 1) * SIZE]
        place[:] = render(scene, FIRST_SEED + number, SIZE)
    described = {
        "command": COMMAND,
        "columns": COLUMNS,
        "captions": [caption(scene) for scene in scenes],
        "scenes": [astuple(scene) for scene in scenes],
    }
    write_bytes(folder / SHEET_FILE, encode_webp(sheet, QUALITY))
    write_bytes(folder / CAPTIONS_FILE, (json.dumps(described, indent=1, ensure_ascii=False) + "\n").encode())
    return folder / SHEET_FILE
