"""Real pictures from any folder, cut to one square size. NumPy and Pillow only."""

from __future__ import annotations

import hashlib
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from core.base.errors import UserError
from core.base.uploads import read_own_file

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
# A picture's number in 0 … 1 puts it into the first part whose bound it lies below.
PARTS = {"reference": 0.5, "calibration": 0.75, "test": 1.0}
ZOOM = 0.7  # a crop's side: this share of the picture's shorter side, up to all of it


def pictures_in(folder: str | Path, size: int) -> list[Path]:
    """Paths of the pictures below `folder` whose sides have at least `size` px, sorted by name.

    Raises:
        UserError: no such folder.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}. Give a folder of pictures with --images.")
    pictures = (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES)
    return [path for path in pictures if _shorter_side(path) >= size]


def _shorter_side(path: Path) -> int:
    try:
        with Image.open(path) as picture:
            return min(picture.size)
    except Image.DecompressionBombError:
        return sys.maxsize  # whoever reads it says why it is refused
    except (OSError, ValueError, SyntaxError):
        return 0  # not a picture after all


def part_of(path: str | Path, seed: int = 0) -> str:
    """Which of PARTS a picture belongs to; decided by its name alone, so adding pictures moves no other."""
    digest = hashlib.sha256(f"{seed}/{Path(path).name}".encode()).digest()
    number = int.from_bytes(digest[:8], "big") / 2**64
    return next(part for part, bound in PARTS.items() if number < bound)


def split(paths: Sequence[Path], seed: int = 0) -> dict[str, list[Path]]:
    """Part → its paths. No picture is in two parts."""
    parts: dict[str, list[Path]] = {part: [] for part in PARTS}
    for path in paths:
        parts[part_of(path, seed)].append(path)
    return parts


def crops(paths: Sequence[Path], size: int, each: int, seed: int = 0) -> Iterator[np.ndarray]:
    """`each` random square crops of every picture, one picture's after another: uint8 size×size×3.

    A crop's side is drawn between ZOOM and all of the shorter side, never below `size`, and reduced to
    `size` (bicubic, antialiased): nothing is enlarged. A picture's crops depend on its name and `seed` alone.
    """
    for path in paths:
        picture = Image.fromarray(read_own_file(path))
        rng = np.random.default_rng([seed, zlib.crc32(path.name.encode())])
        shorter = min(picture.size)
        for _ in range(each):
            side = max(size, round(shorter * rng.uniform(ZOOM, 1)))
            left, top = (int(rng.integers(0, length - side + 1)) for length in picture.size)
            box = (left, top, left + side, top + side)
            yield np.array(picture.resize((size, size), Image.Resampling.BICUBIC, box))
