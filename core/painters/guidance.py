"""What steers a denoiser: functions that wrap the one that predicts, so that no sampler knows of them.

`text_guided` predicts, `judge_guided` nudges a prediction, `self_recurrent` lets a nudge sink in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch

from core.painters.samplers import Denoise, JudgeView, NoiseLevel, Prediction, ddim_step

if TYPE_CHECKING:
    from core.models.diffusion import Denoiser


def text_guided(
    denoiser: Denoiser, context: torch.Tensor, scale: float, shares: Sequence[float] = (1.0,)
) -> Denoise:
    """The denoiser, steered by text: classifier-free guidance (Ho and Salimans 2022, arXiv 2207.12598).

    Several texts are composed: ∅ + scale·Σ w·(text − ∅), with negative w to avoid one (Liu et al. 2022, arXiv
    2206.01714, conjunction and negation; there the weights are guidance scales, here scale is shared out).

    Args:
        context: what the denoiser reads, B×T×D: one row; or more, the empty prompt and the texts.
        scale: how strongly several rows steer; 1 is a single text alone.
        shares: w of each text.
    """

    def guided(rows: torch.Tensor) -> torch.Tensor:
        towards = [share * (row - rows[:1]) for share, row in zip(shares, rows[1:].split(1), strict=True)]
        return rows[:1] + scale * sum(towards[1:], towards[0])

    def denoise(x: torch.Tensor, level: NoiseLevel) -> Prediction:
        x0, eps = denoiser.x0_eps(x.expand(len(context), -1, -1, -1), level.timestep, context)
        if len(context) > 1:  # both are linear in the network's output, so both take the guidance alike
            x0, eps = guided(x0), guided(eps)
        return Prediction(x0, eps, x0)

    return denoise


def judge_guided(
    denoise: Denoise,
    decode: Callable[[torch.Tensor], torch.Tensor],
    picture_gradient: Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]],
    strength: float,
    exact: bool = False,
) -> Denoise:
    """A denoiser whose predicted picture the judge nudges.

    The gradient of the judge's loss is taken in the predicted x0, as if the denoiser were not there (MPGD,
    He et al. 2024, arXiv 2311.16424); or, exact, carried on through the denoiser to the noisy latent.

    Args:
        decode: latent 1×C×h×w → picture 1×3×H×W in [0, 1], differentiable.
        picture_gradient: picture → (gradient of the judge's loss in it, the cutouts that the judge saw).
        strength: size of the nudge as a share of the noise still in x, √(1−ᾱ)·ε, whatever the gradient's
            size.
    """

    def nudged(x: torch.Tensor, level: NoiseLevel) -> Prediction:
        with torch.set_grad_enabled(exact):
            x = x.detach().requires_grad_(exact)
            plain = denoise(x, level)
        with torch.enable_grad():
            moved = x if exact else plain.x0.detach().requires_grad_()
            image = decode(plain.x0 if exact else moved)
        wanted, crops = picture_gradient(image)
        (gradient,) = torch.autograd.grad(image, moved, wanted)
        x0, eps = plain.x0.detach(), plain.eps.detach()
        size = strength * (1 - level.alpha_bar) ** 0.5 * rms(eps)
        nudge = size * gradient / rms(gradient).clamp(min=1e-12)
        return Prediction(x0 - nudge, eps, x0, JudgeView(image.detach(), wanted, crops))

    return nudged


def self_recurrent(denoise: Denoise, repeats: int, generator: torch.Generator) -> Denoise:
    """A denoiser that predicts a level several times, with fresh noise in between: self-recurrence.

    After each prediction but the last it steps to the next level and adds back the noise of this one, so
    that the denoiser can repair what a nudge broke before the sampler goes on (Bansal et al. 2023, arXiv
    2302.07121; Yu et al. 2023, arXiv 2303.09833, call it time travel).

    Args:
        repeats: predictions per level; 1 changes nothing.
        generator: CPU generator of the noise.
    """

    def repeated(x: torch.Tensor, level: NoiseLevel) -> Prediction:
        for _ in range(repeats - 1):
            cleaner = ddim_step(denoise(x, level), level)
            kept = level.alpha_bar / level.next_alpha_bar
            noise = torch.randn(x.shape, generator=generator).to(x.device)
            x = kept**0.5 * cleaner + (1 - kept) ** 0.5 * noise
        return denoise(x, level)

    return repeated


def rms(x: torch.Tensor) -> torch.Tensor:
    """Root mean square, a scalar."""
    return x.square().mean().sqrt()
