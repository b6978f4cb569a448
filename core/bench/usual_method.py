"""The two guided painters as the code that people copy does them: what ours are measured against.

VQGAN+CLIP as in Katherine Crowson's notebook and nerdyrodent/VQGAN-CLIP (Crowson et al. 2022, arXiv
2204.08583), and CLIP-guided Stable Diffusion as in diffusers' community pipeline
`clip_guided_stable_diffusion`, written from reading them. Where versions differ the quicker one is taken:
pooled cutouts instead of Lanczos or an augmentation library. Precision is theirs: float32 on a CPU; on a GPU
a float16 CLIP beside a float32 VQGAN, and float16 throughout for diffusion.
"""

from __future__ import annotations

import copy

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import DDIMScheduler
from torch import nn

from core.base.images import to_uint8
from core.bench.full_size_models import SCHEDULE, FullSize
from core.models.judge import EncodedPrompt, Judge


def pooled_cutouts(images: torch.Tensor, count: int, size: int) -> torch.Tensor:
    """One square after the other, at least as large as the judge's input, pooled to it: `MakeCutouts`.

    images is B×3×H×W; the cutouts are count·B×3×size×size.
    """
    side = images.shape[-1]
    smallest = min(side, size)
    cutouts = []
    for _ in range(count):
        edge = int(torch.rand([]) * (side - smallest) + smallest)
        x, y = torch.randint(0, side - edge + 1, (2,)).tolist()
        square = images[:, :, y : y + edge, x : x + edge]
        cutouts.append(F.adaptive_avg_pool2d(square, size))
    return torch.cat(cutouts)


def spherical_distance(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Squared great-circle distance of vectors B×D, halved, B."""
    chord = (F.normalize(x, dim=-1) - F.normalize(y, dim=-1)).norm(dim=-1)
    return chord.div(2).arcsin().pow(2).mul(2)


def _half_on_cuda(module: nn.Module, device: str) -> nn.Module:
    return copy.deepcopy(module).half() if torch.device(device).type == "cuda" else module


def _embeddings(see: nn.Module, judge: Judge, images: torch.Tensor, cutouts: int) -> torch.Tensor:
    """What a judge's image tower makes of cutouts of images B×3×H×W in [0, 1]: float32 n×D."""
    crops = pooled_cutouts(images, cutouts, judge.size)
    normalised = (crops - judge._mean) / judge._std
    return see(normalised.to(next(see.parameters()).dtype)).float()


class UsualVqgan:
    """`synth`, `ascend_txt`, `checkin` and `train` of the notebooks; a call is a step.

    Args:
        models: full-size ones.
        target: of its judge.
        cutouts: at every step.
        display: decode once more for the picture that is shown, as at every step that shows one.
    """

    def __init__(self, models: FullSize, target: EncodedPrompt, cutouts: int, display: bool = True) -> None:
        self.models = models
        self.target = target
        self.cutouts = cutouts
        self.display = display
        self.see = _half_on_cuda(models.judge.clip.visual, models.device)
        self.codebook = models.vqgan.codebook.detach()  # n×C
        self.low = self.codebook.amin(0).view(1, -1, 1, 1)
        self.high = self.codebook.amax(0).view(1, -1, 1, 1)
        side = models.vqgan.grid(models.size)
        codes = torch.randint(len(self.codebook), (side * side,), device=models.device)
        one_hot = F.one_hot(codes, len(self.codebook)).float()
        z = (one_hot @ self.codebook).view(1, side, side, -1).permute(0, 3, 1, 2)  # 1, C, h, w
        self.z = z.contiguous().requires_grad_()
        self.optimiser = torch.optim.Adam([self.z], lr=0.1)

    def synth(self) -> torch.Tensor:
        """The picture that the latents decode to, 1×3×H×W."""
        x = self.z.movedim(1, 3)  # 1, h, w, C
        distance = x.pow(2).sum(-1, keepdim=True) + self.codebook.pow(2).sum(1) - 2 * x @ self.codebook.T
        nearest = F.one_hot(distance.argmin(-1), len(self.codebook)).to(distance.dtype) @ self.codebook
        quantised = (x + (nearest - x).detach()).movedim(3, 1)  # 1, C, h, w
        return self.models.vqgan.decode(quantised)

    def __call__(self) -> np.ndarray | None:
        self.optimiser.zero_grad(set_to_none=True)
        seen = _embeddings(self.see, self.models.judge, self.synth(), self.cutouts)
        loss = spherical_distance(seen, self.target.embedding).mean()
        shown = None
        if self.display:
            with torch.inference_mode():
                shown = to_uint8(self.synth())
        loss.backward()
        self.optimiser.step()
        with torch.no_grad():
            self.z.copy_(self.z.maximum(self.low).minimum(self.high))
        return shown


class UsualDiffusion:
    """The denoising loop of the community pipeline with `cond_fn`; a call is a step.

    The UNet runs for classifier-free guidance, both halves of the batch, and once more with gradients; the KL
    autoencoder decodes what it predicts, and the judge's gradient goes back through both.
    """

    def __init__(
        self,
        models: FullSize,
        target: EncodedPrompt,
        cutouts: int,
        steps: int = 50,
        guidance_scale: float = 7.5,
        clip_guidance_scale: float = 100,
    ) -> None:
        self.models = models
        self.target = target
        self.cutouts = cutouts
        self.guidance_scale = guidance_scale
        self.clip_guidance_scale = clip_guidance_scale
        parts = (models.unet, models.kl, models.judge.clip.visual)
        self.unet, self.vae, self.see = (_half_on_cuda(part, models.device) for part in parts)
        self.dtype = next(self.unet.parameters()).dtype
        self.scheduler = DDIMScheduler.from_config(SCHEDULE)
        self.scheduler.set_timesteps(steps)
        self.timesteps = iter(self.scheduler.timesteps)
        denoiser = models.denoiser
        self.empty = denoiser.empty_context().to(self.dtype)
        self.text = denoiser.context("").to(self.dtype)
        self.latents = torch.randn(1, *denoiser.latent_shape).to(models.device, self.dtype)

    def __call__(self) -> None:
        t = next(self.timesteps)
        with torch.no_grad():
            twice = torch.cat([self.latents] * 2)
            contexts = torch.cat([self.empty, self.text])
            unconditional, text = self.unet(twice, t, encoder_hidden_states=contexts).sample.chunk(2)
            noise = unconditional + self.guidance_scale * (text - unconditional)
        noise = self.conditioned(t, noise)
        with torch.no_grad():
            self.latents = self.scheduler.step(noise, t, self.latents).prev_sample

    def conditioned(self, t: torch.Tensor, original: torch.Tensor) -> torch.Tensor:
        """The predicted noise, 1×C×h×w, moved along the judge's gradient."""
        with torch.enable_grad():
            latents = self.latents.detach().requires_grad_()
            noise = self.unet(latents, t, encoder_hidden_states=self.text).sample
            alpha = self.scheduler.alphas_cumprod[t].to(latents)
            beta = 1 - alpha
            predicted = (latents - beta**0.5 * noise) / alpha**0.5
            sample = predicted * beta**0.5 + latents * (1 - beta**0.5)
            decoded = self.vae.decode(sample / self.vae.config.scaling_factor).sample
            image = (decoded / 2 + 0.5).clamp(0, 1)
            seen = _embeddings(self.see, self.models.judge, image, self.cutouts)
            loss = spherical_distance(seen, self.target.embedding).mean() * self.clip_guidance_scale
            (gradient,) = torch.autograd.grad(loss, latents)
        return original + beta**0.5 * gradient
