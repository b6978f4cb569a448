"""`python -m core train pictures`: a folder of captioned pictures as training data. NumPy and Pillow only.

Captions stand in `name.txt` beside `name.jpg`, one per line, or in tables at the top of the folder (see
core.training.caption_tables): `captions.csv`, `captions.jsonl`, or the hub's `metadata.csv` and
`metadata.jsonl`. A picture may have several.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from core.base.errors import OutputError, PictureError, UserError
from core.base.files import write_bytes
from core.base.uploads import read_own_file
from core.training.caption_tables import captions_in_tables, lines_of, read_text
from core.training.data import SHARD
from core.training.folder import pictures_in

SIZE = 128  # px: what the recipes of core.training are made for
FEWEST = 100  # pictures: 20 to test, 20 to calibrate realism on, the rest to learn from; thousands are wanted
SOURCE = "source.json"
SPLITS = ("train", "test", "calibration")
HOW = "Write them into a .txt beside each picture, or into captions.csv with the head file,caption"
Captions = dict[Path, tuple[str, ...]]


def captioned_pictures(folder: str | Path, size: int) -> Captions:
    """The pictures of a folder with what is said of them.

    Returns:
        path → its captions, sorted by path; pictures with a side below `size` px are left out.

    Raises:
        UserError: no such folder, too few pictures, a picture without a caption, a table that cannot be read.
    """
    folder = Path(folder).expanduser()
    paths = pictures_in(folder, size)
    in_tables = captions_in_tables(folder)
    found = {path: _captions_of(path, in_tables) for path in paths}
    _check_captions(found, folder)
    _check_enough(len(found), folder, size)
    return found


def _captions_of(path: Path, in_tables: dict[Path, list[str]]) -> tuple[str, ...]:
    """What the text beside a picture and the tables say of it, each once, white space folded."""
    beside = path.with_suffix(".txt")
    lines = lines_of(read_text(beside)) if beside.is_file() else []
    folded = (" ".join(line.split()) for line in [*lines, *in_tables.get(path.resolve(), ())])
    return tuple(dict.fromkeys(filter(None, folded)))


def _check_captions(found: Captions, folder: Path) -> None:
    without = [path for path, captions in found.items() if not captions]
    if len(without) == len(found) and found:
        raise UserError(f"None of the {len(found)} pictures in {folder} has a caption. {HOW}.")
    if without:
        named = without[0].relative_to(folder)
        some = f"{len(without)} of {len(found)} pictures in {folder} have no caption, such as {named}"
        raise UserError(f"{some}. {HOW}, or take them out.")


def _check_enough(count: int, folder: Path, size: int) -> None:
    if count < FEWEST:
        wanted = f"{FEWEST} are the fewest to learn from, and thousands are wanted. Add pictures."
        raise UserError(f"{folder} holds {count} pictures of at least {size}×{size} px; {wanted}")


def square(path: Path, size: int) -> np.ndarray:
    """The middle square of a picture, reduced to uint8 size×size×3 (bicubic, antialiased)."""
    picture = Image.fromarray(read_own_file(path))
    side = min(picture.size)
    left, top = ((length - side) // 2 for length in picture.size)
    box = (left, top, left + side, top + side)
    return np.array(picture.resize((size, size), Image.Resampling.BICUBIC, box))


def divide(paths: Sequence[Path], folder: Path) -> dict[str, list[Path]]:
    """Split → its paths.

    By the order of their names' hashes: 20 or a tenth to test, as many to calibrate, the rest to train.
    """

    def digest(path: Path) -> bytes:
        return hashlib.sha256(str(path.relative_to(folder)).encode("utf-8", "surrogateescape")).digest()

    ordered = sorted(paths, key=digest)
    held = max(FEWEST // 5, min(1000, len(ordered) // 10))
    return {"test": ordered[:held], "calibration": ordered[held : 2 * held], "train": ordered[2 * held :]}


def import_pictures(
    images: str | Path, work: str | Path, data: str | Path, tell: Callable[[str], object] = print
) -> dict[str, int]:
    """Write the pictures of a folder as core.training.data's shards, with their captions beside them.

    A picture that cannot be read is named and left out.

    Args:
        images: the folder.
        work: where checkpoints will lie.
        data: where the shards go.

    Raises:
        UserError: as in `captioned_pictures`. OutputError: `work` holds another training.
    """
    data = Path(data)
    folder = Path(images).expanduser()
    found = captioned_pictures(folder, SIZE)
    rendered = any((data / split).exists() for split in SPLITS) and not (data / SOURCE).is_file()
    if any(Path(work).glob("*.pt")) or rendered:
        raise OutputError(f"{work} holds a training on other pictures. Choose another folder with --work.")
    parts = divide(list(found), folder)
    counts = {split: 0 for split in SPLITS}
    for split in SPLITS:
        shutil.rmtree(data / split, ignore_errors=True)
        (data / split).mkdir(parents=True)
        for start in range(0, len(parts[split]), SHARD):
            squares = _readable_squares(parts[split][start : start + SHARD], folder, tell)
            if squares:
                _write_shard(data / split / f"{start // SHARD:04d}.npy", squares, found)
            counts[split] += len(squares)
    total = sum(counts.values())
    _check_enough(total, folder, SIZE)
    source = {"images": str(folder), "pictures": counts}
    write_bytes(data / SOURCE, json.dumps(source).encode())
    left_out = f", {len(found) - total} left out" if total < len(found) else ""
    tell(f"{total} pictures with {sum(map(len, found.values()))} captions in {data}: {counts}{left_out}")
    return counts


def _readable_squares(
    paths: Sequence[Path], folder: Path, tell: Callable[[str], object]
) -> dict[Path, np.ndarray]:
    """Path → its middle square; what cannot be read is named instead."""
    squares = {}
    for path in paths:
        try:
            squares[path] = square(path, SIZE)
        except (PictureError, OSError, MemoryError) as error:
            tell(f"Left out {path.relative_to(folder)}: {error}")
    return squares


def _write_shard(file: Path, squares: dict[Path, np.ndarray], found: Captions) -> None:
    captions = json.dumps([{"captions": found[path]} for path in squares])
    write_bytes(file.with_suffix(".json"), captions.encode())
    np.save(file, np.stack(list(squares.values())))
