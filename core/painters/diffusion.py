"""Guided diffusion: a denoiser samples, the judge only nudges its prediction of the picture.

Sampler: DDIM (Song et al. 2021, arXiv 2010.02502) with η = 0, or DPM-Solver++(2M) (Lu et al. 2022, arXiv
2211.01095). Judge guidance: the gradient of the judge's loss in the detached x0 prediction, so nothing is
propagated through the denoiser (MPGD, He et al. 2024, arXiv 2311.16424); or, exact, in the noisy picture.
Text guidance: classifier-free (Ho and Salimans 2022, arXiv 2207.12598).
"""

import math

import torch

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
        evaluations, before = 0, None  # the prediction before, and its noise level
        with torch.no_grad():  # left before every yield, so that the consumer keeps its own mode
            context = self.context()
            image = denoiser.decode(x)
        yield self.frame(0, image, 0)

        for step, (t, t_next) in enumerate(zip(timesteps, [*timesteps[1:], -1], strict=True), start=1):
            alpha_bar, alpha_bar_next = denoiser.alpha_bar(t), denoiser.alpha_bar(t_next)
            exact, last, shown = self.guided(step) and settings.gradient == "exact", step == settings.steps, {}
            with torch.set_grad_enabled(exact):
                # 1. Predict the clean picture and the noise, steered by the text.
                x0, eps = self.predict(x.requires_grad_(exact), t, context)
            predicted, nudge = x0.detach(), 0
            if self.guided(step):
                # 2. Which way the judge would move the predicted picture …
                gradient, shown = self.judge_gradient(step, x0, x if exact else None, generator)
                # 3. … as a step of a fraction of the noise still in x, √(1 − ᾱ)·ε, whatever the gradient's size.
                size = settings.guidance_strength * (1 - alpha_bar) ** 0.5 * rms(eps.detach())
                nudge = size * gradient / rms(gradient).clamp(min=1e-12)
                evaluations += settings.cutouts
            with torch.no_grad():
                x0, eps = predicted - nudge, eps.detach()
                # 4. Eq. 12 with σ = 0: the predicted picture, plus the predicted noise at the next, lower level.
                x = alpha_bar_next**0.5 * x0 + (1 - alpha_bar_next) ** 0.5 * eps
                if settings.sampler == "dpm-solver++" and before and not last:
                    # 5. And how the denoiser's predictions bend, from the last two of them.
                    x = x + bend(before[1], alpha_bar, alpha_bar_next) * (predicted - before[0])
                before = predicted, alpha_bar
                decode = denoiser.decode_final if last else denoiser.decode
                image = decode(x0)
                if self.shows(step):
                    shown = {"x0": image, **shown, "noisy": decode(x)}
            yield self.frame(step, image, evaluations, shown)

    def context(self):
        """What the denoiser reads, row 0 unconditional and row 1 the prompt as far as needed: B×T×D."""
        denoiser, settings = self.models.denoiser, self.settings
        if settings.mode == "judge" or not denoiser.conditional:
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

    def judge_gradient(self, step, x0, x, generator):
        """Gradient of the judge's loss in x0, or in x (through the denoiser) if it is given, 1×C×h×w; and the
        extras that show it (with x0 before the nudge).
        """
        with torch.enable_grad():
            if x is None:
                x = x0 = x0.detach().requires_grad_()
            image = self.models.denoiser.decode(x0)
        pull, crops = self.pull(image, generator)
        (gradient,) = torch.autograd.grad(image, x, pull)
        shown = self.views(step, pull, crops)
        return gradient, {"x0": image.detach(), **shown} if shown else {}


def bend(alpha_bar_before, alpha_bar, alpha_bar_next):
    """What DPM-Solver++(2M) adds to DDIM's step, as a factor of the difference of the last two x0 predictions.

    Algorithm 2 of arXiv 2211.01095 with α = √ᾱ, σ = √(1−ᾱ), λ = ln(α/σ): its first-order part is DDIM, and
    (α' − σ'·α/σ) / (2r) with r = (λ − λ_before) / (λ' − λ) remains. Written so, a nudge means the same with both samplers.
    """
    if min(alpha_bar_before, alpha_bar) <= 0 or alpha_bar_next >= 1:
        return 0.0  # pure noise or a clean picture: λ is infinite, the first order is all there is
    ratio = lambda a: math.sqrt(a / (1 - a))
    old, now, new = map(ratio, (alpha_bar_before, alpha_bar, alpha_bar_next))
    r = math.log(now / old) / math.log(new / now)
    return math.sqrt(1 - alpha_bar_next) * (new - now) / (2 * r)


def rms(x):
    """Root mean square, a scalar tensor."""
    return x.square().mean().sqrt()
