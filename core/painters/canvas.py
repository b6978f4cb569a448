"""What pixel ascent optimises: three parameterisations of a picture under one contract.

The loop never knows which one it has (after lucent's `param`).
"""

from collections.abc import Callable
from typing import Protocol

import torch
import torch.nn.functional as F

from core.models.clamp import clamp_inward


class Canvas(Protocol):
    """What a picture is made of."""

    def parameters(self) -> list[torch.Tensor]:
        """Tensors to optimise."""

    def image(self) -> torch.Tensor:
        """The picture, float32 1×3×size×size in [0, 1], differentiable in the parameters."""

    def show(self, picture: torch.Tensor) -> None:
        """Set the parameters so that the canvas shows a picture, 1×3×size×size in [0, 1]."""


class RawCanvas:
    """The pixels themselves, starting at grey 0.5 plus Gaussian noise: no prior at all."""

    def __init__(self, size: int, device: str, generator: torch.Generator, noise: float = 0.01) -> None:
        start = 0.5 + noise * torch.randn(1, 3, size, size, generator=generator)
        self.pixels = start.to(device).requires_grad_()

    def parameters(self) -> list[torch.Tensor]:
        """See Canvas."""
        return [self.pixels]

    def image(self) -> torch.Tensor:
        """See Canvas."""
        return clamp_inward(self.pixels)

    @torch.no_grad()
    def show(self, picture: torch.Tensor) -> None:
        """See Canvas."""
        self.pixels.copy_(picture)


# Square root of the colour covariance of ImageNet photographs (rows: R, G, B), as published with
# lucid (Olah et al. 2017, "Feature Visualization"); divided by its largest column norm.
_COLOUR_CORRELATION = torch.tensor([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
_COLOUR_CORRELATION = _COLOUR_CORRELATION / _COLOUR_CORRELATION.norm(dim=0).max()


class FourierCanvas:
    """Fourier coefficients with a 1/f^decay scale and decorrelated colours.

    Every frequency moves equally far per step in its own units, so broad shapes win over
    pixel noise (Olah et al. 2017). The picture is a sigmoid of the correlated channels.
    """

    def __init__(
        self, size: int, device: str, generator: torch.Generator, noise: float = 0.01, decay: float = 1.0
    ) -> None:
        self.size = size
        frequency = torch.hypot(torch.fft.fftfreq(size)[:, None], torch.fft.rfftfreq(size)[None])
        scale = frequency.clamp(min=1 / size) ** -decay  # size, size//2+1
        # Unit coefficients shall give unit pixels, so that the learning rate and the starting noise
        # mean what they mean on the raw canvas: 2 for the mirrored half of the spectrum, twice for
        # real and imaginary; the sigmoid's slope ¼ is undone by 4.
        self._scale = (4 * scale / (4 * scale.square().sum()).sqrt()).to(device)
        self._colour = _COLOUR_CORRELATION.to(device)
        start = noise * torch.randn(1, 3, *scale.shape, 2, generator=generator)
        self.spectrum = start.to(device).requires_grad_()  # 1, 3, size, size//2+1, (real, imaginary)

    def parameters(self) -> list[torch.Tensor]:
        """See Canvas."""
        return [self.spectrum]

    def image(self) -> torch.Tensor:
        """See Canvas."""
        coefficients = torch.view_as_complex(self.spectrum) * self._scale
        channels = torch.fft.irfft2(coefficients, s=(self.size, self.size), norm="forward")
        return torch.sigmoid(torch.einsum("rc,bchw->brhw", self._colour, channels))

    @torch.no_grad()
    def show(self, picture: torch.Tensor) -> None:
        """See Canvas."""
        inverse = torch.linalg.inv(self._colour)
        channels = torch.einsum("rc,bchw->brhw", inverse, torch.logit(_inside(picture)))
        coefficients = torch.fft.rfft2(channels, norm="forward") / self._scale
        self.spectrum.copy_(torch.view_as_real(coefficients))


class MultiscaleCanvas:
    """A sum of pictures of 1, 2, 4, … size pixels, each enlarged to full size, through a tanh.

    Multi-resolution prior of Direct Ascent Synthesis (Fort and Whitaker 2025, arXiv 2502.07753),
    written from the paper's description: ½ + ½·tanh(Σ_r enlarge(P_r)). Resolutions double here,
    where the paper takes nearly all: eight layers instead of hundreds.
    """

    def __init__(self, size: int, device: str, generator: torch.Generator, noise: float = 0.01) -> None:
        self.size = size
        sides = [2**k for k in range(size.bit_length()) if 2**k < size] + [size]
        # 2 undoes the slope of ½·tanh, √n the sum of n layers: one unit is one unit of the raw canvas
        self._gain = 2 / len(sides) ** 0.5
        self.layers = [
            (noise * torch.randn(1, 3, side, side, generator=generator)).to(device).requires_grad_()
            for side in sides
        ]

    def parameters(self) -> list[torch.Tensor]:
        """See Canvas."""
        return self.layers

    def image(self) -> torch.Tensor:
        """See Canvas."""
        size = (self.size, self.size)
        total = sum(F.interpolate(layer, size, mode="bilinear", align_corners=False) for layer in self.layers)
        return 0.5 + 0.5 * torch.tanh(self._gain * total)

    @torch.no_grad()
    def show(self, picture: torch.Tensor) -> None:
        """See Canvas. The finest layer holds it, the others nothing."""
        *coarser, finest = self.layers
        for layer in coarser:
            layer.zero_()
        finest.copy_(torch.atanh(2 * _inside(picture) - 1) / self._gain)


def _inside(picture: torch.Tensor) -> torch.Tensor:
    """The picture without 0 and 1, which no sigmoid reaches; rounded to 8 bits it is the same."""
    return picture.clamp(0.25 / 255, 1 - 0.25 / 255)


CANVASES: dict[str, Callable[..., Canvas]] = {
    "raw": RawCanvas,
    "fourier": FourierCanvas,
    "multiscale": MultiscaleCanvas,
}


def make_canvas(kind: str, size: int, device: str, generator: torch.Generator, noise: float = 0.01) -> Canvas:
    """The canvas of a name in CANVASES, started from `generator`."""
    return CANVASES[kind](size, device, generator, noise)
