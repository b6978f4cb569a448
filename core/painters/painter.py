"""What the painters share: the constructor, and how a step becomes a Frame. No mathematics."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

from core.base.frame import Frame
from core.base.images import to_tensor, to_uint8
from core.base.settings import optimised_realism_parts
from core.models.judge import EncodedPair, EncodedPrompt
from core.models.painter_models import PainterModels
from core.painters.cutouts import tile_images
from core.painters.judge_gradient import picture_gradient


class Painter(ABC):
    """Iterates frames of one picture being painted; to stop it, stop iterating.

    No I/O, no threads, no global state: everything random comes from one generator per call of
    `frames()`, so the same arguments give the same bytes, whatever else draws random numbers.
    Between two frames no gradient mode is left switched for the consumer.

    Args:
        models: the frozen models it may hold.
        target: the prompt, encoded by the judge in `models`.
        settings: the painter's settings from `core.base.settings`.
        seed: whole number.
        extras: also show gradient maps, cutouts and the like in `Frame.extras`, at the first, every n-th
            and the last step; 0 never. They cost time, not draws: the pictures stay the same.
        start: the picture that the settings say to start from, uint8 size×size×3, or None.
    """

    name: str

    def __init__(
        self,
        models: PainterModels,
        target: EncodedPrompt | EncodedPair,
        settings: Any,
        seed: int,
        extras: int = 0,
        start: np.ndarray | None = None,
    ) -> None:
        self.models = models
        self.target = target
        self.settings = settings
        self.seed = seed
        self.extras = extras
        self.start = start

    @abstractmethod
    def frames(self) -> Iterator[Frame]:
        """Step 0 is the start, the last one has step == total."""

    def start_picture(self) -> torch.Tensor | None:
        """The picture to start from, float32 1×3×size×size in [0, 1] on the models' device, or None."""
        return None if self.start is None else to_tensor(self.start).to(self.models.device)

    def generator(self) -> torch.Generator:
        """A fresh CPU generator of the seed: the same draws on every device."""
        return torch.Generator().manual_seed(self.seed)

    def frame(
        self,
        step: int,
        image: torch.Tensor,
        evaluations: int,
        extras: Mapping[str, torch.Tensor] | None = None,
    ) -> Frame:
        """One Frame; pictures are 1×3×H×W in [0, 1]."""
        shown = {name: to_uint8(picture) for name, picture in (extras or {}).items()}
        return Frame(self.name, step, self.settings.steps, to_uint8(image), shown, evaluations)

    def picture_gradient(
        self, image: torch.Tensor, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Which way the judge would move a picture, and the cutouts it saw; see judge_gradient."""
        settings = self.settings
        also = self.realism_loss if optimised_realism_parts(settings) else None
        return picture_gradient(
            self.models.judge, image, self.target, settings.cutouts, generator, settings.at_once, also
        )

    def realism_loss(self, image: torch.Tensor) -> torch.Tensor:
        """What is added to the judge's loss of 1×3×H×W where realism is optimised too; a scalar."""
        assert self.models.proxy is not None, "whoever hands over the models reads the same settings"
        return self.settings.proxy_weight * self.models.proxy(image)

    def shows_extras(self, step: int) -> bool:
        """Whether extras are wanted at this step: 1 … steps."""
        return bool(self.extras) and (step % self.extras == 0 or step in (1, self.settings.steps))

    def step_extras(self, step: int, gradient: torch.Tensor, crops: torch.Tensor) -> dict[str, torch.Tensor]:
        """Extras common to all: where the judge pulls, and what it saw. {} unless wanted at this step.

        Args:
            gradient: of the loss in the picture, 1×3×H×W.
            crops: what the judge was shown, B×3×S×S in [0, 1].
        """
        if not self.shows_extras(step):
            return {}
        # 3 standard deviations fill the range; the sign is that of the change the judge asks for
        shown = {"gradient": 0.5 - gradient / (6 * gradient.std() + 1e-12)}
        if len(crops) > 1:  # one is the whole picture, the frame before
            shown["cutouts"] = tile_images(crops.detach())
        return shown
