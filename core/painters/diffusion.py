"""Guided diffusion: a denoiser samples, the judge only nudges its prediction of the picture.

Sampler: DDIM (Song et al. 2021, arXiv 2010.02502) with η = 0. Judge guidance: the gradient of the
judge's loss in the detached x0 prediction, so nothing is propagated through the denoiser (MPGD, He
et al. 2024, arXiv 2311.16424). Text guidance: classifier-free (Ho and Salimans 2022, arXiv 2207.12598).
"""

import torch

from core.cutouts import cutouts
from core.painters.base import Painter


class DiffusionPainter(Painter):
    """The prior is the denoiser: a plausible picture at every noise level.

    Step 0 shows the decoded noise. From step 1 on `Frame.image` is the decoded x0 prediction, the
    picture the denoiser believes it is heading for after the judge's nudge, not the noisy latent
    itself (that is the extra "noisy"); at the last step both are the same.
    """

    name = "diffusion"

    def frames(self):
        settings, denoiser = self.settings, self.models.denoiser
        generator = self.generator()
        x = torch.randn(1, *denoiser.latent_shape, generator=generator).to(self.models.device)
        timesteps = denoiser.timesteps(settings.steps)
        evaluations = 0
        with torch.no_grad():  # left before every yield, so that the consumer keeps its own mode
            context = self.context()
            image = denoiser.decode(x)
        yield self.frame(0, image, 0)

        for step, (t, t_next) in enumerate(zip(timesteps, [*timesteps[1:], -1], strict=True), start=1):
            alpha_bar, alpha_bar_next = denoiser.alpha_bar(t), denoiser.alpha_bar(t_next)
            shown = {}
            with torch.no_grad():
                # 1. Predict the clean picture and the noise, steered by the text.
                x0, eps = self.predict(x, t, context)
            if self.guided(step):
                # 2. Which way the judge would move the predicted picture …
                gradient, shown = self.judge_gradient(step, x0, generator)
                # 3. … as a step of a fraction of the noise still in x, √(1 − ᾱ)·ε, whatever the gradient's size.
                size = settings.guidance_strength * (1 - alpha_bar) ** 0.5 * rms(eps)
                x0 = x0 - size * gradient / rms(gradient).clamp(min=1e-12)
                evaluations += settings.cutouts
            with torch.no_grad():
                # 4. Eq. 12 with σ = 0: the predicted picture, plus the predicted noise at the next, lower level.
                x = alpha_bar_next**0.5 * x0 + (1 - alpha_bar_next) ** 0.5 * eps
                image = denoiser.decode(x0)
                if self.shows(step):
                    shown = {"x0": image, **shown, "noisy": denoiser.decode(x)}
            yield self.frame(step, image, evaluations, shown)

    def context(self):
        """What the denoiser reads, row 0 unconditional and row 1 the prompt as far as needed: B×T×D."""
        denoiser, settings = self.models.denoiser, self.settings
        if settings.mode == "judge":
            return denoiser.empty()
        if settings.cfg_scale == 1:
            return denoiser.context(self.target.prompt)
        return torch.cat([denoiser.empty(), denoiser.context(self.target.prompt)])

    def predict(self, x, t, context):
        """(x0, ε), each 1×C×h×w; both are linear in the network's output, so both take the guidance alike."""
        x0, eps = self.models.denoiser.x0_eps(x.expand(len(context), -1, -1, -1), t, context)
        if len(context) == 1:
            return x0, eps
        scale = self.settings.cfg_scale
        return x0[:1] + scale * (x0[1:] - x0[:1]), eps[:1] + scale * (eps[1:] - eps[:1])

    def guided(self, step):
        """Whether the judge nudges at this step: 1 … steps."""
        settings = self.settings
        if settings.mode == "text" or settings.guidance_strength == 0:
            return False
        return settings.guide_start <= (step - 1) / settings.steps < settings.guide_stop

    def judge_gradient(self, step, x0, generator):
        """Gradient of the judge's loss in x0, 1×C×h×w, and the extras that show it (with x0 before the nudge)."""
        judge = self.models.judge
        with torch.enable_grad():
            x0 = x0.detach().requires_grad_()
            image = self.models.denoiser.decode(x0)
            crops = cutouts(image, self.settings.cutouts, judge.size, generator)
            gradient, pull = torch.autograd.grad(judge.loss(crops, self.target), [x0, image])
        shown = self.views(step, pull, crops)
        return gradient, {"x0": image.detach(), **shown} if shown else {}


def rms(x):
    """Root mean square, a scalar tensor."""
    return x.square().mean().sqrt()
