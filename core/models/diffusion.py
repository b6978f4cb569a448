"""A text-conditioned denoiser: diffusers' UNet and noise schedule, and nothing of its pipelines.

Notation: x = √ᾱ·x0 + √(1−ᾱ)·ε (Ho et al. 2020, arXiv 2006.11239, eq. 4); ᾱ is always indexed by
the timestep, never by the number of the sampling step.
"""

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel


def build_unet(config):
    """diffusers' UNet2DConditionModel with fresh weights."""
    return UNet2DConditionModel(**config)


class Denoiser:
    """Predicts the picture and the noise in a noisy latent.

    Args:
        unet: x B×C×h×w, t, context B×T×D → prediction B×C×h×w.
        scheduler_config: of diffusers' DDIMScheduler; `prediction_type` "v_prediction" or "epsilon".
        encode_text: prompt → context 1×T×D.
        encode_empty: () → context 1×T×D of the empty prompt, the one seen when the condition was dropped.
        decode: latent B×C×h×w → images B×3×H×W in [0, 1], differentiable.
        latent_shape: (C, h, w).
        latent_mean, latent_std: per channel; the UNet sees (latent − mean) / std.
    """

    def __init__(
        self, unet, scheduler_config, encode_text, encode_empty, decode, latent_shape, latent_mean, latent_std
    ):
        self.unet = unet
        self.scheduler = DDIMScheduler.from_config(scheduler_config)
        self.prediction_type = self.scheduler.config.prediction_type
        if self.prediction_type not in ("v_prediction", "epsilon"):
            raise ValueError(f"prediction_type is {self.prediction_type!r}; v_prediction and epsilon are supported")
        self.context = encode_text
        self.empty = encode_empty
        self._decode = decode
        self.latent_shape = tuple(latent_shape)
        parameter = next(unet.parameters())
        self._mean = torch.as_tensor(latent_mean, dtype=torch.float32, device=parameter.device).view(1, -1, 1, 1)
        self._std = torch.as_tensor(latent_std, dtype=torch.float32, device=parameter.device).view(1, -1, 1, 1)

    def timesteps(self, n):
        """The n timesteps of a sampling run, largest first, spaced as the schedule says."""
        self.scheduler.set_timesteps(n)
        return self.scheduler.timesteps.tolist()

    def alpha_bar(self, t):
        """ᾱ of a timestep as a float; a negative `t` means the clean end of the schedule."""
        return float(self.scheduler.final_alpha_cumprod if t < 0 else self.scheduler.alphas_cumprod[t])

    def x0_eps(self, x, t, context):
        """Predicted clean latent and noise, both B×C×h×w, normalised units.

        v = √ᾱ·ε − √(1−ᾱ)·x0, so x0 = √ᾱ·x − √(1−ᾱ)·v and ε = √ᾱ·v + √(1−ᾱ)·x
        (Salimans and Ho 2022, arXiv 2202.00512, appendix D).
        """
        a, s = self.alpha_bar(t) ** 0.5, (1 - self.alpha_bar(t)) ** 0.5
        output = self.unet(x, t, encoder_hidden_states=context).sample
        if self.prediction_type == "epsilon":
            return (x - s * output) / a, output
        return a * x - s * output, a * output + s * x

    def normalise(self, latent):
        """Autoencoder latent → what the UNet sees."""
        return (latent - self._mean) / self._std

    def decode(self, x0):
        """Normalised latent B×C×h×w → images B×3×H×W in [0, 1]."""
        return self._decode(x0 * self._std + self._mean)
