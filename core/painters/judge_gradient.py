"""Which way the judge would move a picture: the one thing that all painters ask of it."""

from collections.abc import Callable
from typing import Any

import torch

from core.models.judge import Judge, JudgePair
from core.painters.cutouts import draw_crops, take_crops

# What the judge's forward pass may keep for its backward pass, bytes. Cutouts that need more go through it
# one share after the other; the gradient of the picture adds up. A larger budget is hardly quicker: at
# ViT-B/32, 256 MB are about 7 cutouts in float32 and 13 in bfloat16, enough rows to keep the matrix
# products busy.
ACTIVATION_BYTES = 256 * 2**20


def picture_gradient(
    judge: Judge | JudgePair,
    image: torch.Tensor,
    target: Any,
    count: int,
    generator: torch.Generator,
    at_once: int = 0,
    also: Callable[[torch.Tensor], torch.Tensor] | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Gradient of the judge's loss, averaged over cutouts, in a picture. Nothing behind the picture is
    touched.

    Args:
        image: 1×3×H×W in [0, 1]; its graph, if any, is left alone.
        target: the prompt as `judge` encodes it.
        count: cutouts; 1 is the whole picture.
        generator: the draws of the cutouts; as many, whatever `at_once` is.
        at_once: cutouts that go through the judge together; 0 for as many as ACTIVATION_BYTES holds.
        also: picture → a further loss, or None.

    Returns:
        (gradient 1×3×H×W, the cutouts as the judge saw them, count×3×S×S, detached).
    """
    draws = draw_crops(count, generator)
    batches: tuple[torch.Tensor | None, ...] = (None,)
    if draws is not None:
        batches = draws.tensor_split(-(-count // (at_once or cutouts_that_fit(judge))))
    gradients, seen = [], []
    with torch.enable_grad():
        for rows in batches:
            picture = image.detach().requires_grad_()
            crops = take_crops(picture, rows, judge.size)
            # every cutout counts alike, whatever batch it is in
            loss = judge.loss(crops, target) * (len(crops) / count)
            gradients += torch.autograd.grad(loss, picture)
            seen.append(crops.detach())
        if also:
            picture = image.detach().requires_grad_()
            gradients += torch.autograd.grad(also(picture), picture)
    return sum(gradients[1:], gradients[0]), torch.cat(seen) if len(seen) > 1 else seen[0]


def cutouts_that_fit(judge: Judge | JudgePair) -> int:
    """Cutouts whose activations in the judge fit into ACTIVATION_BYTES, at least 1."""
    return max(1, ACTIVATION_BYTES // judge.activation_bytes)
