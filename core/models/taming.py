"""A VQGAN composed of taming-transformers' own Encoder, Decoder and quantizer.

Source: Esser et al. 2021, arXiv 2012.09841. The state-dict keys are the official ones, so an
official checkpoint's model part loads strictly. taming's `VQModel` itself is not used: it needs
removed pytorch_lightning modules and builds its training loss.
"""

import contextlib
import io
from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from taming.modules.diffusionmodules.model import Decoder, Encoder
from taming.modules.vqvae.quantize import VectorQuantizer2
from torch import nn

from core.models.clamp import clamp_inward

COMMITMENT = 0.25


class Vqgan(nn.Module):
    """Images ↔ a grid of codes.

    Args:
        config: {"ddconfig": taming's names, "n_embed": int, "embed_dim": int, "unshuffle": int}.
            With "unshuffle" u > 1, u×u pixels become 3u² channels before the Encoder and back
            after the Decoder (sub-pixel convolution, Shi et al. 2016, arXiv 1609.05158): it saves
            the full-resolution level, the costly one on a CPU. `in_channels` and `out_ch` are
            then 3u² and `resolution` is that after unshuffling. u = 1 is the official layout.
            "decoder" may hold what differs from ddconfig in the Decoder, such as its widths.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        ddconfig = config["ddconfig"]
        self.unshuffle = config.get("unshuffle", 1)
        with contextlib.redirect_stdout(io.StringIO()):  # taming's Decoder prints its shape
            self.encoder = Encoder(**ddconfig)
            self.decoder = Decoder(**{**ddconfig, **config.get("decoder", {})})
        self.quantize = VectorQuantizer2(
            config["n_embed"], config["embed_dim"], beta=COMMITMENT, legacy=False
        )
        self.quant_conv = nn.Conv2d(ddconfig["z_channels"], config["embed_dim"], 1)
        self.post_quant_conv = nn.Conv2d(config["embed_dim"], ddconfig["z_channels"], 1)
        self.factor = self.unshuffle * 2 ** (len(ddconfig["ch_mult"]) - 1)

    @property
    def codebook(self) -> nn.Parameter:
        """Parameter n×C: the code vectors."""
        return self.quantize.embedding.weight

    def grid(self, size: int) -> int:
        """Codes along one side of a picture of `size` pixels."""
        return size // self.factor

    def encode(self, images: torch.Tensor) -> torch.Tensor:
        """Images B×3×H×W in [0, 1] → continuous latents B×C×h×w, before quantisation."""
        x = F.pixel_unshuffle(images * 2 - 1, self.unshuffle)  # B, 3u², H/u, W/u; taming works in [−1, 1]
        return self.quant_conv(self.encoder(x))

    def lookup(self, indices: torch.Tensor) -> torch.Tensor:
        """Code indices B×h×w → code vectors B×C×h×w, differentiable in the codebook."""
        return F.embedding(indices, self.codebook).permute(0, 3, 1, 2)

    def quantise(self, z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Nearest code for every latent, with a straight-through gradient.

        Returns:
            (zq, indices): B×C×h×w, whose value is the code and whose gradient goes to `z`
            unchanged; and LongTensor B×h×w. An index lookup: `one_hot @ codebook` costs twice.
        """
        indices = self.nearest(z.detach())
        codes = self.lookup(indices).detach()
        return z + (codes - z).detach(), indices

    @torch.no_grad()
    def nearest(self, z: torch.Tensor) -> torch.Tensor:
        """Indices B×h×w of the codes nearest to B×C×h×w; always in float32."""
        with torch.autocast(z.device.type, enabled=False):
            flat = z.float().permute(0, 2, 3, 1).reshape(-1, z.shape[1])  # B·h·w, C
            codes = self.codebook.float()
            # |z − e|² without |z|², which does not change the nearest one
            distance = torch.addmm(codes.square().sum(1), flat, codes.t(), alpha=-2)  # B·h·w, n
        return distance.argmin(1).view(z.shape[0], *z.shape[2:])

    def codebook_loss(self, z: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
        """Codebook and commitment terms (van den Oord et al. 2017, arXiv 1711.00937, eq. 3)."""
        codes = self.lookup(indices)
        return F.mse_loss(codes, z.detach()) + COMMITMENT * F.mse_loss(z, codes.detach())

    def decode(self, zq: torch.Tensor) -> torch.Tensor:
        """Latents B×C×h×w → images B×3×H×W, nominally [0, 1].

        In training the range is left open; in evaluation it is clamped so that gradients lead
        values that overshot back inside.
        """
        x = F.pixel_shuffle(self.decoder(self.post_quant_conv(zq)), self.unshuffle)
        images = (x + 1) / 2
        return images if self.training else clamp_inward(images)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Images → (reconstruction, z, indices): what a training step needs."""
        z = self.encode(images)
        zq, indices = self.quantise(z)
        return self.decode(zq), z, indices


def build_vqgan(config: Mapping[str, Any]) -> Vqgan:
    """A `Vqgan` with fresh weights from a pack's configuration."""
    return Vqgan(config)
