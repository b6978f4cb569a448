"""A denoiser, with text or without: diffusers' UNet and noise schedule, and nothing of its pipelines.

Notation: x = √ᾱ·x0 + √(1−ᾱ)·ε (Ho et al. 2020, arXiv 2006.11239, eq. 4); ᾱ is always indexed by
the timestep, never by the number of the sampling step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from diffusers import UNet2DConditionModel
from torch import nn

from core.base.errors import PackError, SettingError
from core.models.noise_schedule import read_schedule

Transform = Callable[[torch.Tensor], torch.Tensor]


def build_unet(config: Mapping[str, Any]) -> UNet2DConditionModel:
    """diffusers' UNet2DConditionModel with fresh weights."""
    return UNet2DConditionModel(**config)


class Denoiser:
    """Predicts the picture and the noise in a noisy latent.

    Args:
        unet: x B×C×h×w, t, context B×T×D → prediction B×C×h×w; an unconditional one takes no context.
        scheduler_config: see `core.models.noise_schedule`. With "clip_sample" or "thresholding" the predicted
            picture is kept within the range that they name (denoisers of pixels).
        encode_text: prompt → context 1×T×D; None for an unconditional denoiser.
        encode_empty: () → context 1×T×D of the empty prompt, the one seen when the condition was dropped;
            or None.
        decode: latent B×C×h×w → images B×3×H×W in [0, 1], differentiable.
        latent_shape: (C, h, w).
        latent_mean, latent_std: per channel; the UNet sees (latent − mean) / std.
        preview: quick decoder of what the UNet sees, or None.
        encode: images B×3×H×W in [0, 1] → latent, or None.

    Raises:
        PackError: the schedule is of another kind of model.
    """

    def __init__(
        self,
        unet: nn.Module,
        scheduler_config: Mapping[str, Any],
        encode_text: Callable[[str], torch.Tensor] | None,
        encode_empty: Callable[[], torch.Tensor] | None,
        decode: Transform,
        latent_shape: Sequence[int],
        latent_mean: Sequence[float],
        latent_std: Sequence[float],
        preview: Transform | None = None,
        encode: Transform | None = None,
    ) -> None:
        self.unet = unet
        self.scheduler = read_schedule(scheduler_config)
        self._encode_text, self._encode_empty = encode_text, encode_empty
        self._decode, self._preview, self._encode = decode, preview, encode
        self.latent_shape = tuple(latent_shape)
        parameter = next(unet.parameters())
        self.dtype = parameter.dtype
        self._mean = torch.as_tensor(latent_mean, dtype=torch.float32, device=parameter.device).view(
            1, -1, 1, 1
        )
        self._std = torch.as_tensor(latent_std, dtype=torch.float32, device=parameter.device).view(
            1, -1, 1, 1
        )

    @property
    def conditional(self) -> bool:
        """Whether it reads text."""
        return self._encode_text is not None

    def context(self, prompt: str) -> torch.Tensor:
        """What the UNet reads of a prompt, 1×T×D; nothing (1×0×0) if it takes no text."""
        return self._encode_text(prompt) if self._encode_text else self.empty_context()

    def empty_context(self) -> torch.Tensor:
        """What the UNet reads of no prompt, 1×T×D; nothing (1×0×0) if it takes no text."""
        return self._encode_empty() if self._encode_empty else torch.zeros(1, 0, 0, device=self._mean.device)

    def timesteps(self, n: int) -> list[int]:
        """The n timesteps of a sampling run, largest first, spaced as the schedule says.

        Raises:
            SettingError: the schedule has fewer noise levels.
        """
        if fitting := self._spaced(n):
            return fitting
        most = next(fewer for fewer in range(n - 1, 0, -1) if self._spaced(fewer))
        raise SettingError(
            f"diffusion: steps is {n}; the denoiser of this model pack knows "
            f"{len(self.scheduler.alphas_cumprod)} noise levels and takes at most {most} steps. Lower them."
        )

    def _spaced(self, n: int) -> list[int]:
        """The n timesteps, or [] if there are not so many."""
        levels = len(self.scheduler.alphas_cumprod)
        if n > levels:
            return []
        self.scheduler.set_timesteps(n)
        # Rounding leaves the library one too many for some n, "trailing" and 61 for one: a last timestep
        # of −1.
        timesteps = self.scheduler.timesteps.tolist()[:n]
        return timesteps if timesteps[0] < levels else []  # "steps_offset" moves all of them up

    def alpha_bar(self, t: int) -> float:
        """ᾱ of a timestep; a negative `t` means the clean end of the schedule."""
        return float(self.scheduler.final_alpha_cumprod if t < 0 else self.scheduler.alphas_cumprod[t])

    def x0_eps(
        self, x: torch.Tensor, t: int, context: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Predicted clean latent and noise, both B×C×h×w float32, normalised units.

        v = √ᾱ·ε − √(1−ᾱ)·x0, so x0 = √ᾱ·x − √(1−ᾱ)·v and ε = √ᾱ·v + √(1−ᾱ)·x
        (Salimans and Ho 2022, arXiv 2202.00512, appendix D).
        """
        a, s = self.alpha_bar(t) ** 0.5, (1 - self.alpha_bar(t)) ** 0.5
        text = {}
        if context is not None and context.shape[1]:
            text = {"encoder_hidden_states": context.to(self.dtype)}
        # half precision ends here: a step adds small numbers
        output = self.unet(x.to(self.dtype), t, **text).sample.float()
        kind = self.scheduler.config.prediction_type
        if kind == "epsilon":
            x0, eps = (x - s * output) / a, output
        elif kind == "sample":
            x0, eps = output, (x - a * output) / s
        else:
            x0, eps = a * x - s * output, a * output + s * x
        return self._within_range(x0), eps

    def _within_range(self, x0: torch.Tensor) -> torch.Tensor:
        config = self.scheduler.config
        if config.thresholding:  # Saharia et al. 2022, arXiv 2205.11487, "dynamic thresholding"
            return self.scheduler._threshold_sample(x0)
        if config.clip_sample:
            return x0.clamp(-config.clip_sample_range, config.clip_sample_range)
        return x0

    def normalise(self, latent: torch.Tensor) -> torch.Tensor:
        """Autoencoder latent B×C×h×w → what the UNet sees."""
        return (latent - self._mean) / self._std

    def encode(self, images: torch.Tensor) -> torch.Tensor:
        """Images B×3×H×W in [0, 1] → what the UNet sees, B×C×h×w, without noise.

        Raises:
            PackError: there is no encoder.
        """
        if self._encode is None:
            raise PackError(
                "The autoencoder of this model pack can only decode, so no picture of yours can be given to "
                "its denoiser. Choose a pack whose autoencoder also encodes, such as the miniature."
            )
        return self.normalise(self._encode(images))

    def decode(self, x0: torch.Tensor) -> torch.Tensor:
        """Normalised latent B×C×h×w → images B×3×H×W in [0, 1]; by the quick decoder, if there is one."""
        return self._preview(x0) if self._preview else self.decode_final(x0)

    def decode_final(self, x0: torch.Tensor) -> torch.Tensor:
        """Normalised latent B×C×h×w → images B×3×H×W in [0, 1], by the denoiser's own decoder."""
        return self._decode(x0 * self._std + self._mean)
