"""What the page Realism shows: measured here, since the server has no encoder, and kept in the pack.

Figures go into one JSON file, pictures into one WebP strip for each ladder and one for the blind spots.
"""

import json

import numpy as np

from core.bench import instrument
from core.bench.blind import BLIND_SPOTS
from core.bench.corruptions import LADDERS
from core.bench.shown import COMMAND, FIGURES, FOLDER
from core.images import encode_webp, write_bytes

REAL = 600  # pictures in the distributions
DAMAGED = 60  # pictures on every level of a ladder, and for every blind spot
BINS = 25  # of .04


def make(lab):
    """Measure everything and write it into the pack; returns the folder."""
    folder, realism = lab.pack.folder / FOLDER, lab.pack.realism
    lab.tell("real pictures …")
    readings = lab.readings(lab.pictures(REAL))
    scores = np.array([reading.realism for reading in readings])
    pictures = lab.pictures(DAMAGED)
    # The picture that stands for all: the one of median realism, neither the best nor the worst.
    example = int(np.argsort(scores[:DAMAGED])[DAMAGED // 2])
    figures = {
        "command": f"{COMMAND} --seed {lab.seed}",
        "seed": lab.seed,
        "pack_hash": lab.pack.hash,
        "real": {name: _distribution([getattr(reading, name) for reading in readings]) for name in ("realism", "statistics", "manifold")},
        "pictures": {"real": REAL, "damaged": DAMAGED},
        "example": {"caption": lab.captions(DAMAGED)[example], "realism": float(scores[example])},
        "ladders": {},
        "blind": {},
    }
    for name in LADDERS:
        lab.tell(f"{name} …")
        figures["ladders"][name], strip = _ladder(realism, pictures, name, example, lab.rng(f"page {name}"))
        write_bytes(folder / f"{name.replace(' ', '-')}.webp", encode_webp(strip, 85))
    lab.tell("blind spots …")
    figures["blind"], strip = _blind_spots(realism, pictures, example, lab.rng("page blind"))
    write_bytes(folder / "blind.webp", encode_webp(strip, 85))
    write_bytes(folder / FIGURES, (json.dumps(figures, indent=1, ensure_ascii=False) + "\n").encode())
    return folder


def _distribution(values):
    """Counts in BINS equal parts of 0 … 1, percentiles, and the share of .5 or more."""
    percentiles = {f"p{q}": round(float(np.percentile(values, q)), 4) for q in (5, 50, 95)}
    counts = np.histogram(values, BINS, (0, 1))[0].tolist()
    return {"counts": counts, **percentiles, "half": round(float(np.mean(np.array(values) >= 0.5)), 4)}


def _ladder(realism, pictures, name, example, rng):
    """(figures, strip of the example picture): undamaged, then on every level; Spearman of the levels alone."""
    unit, levels, damage = LADDERS[name]
    tiles, shown, rows = [], [], []
    for level in (None, *levels):
        damaged = [picture if level is None else damage(picture, level, rng) for picture in pictures]
        scores = instrument.score_all(realism, damaged)
        tiles.append(damaged[example])
        shown.append(round(float(scores[example]), 4))
        middle = {"mean": scores.mean(), "p25": np.percentile(scores, 25), "p75": np.percentile(scores, 75)}
        rows.append({key: round(float(value), 4) for key, value in middle.items()})
    spearman = round(instrument.falling([row["mean"] for row in rows[1:]]), 3)
    return {"unit": unit, "levels": levels, "rows": rows, "spearman": spearman, "shown": shown}, np.concatenate(tiles, axis=1)


def _blind_spots(realism, pictures, example, rng):
    """(name → figures, strip of the example picture changed in every way)."""
    figures, tiles = {}, []
    for name, (text, wrong, change) in BLIND_SPOTS.items():
        changed = [change(picture, pictures[i - 1], rng) for i, picture in enumerate(pictures)]
        readings = [realism.score(picture) for picture in changed]
        medians = {part: round(float(np.median([getattr(r, part) for r in readings])), 4) for part in ("realism", "statistics", "manifold")}
        accepted = round(float(np.mean([r.realism >= 0.5 for r in readings])), 4)
        figures[name] = {"text": text, "wrong": wrong, **medians, "accepted": accepted, "shown": round(readings[example].realism, 4)}
        tiles.append(changed[example])
    return figures, np.concatenate(tiles, axis=1)
