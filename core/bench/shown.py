"""Where a pack keeps what the page Realism shows, and how it is read. No torch: the server uses it."""

import json

from core.errors import PackError
from core.packs.manifest import pack_folder

FOLDER, FIGURES = "realism", "figures.json"
COMMAND = "python -m core bench realism --page"


def read_shown(pack):
    """(figures, folder of the pictures) of a pack, or None if nothing was made for it.

    Args:
        pack: name or folder.

    Raises:
        PackError: unknown pack, or figures that cannot be read.
    """
    folder = pack_folder(pack) / FOLDER
    if not (folder / FIGURES).is_file():
        return None
    try:
        return json.loads((folder / FIGURES).read_text("utf-8")), folder
    except (OSError, ValueError) as error:
        raise PackError(f"{folder / FIGURES} cannot be read ({error}). Make it again with: {COMMAND}") from error
