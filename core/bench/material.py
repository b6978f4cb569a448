"""What the checks of the realism proxy share: the pack, freshly rendered real pictures, generators."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from core.base.errors import UserError
from core.bench.drawing import REALISM_SEEDS
from core.measures.realism import Realism
from core.world.grammar import Scene, caption, sample_scene
from core.world.renderer import render

if TYPE_CHECKING:
    from core.packs.pack import ModelPack


def check_world(pack: ModelPack) -> None:
    """Raise UserError unless the pack's world is the miniature one, which the benchmarks can render."""
    if pack.manifest["reference"] is None:
        raise UserError(
            "This benchmark compares with real pictures of the miniature world, and nobody has measured any "
            f"for model pack {pack.name!r}. Choose a pack that was trained on it, such as --pack miniature."
        )


class RealismTest:
    """A pack under test and real pictures that no model and no calibration has seen.

    Args:
        pack: one of the miniature world.
        seed: of every drawing.
        photographs: folder of natural photographs, or None.
        tell: called with a line of progress.

    Raises:
        UserError: the pack's world is another.
    """

    def __init__(
        self,
        pack: ModelPack,
        seed: int = 0,
        photographs: Path | None = None,
        tell: Callable[[str], object] = lambda text: None,
    ) -> None:
        check_world(pack)
        self.pack = pack
        self.seed = seed
        self.photographs = photographs
        self.tell = tell
        self.scenes: list[Scene] = []
        self._pictures: list[np.ndarray] = []
        self._drawing = self.rng("scenes")

    @property
    def realism(self) -> Realism:
        """The proxy under test: fitted to the pack's own world, since `check_world` has been passed."""
        return cast(Realism, self.pack.realism)

    def rng(self, name: str) -> np.random.Generator:
        """A generator of its own for each purpose, so that one check does not move another."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    def pictures(self, count: int) -> np.ndarray:
        """The first `count` fresh pictures at the pack's size, uint8 n×H×W×3; rendered once."""
        first, end = REALISM_SEEDS
        while len(self._pictures) < count:
            scene = sample_scene(self._drawing)
            self.scenes.append(scene)
            seed = int(first + self._drawing.integers(end - first))
            self._pictures.append(render(scene, seed, self.pack.size))
        return np.stack(self._pictures[:count])

    def captions(self, count: int) -> list[str]:
        """Prompts that belong to the first `count` pictures."""
        self.pictures(count)
        return [caption(scene) for scene in self.scenes[:count]]
