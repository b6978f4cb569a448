"""Realism for packs that bring no reference of their own: the shipped one, of natural photographs."""

import numpy as np
from PIL import Image

from core.references import PHOTOGRAPHS, open_reference


class PhotographRealism:
    """core.realism.Realism of the shipped reference, for pictures of any size.

    Its encoder is the held-out judge of the pack that it was fitted with; no painter of another pack climbs that one.

    Args:
        fitted_with: ModelPack of the reference's encoder. PackError is raised if it is another.

    Attributes:
        reference, size (height, width): of the reference; encoder: the core.judge.Judge that K looks through.
    """

    def __init__(self, fitted_with):
        self._realism = open_reference(PHOTOGRAPHS, fitted_with)
        self.reference, self.size = self._realism.reference, self._realism.size
        self.features, self.encoder = self._realism.features, fitted_with.heldout

    def score(self, image):
        """uint8 H×W×3 → core.realism.Reading of it at the reference's size (bicubic, antialiased)."""
        if image.shape[:2] != self.size:
            image = np.asarray(Image.fromarray(image).resize(self.size[::-1], Image.Resampling.BICUBIC))
        return self._realism.score(image)
