"""Samplers of diffusion: each is one function that leads a noisy latent, level by level, to a clean one.

A sampler calls `denoise` once per level and never knows what steers it: guidance wraps that function
(`core.painters.guidance`), as in k-diffusion. In the papers' symbols: x is the noisy latent, x0 the clean
one, ε the noise, ᾱ the share of the clean picture's energy, so that x = √ᾱ·x0 + √(1−ᾱ)·ε.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from core.base.errors import SettingError

if TYPE_CHECKING:
    from core.models.diffusion import Denoiser


@dataclass(frozen=True)
class NoiseLevel:
    """One step of a sampler: the level of noise it starts at, and the level it leads to.

    Args:
        step: 1 … n.
        timestep: the number by which the denoiser knows this level.
        alpha_bar: ᾱ at this level.
        next_alpha_bar: ᾱ where the step leads to.
        last: whether the step leads to the clean end of the schedule.
    """

    step: int
    timestep: int
    alpha_bar: float
    next_alpha_bar: float
    last: bool


@dataclass(frozen=True)
class JudgeView:
    """What the judge was shown within a step, and which way it would move the picture; all detached.

    Args:
        image: the predicted picture before the nudge, 1×3×H×W in [0, 1].
        gradient: of the judge's loss in that picture, 1×3×H×W.
        crops: the cutouts as the judge saw them, B×3×S×S in [0, 1].
    """

    image: torch.Tensor
    gradient: torch.Tensor
    crops: torch.Tensor


@dataclass(frozen=True)
class Prediction:
    """What a noisy latent is thought to consist of. Tensors are 1×C×h×w float32.

    Args:
        x0: the clean latent, guidance included.
        eps: the noise.
        unguided_x0: the clean latent before the judge nudged it; the same as `x0` where no judge did.
        judge_view: what the judge saw; None where no judge looked.
    """

    x0: torch.Tensor
    eps: torch.Tensor
    unguided_x0: torch.Tensor
    judge_view: JudgeView | None = None


Denoise = Callable[[torch.Tensor, NoiseLevel], Prediction]
Sampled = tuple[
    NoiseLevel, Prediction, torch.Tensor
]  # a step, its prediction, and the noisy latent it leads to
Sampler = Callable[[Denoise, torch.Tensor, Sequence[NoiseLevel]], Iterator[Sampled]]


def noise_levels(denoiser: Denoiser, steps: int) -> list[NoiseLevel]:
    """The levels of a run of so many steps, from pure noise to the clean end, spaced as the schedule says."""
    timesteps = [*denoiser.timesteps(steps), -1]  # −1 is the clean end
    alpha_bars = [denoiser.alpha_bar(timestep) for timestep in timesteps]
    return [
        NoiseLevel(i + 1, timesteps[i], alpha_bars[i], alpha_bars[i + 1], last=i + 1 == steps)
        for i in range(steps)
    ]


def last_levels(denoiser: Denoiser, steps: int, share: float) -> list[NoiseLevel]:
    """So many levels within the last share of the schedule, down to its clean end, numbered from 1.

    Raises:
        SettingError: the schedule has too few.
    """
    total = max(steps, round(steps / share))
    try:
        every = noise_levels(denoiser, total)
    except SettingError as error:
        raise SettingError(
            f"diffusion: start_noise is {share:g}, and {steps} steps do not fit into this share of the noise "
            "levels of this model pack's denoiser. Raise it, or lower steps."
        ) from error
    return [replace(level, step=number) for number, level in enumerate(every[total - steps :], 1)]


def ddim(denoise: Denoise, x: torch.Tensor, levels: Sequence[NoiseLevel]) -> Iterator[Sampled]:
    """DDIM (Song et al. 2021, arXiv 2010.02502) with η = 0: straight along every prediction."""
    for level in levels:
        prediction = denoise(x, level)
        x = ddim_step(prediction, level)
        yield level, prediction, x


def dpm_solver_pp(denoise: Denoise, x: torch.Tensor, levels: Sequence[NoiseLevel]) -> Iterator[Sampled]:
    """DPM-Solver++(2M) (Lu et al. 2022, arXiv 2211.01095, algorithm 2): DDIM, and how the predictions bend.

    How they bend is read from the denoiser's own predictions, so a nudge means the same with both samplers.
    The last step is first order, as in diffusers.
    """
    bend = None  # the prediction before this one, and its ᾱ
    for level in levels:
        prediction = denoise(x, level)
        x = ddim_step(prediction, level)
        if bend is not None and not level.last:
            before, alpha_bar_before = bend
            factor = second_order_factor(alpha_bar_before, level.alpha_bar, level.next_alpha_bar)
            x = x + factor * (prediction.unguided_x0 - before)
        bend = prediction.unguided_x0, level.alpha_bar
        yield level, prediction, x


SAMPLERS: dict[str, Sampler] = {"ddim": ddim, "dpm-solver++": dpm_solver_pp}


def ddim_step(prediction: Prediction, level: NoiseLevel) -> torch.Tensor:
    """Eq. 12 of arXiv 2010.02502 with σ = 0: the predicted picture, its noise at the next level."""
    return level.next_alpha_bar**0.5 * prediction.x0 + (1 - level.next_alpha_bar) ** 0.5 * prediction.eps


def second_order_factor(alpha_bar_before: float, alpha_bar: float, alpha_bar_next: float) -> float:
    """What DPM-Solver++(2M) adds to DDIM's step, as a factor of the difference of the last two x0
    predictions.

    With α = √ᾱ, σ = √(1−ᾱ), λ = ln(α/σ) the first-order part of algorithm 2 is DDIM, and (α' − σ'·α/σ) / (2r)
    with r = (λ − λ_before) / (λ' − λ) remains.
    """
    if min(alpha_bar_before, alpha_bar) <= 0 or alpha_bar_next >= 1:
        return 0.0  # pure noise or a clean picture: λ is infinite, the first order is all there is
    old, now, new = (math.sqrt(a / (1 - a)) for a in (alpha_bar_before, alpha_bar, alpha_bar_next))  # α/σ
    r = math.log(now / old) / math.log(new / now)
    return math.sqrt(1 - alpha_bar_next) * (new - now) / (2 * r)
