"""What `bench story` measured for the pack: the shipped figures and sheets of last frames, read. No torch.

`python -m core lesson story` writes them from the folder of a bench. A sheet holds the last frames of one
condition side by side, in the order of its prompts.
"""

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from core.base.images import read_image
from core.lesson.story_setups import REAL
from core.measures.judge_gap import to_shared_scale

FOLDER = Path(__file__).parent / "story"
FILE = "story.json"
JUDGES = ("score", "heldout")
MEASURES = (*JUDGES, "realism")
COLUMNS = ("prompt", "seed", *MEASURES)


class StoryRow(NamedTuple):
    """One last picture: the number of its prompt, its seed, judges on the shared scale, realism."""

    prompt: int
    seed: int
    score: float
    heldout: float
    realism: float


@dataclass(frozen=True)
class Story:
    """The figures of a story.

    Args:
        prompts: in the order in which they were drawn.
        cell_prompts: numbers of those that every cell was painted for.
        rows: condition ("setup/painter"), or "real" → its pictures.
        pack_hash: of the pack that painted. seed: drew the prompts.
        cosines: the same rows with the judges' cosines.
    """

    prompts: tuple[str, ...]
    cell_prompts: tuple[int, ...]
    rows: Mapping[str, tuple[StoryRow, ...]]
    pack_hash: str
    seed: int
    cosines: Mapping[str, tuple[StoryRow, ...]]

    def by_prompt(self, condition: str, measure: str) -> dict[int, float]:
        """Number of a prompt → mean over its seeds."""
        found: dict[int, list[float]] = {}
        for row in self.rows.get(condition, ()):
            found.setdefault(row.prompt, []).append(getattr(row, measure))
        return {prompt: float(np.mean(values)) for prompt, values in found.items()}

    def in_cells(self, condition: str, measure: str) -> dict[int, float]:
        """The same of the cells' prompts alone, with the first seed alone; of real pictures with all."""
        if condition == REAL:
            means = self.by_prompt(condition, measure)
            return {prompt: means[prompt] for prompt in self.cell_prompts}
        own = {row.prompt: getattr(row, measure) for row in self.rows[condition] if row.seed == 0}
        return {prompt: own[prompt] for prompt in self.cell_prompts}

    def runs(self, condition: str) -> int:
        """How many pictures a condition has."""
        return len(self.rows.get(condition, ()))


@functools.cache
def read_story(folder: Path = FOLDER) -> Story | None:
    """The story that is shipped, or None."""
    if not (folder / FILE).is_file():
        return None
    return story_from(json.loads((folder / FILE).read_text("utf-8")))


def story_from(data: Mapping[str, Any]) -> Story:
    """A story from the contents of its file."""
    cosines = {name: tuple(StoryRow(*row) for row in rows) for name, rows in data["rows"].items()}
    rows = {name: tuple(_shared(own, data["scale"])) for name, own in cosines.items()}
    return Story(
        tuple(data["prompts"]), tuple(data["cell_prompts"]), rows, data["pack_hash"], data["seed"], cosines
    )


def _shared(rows: tuple[StoryRow, ...], scale: Mapping[str, Mapping[str, float]]) -> Iterator[StoryRow]:
    for row in rows:
        yield row._replace(**{name: to_shared_scale(getattr(row, name), scale[name]) for name in JUDGES})


def sheet_file(condition: str, folder: Path = FOLDER) -> Path:
    """Where the last frames of a condition lie side by side."""
    return folder / f"{condition.replace('/', '-')}.webp"


@functools.lru_cache(maxsize=64)
def sheet_pictures(condition: str, folder: Path = FOLDER) -> tuple[np.ndarray, ...]:
    """The last frames on a condition's sheet, uint8 side×side×3 each; none without a sheet."""
    file = sheet_file(condition, folder)
    if not file.is_file():
        return ()
    sheet = read_image(file)
    side = len(sheet)
    return tuple(sheet[:, left : left + side] for left in range(0, sheet.shape[1], side))
