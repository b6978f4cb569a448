"""Painters of the tiny pack."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.base.settings import painter_settings
from core.packs.pack import ModelPack
from core.painters.classes import PAINTER_CLASSES
from core.painters.painter import Painter

PROMPT = "a red fox in snow"
MakePainter = Callable[..., Painter]


@pytest.fixture
def make(tiny_pack: ModelPack) -> MakePainter:
    """make(name, settings as a dict, seed=0, extras=0): a painter that paints PROMPT."""
    target = tiny_pack.judge.encode(PROMPT)

    def make(
        name: str, values: dict[str, Any], seed: int = 0, extras: int = 0, start: np.ndarray | None = None
    ) -> Painter:
        settings = painter_settings(name, values)
        return PAINTER_CLASSES[name](tiny_pack.painter_models(name), target, settings, seed, extras, start)

    return make


def pictures_of(painter: Painter) -> np.ndarray:
    """All pictures of a painter, uint8 frames×H×W×3."""
    return np.stack([frame.image for frame in painter.frames()])
