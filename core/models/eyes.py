"""A small residual network (He et al. 2016, arXiv 1512.03385) that realism can see through.

It learns without captions, so it owes nothing to the judges.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    """Two 3×3 convolutions and a way around them."""

    def __init__(self, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        around = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))
        self.around = nn.Identity() if channels == out and stride == 1 else around

    def forward(self, x: torch.Tensor) -> Any:
        h = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(h + self.around(x))


class Eyes(nn.Module):
    """Images → features.

    Args:
        config: {"size": side in px to which pictures are reduced, "widths": channels of the levels, each
            half as large as the one before, "outputs": None for the pooled features, or how many numbers a
            last linear layer gives}.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        widths = config["widths"]
        outputs = config.get("outputs")
        self.size = config["size"]
        self.dimension = outputs or widths[-1]
        self.stem = nn.Sequential(
            nn.Conv2d(3, widths[0], 3, 2, 1, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU()
        )
        steps = zip([widths[0], *widths[:-1]], widths, strict=True)
        self.levels = nn.Sequential(*(Block(a, b, 1 if i == 0 else 2) for i, (a, b) in enumerate(steps)))
        self.head = nn.Linear(widths[-1], outputs) if outputs else nn.Identity()

    def forward(self, images: torch.Tensor) -> Any:
        """Images B×3×H×W in [0, 1] → B×D."""
        side = (self.size, self.size)
        if images.shape[-2:] != side:
            images = F.interpolate(images, side, mode="bilinear", antialias=True)
        return self.head(self.levels(self.stem((images - 0.5) / 0.25)).mean((2, 3)))

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """The same for images on any device: what realism's K compares; differentiable."""
        return self(images.to(self.stem[0].weight.device))


def build_eyes(config: Mapping[str, Any]) -> Eyes:
    """`Eyes` with fresh weights from a pack's configuration."""
    return Eyes(config)
