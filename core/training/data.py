"""Photographs for training: rendered once to disk in shards, then held in memory as uint8.

A shard holds SHARD pictures and their scenes and depends only on (seed, split, index), so rendering
can stop and go on at any time, and two machines render the same pictures.
"""

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple
from pathlib import Path

import numpy as np
from tqdm import tqdm

from core.training.texts import Captioned
from core.world.grammar import Scene, sample_scene

SHARD = 250
SPLITS = {"train": 0, "test": 1, "calibration": 2}


def render_shard(folder, split, index, seed=0, size=128):
    """Render one shard unless it is there already; written under a temporary name, then renamed."""
    from core.world.renderer import render

    path = Path(folder) / split / f"{index:04d}.npy"
    if path.exists():
        return path
    rng = np.random.default_rng([seed, SPLITS[split], index])
    scenes = [sample_scene(rng) for _ in range(SHARD)]
    seeds = rng.integers(0, 2**31, SHARD)
    pictures = np.stack([render(scene, int(s), size) for scene, s in zip(scenes, seeds)])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".json").write_text(json.dumps([astuple(scene) for scene in scenes]))
    temporary = path.with_suffix(".writing")
    with temporary.open("wb") as file:
        np.save(file, pictures)
    temporary.rename(path)
    return path


def render_split(folder, split, count, seed=0, size=128, workers=2):
    """Render at least `count` pictures of a split, in parallel, with progress."""
    shards = -(-count // SHARD)
    with ProcessPoolExecutor(workers) as pool:
        jobs = [pool.submit(render_shard, folder, split, i, seed, size) for i in range(shards)]
        for job in tqdm(jobs, desc=f"rendering {split}", unit="shard"):
            job.result()


def load_split(folder, split, start=0, stop=None):
    """Shards start … stop of a split → (uint8 n×H×W×3, list of Scene or Captioned). Raises FileNotFoundError if there is none."""
    paths = sorted((Path(folder) / split).glob("*.npy"))[start:stop]
    if not paths:
        raise FileNotFoundError(
            f"No pictures in {folder}/{split}; run: python -m core train world --data {folder} "
            "(or, for pictures of your own, python -m core train pictures)"
        )
    pictures = np.concatenate([np.load(path) for path in paths])
    said = [line for path in paths for line in json.loads(path.with_suffix(".json").read_text())]
    return pictures, [Captioned(tuple(line["captions"])) if isinstance(line, dict) else Scene(*line) for line in said]
