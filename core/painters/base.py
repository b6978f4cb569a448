"""What the painters share: the constructor, and how a step becomes a Frame. No mathematics."""

from abc import ABC, abstractmethod

import torch

from core.cutouts import sheet
from core.frame import Frame
from core.images import to_uint8
from core.models.painter_models import PainterModels
from core.painters.pull import pull
from core.settings import optimised_proxy

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
        extras: also show gradient maps, cutouts and the like in `Frame.extras`, at the first, every n-th and the
            last step; 0 never. They cost time, not draws: the pictures stay the same.
    """

    name: str

    def __init__(self, models, target, settings, seed, extras=0):
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

    def pull(self, image, generator):
        """Which way the judge would move a picture 1×3×H×W in [0, 1], and the cutouts it saw: see `core.painters.pull`."""
        settings = self.settings
        also = self.gaming if optimised_proxy(settings) else None
        return pull(self.models.judge, image, self.target, settings.cutouts, generator, settings.at_once, also)

    def gaming(self, image):
        """What the gaming lab adds to the judge's loss for 1×3×H×W in [0, 1]."""
        return self.settings.proxy_weight * self.models.proxy(image)

    def shows(self, step):
        """Whether extras are wanted at this step: 1 … steps."""
        return bool(self.extras) and (step % self.extras == 0 or step in (1, self.settings.steps))

    def views(self, step, gradient, crops):
        """Extras common to all: where the judge pulls, and what it saw. {} unless wanted at this step.

        Args:
            gradient: of the loss in the picture, 1×3×H×W.
            crops: what the judge was shown, B×3×S×S.
        """
        if not self.shows(step):
            return {}
        # 3 standard deviations fill the range; the sign is that of the change the judge asks for
        shown = {"gradient": 0.5 - gradient / (6 * gradient.std() + 1e-12)}
        if len(crops) > 1:  # one is the whole picture, the frame before
            shown["cutouts"] = sheet(crops.detach())
        return shown
