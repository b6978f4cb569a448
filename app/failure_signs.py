"""The signs of cheating in frames of raw ascent, and where real pictures lie on them. No streamlit."""

import functools
from pathlib import Path
from typing import Any

from app import resources
from core.base.errors import PackError
from core.base.images import read_image
from core.lesson.sign_bands import read_bands


def sign_bands(pack: str) -> dict[str, Any] | None:
    """Where a pack's real pictures lie on the signs, or None. pack: name or folder."""
    try:
        manifest = resources.manifest(pack)
    except PackError:
        return None
    bands = read_bands(manifest["name"])
    return bands if bands and bands["size"] == manifest["size"] else None


@functools.lru_cache(maxsize=4096)
def signs_of_frame(path: Path, pack: str) -> dict[str, Any]:
    """The signs of one frame as the page shows them; a frame's file never changes. Raises UserError."""
    from core.lesson import failure_signs  # brings SciPy, which the pages do without

    return failure_signs.signs_for_page(read_image(path), sign_bands(pack))
