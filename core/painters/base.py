"""What the painters share: the constructor, and how a step becomes a Frame. No mathematics."""

from abc import ABC, abstractmethod

import torch

from core.cutouts import sheet
from core.frame import Frame
from core.images import to_uint8
from core.models.painter_models import PainterModels

__all__ = ["Painter", "PainterModels"]


class Painter(ABC):
    """Iterates frames of one picture being painted; to stop it, stop iterating.

    No I/O, no threads, no global state: everything random comes from one generator per call of
    `frames()`, so the same arguments give the same bytes, whatever else draws random numbers.
    Between two frames no gradient mode is left switched for the consumer.

    Args:
        models: PainterModels.
        target: `core.judge.Target` of the same judge.
        settings: the painter's settings from `core.settings`.
        seed: whole number.
        extras: also show gradient maps, cutouts and the like in `Frame.extras`.
    """

    name: str

    def __init__(self, models, target, settings, seed, extras=False):
        self.models = models
        self.target = target
        self.settings = settings
        self.seed = seed
        self.extras = extras

    @abstractmethod
    def frames(self):
        """Iterator of Frame: step 0 is the start, the last one has step == total."""

    def generator(self):
        """A fresh CPU generator of the seed: the same draws on every device."""
        return torch.Generator().manual_seed(self.seed)

    def frame(self, step, image, evaluations, extras=None):
        """One Frame; images are 1×3×H×W in [0, 1]."""
        shown = {name: to_uint8(picture) for name, picture in (extras or {}).items()}
        return Frame(self.name, step, self.settings.steps, to_uint8(image), shown, evaluations)

    def views(self, gradient, crops):
        """Extras common to all: where the judge pulls, and what it saw. {} unless asked for.

        Args:
            gradient: of the loss in the picture, 1×3×H×W.
            crops: what the judge was shown, B×3×S×S.
        """
        if not self.extras:
            return {}
        # 3 standard deviations fill the range; the sign is that of the change the judge asks for
        shown = {"gradient": 0.5 - gradient / (6 * gradient.std() + 1e-12)}
        if len(crops) > 1:
            shown["cutouts"] = sheet(crops.detach())
        return shown
