"""Where a pack keeps what the page Realism shows, and how it is read. No torch: the server uses it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.base.errors import PackError
from core.packs.manifest import pack_folder

PAGE_FOLDER = "realism"
PAGE_FILE = "figures.json"
PAGE_COMMAND = "python -m core bench realism --page"


def read_realism_page(pack: str | Path) -> tuple[dict[str, Any], Path] | None:
    """(figures, folder of the pictures) of a pack, or None if nothing was made for it.

    Args:
        pack: name or folder.

    Raises:
        PackError: unknown pack, or figures that cannot be read.
    """
    folder = pack_folder(pack) / PAGE_FOLDER
    file = folder / PAGE_FILE
    if not file.is_file():
        return None
    try:
        return json.loads(file.read_text("utf-8")), folder
    except (OSError, ValueError) as error:
        raise PackError(f"{file} cannot be read ({error}). Make it again with: {PAGE_COMMAND}") from error
