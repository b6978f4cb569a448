"""Which renderings each network learns from: a set of its own, with seeds of its own.

Rendering number k of set number n is drawn with the seed n · 2³² + k, so no two sets share a seed. Seeds
below 2³² are left out: the first edition's pictures had those.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from core.world.grammar import COLOURS, RELATIONS, SUBJECTS, sample_scene

if TYPE_CHECKING:
    from core.world.grammar import Scene

SPAN = 2**32  # seeds to a set
PAIRS = 0.25  # share of scenes with two subjects in the ordinary world


@dataclass(frozen=True)
class World:
    """One set of renderings.

    Args:
        number: of the set, from 1.
        count: how many renderings the whole recipe makes of it on a GPU.
        pairs: share of scenes with two subjects.
        narrow: spread of the composition (see `core.world.renderer.arrange`) and share of pairs in every
            second shard, since shapes are learned sooner when they vary less; None: ordinary throughout.
        wrong: number of wrong captions to every right one, each with one word changed; see
            `core.training.captions`.
    """

    number: int
    count: int
    pairs: float = PAIRS
    narrow: tuple[float, float] | None = None
    wrong: int = 0

    def seeds(self, shard: int, size: int) -> range:
        """Seeds of the renderings of one shard of `size`."""
        return range(self.number * SPAN + shard * size, self.number * SPAN + (shard + 1) * size)

    def drawn(self, pictures: int) -> list[int]:
        """[first, last] of the seeds of a number of renderings."""
        return [self.number * SPAN, self.number * SPAN + pictures - 1]

    def spread(self, shard: int) -> float:
        return self.narrow[0] if self.narrow and shard % 2 else 1.0

    def scenes(self, shard: int, size: int) -> list[Scene]:
        """The scenes of one shard, drawn from (number of the set, shard) alone."""
        rng = np.random.default_rng([self.number, shard])
        pairs = self.narrow[1] if self.narrow and shard % 2 else self.pairs
        return [draw_scene(rng, pairs) for _ in range(size)]


# Autoencoder and denoiser share a set: they are one painter. Every other network has pictures that no other
# saw. Realism is fitted to "reference" and calibrated on "calibration"; "test" is for figures alone.
WORLDS = {
    "painters": World(1, 120_000, narrow=(0.35, 0.10)),
    "judge": World(2, 60_000, pairs=0.4, wrong=2),
    "heldout": World(3, 60_000, pairs=0.4, wrong=2),
    "robust": World(4, 20_000),
    "eyes": World(5, 20_000),
    "referee": World(6, 40_000, pairs=0.4),
    "test": World(7, 1000),
    "calibration": World(8, 1000),
    "reference": World(9, 1000),
}


# stage of the recipe → the set that it learns from
SETS = {
    "judge": "judge",
    "heldout": "heldout",
    "vqgan": "painters",
    "decoder": "painters",
    "denoiser": "painters",
    "robust": "robust",
    "eyes": "eyes",
    "referee": "referee",
}

MEASURES = ("test", "calibration", "reference")  # sets that no network learns from


def draw_scene(rng: np.random.Generator, pairs: float) -> Scene:
    """A scene drawn with numpy's Generator `rng`, with two subjects in the share `pairs` of all cases."""
    scene = sample_scene(rng)
    if rng.random() >= pairs:
        return replace(scene, relation="", second="", second_colour="")
    if scene.relation:
        return scene

    def other(words: Iterable[str], taken: str = "") -> str:
        return str(rng.choice([word for word in words if word != taken]))

    return replace(
        scene,
        relation=other(RELATIONS),
        second=other(SUBJECTS, scene.subject),
        second_colour=other(COLOURS, scene.colour),
    )
