"""What the checks of the realism proxy share: the pack, freshly rendered real pictures, seeds."""

import zlib

import numpy as np

from core.errors import UserError
from core.world.grammar import caption, sample_scene
from core.world.renderer import render

FRESH = 2**41  # training draws its seeds below 2**31, `bench story` below 2**41


def check_world(pack):
    """Raise UserError unless real pictures of the pack's world were measured: the benchmarks photograph the miniature one."""
    if pack.manifest["reference"] is None:
        raise UserError(
            f"This benchmark compares with photographs of the miniature world, and nobody has measured any for model pack {pack.name!r}. "
            "Choose a pack that was trained on it, such as --pack miniature."
        )


class Lab:
    """A pack under test and real pictures that no model and no calibration has seen.

    Args:
        pack: core.packs.pack.ModelPack of the miniature world.
        seed: of every drawing.
        photographs: folder of natural photographs, or None.
        tell: called with a line of progress.

    Raises:
        UserError: the pack's world is another.
    """

    def __init__(self, pack, seed=0, photographs=None, tell=lambda text: None):
        check_world(pack)
        self.pack, self.seed, self.photographs, self.tell = pack, seed, photographs, tell
        self.scenes, self._pictures = [], []
        self._drawing = self.rng("scenes")

    def rng(self, name):
        """A generator of its own for each purpose, so that one check does not move another."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    def pictures(self, count):
        """The first `count` fresh pictures at the pack's size, uint8 n×H×W×3; rendered once."""
        while len(self._pictures) < count:
            scene = sample_scene(self._drawing)
            self.scenes.append(scene)
            self._pictures.append(render(scene, int(FRESH + self._drawing.integers(2**40)), self.pack.size))
        return np.stack(self._pictures[:count])

    def captions(self, count):
        """Prompts that belong to the first `count` pictures."""
        self.pictures(count)
        return [caption(scene) for scene in self.scenes[:count]]

    def readings(self, pictures):
        """core.realism.Reading of every picture."""
        return [self.pack.realism.score(picture) for picture in pictures]
