"""Two hooks for any diffusers pipeline that paints in latents: one guides it by the judge, one measures every step."""

import functools

import torch
import torch.nn.functional as F

from core.images import to_uint8
from core.runs import measure


def guide(pipe, prompt, pack, strength=0.15):
    """Wrap the scheduler's step: the judge nudges the picture that the sampler is heading for, as our third painter does.

    Args:
        pipe: pipeline with unet, vae and a scheduler that predicts the noise or v.
        pack: core.packs.ModelPack; its held-out judge is not touched.
        strength: of the nudge, as a share of the noise still in the latents.
    """
    scheduler, plain_step, target = pipe.scheduler, pipe.scheduler.step, pack.judge.encode(prompt)

    @functools.wraps(plain_step)
    def step(prediction, t, sample, *arguments, **keywords):
        a = scheduler.alphas_cumprod[int(t)].to(sample)  # by timestep, not by the number of the step
        s, a = (1 - a).sqrt(), a.sqrt()
        of_v = scheduler.config.prediction_type == "v_prediction"
        x0 = a * sample - s * prediction if of_v else (sample - s * prediction) / a
        with torch.enable_grad():
            moved = x0.detach().requires_grad_()
            (gradient,) = torch.autograd.grad(pack.judge.loss(_picture(pipe, moved), target), moved)
        x0 = x0 - strength * s * gradient / gradient.square().mean().sqrt().clamp(min=1e-12)
        noise = (sample - a * x0) / s
        return plain_step(a * noise - s * x0 if of_v else noise, t, sample, *arguments, **keywords)

    scheduler.step = step


def watch(prompt, pack, told=print):
    """A `callback_on_step_end` that tells what the judge, the held-out judge and realism say of every step."""

    def callback(pipe, step, t, values):
        with torch.no_grad():
            picture = F.interpolate(_picture(pipe, values["latents"][:1]), (pack.size, pack.size), mode="bilinear", antialias=True)
        found = measure(to_uint8(picture), prompt, pack)
        told(f"step {step}: judge {found.score:.2f}, held-out {found.heldout:.2f}, realism {found.realism:.2f}")
        return values

    return callback


def _picture(pipe, latents):
    """Latents B×C×h×w → pictures B×3×H×W, about 0 … 1; differentiable."""
    return pipe.vae.decode(latents / pipe.vae.config.scaling_factor).sample / 2 + 0.5
