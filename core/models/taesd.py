"""TAESD, the tiny autoencoder of Stable Diffusion's latents, in the layout of its own files.

Source: github.com/madebyollin/taesd (MIT). diffusers' AutoencoderTiny is the same network under other
names, without the normalised branch of the FLUX.2 variant.
"""

from typing import Any

import torch
from torch import nn

WIDTH = 64


class Clamp(nn.Module):
    """Keeps latents within ±3."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """See the class."""
        return torch.tanh(x / 3) * 3


class Block(nn.Module):
    """Three convolutions with a shortcut; `norm` puts a normalised 1×1 branch before them."""

    def __init__(self, norm: bool = False) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            _conv(WIDTH, WIDTH), nn.ReLU(), _conv(WIDTH, WIDTH), nn.ReLU(), _conv(WIDTH, WIDTH)
        )
        self.fuse = nn.ReLU()
        if norm:
            wide = 4 * WIDTH
            narrow, widen = nn.Conv2d(wide, WIDTH, 1, bias=False), nn.Conv2d(WIDTH, wide, 1, bias=False)
            self.pool = nn.Sequential(widen, nn.GroupNorm(4, wide), nn.ReLU(), narrow)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """See the class."""
        if hasattr(self, "pool"):
            x = x + self.pool(x)
        return self.fuse(self.conv(x) + x)


def _conv(into: int, out: int, **options: Any) -> nn.Conv2d:
    return nn.Conv2d(into, out, 3, padding=1, **options)


def tiny_encoder(channels: int = 4, midblock_norm: bool = False) -> nn.Sequential:
    """Images B×3×H×W in [0, 1] → latents B×channels×H/8×W/8, of about unit size."""
    layers: list[nn.Module] = [_conv(3, WIDTH), Block()]
    for level in range(3):
        norm = midblock_norm and level == 2  # only where the resolution is lowest
        layers += [_conv(WIDTH, WIDTH, stride=2, bias=False), *(Block(norm) for _ in range(3))]
    return nn.Sequential(*layers, _conv(WIDTH, channels))


def tiny_decoder(channels: int = 4, midblock_norm: bool = False) -> nn.Sequential:
    """Latents B×channels×h×w → images B×3×8h×8w, nominally [0, 1]."""
    layers: list[nn.Module] = [Clamp(), _conv(channels, WIDTH), nn.ReLU()]
    for level in range(3):
        norm = midblock_norm and level == 0
        layers += [
            *(Block(norm) for _ in range(3)),
            nn.Upsample(scale_factor=2),
            _conv(WIDTH, WIDTH, bias=False),
        ]
    return nn.Sequential(*layers, Block(), _conv(WIDTH, 3))


def build_tiny(channels: int = 4, midblock_norm: bool = False, encoder: bool = False) -> nn.ModuleDict:
    """A module with `decoder`, and `encoder` if asked for, with fresh weights."""
    parts = {"decoder": tiny_decoder(channels, midblock_norm)}
    if encoder:
        parts["encoder"] = tiny_encoder(channels, midblock_norm)
    return nn.ModuleDict(parts)
