"""Autoencoders of a denoiser under one contract, whichever library they come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from core.models.clamp import clamp_inward

if TYPE_CHECKING:
    from diffusers import AutoencoderKL, AutoencoderTiny

Transform = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class LatentAutoencoder:
    """Between pictures and the latents that a denoiser works in.

    Args:
        decode: latents as the denoiser sees them, B×C×h×w → pictures B×3×H×W in [0, 1], differentiable.
        encode: the way back; None without an encoder.
        channels: C.
        factor: pixels along one side of a latent.
    """

    decode: Transform
    encode: Transform | None
    channels: int
    factor: int


def pixel_autoencoder(channels: int = 3) -> LatentAutoencoder:
    """No autoencoder: the denoiser works on pictures in [−1, 1]."""
    return LatentAutoencoder(
        decode=lambda x: clamp_inward((x + 1) / 2),
        encode=lambda images: images * 2 - 1,
        channels=channels,
        factor=1,
    )


def kl_autoencoder(vae: AutoencoderKL) -> LatentAutoencoder:
    """diffusers' AutoencoderKL; encoding takes the mean of the posterior, so it is deterministic.

    Latents are scaled by its `scaling_factor` and moved by its `shift_factor`; or, where its configuration
    has them, normalised channel by channel with `latents_mean` and `latents_std`, as diffusers' pipelines
    do.
    """
    config = vae.config
    shift: torch.Tensor | float = config.shift_factor or 0.0
    scale: torch.Tensor | float = config.scaling_factor
    if config.latents_mean is not None and config.latents_std is not None:
        shift = _per_channel(config.latents_mean, vae)
        scale = config.scaling_factor / _per_channel(config.latents_std, vae)

    def decode(x: torch.Tensor) -> torch.Tensor:
        return clamp_inward((vae.decode(x / scale + shift).sample + 1) / 2)

    def encode(images: torch.Tensor) -> torch.Tensor:
        return (vae.encode(images * 2 - 1).latent_dist.mean - shift) * scale

    return LatentAutoencoder(
        decode, encode, config.latent_channels, 2 ** (len(config.block_out_channels) - 1)
    )


def _per_channel(values: Sequence[float], model: nn.Module) -> torch.Tensor:
    """Numbers → 1×C×1×1 float32, on the model's device."""
    return torch.tensor(values, dtype=torch.float32, device=next(model.parameters()).device).view(1, -1, 1, 1)


def tiny_autoencoder(vae: AutoencoderTiny) -> LatentAutoencoder:
    """diffusers' AutoencoderTiny; its latents are scaled as the denoiser's: the factor is usually 1."""
    scale = vae.config.scaling_factor

    def decode(x: torch.Tensor) -> torch.Tensor:
        return clamp_inward((vae.decode(x / scale).sample + 1) / 2)

    def encode(images: torch.Tensor) -> torch.Tensor:
        return vae.encode(images * 2 - 1).latents * scale

    factor = 2 ** (len(vae.config.encoder_block_out_channels) - 1)
    return LatentAutoencoder(decode, encode, vae.config.latent_channels, factor)


def taesd_autoencoder(parts: nn.ModuleDict, channels: int) -> LatentAutoencoder:
    """`core.models.taesd.build_tiny` with these channels of latents."""

    def decode(x: torch.Tensor) -> torch.Tensor:
        return clamp_inward(parts["decoder"](x))

    return LatentAutoencoder(decode, parts["encoder"] if "encoder" in parts else None, channels, 8)
