"""Real pictures from any folder, cut to one square size. NumPy and Pillow only."""

import hashlib
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from core.errors import UserError
from core.images import read_image

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
PARTS = {"reference": 0.5, "calibration": 0.75, "test": 1.0}  # a picture's number in 0 … 1 lies below the first that fits
ZOOM = 0.7  # a crop's side: this share of the picture's shorter side, up to all of it


def pictures_in(folder, size):
    """Paths of the pictures below `folder` whose sides have at least `size` px, sorted by name.

    Raises:
        UserError: no such folder.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}. Give a folder of pictures with --images.")
    return [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES and _shorter_side(path) >= size]


def _shorter_side(path):
    try:
        with Image.open(path) as picture:
            return min(picture.size)
    except (OSError, ValueError, SyntaxError):
        return 0  # not a picture after all


def part_of(path, seed=0):
    """Which of PARTS a picture belongs to; decided by its name alone, so adding pictures moves no other."""
    digest = hashlib.sha256(f"{seed}/{Path(path).name}".encode()).digest()
    number = int.from_bytes(digest[:8], "big") / 2**64
    return next(part for part, bound in PARTS.items() if number < bound)


def split(paths, seed=0):
    """Part → its paths. No picture is in two parts."""
    parts = {part: [] for part in PARTS}
    for path in paths:
        parts[part_of(path, seed)].append(path)
    return parts


def crops(paths, size, each, seed=0):
    """`each` random square crops of every picture, one picture's after another: uint8 size×size×3.

    A crop's side is drawn between ZOOM and all of the shorter side, never below `size`, and reduced to
    `size` (bicubic, antialiased): nothing is enlarged. A picture's crops depend on its name and `seed` alone.
    """
    for path in paths:
        picture = Image.fromarray(read_image(path))
        rng = np.random.default_rng([seed, zlib.crc32(path.name.encode())])
        shorter = min(picture.size)
        for _ in range(each):
            side = max(size, round(shorter * rng.uniform(ZOOM, 1)))
            left, top = (int(rng.integers(0, length - side + 1)) for length in picture.size)
            box = (left, top, left + side, top + side)
            yield np.array(picture.resize((size, size), Image.Resampling.BICUBIC, box))
