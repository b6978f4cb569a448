"""Two hooks for any diffusers pipeline in latents: one guides it by the judge, one measures every step."""

import functools
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from diffusers import DiffusionPipeline

from core.base.images import to_uint8
from core.execute import measure_picture
from core.models.clamp import clamp_inward
from core.packs.pack import ModelPack


def guide(pipe: DiffusionPipeline, prompt: str, pack: ModelPack, strength: float = 0.15) -> None:
    """Wrap the scheduler's step: the judge nudges the picture the sampler is heading for, as our third
    painter does.

    Args:
        pipe: pipeline with unet, vae and a scheduler that predicts the noise or v.
        pack: its held-out judge is not touched.
        strength: of the nudge, as a share of the noise still in the latents.
    """
    scheduler = pipe.scheduler
    plain_step = scheduler.step
    target = pack.judge.encode(prompt)

    @functools.wraps(plain_step)
    def step(prediction: torch.Tensor, t: int, sample: torch.Tensor, *rest: Any, **options: Any) -> Any:
        alpha_bar = scheduler.alphas_cumprod[int(t)].to(sample)  # by timestep, not by the number of the step
        a = alpha_bar.sqrt()
        s = (1 - alpha_bar).sqrt()
        predicts_v = scheduler.config.prediction_type == "v_prediction"
        x0 = a * sample - s * prediction if predicts_v else (sample - s * prediction) / a
        noise = (sample - a * x0) / s
        with torch.enable_grad():
            moved = x0.detach().requires_grad_()
            (gradient,) = torch.autograd.grad(pack.judge.loss(_picture(pipe, moved), target), moved)
        nudge = strength * s * _rms(noise) * gradient / _rms(gradient).clamp(min=1e-12)
        # The picture moves and the noise stays: the scheduler finds both of them in (prediction, sample).
        prediction = prediction + s * nudge if predicts_v else prediction
        return plain_step(prediction, t, sample - a * nudge, *rest, **options)

    scheduler.step = step


def watch(prompt: str, pack: ModelPack, tell: Callable[[str], None] = print) -> Callable[..., dict]:
    """A `callback_on_step_end` that tells what both judges and realism say about every step."""

    def callback(pipe: DiffusionPipeline, step: int, t: int, values: dict) -> dict:
        with torch.no_grad():
            picture = _picture(pipe, values["latents"][:1])
            picture = F.interpolate(picture, (pack.size, pack.size), mode="bilinear", antialias=True)
        found = measure_picture(to_uint8(picture), prompt, pack)
        tell(
            f"step {step}: judge {found.score:.2f}, held-out {found.heldout:.2f}, realism {found.realism:.2f}"
        )
        return values

    return callback


def _picture(pipe: DiffusionPipeline, latents: torch.Tensor) -> torch.Tensor:
    """Latents B×C×h×w → pictures B×3×H×W in [0, 1]; differentiable."""
    return clamp_inward(pipe.vae.decode(latents / pipe.vae.config.scaling_factor).sample / 2 + 0.5)


def _rms(x: torch.Tensor) -> torch.Tensor:
    return x.square().mean().sqrt()
