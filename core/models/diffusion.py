"""A denoiser, with text or without: diffusers' UNet and noise schedule, and nothing of its pipelines.

Notation: x = √ᾱ·x0 + √(1−ᾱ)·ε (Ho et al. 2020, arXiv 2006.11239, eq. 4); ᾱ is always indexed by
the timestep, never by the number of the sampling step.
"""

import inspect

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel

from core.errors import PackError


def build_unet(config):
    """diffusers' UNet2DConditionModel with fresh weights."""
    return UNet2DConditionModel(**config)


class Denoiser:
    """Predicts the picture and the noise in a noisy latent.

    Args:
        unet: x B×C×h×w, t, context B×T×D → prediction B×C×h×w; an unconditional one takes no context.
        scheduler_config: of any of diffusers' schedulers; `prediction_type` "v_prediction" or "epsilon". With "clip_sample"
            the predicted picture is kept within its "clip_sample_range" (denoisers of pixels).
        encode_text: prompt → context 1×T×D; None for an unconditional denoiser.
        encode_empty: () → context 1×T×D of the empty prompt, the one seen when the condition was dropped; or None.
        decode: latent B×C×h×w → images B×3×H×W in [0, 1], differentiable.
        latent_shape: (C, h, w).
        latent_mean, latent_std: per channel; the UNet sees (latent − mean) / std.
        preview: quick decoder of what the UNet sees, or None.
        encode: images B×3×H×W in [0, 1] → latent, or None.
    """

    def __init__(
        self, unet, scheduler_config, encode_text, encode_empty, decode, latent_shape, latent_mean, latent_std, preview=None, encode=None
    ):
        self.unet = unet
        accepted = inspect.signature(DDIMScheduler.__init__).parameters  # other schedulers' keys would each bring a warning
        self.scheduler = DDIMScheduler.from_config({key: value for key, value in scheduler_config.items() if key in accepted})
        self.prediction_type = self.scheduler.config.prediction_type
        if self.prediction_type not in ("v_prediction", "epsilon"):
            raise ValueError(f"prediction_type is {self.prediction_type!r}; v_prediction and epsilon are supported")
        self.conditional = encode_text is not None
        self._encode_text, self._encode_empty = encode_text, encode_empty
        self._decode, self._preview, self._encode = decode, preview, encode
        self.latent_shape = tuple(latent_shape)
        parameter = next(unet.parameters())
        self.dtype = parameter.dtype
        self._mean = torch.as_tensor(latent_mean, dtype=torch.float32, device=parameter.device).view(1, -1, 1, 1)
        self._std = torch.as_tensor(latent_std, dtype=torch.float32, device=parameter.device).view(1, -1, 1, 1)

    def context(self, prompt):
        """What the UNet reads of a prompt, 1×T×D; nothing (1×0×0) if it takes no text."""
        return self._encode_text(prompt) if self.conditional else self.empty()

    def empty(self):
        """What the UNet reads of no prompt, 1×T×D; nothing (1×0×0) if it takes no text."""
        return self._encode_empty() if self.conditional else torch.zeros(1, 0, 0, device=self._mean.device)

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
        text = {} if context is None or not context.shape[1] else {"encoder_hidden_states": context.to(self.dtype)}
        output = self.unet(x.to(self.dtype), t, **text).sample.float()  # half precision ends here: a step adds small numbers
        if self.prediction_type == "epsilon":
            x0, eps = (x - s * output) / a, output
        else:
            x0, eps = a * x - s * output, a * output + s * x
        if self.scheduler.config.clip_sample:
            x0 = x0.clamp(-self.scheduler.config.clip_sample_range, self.scheduler.config.clip_sample_range)
        return x0, eps

    def normalise(self, latent):
        """Autoencoder latent → what the UNet sees."""
        return (latent - self._mean) / self._std

    def encode(self, images):
        """Images B×3×H×W in [0, 1] → what the UNet sees, B×C×h×w, without noise. Raises PackError without an encoder."""
        if self._encode is None:
            raise PackError("The autoencoder of this model pack can only decode, so no picture of yours can be given to its denoiser.")
        return self.normalise(self._encode(images))

    def decode(self, x0):
        """Normalised latent B×C×h×w → images B×3×H×W in [0, 1]; by the quick decoder, if there is one."""
        return self._preview(x0) if self._preview else self.decode_final(x0)

    def decode_final(self, x0):
        """Normalised latent B×C×h×w → images B×3×H×W in [0, 1], by the denoiser's own decoder."""
        return self._decode(x0 * self._std + self._mean)
