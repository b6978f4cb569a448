"""An invented story for the lesson's page: every condition has one figure, a little more for each prompt."""

import json
from pathlib import Path

import numpy as np

from core.base.files import write_bytes
from core.base.images import encode_webp
from core.lesson.story_data import FILE, MEASURES, sheet_file
from core.lesson.story_setups import REAL, SETUPS

# How much the prompts differ, by their number: nothing on average.
STEPS = (-0.02, 0.0, 0.02)
SCALE = {"matched": 1.0, "mismatched": 0.0}  # cosines are on the shared scale already
BASE = 0.5
MEANS = {"cutouts-1/pixels": 0.0}  # so that there is a distance to real pictures


def story_data(pack_hash: str = "invented", **figures: dict[str, float]) -> dict:
    """The contents of a story's file: 3 prompts × 2 seeds on the terms, the last 2 prompts in cells.

    Args:
        figures: measure → condition, or "real" → its mean; .5 where nothing is said.
    """
    rows = {}
    for name, setup in SETUPS.items():
        for painter in setup.settings:
            runs = [(n, s) for n in range(3) for s in range(2)] if setup.is_terms else [(1, 0), (2, 0)]
            rows[f"{name}/{painter}"] = [_row(f"{name}/{painter}", run, figures) for run in runs]
    rows[REAL] = [_row(REAL, (n, s), figures) for n in range(3) for s in range(2)]
    return {
        "pack_hash": pack_hash, "seed": 7, "scale": {"score": SCALE, "heldout": SCALE},
        "prompts": ["a red fox", "a blue *car*", "a green <b>duck</b>"], "cell_prompts": [1, 2], "rows": rows,
    }  # fmt: skip


def _row(condition: str, run: tuple[int, int], figures: dict) -> list:
    values = [
        figures.get(measure, {}).get(condition, MEANS.get(condition, BASE)) + STEPS[run[0]]
        for measure in MEASURES
    ]
    return [*run, *values]


def write_invented_story(folder: Path, data: dict) -> Path:
    """The same as files, with grey pictures of 8 × 8."""
    write_bytes(folder / FILE, json.dumps(data).encode())
    for condition, rows in data["rows"].items():
        count = len({row[0] for row in rows})
        write_bytes(sheet_file(condition, folder), encode_webp(np.full((8, 8 * count, 3), 90, np.uint8)))
    return folder
