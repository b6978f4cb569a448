"""Realism for packs that bring no reference of their own: the shipped one, of natural photographs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.measures.realism import Realism, RealismResult
from core.measures.references import PHOTOGRAPHS, open_reference
from core.packs.realism_encoder import encoder_record

if TYPE_CHECKING:
    from pathlib import Path

    from core.packs.pack import ModelPack


def open_for_pack(name_or_path: str | Path, pack: ModelPack) -> Realism:
    """A realism reference with the encoder of `pack`'s own realism.

    Raises:
        PackError: the reference is unknown, altered, or was fitted with the encoder of another pack.
    """
    return open_reference(name_or_path, pack.image_features, encoder_record(pack.manifest)["sha256"])


class PhotographRealism:
    """core.measures.realism.Realism of the shipped reference, for pictures of any size.

    Its encoder is that of the pack that it was fitted with (see core.packs.realism_encoder); no painter of
    another pack climbs that one.

    Args:
        fitted_with: of the reference's encoder. PackError is raised if it is another.

    Attributes:
        reference, size (height, width): of the reference; encoder: what K looks through, a
        core.models.eyes.Eyes or a core.models.judge.Judge.
    """

    def __init__(self, fitted_with: ModelPack) -> None:
        self._realism = open_for_pack(PHOTOGRAPHS, fitted_with)
        self.reference, self.size = self._realism.reference, self._realism.size
        self.features, self.encoder = self._realism.features, fitted_with.encoder

    def score(self, image: np.ndarray) -> RealismResult:
        """What realism says of uint8 H×W×3 at the reference's size (bicubic, antialiased)."""
        return self.scores([image])[0]

    def scores(self, images: Sequence[np.ndarray]) -> list[RealismResult]:
        """`score` of several pictures in one pass of the encoder."""
        return self._realism.scores([self._resized(image) for image in images])

    def _resized(self, image: np.ndarray) -> np.ndarray:
        if image.shape[:2] == self.size:
            return image
        height, width = self.size
        return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC))
