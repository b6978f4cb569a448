"""What VQGAN+CLIP's notebooks do to every cutout before the judge sees it: noise, turns and shifts, colours.

Crowson et al. (2022, arXiv 2204.08583, section 3.2) augment the cutouts so that the judge cannot be fooled by
what only one view shows; the sizes here are those of the notebook most used, nerdyrodent/VQGAN-CLIP
(`--augments Af Ji`, noise factor .1), without its changes of hue, perspective and erased patches. The
painters of this program crop and mirror only; `bench guidance` shows what the rest would change.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F

if TYPE_CHECKING:
    from core.models.judge import Judge

TURN_DEGREES, SHIFT, SHEAR_DEGREES = 15.0, 0.1, 5.0
JITTER = 0.1
SHARE = 0.7  # of the cutouts that are moved, and of those whose colours are changed
MOST_NOISE = 0.1
GREY = (0.299, 0.587, 0.114)  # Rec. 601

Augmentation = Callable[[torch.Tensor, torch.Generator], torch.Tensor]


class AugmentedJudge:
    """A judge whose loss sees augmented cutouts; everything else is the judge's own.

    Args:
        judge: the one that is climbed.
        augment: cutouts B×3×S×S in [0, 1] → the same size, differentiable.
        seed: of the draws.
    """

    def __init__(self, judge: Judge, augment: Augmentation, seed: int) -> None:
        self._judge, self._augment = judge, augment
        self._generator = torch.Generator().manual_seed(seed)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._judge, name)

    def loss(self, images: torch.Tensor, target: Any) -> torch.Tensor:
        """The judge's loss of augmented cutouts, a scalar; differentiable in `images`."""
        return self._judge.loss(self._augment(images, self._generator), target)


def noisy(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Gaussian noise of a size drawn from 0 … MOST_NOISE for every cutout."""
    sizes = MOST_NOISE * torch.rand(len(images), 1, 1, 1, generator=generator)
    return images + sizes * torch.randn(images.shape, generator=generator)


def moved(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A share of the cutouts turned, sheared and shifted, with their edge repeated where nothing is left."""
    draws = 2 * torch.rand(len(images), 4, generator=generator) - 1
    draws *= _chosen(len(images), generator)[:, None]
    turn, shear = (math.radians(TURN_DEGREES) * draws[:, 0], math.radians(SHEAR_DEGREES) * draws[:, 1])
    theta = torch.zeros(len(images), 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = turn.cos(), -(turn + shear).sin()
    theta[:, 1, 0], theta[:, 1, 1] = turn.sin(), (turn + shear).cos()
    theta[:, :, 2] = 2 * SHIFT * draws[:, 2:]  # units −1 … 1
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)


def recoloured(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Brightness, contrast and saturation of a share of the cutouts changed by up to JITTER."""
    draws = 2 * torch.rand(len(images), 3, generator=generator) - 1
    draws *= _chosen(len(images), generator)[:, None]
    brightness, contrast, saturation = (1 + JITTER * draws).view(-1, 3, 1, 1, 1).unbind(1)
    images = images * brightness
    mean = images.mean((1, 2, 3), keepdim=True)
    images = mean + contrast * (images - mean)
    grey = (images * torch.tensor(GREY).view(1, 3, 1, 1)).sum(1, keepdim=True)
    return grey + saturation * (images - grey)


def all_three(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Moved, recoloured, noisy: the notebook's order."""
    return noisy(recoloured(moved(images, generator), generator), generator)


def _chosen(count: int, generator: torch.Generator) -> torch.Tensor:
    """1 for the share of cutouts that is changed, else 0."""
    return (torch.rand(count, generator=generator) < SHARE).float()


AUGMENTATIONS: Mapping[str, Augmentation] = {"noise": noisy, "noise, turns, colours": all_three}
