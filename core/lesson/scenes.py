"""Photographs of the miniature world for the judge to rank: one sheet and what is on it. The renderer waits until it is asked for.

Eight scenes that the pack's examples describe, each among near misses: another colour, subject, ground or time.
"""

import functools
import hashlib
import json
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from core.errors import StoreError, UserError
from core.images import encode_webp, read_image, write_bytes
from core.world.grammar import Scene, caption

FOLDER = Path(__file__).parent
SHEET, LIST = "scenes.webp", "scenes.json"
COMMAND = "python -m core lesson scenes"
SIZE, COLUMNS = 128, 6
QUALITY = 90
SEEDS = 2**42  # above every seed that a model was trained, calibrated or tested on
# Three in a row: what one of the pack's examples describes, and near misses. Colour, subject, ground, time, weather.
SCENES = tuple(
    Scene(subject, colour, *rest)
    for colour, subject, *rest in map(
        str.split,
        (
            *("red fox snow day", "blue fox snow day", "red rabbit snow day"),
            *("red fox grass day", "red fox snow night", "white fox snow sunset"),
            *("yellow duck water sunset", "white duck water sunset", "yellow boat water day"),
            *("blue car sand day", "red car sand day", "blue house sand sunset"),
            *("white rabbit grass day", "black rabbit grass day", "white bear grass day"),
            *("purple rocket stone night", "purple tower stone night", "white rocket stone day"),
            *("green elephant grass day fog", "orange elephant grass day", "green tree snow day"),
            *("orange house snow night", "black boat water sunset", "green ball sand sunset"),
        ),
    )
)


@dataclass(frozen=True)
class Shipped:
    """What `make` wrote.

    Args:
        captions: of every scene, in the order of the sheet, row by row.
        columns, rows: of the sheet.
        digest: 16 hex digits that change with any byte of it.
    """

    captions: tuple
    columns: int
    rows: int
    digest: str


@functools.cache
def shipped():
    """The scenes that come with the program. Raises StoreError if they are missing or damaged."""
    try:
        described, sheet = json.loads((FOLDER / LIST).read_text("utf-8")), (FOLDER / SHEET).read_bytes()
        captions, columns = tuple(described["captions"]), int(described["columns"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"The scenes in {FOLDER} cannot be read ({error}). Make them again with: {COMMAND}") from error
    return Shipped(captions, columns, -(-len(captions) // columns), hashlib.sha256(sheet).hexdigest()[:16])


def pictures():
    """The shipped scenes as uint8 n×SIZE×SIZE×3, in the order of their captions. Raises StoreError."""
    known = shipped()
    try:
        sheet = read_image(FOLDER / SHEET)
        tiles = sheet.reshape(known.rows, SIZE, known.columns, SIZE, 3).swapaxes(1, 2)  # rows, columns, SIZE, SIZE, 3
    except (UserError, ValueError) as error:
        raise StoreError(f"{FOLDER / SHEET} cannot be read ({error}). Make it again with: {COMMAND}") from error
    return tiles.reshape(-1, SIZE, SIZE, 3)[: len(known.captions)]


def make(folder=FOLDER, scenes=SCENES):
    """Render the scenes and write sheet and list; returns the sheet's path. Raises OutputError."""
    from core.world.renderer import render

    rows = -(-len(scenes) // COLUMNS)
    sheet = np.full((rows * SIZE, COLUMNS * SIZE, 3), 128, np.uint8)
    for number, scene in enumerate(scenes):
        top, left = (SIZE * place for place in divmod(number, COLUMNS))
        sheet[top : top + SIZE, left : left + SIZE] = render(scene, SEEDS + number, SIZE)
    described = {
        "command": COMMAND,
        "columns": COLUMNS,
        "captions": [caption(scene) for scene in scenes],
        "scenes": [astuple(scene) for scene in scenes],
    }
    write_bytes(Path(folder) / SHEET, encode_webp(sheet, QUALITY))
    write_bytes(Path(folder) / LIST, (json.dumps(described, indent=1, ensure_ascii=False) + "\n").encode())
    return Path(folder) / SHEET
