"""From the folder of a `bench story` to what the lesson ships: figures and sheets of last frames."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.base.errors import OutputError
from core.base.files import write_bytes
from core.base.images import encode_webp, read_image
from core.base.request import RunRequest
from core.base.terms import JUDGE_ONLY
from core.bench.story import Figures
from core.bench.story_folder import ABOUT, FIGURES, FRAMES, picture_key
from core.lesson.story_data import COLUMNS, FILE, JUDGES, MEASURES, sheet_file
from core.lesson.story_setups import CELLS, REAL, SETUPS

QUALITY = 70  # of the sheets
Run = tuple[int, int]  # number of the prompt, seed


class FinishedStory:
    """The finished runs in the folder of a bench.

    Raises:
        OutputError: there is none, or too little was painted to ship.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / FIGURES).is_file():
            raise OutputError(f"The folder {folder} holds no story. Paint one: python -m core bench story.")
        self.folder = folder
        self.about = json.loads((folder / ABOUT).read_text("utf-8"))
        if self.about["steps"] is not None:
            raise OutputError(f"The story in {folder} was painted with --steps; paint one without.")
        lines = (folder / FIGURES).read_text("utf-8").splitlines(keepends=True)
        self.pictures = {row["picture"]: row for row in map(json.loads, filter(_is_whole, lines))}
        real = [row["prompt"] for row in self.pictures.values() if row["painter"] == REAL]
        self.prompts = list(dict.fromkeys(real))
        self.runs = {name: self._finished(name) for name in SETUPS}
        self.terms = self._all_of(name for name, setup in SETUPS.items() if setup.is_terms)
        # A cell counts if all others of its prompt are there too.
        self.cells = {n for n, seed in self._all_of(SETUPS) if seed == 0}
        if not self.cells:
            raise OutputError(f"No prompt of the story in {folder} is finished; run the same command again.")

    def _finished(self, setup: str) -> dict[Run, dict[str, Figures]]:
        """(prompt, seed) → painter → its picture's figures, of runs that are complete."""
        seeds: list[int] = sorted({row["seed"] for row in self.pictures.values() if row["painter"] != REAL})
        found: dict[Run, dict[str, Figures]] = {}
        for number, prompt in enumerate(self.prompts):
            for seed in seeds:
                keys = dict(_keys(setup, prompt, seed))
                if all(key in self.pictures for key in keys.values()):
                    own = {painter: self.pictures[key] for painter, key in keys.items()}
                    found[number, seed] = own
        return found

    def _all_of(self, setups: Iterable[str]) -> set[Run]:
        return set.intersection(*(set(self.runs[name]) for name in setups))

    def rows(self) -> dict[str, list[Figures]]:
        """Condition, or "real" → figures with "prompt" as its number."""
        shipped = sorted({number for number, _ in self.terms})
        found: dict[str, list[Figures]] = {}
        for name, setup in SETUPS.items():
            wanted = self.terms if setup.is_terms else {(number, 0) for number in self.cells}
            for run in sorted(wanted):
                for painter, row in self.runs[name][run].items():
                    found.setdefault(f"{name}/{painter}", []).append({**row, "prompt": run[0]})
        numbers = {prompt: number for number, prompt in enumerate(self.prompts)}
        real = [row for row in self.pictures.values() if row["painter"] == REAL]
        numbered = [{**row, "prompt": numbers[row["prompt"]]} for row in real]
        return {**found, REAL: [row for row in numbered if row["prompt"] in shipped]}


def write_story(folder: Path, out: Path) -> list[Path]:
    """Write figures and sheets of what is finished in the folder of a bench. Returns what was written.

    Raises:
        OutputError: nothing is finished, or `out` cannot be written.
    """
    story = FinishedStory(folder)
    rows = story.rows()
    write_bytes(out / FILE, _file_text(story, rows).encode())
    written = [out / FILE]
    for condition, own in _sheets(rows, story.cells):
        frames = [read_image(folder / FRAMES / f"{row['picture']}.png") for row in own]
        written.append(sheet_file(condition, out))
        write_bytes(written[-1], encode_webp(np.concatenate(frames, axis=1), QUALITY))
    return written


def _sheets(rows: dict[str, list[Figures]], cells: set[int]) -> Iterator[tuple[str, list[Figures]]]:
    """Condition → the rows whose pictures are shown: each cell's, and the first of every prompt."""
    for condition in dict.fromkeys(cell.condition for cell in CELLS):
        yield condition, [row for row in rows[condition] if row["prompt"] in cells and row["seed"] == 0]
    for condition in (f"{JUDGE_ONLY}/{painter}" for painter in SETUPS[JUDGE_ONLY].settings):
        yield condition, [row for row in rows[condition] if row["seed"] == 0]
    yield REAL, [row for row in rows[REAL] if row["seed"] == 0]


def _file_text(story: FinishedStory, rows: dict[str, list[Figures]]) -> str:
    """One row a line, so that a change can be read."""
    about = {name: story.about[name] for name in ("pack", "pack_hash", "seed")}
    revisions = {name: story.about[name] for name in ("painting_revision", "measuring_revision")}
    ends = ("matched", "mismatched")
    scale = {name: {end: story.about["reference"][name][end] for end in ends} for name in JUDGES}
    count = 1 + max(number for number, _ in story.terms)
    data: dict[str, Any] = {
        **about,
        **revisions,
        "scale": scale,
        "prompts": story.prompts[:count],
        "cell_prompts": sorted(story.cells),
        "columns": COLUMNS,
    }
    lines = [f' "{name}": [\n  ' + ",\n  ".join(map(_row_text, own)) + "\n ]" for name, own in rows.items()]
    head = json.dumps(data, indent=1, ensure_ascii=False).removesuffix("\n}")
    return f'{head},\n "rows": {{\n' + ",\n".join(lines) + "\n }\n}\n"


def _row_text(row: Figures) -> str:
    return json.dumps([row["prompt"], row["seed"], *(round(row[name], 4) for name in MEASURES)])


def _keys(setup: str, prompt: str, seed: int) -> Iterator[tuple[str, str]]:
    """Painter and key of its picture in a run of a setup."""
    settings: dict[str, Any] = dict(SETUPS[setup].settings)
    data = RunRequest.make(prompt, seed, painters=tuple(settings), **settings).to_dict()
    for painter, own in data["settings"].items():
        yield painter, picture_key(painter, own, prompt, seed)


def _is_whole(line: str) -> bool:
    return line.endswith("\n")
