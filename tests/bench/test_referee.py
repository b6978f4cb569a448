"""The referee names what renderings it has never seen show, and its pictures are nobody else's."""

import numpy as np

from core.bench.referee import MEASURED, named
from core.training.worlds import WORLDS
from core.world.renderer import render


def test_it_names_what_unseen_renderings_show():
    test = WORLDS["test"]
    scenes = [scene for scene in test.scenes(0, 60) if not scene.relation][:24]
    pictures = np.stack([render(scene, seed) for scene, seed in zip(scenes, test.seeds(0, 24), strict=True)])
    pairs = list(zip(named(pictures), scenes, strict=True))
    right = {}
    for facet in MEASURED:
        right[facet] = np.mean([found[facet] == getattr(scene, facet) for found, scene in pairs])
    assert right["subject"] >= 0.95 and right["colour"] >= 0.95 and min(right.values()) >= 0.9


def test_it_does_not_name_noise_as_the_scene():
    noise = np.random.default_rng(0).integers(0, 256, (26, 128, 128, 3), np.uint8)
    assert len({found["subject"] for found in named(noise)}) < 13


def test_no_set_shares_a_seed_with_another():
    seeds = [world.seeds(0, world.count) for world in WORLDS.values()]
    spans = sorted((drawn[0], drawn[-1]) for drawn in seeds)
    assert all(before[1] < after[0] for before, after in zip(spans, spans[1:], strict=False))
