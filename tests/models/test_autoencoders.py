"""Autoencoders of denoisers: their latents are scaled as diffusers' pipelines scale them."""

import pytest
import torch

import core.models  # noqa: F401  (lets diffusers import beside a CPU-only torch)
from core.models.autoencoders import LatentAutoencoder, kl_autoencoder

NORMALISED = {"latents_mean": [0.1, -0.2, 0.3, 0.4], "latents_std": [0.5, 1.5, 2.0, 0.25]}


def autoencoder(**config: object) -> tuple[object, LatentAutoencoder]:
    """A tiny AutoencoderKL of diffusers, and ours around it."""
    from diffusers import AutoencoderKL

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        vae = AutoencoderKL(block_out_channels=[8], norm_num_groups=4, **config).eval().requires_grad_(False)
    return vae, kl_autoencoder(vae)


@pytest.mark.parametrize("config", [{}, {"shift_factor": 0.1, "scaling_factor": 0.36}, NORMALISED])
def test_decoding_undoes_encoding_of_the_latents(config):
    vae, ours = autoencoder(**config)
    images = torch.rand(1, 3, 16, 16)
    latents = ours.encode(images)
    theirs = vae.encode(images * 2 - 1).latent_dist.mean
    expected = ((vae.decode(theirs).sample + 1) / 2).clamp(0, 1)
    assert torch.allclose(ours.decode(latents), expected, atol=1e-4)


def test_channels_are_normalised_by_the_configurations_mean_and_deviation():
    vae, ours = autoencoder(**NORMALISED)
    images = torch.rand(1, 3, 16, 16)
    mean, std = (torch.tensor(NORMALISED[key]).view(1, 4, 1, 1) for key in ("latents_mean", "latents_std"))
    expected = (vae.encode(images * 2 - 1).latent_dist.mean - mean) / std * vae.config.scaling_factor
    assert torch.allclose(ours.encode(images), expected, atol=1e-5)
