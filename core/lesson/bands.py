"""Where real pictures lie on the signs of failure: measured by a command, kept beside this file. No SciPy: the server reads it."""

import json
from pathlib import Path

FOLDER = Path(__file__).parent
COMMAND = "python -m core lesson signs"


def file(pack):
    """Where the bands of a pack (its name in the manifest) are kept."""
    return FOLDER / f"signs-{pack}.json"


def read(pack):
    """What `core.lesson.signs.bands` measured for a pack, with "size", "pack_hash" and "command"; None if nobody did."""
    path = file(pack)
    return json.loads(path.read_text("utf-8")) if path.is_file() else None
