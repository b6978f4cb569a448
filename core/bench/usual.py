"""The usual way of the two guided painters, as the code that people copy does it: what ours is measured against.

VQGAN+CLIP as in Katherine Crowson's notebook and nerdyrodent/VQGAN-CLIP (Crowson et al. 2022, arXiv 2204.08583), and
CLIP-guided Stable Diffusion as in diffusers' community pipeline `clip_guided_stable_diffusion`, written from reading them.
Where versions differ the quicker one is taken: pooled cutouts instead of Lanczos or an augmentation library. Precision is
theirs: float32 on a CPU; on a GPU a float16 CLIP beside a float32 VQGAN, and float16 throughout for diffusion.
"""

import copy

import torch
import torch.nn.functional as F
from diffusers import DDIMScheduler

from core.bench.fullsize import SCHEDULE
from core.images import to_uint8


def pooled_cutouts(images, count, size):
    """One square after the other, at least as large as the judge's input, pooled to it: `MakeCutouts`."""
    side, cuts = images.shape[-1], []
    smallest = min(side, size)
    for _ in range(count):
        edge = int(torch.rand([]) * (side - smallest) + smallest)
        x, y = torch.randint(0, side - edge + 1, (2,)).tolist()
        cuts.append(F.adaptive_avg_pool2d(images[:, :, y : y + edge, x : x + edge], size))
    return torch.cat(cuts)


def spherical_distance(x, y):
    """Squared great-circle distance of unit vectors, halved."""
    return (F.normalize(x, dim=-1) - F.normalize(y, dim=-1)).norm(dim=-1).div(2).arcsin().pow(2).mul(2)


def _half_on_cuda(module, device):
    return copy.deepcopy(module).half() if torch.device(device).type == "cuda" else module


class UsualVqgan:
    """`synth`, `ascend_txt`, `checkin` and `train` of the notebooks; a call is a step.

    Args:
        models: core.bench.fullsize.FullSize.
        target: of its judge.
        display: decode once more for the picture that is shown, as at every step that shows one.
    """

    def __init__(self, models, target, cutouts, display=True):
        self.models, self.target, self.cutouts, self.display = models, target, cutouts, display
        self.see = _half_on_cuda(models.judge.clip.visual, models.device)
        self.codebook = models.vqgan.codebook.detach()
        self.low, self.high = (bound.view(1, -1, 1, 1) for bound in (self.codebook.amin(0), self.codebook.amax(0)))
        side = models.vqgan.grid(models.size)
        codes = torch.randint(len(self.codebook), (side * side,), device=models.device)
        one_hot = F.one_hot(codes, len(self.codebook)).float()
        z = (one_hot @ self.codebook).view(1, side, side, -1).permute(0, 3, 1, 2)
        self.z = z.contiguous().requires_grad_()
        self.optimiser = torch.optim.Adam([self.z], lr=0.1)

    def synth(self):
        x = self.z.movedim(1, 3)  # 1, h, w, C
        distance = x.pow(2).sum(-1, keepdim=True) + self.codebook.pow(2).sum(1) - 2 * x @ self.codebook.T
        nearest = F.one_hot(distance.argmin(-1), len(self.codebook)).to(distance.dtype) @ self.codebook
        quantised = (x + (nearest - x).detach()).movedim(3, 1)
        return self.models.vqgan.decode(quantised)

    def __call__(self):
        judge = self.models.judge
        self.optimiser.zero_grad(set_to_none=True)
        crops = pooled_cutouts(self.synth(), self.cutouts, judge.size)
        seen = self.see(((crops - judge._mean) / judge._std).to(next(self.see.parameters()).dtype)).float()
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

    The UNet runs for classifier-free guidance, both halves of the batch, and once more with gradients; the KL autoencoder
    decodes what it predicts, and the judge's gradient goes back through both.
    """

    def __init__(self, models, target, cutouts, steps=50, guidance_scale=7.5, clip_guidance_scale=100):
        self.models, self.target, self.cutouts = models, target, cutouts
        self.guidance_scale, self.clip_guidance_scale = guidance_scale, clip_guidance_scale
        parts = (models.unet, models.kl, models.judge.clip.visual)
        self.unet, self.vae, self.see = (_half_on_cuda(part, models.device) for part in parts)
        self.dtype = next(self.unet.parameters()).dtype
        self.scheduler = DDIMScheduler.from_config(SCHEDULE)
        self.scheduler.set_timesteps(steps)
        self.timesteps = iter(self.scheduler.timesteps)
        denoiser = models.denoiser
        self.empty, self.text = denoiser.empty().to(self.dtype), denoiser.context("").to(self.dtype)
        self.latents = torch.randn(1, *denoiser.latent_shape).to(models.device, self.dtype)

    def __call__(self):
        t = next(self.timesteps)
        with torch.no_grad():
            noise = self.unet(torch.cat([self.latents] * 2), t, encoder_hidden_states=torch.cat([self.empty, self.text])).sample
            uncond, text = noise.chunk(2)
            noise = uncond + self.guidance_scale * (text - uncond)
        noise = self.conditioned(t, noise)
        with torch.no_grad():
            self.latents = self.scheduler.step(noise, t, self.latents).prev_sample

    def conditioned(self, t, original):
        judge = self.models.judge
        with torch.enable_grad():
            latents = self.latents.detach().requires_grad_()
            noise = self.unet(latents, t, encoder_hidden_states=self.text).sample
            alpha = self.scheduler.alphas_cumprod[t].to(latents)
            beta = 1 - alpha
            predicted = (latents - beta**0.5 * noise) / alpha**0.5
            sample = predicted * beta**0.5 + latents * (1 - beta**0.5)
            image = (self.vae.decode(sample / self.vae.config.scaling_factor).sample / 2 + 0.5).clamp(0, 1)
            crops = pooled_cutouts(image, self.cutouts, judge.size)
            seen = self.see(((crops - judge._mean) / judge._std).to(self.dtype))
            loss = spherical_distance(seen.float(), self.target.embedding).mean() * self.clip_guidance_scale
            (gradient,) = torch.autograd.grad(loss, latents)
        return original + beta**0.5 * gradient
