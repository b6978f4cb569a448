"""Guided diffusion: a denoiser samples, the judge only nudges its prediction of the picture.

The samplers are in `core.painters.samplers`, what steers them is in `core.painters.guidance`.
"""

from collections.abc import Iterator

import torch

from core.base.frame import Frame
from core.base.settings import DiffusionSettings
from core.base.weighted_prompt import is_weighted
from core.models.diffusion import Denoiser
from core.painters.guidance import judge_guided, self_recurrent, text_guided
from core.painters.painter import Painter
from core.painters.samplers import SAMPLERS, Denoise, NoiseLevel, Prediction, last_levels, noise_levels


class DiffusionPainter(Painter):
    """The prior is the denoiser: a plausible picture at every noise level.

    Step 0 shows the decoded noise, or the noised picture it starts from. From step 1 on `Frame.image` is the
    decoded x0 prediction, the picture the denoiser believes it is heading for after the judge's nudge, not
    the noisy latent itself (that is the extra "noisy"). At the last step both are the same where the schedule
    ends without noise; with `set_alpha_to_one: false`, as in Stable Diffusion, it ends at the noise of its
    first timestep, and "noisy" still holds that little.
    """

    name = "diffusion"
    settings: DiffusionSettings

    def frames(self) -> Iterator[Frame]:
        """See Painter."""
        denoiser, generator = self.denoiser, self.generator()
        denoise = self.steered_denoiser(generator)
        sample = SAMPLERS[self.settings.sampler]
        noise = torch.randn(1, *denoiser.latent_shape, generator=generator).to(self.models.device)
        with torch.no_grad():  # left before every yield, so that the consumer keeps its own mode
            start, levels = self.noised_start(noise)
            image = denoiser.decode(start)
        yield self.frame(0, image, 0)

        evaluations = 0
        # Each step: predict the picture, nudged by the judge and steered by the text; x is where the
        # sampler goes next.
        for level, prediction, x in sample(denoise, start, levels):
            evaluations += self.settings.cutouts * self.nudges(level)
            with torch.no_grad():
                decode = denoiser.decode_final if level.last else denoiser.decode
                image = decode(prediction.x0)
                extras = {}
                if self.shows_extras(level.step):
                    extras = {"x0": image, **self.judge_extras(level, prediction), "noisy": decode(x)}
            yield self.frame(level.step, image, evaluations, extras)

    def noised_start(self, noise: torch.Tensor) -> tuple[torch.Tensor, list[NoiseLevel]]:
        """The noisy latent that sampling starts from, and the levels it goes through.

        From noise it is noise, and the levels are all. A picture is noised to the level where the share
        `start_noise` of the schedule remains, x = √ᾱ·x0 + √(1−ᾱ)·ε, and sampled from there: SDEdit (Meng et
        al. 2021, arXiv 2108.01073). The steps are as many as asked for, all within that share.

        Args:
            noise: ε, 1×C×h×w.
        """
        picture = self.start_picture()
        if picture is None:
            return noise, noise_levels(self.denoiser, self.settings.steps)
        levels = last_levels(self.denoiser, self.settings.steps, self.settings.start_noise)
        kept = levels[0].alpha_bar
        return kept**0.5 * self.denoiser.encode(picture) + (1 - kept) ** 0.5 * noise, levels

    @property
    def denoiser(self) -> Denoiser:
        """The prior that samples."""
        assert self.models.denoiser is not None, "the pack hands this painter a denoiser"
        return self.models.denoiser

    def steered_denoiser(self, generator: torch.Generator) -> Denoise:
        """The denoiser with what steers it at each level: the text, and the judge where the settings say."""
        settings = self.settings
        with torch.no_grad():
            plain = text_guided(self.denoiser, self.context(), settings.cfg_scale, self.target.shares)
        nudged = judge_guided(
            plain,
            self.denoiser.decode,
            lambda image: self.picture_gradient(image, generator),
            settings.guidance_strength,
            exact=settings.gradient == "exact",
        )

        def denoise(x: torch.Tensor, level: NoiseLevel) -> Prediction:
            with torch.no_grad():
                nudges = self.nudges(level)
                return self_recurrent(nudged, nudges, generator)(x, level) if nudges else plain(x, level)

        return denoise

    def context(self) -> torch.Tensor:
        """What the denoiser reads, B×T×D: the empty prompt, the prompt, or both (see `text_guided`)."""
        denoiser, settings, parts = self.denoiser, self.settings, self.target.parts
        if settings.mode == "judge" or not denoiser.conditional:
            return denoiser.empty_context()
        texts = [denoiser.context(part.text) for part in parts]
        if settings.cfg_scale == 1 and not is_weighted(self.target.prompt):  # a single row is enough
            return texts[0]
        return torch.cat([denoiser.empty_context(), *texts])

    def nudges(self, level: NoiseLevel) -> int:
        """How often the judge nudges at a level; the last step is never repeated."""
        settings = self.settings
        done = (level.step - 1) / settings.steps  # share of the steps
        if settings.mode == "text" or settings.guidance_strength == 0:
            return 0
        if not settings.guide_start <= done < settings.guide_stop:
            return 0
        return settings.repeats if done < settings.repeat_stop and not level.last else 1

    def judge_extras(self, level: NoiseLevel, prediction: Prediction) -> dict[str, torch.Tensor]:
        """Extras that show where the judge pulled, with the picture before its nudge; {} without a judge."""
        view = prediction.judge_view
        if view is None:
            return {}
        return {"x0": view.image, **self.step_extras(level.step, view.gradient, view.crops)}
