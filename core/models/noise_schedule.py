"""Noise schedules as diffusers writes them, for our own samplers: only ᾱ and the spacing of timesteps are
read.

Which sampler a file names does not matter as long as it means the same ᾱ. Files of other kinds of models
(flow matching, consistency, score matching with other noise) name other classes and are refused, not misread.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from diffusers import DDIMScheduler

from core.base.errors import PackError

PREDICTION_TYPES = ("epsilon", "v_prediction", "sample")
BETA_SCHEDULES = ("linear", "scaled_linear", "squaredcos_cap_v2")
# Classes of diffusers whose configuration describes the ᾱ of a denoiser as Ho et al. 2020 (arXiv
# 2006.11239) have it.
SCHEDULERS = (
    "DDIMScheduler",
    "DDIMParallelScheduler",
    "DDPMScheduler",
    "DDPMParallelScheduler",
    "DEISMultistepScheduler",
    "DPMSolverMultistepScheduler",
    "DPMSolverSDEScheduler",
    "DPMSolverSinglestepScheduler",
    "EulerAncestralDiscreteScheduler",
    "EulerDiscreteScheduler",
    "HeunDiscreteScheduler",
    "KDPM2AncestralDiscreteScheduler",
    "KDPM2DiscreteScheduler",
    "LMSDiscreteScheduler",
    "PNDMScheduler",
    "SASolverScheduler",
    "UniPCMultistepScheduler",
)


def read_schedule(config: Mapping[str, Any]) -> DDIMScheduler:
    """A scheduler's configuration → diffusers' DDIMScheduler, which holds ᾱ and spaces the timesteps.

    Raises:
        PackError: it is of another kind of model, or of one that no sampler could start from pure noise.
    """
    accepted = inspect.signature(DDIMScheduler.__init__).parameters  # other keys would each bring a warning
    kind = config.get("_class_name", "DDIMScheduler")
    if kind not in SCHEDULERS:
        raise _refused("the scheduler", kind, SCHEDULERS)
    prediction = config.get("prediction_type", "epsilon")
    if prediction not in PREDICTION_TYPES:
        raise _refused("prediction_type", prediction, PREDICTION_TYPES)
    betas = config.get("beta_schedule", "linear")
    if betas not in BETA_SCHEDULES and config.get("trained_betas") is None:
        raise _refused("beta_schedule", betas, BETA_SCHEDULES)
    if config.get("use_flow_sigmas"):
        raise _refused("use_flow_sigmas", True, (False,))
    if config.get("rescale_betas_zero_snr") and prediction == "epsilon":
        raise unusable_denoiser(
            "with rescale_betas_zero_snr its first level is pure noise, and prediction_type 'epsilon' says "
            "nothing about the picture there; supported: v_prediction, sample"
        )
    return DDIMScheduler.from_config({key: value for key, value in config.items() if key in accepted})


def unusable_denoiser(reason: str) -> PackError:
    """The error of a denoiser that is whole, but of a kind that the painter cannot use."""
    return PackError(
        f"The denoiser of this model pack cannot be used: {reason}. Use a denoiser of Stable Diffusion 1 "
        "or 2, or an unconditional one, such as google/ddpm-*."
    )


def _refused(key: str, found: object, supported: tuple[object, ...]) -> PackError:
    return unusable_denoiser(f"{key} is {found!r}; supported: {', '.join(map(str, supported))}")
