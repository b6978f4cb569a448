"""`python -m core train pictures`: a folder of captioned pictures as training data. NumPy and Pillow only.

Captions stand in `name.txt` beside `name.jpg`, one per line, or in `captions.csv` (with the head `file,caption`) or
`captions.jsonl` ({"file": …, "caption": …} per line) at the top of the folder; a picture may have several.
"""

import csv
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from core.errors import OutputError, UserError
from core.images import read_image, write_bytes
from core.training.data import SHARD, SPLITS
from core.training.folder import pictures_in

SIZE = 128  # px: what the recipes of core.training are made for
FEWEST = 100  # pictures: 20 to test, 20 to calibrate realism on, the rest to learn from; thousands are wanted
TABLES = ("captions.csv", "captions.jsonl")
SOURCE = "source.json"
HOW = "Write them into a .txt beside each picture, or into captions.csv with the head file,caption"


def captioned_pictures(folder, size):
    """The pictures of a folder with what is said of them.

    Returns:
        path → its captions, sorted by path; pictures with a side below `size` px are left out.

    Raises:
        UserError: no such folder, too few pictures, a picture without a caption, a table that cannot be read.
    """
    folder = Path(folder).expanduser()
    paths, said = pictures_in(folder, size), {}
    tables = [path for name in TABLES if (path := folder / name).is_file()]
    for path in tables:
        for number, (file, caption) in enumerate(_rows(path), start=1):
            if not (isinstance(file, str) and isinstance(caption, str) and file.strip()):
                raise UserError(f"{path}, row {number}, names no file and caption. Give it both, as text.")
            said.setdefault((folder / file.strip()).resolve(), []).append(caption)
    found = {}
    for path in paths:
        beside = path.with_suffix(".txt")
        lines = _text(beside).splitlines() if beside.is_file() else []
        folded = (" ".join(line.split()) for line in [*lines, *said.get(path.resolve(), ())])
        found[path] = tuple(dict.fromkeys(filter(None, folded)))
    without = [path for path, captions in found.items() if not captions]
    if len(without) == len(found) and found:
        raise UserError(f"None of the {len(found)} pictures in {folder} has a caption. {HOW}.")
    if without:
        named = without[0].relative_to(folder)
        raise UserError(f"{len(without)} of {len(found)} pictures in {folder} have no caption, such as {named}. {HOW}, or take them out.")
    if len(found) < FEWEST:
        raise UserError(
            f"{folder} holds {len(found)} pictures of at least {size}×{size} px; {FEWEST} are the fewest to learn from, "
            "and thousands are wanted. Add pictures."
        )
    return found


def _rows(path):
    """(file, caption) of every row of a table; None where it has none."""
    text = _text(path)
    if path.suffix == ".csv":
        table = csv.DictReader(text.splitlines())
        try:
            names, rows = table.fieldnames or (), [(row.get("file"), row.get("caption")) for row in table]
        except csv.Error as error:
            raise UserError(f"{path} is not readable ({error}). Write a table of two columns, file and caption.") from error
        if not {"file", "caption"} <= set(names):
            raise UserError(f"{path} begins with {','.join(names) or 'nothing'}; its first line must be file,caption.")
        return rows
    try:
        rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise UserError(f"{path} is not readable ({error}). Write one JSON object with file and caption per line.") from error
    return [(row.get("file"), row.get("caption")) if isinstance(row, dict) else (None, None) for row in rows]


def _text(path):
    try:
        return path.read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}). Save it as UTF-8 text.") from error


def square(path, size):
    """The middle square of a picture, reduced to uint8 size×size×3 (bicubic, antialiased)."""
    picture = Image.fromarray(read_image(path))
    side = min(picture.size)
    left, top = ((length - side) // 2 for length in picture.size)
    return np.array(picture.resize((size, size), Image.Resampling.BICUBIC, (left, top, left + side, top + side)))


def divide(paths, folder):
    """Split → its paths. By the order of their names' hashes: 20 or a tenth to test, as many to calibrate, the rest to train."""
    ordered = sorted(paths, key=lambda path: hashlib.sha256(str(path.relative_to(folder)).encode()).digest())
    held = max(FEWEST // 5, min(1000, len(ordered) // 10))
    return {"test": ordered[:held], "calibration": ordered[held : 2 * held], "train": ordered[2 * held :]}


def import_pictures(images, work, data, tell=print):
    """Write the pictures of a folder as core.training.data's shards, with their captions beside them.

    Args:
        images: the folder. work: where checkpoints will lie. data: where the shards go.

    Raises:
        UserError: as in `captioned_pictures`. OutputError: `work` holds another training.
    """
    data, folder = Path(data), Path(images).expanduser()
    found = captioned_pictures(folder, SIZE)
    if any(Path(work).glob("*.pt")) or (any((data / split).exists() for split in SPLITS) and not (data / SOURCE).is_file()):
        raise OutputError(f"{work} holds a training on other pictures. Choose another folder with --work.")
    parts = divide(list(found), folder)
    for split in SPLITS:
        shutil.rmtree(data / split, ignore_errors=True)
        (data / split).mkdir(parents=True)
        for index in range(0, len(parts[split]), SHARD):
            paths = parts[split][index : index + SHARD]
            shard = data / split / f"{index // SHARD:04d}.npy"
            write_bytes(shard.with_suffix(".json"), json.dumps([{"captions": found[path]} for path in paths]).encode())
            np.save(shard, np.stack([square(path, SIZE) for path in paths]))
    counts = {split: len(paths) for split, paths in parts.items()}
    write_bytes(data / SOURCE, json.dumps({"images": str(folder), "pictures": counts}).encode())
    tell(f"{len(found)} pictures with {sum(map(len, found.values()))} captions in {data}: {counts}")
    return counts
