"""A pack's denoiser with what it works in: the vqgan's latents, an autoencoder's, or pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from core.models import autoencoders
from core.models.autoencoders import LatentAutoencoder
from core.models.clip import Tokenizer
from core.models.clip_text import FullTokenizer
from core.models.diffusion import Denoiser
from core.models.noise_schedule import unusable_denoiser
from core.packs.weights import read_config

if TYPE_CHECKING:
    from core.packs.pack import ModelPack

# Keys of a UNet's configuration that ask for an input which no painter gives, and what that input is.
EXTRA_INPUTS = {
    "class_embed_type": "a class label",
    "num_class_embeds": "a class label",
    "addition_embed_type": "a second text encoder's summary and the size, as Stable Diffusion XL does",
    "encoder_hid_dim_type": "an image encoder's tokens beside the text",
    "time_cond_proj_dim": "the guidance scale, as consistency models (LCM) do, which are sampled otherwise",
}


def own_denoiser(pack: ModelPack, entry: Mapping[str, Any]) -> Denoiser:
    """A Denoiser in the latents of the pack's own vqgan, conditioned by a text encoder of its own."""
    latent, vqgan = entry["latent"], pack.vqgan

    def decode(z: torch.Tensor) -> torch.Tensor:
        # A latent denoiser learns the latents before quantisation; the nearest codes remove its small errors.
        return vqgan.decode(vqgan.quantise(z)[0] if latent.get("quantise", True) else z)

    encode_text = _text_encoder(pack.load("text"), pack.tokenizer_of("text"), pack.device)
    return Denoiser(
        pack.load("denoiser"),
        entry["scheduler"],
        encode_text,
        lambda: encode_text(""),
        decode,
        latent["shape"],
        latent["mean"],
        latent["std"],
        encode=vqgan.encode,
    )


def diffusers_denoiser(pack: ModelPack, entry: Mapping[str, Any]) -> Denoiser:
    """A Denoiser of diffusers' layout, with text or without, in an autoencoder's latents or in pixels.

    Raises:
        ValueError: its parts do not belong together.
        PackError: it wants what no painter gives.
    """
    unet, parts = pack.load("denoiser"), pack.manifest["models"]
    _check_inputs(unet)
    channels = unet.config.in_channels
    reads_text = type(unet).__name__ == "UNet2DConditionModel"
    if reads_text and "text" not in parts:
        raise ValueError("it reads text, but the pack has no text encoder")
    if "text" in parts and not reads_text:
        raise ValueError("it takes no text, but the pack has a text encoder")
    full = latent_autoencoder(pack, "autoencoder") if "autoencoder" in parts else None
    quick = latent_autoencoder(pack, "preview") if "preview" in parts else None
    base = full or quick or autoencoders.pixel_autoencoder(channels)
    _check_sizes(pack, unet, [decoder for decoder in (base, full, quick) if decoder])
    scheduler = read_config(pack.folder / entry["scheduler_file"])
    if base.factor > 1:
        # Clipping to −1 … 1 is meant for pixels; not every scheduler of a latent denoiser says so.
        scheduler["clip_sample"] = False
    encode_text = _published_text_encoder(pack) if reads_text else None
    side = pack.size // base.factor
    return Denoiser(
        unet,
        scheduler,
        encode_text,
        (lambda: encode_text("")) if encode_text else None,
        base.decode,
        (channels, side, side),
        [0.0] * channels,  # the autoencoder's own scaling is in its decode
        [1.0] * channels,
        preview=quick.decode if quick and full else None,
        encode=base.encode or (quick.encode if quick else None),
    )


def _check_inputs(unet: nn.Module) -> None:
    """Raise PackError for a UNet that wants more than latent, timestep and text, or predicts more."""
    config = unet.config
    if config.out_channels != config.in_channels:
        raise unusable_denoiser(
            f"it takes {config.in_channels} channels and predicts {config.out_channels}, not as many"
        )
    for key, wanted in EXTRA_INPUTS.items():
        if (found := config.get(key)) is not None:
            raise unusable_denoiser(f"{key} is {found!r}: it also wants {wanted}")


def _check_sizes(pack: ModelPack, unet: nn.Module, decoders: list[LatentAutoencoder]) -> None:
    """Raise ValueError unless the decoders take what the UNet gives, and the pack's size suits them."""
    channels, factor = unet.config.in_channels, decoders[0].factor
    for decoder in decoders:
        if decoder.channels != channels or decoder.factor != factor:
            raise ValueError(
                f"it works on {channels} channels, a decoder on {decoder.channels}, "
                f"{decoder.factor} pixels to one"
            )
    levels = 2 ** (len(unet.config.block_out_channels) - 1)
    if pack.size % (factor * levels):
        raise ValueError(
            f"its pictures come in multiples of {factor * levels} px, and the pack's size is {pack.size}"
        )


def _published_text_encoder(pack: ModelPack) -> Callable[[str], torch.Tensor]:
    """Prompt → token states 1×T×D of a text encoder that spells every word."""
    text = pack.load("text")
    pad = pack.manifest["models"]["text"].get("pad", "end")
    return _text_encoder(text, FullTokenizer(len(text.positional_embedding), pad), pack.device)


def _text_encoder(
    text: nn.Module, tokenizer: Tokenizer | FullTokenizer, device: str
) -> Callable[[str], torch.Tensor]:
    """Prompt → token states 1×T×D."""

    @torch.no_grad()
    def encode_text(prompt: str) -> torch.Tensor:
        return text(tokenizer([prompt]).to(device))

    return encode_text


def latent_autoencoder(pack: ModelPack, name: str) -> LatentAutoencoder:
    """A pack's "autoencoder" or "preview". Raises PackError."""
    entry, model = pack.manifest["models"][name], pack.load(name)
    if entry["format"] == "taesd":
        return autoencoders.taesd_autoencoder(model, entry.get("latent_channels", 4))
    if type(model).__name__ == "AutoencoderKL":
        return autoencoders.kl_autoencoder(model)
    return autoencoders.tiny_autoencoder(model)
