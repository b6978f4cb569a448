"""Tables of captions as people have them: CSV and JSON lines, also as data sets of the hub are laid out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.base.errors import UserError

# What the hub's ImageFolder reads (metadata.*) is read as it is.
TABLES = ("captions.csv", "captions.jsonl", "metadata.csv", "metadata.jsonl")
FILE_COLUMNS = ("file", "file_name", "image", "image_path")
CAPTION_COLUMNS = ("caption", "text")
ACCEPTED = f"its columns must be one of {', '.join(FILE_COLUMNS)} and one of {', '.join(CAPTION_COLUMNS)}"


def captions_in_tables(folder: Path) -> dict[Path, list[str]]:
    """Resolved path of a picture → what the tables at the top of a folder say of it.

    Raises:
        UserError: a table that cannot be read, or a row that names no file and caption.
    """
    captions: dict[Path, list[str]] = {}
    for table in (folder / name for name in TABLES):
        if not table.is_file():
            continue
        for number, (file, caption) in enumerate(_rows(table), start=1):
            if not (isinstance(file, str) and isinstance(caption, str) and file.strip()):
                raise UserError(f"{table}, row {number}, names no file and caption. Give it both, as text.")
            captions.setdefault(_resolved(folder, file.strip()), []).append(caption)
    return captions


def _resolved(folder: Path, name: str) -> Path:
    """A picture that a table names; a backslash is a separator unless there is a file of that very name."""
    path = folder / name
    return (path if path.exists() else folder / name.replace("\\", "/")).resolve()


def read_text(path: Path) -> str:
    """A text file. Raises UserError."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return file.read()
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}). Save it as UTF-8 text.") from error


def lines_of(text: str) -> list[str]:
    """Lines as a text editor shows them: characters such as U+2028 and U+0085 end none."""
    return text.replace("\r\n", "\n").split("\n")


def _rows(path: Path) -> Iterator[tuple[Any, Any]]:
    """(file, caption) of every row of a table; None where it has none."""
    rows = _csv_rows(path) if path.suffix == ".csv" else _json_rows(path)
    for row in rows:
        yield _first_of(row, FILE_COLUMNS), _first_of(row, CAPTION_COLUMNS)


def _first_of(row: dict[str, Any], columns: tuple[str, ...]) -> Any:
    return next((row[column] for column in columns if column in row), None)


def _csv_rows(path: Path) -> list[dict[str, Any]]:
    table = csv.DictReader(io.StringIO(read_text(path), newline=""))
    try:
        names = set(table.fieldnames or ())
        rows = list(table)
    except csv.Error as error:
        advice = "Write a table of two columns, file and caption."
        raise UserError(f"{path} is not readable ({error}). {advice}") from error
    if not (names & set(FILE_COLUMNS) and names & set(CAPTION_COLUMNS)):
        first = ",".join(table.fieldnames or ()) or "nothing"
        raise UserError(f"{path} begins with {first}; {ACCEPTED}, such as file,caption.")
    return rows


def _json_rows(path: Path) -> list[dict[str, Any]]:
    try:
        rows = [json.loads(line) for line in lines_of(read_text(path)) if line.strip()]
    except ValueError as error:
        advice = "Write one JSON object with file and caption per line."
        raise UserError(f"{path} is not readable ({error}). {advice}") from error
    return [row if isinstance(row, dict) else {} for row in rows]
