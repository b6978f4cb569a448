"""A folder that keeps every finished painting of `bench story`, so that a rerun goes on where one ended.

about.json says what the figures belong to, figures.jsonl has one line for each picture, frames/ its last
frame. A picture is written before its line, so a line that is there has its picture.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.base.errors import OutputError
from core.base.files import cannot_write, write_bytes
from core.base.images import write_png

ABOUT, FIGURES, FRAMES = "about.json", "figures.jsonl", "frames"
# What figures belong to → what an error calls it.
NAMES = {
    "pack_hash": "model pack",
    "painting_revision": "code that paints",
    "measuring_revision": "code that measures",
    "seed": "seed of the prompts",
    "steps": "number of steps",
}


def picture_key(*parts: Any) -> str:
    """16 hexadecimal digits that name a picture by everything that determines it (JSON-ready)."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


class StoryFolder:
    """The finished pictures of a story.

    Args:
        path: the folder, made if it is not there; None keeps the figures in memory, and no pictures.
        about: what the figures belong to, by the names in NAMES and others.

    Raises:
        OutputError: the folder holds figures of something else, or cannot be written.
    """

    def __init__(self, path: Path | None, about: Mapping[str, Any]) -> None:
        self.path = path
        self.rows: dict[str, dict[str, Any]] = {}
        if path is None:
            return
        if (path / ABOUT).is_file():
            _check_same(path, json.loads((path / ABOUT).read_text("utf-8")), about)
        else:
            write_bytes(path / ABOUT, json.dumps(dict(about), indent=1).encode())
        self._read(path / FIGURES)

    def _read(self, file: Path) -> None:
        """Take over what is there; half a line at the end, from a power cut, is painted again."""
        lines = file.read_text("utf-8").splitlines(keepends=True) if file.is_file() else []
        if lines and not lines[-1].endswith("\n"):
            write_bytes(file, "".join(lines[:-1]).encode())
            lines.pop()
        for line in lines:
            row = json.loads(line)
            self.rows[row["picture"]] = row

    def add(self, key: str, row: Mapping[str, Any], image: np.ndarray) -> None:
        """Keep a finished picture, uint8 H×W×3, and its figures. Raises OutputError."""
        self.rows[key] = {"picture": key, **row}
        if self.path is None:
            return
        write_png(self.path / FRAMES / f"{key}.png", image)
        try:
            with open(self.path / FIGURES, "a", encoding="utf-8") as file:
                file.write(json.dumps(self.rows[key]) + "\n")
        except OSError as error:
            raise cannot_write(self.path / FIGURES, error) from error


def _check_same(path: Path, kept: Mapping[str, Any], about: Mapping[str, Any]) -> None:
    for name, words in NAMES.items():
        if kept.get(name) != about.get(name):
            raise OutputError(
                f"The folder {path} holds figures of another {words} ({kept.get(name)}, now "
                f"{about.get(name)}); they cannot be mixed. Name an empty folder with --out."
            )
