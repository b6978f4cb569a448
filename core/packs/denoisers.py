"""A pack's denoiser with what it works in: the vqgan's latents, an autoencoder's, or pixels."""

import torch

from core.models import latents
from core.models.clip_text import FullTokenizer
from core.models.diffusion import Denoiser
from core.packs.weights import read_config


def own_denoiser(pack, entry):
    """A Denoiser in the latents of the pack's own vqgan, conditioned by a text encoder of its own."""
    latent, vqgan = entry["latent"], pack.vqgan

    def decode(z):
        # A latent denoiser learns the latents before quantisation; the nearest codes remove its small errors.
        return vqgan.decode(vqgan.quantise(z)[0] if latent.get("quantise", True) else z)

    encode_text = _encoder(pack.load("text"), pack.tokenizer_of("text"), pack.device)
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


def diffusers_denoiser(pack, entry):
    """A Denoiser of diffusers' layout, with text or without, in an autoencoder's latents or in pixels.

    Raises:
        ValueError: its parts do not belong together.
    """
    unet, parts = pack.load("denoiser"), pack.manifest["models"]
    channels, reads = unet.config.in_channels, type(unet).__name__ == "UNet2DConditionModel"
    if unet.config.out_channels != channels or unet.config.get("class_embed_type") or unet.config.get("num_class_embeds"):
        raise ValueError("it predicts more than the noise or the velocity, or wants class labels; that is not supported")
    if reads != ("text" in parts):
        raise ValueError(f"it {'reads' if reads else 'takes no'} text, but the pack has {'no' if reads else 'a'} text encoder")
    full = latents_of(pack, "autoencoder") if "autoencoder" in parts else None
    quick = latents_of(pack, "preview") if "preview" in parts else None
    base = full or quick or latents.pixels(channels)
    for found in filter(None, (full, quick, base)):
        if found.channels != channels or found.factor != base.factor:
            raise ValueError(f"it works on {channels} channels, a decoder on {found.channels}, {found.factor} pixels to one")
    levels = 2 ** (len(unet.config.block_out_channels) - 1)
    if pack.size % (base.factor * levels):
        raise ValueError(f"its pictures come in multiples of {base.factor * levels} px, and the pack's size is {pack.size}")
    scheduler = read_config(pack.folder / entry["scheduler_file"])
    if base.factor > 1:  # clipping to −1 … 1 is meant for pixels; not every scheduler of a latent denoiser says so
        scheduler["clip_sample"] = False
    encode_text = None
    if reads:
        text = pack.load("text")
        tokenizer = FullTokenizer(len(text.positional_embedding), parts["text"].get("pad", "end"))
        encode_text = _encoder(text, tokenizer, pack.device)
    side = pack.size // base.factor
    return Denoiser(
        unet,
        scheduler,
        encode_text,
        reads and (lambda: encode_text("")),
        base.decode,
        (channels, side, side),
        [0.0] * channels,  # the autoencoder's own scaling is in its decode
        [1.0] * channels,
        preview=quick.decode if quick and full else None,
        encode=base.encode or (quick and quick.encode),
    )


def _encoder(text, tokenizer, device):
    @torch.no_grad()
    def encode_text(prompt):
        return text(tokenizer([prompt]).to(device))

    return encode_text


def latents_of(pack, name):
    """core.models.latents.Latents of a pack's "autoencoder" or "preview". Raises PackError."""
    entry, model = pack.manifest["models"][name], pack.load(name)
    if entry["format"] == "taesd":
        return latents.of_taesd(model, entry.get("latent_channels", 4))
    return latents.of_kl(model) if type(model).__name__ == "AutoencoderKL" else latents.of_tiny(model)
