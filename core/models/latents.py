"""Autoencoders of a denoiser under one contract, whichever library they come from.

A `Latents` has `decode` (latents as the denoiser sees them, B×C×h×w → images B×3×H×W in [0, 1], differentiable),
`encode` (the way back, or None without an encoder), `channels`, and `factor`, pixels along one side of a latent.
"""

from collections.abc import Callable
from dataclasses import dataclass

from core.clamp import clamp_inward


@dataclass(frozen=True)
class Latents:
    """One autoencoder; see the module."""

    decode: Callable
    encode: Callable | None
    channels: int
    factor: int


def pixels(channels=3):
    """No autoencoder: the denoiser works on pictures in [−1, 1]."""
    return Latents(lambda x: clamp_inward((x + 1) / 2), lambda images: images * 2 - 1, channels, 1)


def of_kl(vae):
    """diffusers' AutoencoderKL; encoding takes the mean of the posterior, so it is deterministic."""
    scale, shift = vae.config.scaling_factor, vae.config.shift_factor or 0.0
    factor = 2 ** (len(vae.config.block_out_channels) - 1)

    def decode(x):
        return clamp_inward((vae.decode(x / scale + shift).sample + 1) / 2)

    def encode(images):
        return (vae.encode(images * 2 - 1).latent_dist.mean - shift) * scale

    return Latents(decode, encode, vae.config.latent_channels, factor)


def of_tiny(vae):
    """diffusers' AutoencoderTiny; its latents are scaled as the denoiser's already, so the factor is usually 1."""
    scale = vae.config.scaling_factor

    def decode(x):
        return clamp_inward((vae.decode(x / scale).sample + 1) / 2)

    def encode(images):
        return vae.encode(images * 2 - 1).latents * scale

    return Latents(decode, encode, vae.config.latent_channels, 2 ** (len(vae.config.encoder_block_out_channels) - 1))


def of_taesd(parts, channels):
    """core.models.tiny.build_tiny."""

    def decode(x):
        return clamp_inward(parts["decoder"](x))

    return Latents(decode, parts["encoder"] if "encoder" in parts else None, channels, 8)
