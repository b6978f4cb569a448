"""Where real pictures lie on the signs of failure: measured by a command, kept beside this file.

No SciPy, since the server reads it.
"""

import json
from pathlib import Path

FOLDER = Path(__file__).parent
COMMAND = "python -m core lesson signs"


def bands_file(pack: str) -> Path:
    """Where the bands of a pack (its name in the manifest) are kept."""
    return FOLDER / f"signs-{pack}.json"


def read_bands(pack: str) -> dict | None:
    """What `failure_signs.sign_bands` measured for a pack, and with which command; None if nobody did."""
    path = bands_file(pack)
    return json.loads(path.read_text("utf-8")) if path.is_file() else None
