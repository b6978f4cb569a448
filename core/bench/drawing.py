"""What the benchmarks draw from the miniature world: distinct scenes, and seeds that no training has seen."""

from __future__ import annotations

import functools

import numpy as np

from core.world.grammar import Scene, every_scene, sample_scene

# Training draws the seeds of its renderings below 2**31. Each benchmark draws from a range of its own.
STORY_SEEDS = (2**40, 2**41)
REALISM_SEEDS = (2**41, 2**41 + 2**40)
PACK_SEEDS = (2**42, 2**43)


def distinct_scenes(rng: np.random.Generator, count: int) -> list[Scene]:
    """The first `count` different scenes that are drawn; fewer only if the world has no more."""
    scenes: dict[Scene, None] = {}
    most = min(count, _scene_count())
    for _ in range(1000 * count):
        if len(scenes) == most:
            break
        scenes.setdefault(sample_scene(rng))
    return list(scenes)


@functools.cache
def _scene_count() -> int:
    return len(every_scene())
