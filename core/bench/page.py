"""What the page Realism shows: measured here, since the server has no encoder, and kept in the pack.

Figures go into one JSON file, pictures into one WebP strip for each ladder and one for the blind spots.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.base.files import write_bytes
from core.base.images import encode_webp
from core.bench import instrument
from core.bench.blind_spots import BLIND_SPOTS
from core.bench.corruptions import LADDERS
from core.bench.material import RealismTest
from core.bench.page_data import PAGE_COMMAND, PAGE_FILE, PAGE_FOLDER
from core.measures.realism import Realism

REAL_COUNT = 600  # pictures in the distributions
DAMAGED_COUNT = 60  # pictures on every level of a ladder, and for every blind spot
BINS = 25  # of .04
PARTS = ("realism", "statistics", "manifold")
QUALITY = 85  # of the strips


def make_realism_page(test: RealismTest) -> Path:
    """Measure everything and write it into the pack; returns the folder."""
    folder = test.pack.folder / PAGE_FOLDER
    realism = test.realism
    test.tell("real pictures …")
    results = [realism.score(picture) for picture in test.pictures(REAL_COUNT)]
    scores = np.array([result.realism for result in results])
    pictures = test.pictures(DAMAGED_COUNT)
    # The picture that stands for all: the one of median realism, neither the best nor the worst.
    example = int(np.argsort(scores[:DAMAGED_COUNT])[DAMAGED_COUNT // 2])
    figures: dict[str, Any] = {
        "command": f"{PAGE_COMMAND} --seed {test.seed}",
        "seed": test.seed,
        "pack_hash": test.pack.hash,
        "real": {part: _distribution([getattr(result, part) for result in results]) for part in PARTS},
        "pictures": {"real": REAL_COUNT, "damaged": DAMAGED_COUNT},
        "example": {"caption": test.captions(DAMAGED_COUNT)[example], "realism": float(scores[example])},
        "ladders": {},
        "blind": {},
    }
    for name in LADDERS:
        test.tell(f"{name} …")
        rng = test.rng(f"page {name}")
        figures["ladders"][name], strip = _ladder(realism, pictures, name, example, rng)
        write_bytes(folder / f"{name.replace(' ', '-')}.webp", encode_webp(strip, QUALITY))
    test.tell("blind spots …")
    figures["blind"], strip = _blind_spots(realism, pictures, example, test.rng("page blind"))
    write_bytes(folder / "blind.webp", encode_webp(strip, QUALITY))
    text = json.dumps(figures, indent=1, ensure_ascii=False) + "\n"
    write_bytes(folder / PAGE_FILE, text.encode())
    return folder


def _distribution(values: Sequence[float]) -> dict[str, Any]:
    """Counts in BINS equal parts of 0 … 1, percentiles, and the share of .5 or more."""
    percentiles = {f"p{q}": _rounded(np.percentile(values, q)) for q in (5, 50, 95)}
    counts = np.histogram(values, BINS, (0, 1))[0].tolist()
    return {"counts": counts, **percentiles, "half": _rounded(np.mean(np.array(values) >= 0.5))}


def _rounded(value: Any) -> float:
    return round(float(value), 4)


def _ladder(
    realism: Realism, pictures: np.ndarray, name: str, example: int, rng: np.random.Generator
) -> tuple[dict[str, Any], np.ndarray]:
    """(figures, strip of the example picture): undamaged, then every level; Spearman of the levels alone."""
    unit, levels, damage = LADDERS[name]
    tiles = []
    shown = []
    rows = []
    for level in (None, *levels):
        damaged = [picture if level is None else damage(picture, level, rng) for picture in pictures]
        scores = instrument.score_all(realism, damaged)
        tiles.append(damaged[example])
        shown.append(_rounded(scores[example]))
        quarters = {f"p{q}": _rounded(np.percentile(scores, q)) for q in (25, 75)}
        rows.append({"mean": _rounded(scores.mean()), **quarters})
    spearman = round(instrument.falling([row["mean"] for row in rows[1:]]), 3)
    figures = {"unit": unit, "levels": levels, "rows": rows, "spearman": spearman, "shown": shown}
    return figures, np.concatenate(tiles, axis=1)


def _blind_spots(
    realism: Realism, pictures: np.ndarray, example: int, rng: np.random.Generator
) -> tuple[dict[str, Any], np.ndarray]:
    """(name → figures, strip of the example picture changed in every way)."""
    figures = {}
    tiles = []
    for name, spot in BLIND_SPOTS.items():
        changed = [spot.change(picture, pictures[i - 1], rng) for i, picture in enumerate(pictures)]
        results = [realism.score(picture) for picture in changed]
        medians = {part: _rounded(np.median([getattr(result, part) for result in results])) for part in PARTS}
        figures[name] = {
            "text": spot.text,
            "wrong": spot.wrong,
            **medians,
            "accepted": _rounded(np.mean([result.realism >= 0.5 for result in results])),
            "shown": _rounded(results[example].realism),
        }
        tiles.append(changed[example])
    return figures, np.concatenate(tiles, axis=1)
