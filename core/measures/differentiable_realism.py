"""Realism as something to climb: differentiable S and K, in torch.

"A metric that is optimised stops being a metric": everywhere else what measures a painter stays out
of its reach. Here a learner can watch what happens when it does not. Only a pack makes a
`DifferentiableRealism`, and only for a painter whose settings ask for it; every display then says that
realism was optimised.

The formulas of S are those of `core.measures.pixel_statistics`, and so are the numbers, to about 1e-3:
here they are float32, and square roots get a floor, because their slope at 0 is infinite. K is that of
`core.measures.realism`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F

from core.measures.pixel_statistics import (
    LUMA,
    blur_rows,
    halve_rows,
    statistics_of,
)
from core.measures.spectrum_rings import RINGS, SpectrumRings

SQRT_FLOOR = 1e-6  # added under square roots, in grey levels²: far below rounding to 8 bits


class DifferentiableRealism:
    """How badly pictures fare with the realism proxy, as a loss to descend.

    Args:
        reference: arrays of `core.measures.reference_fitting.fit_reference`; pictures must have its size.
        features: images B×3×H×W in [0, 1] → B×D, differentiable: the encoder of K, which is the
            pack's realism network, or its held-out judge's image tower. Whoever descends K sees through it.
        parts: "S", "K" or both.
        device: torch device name.
    """

    def __init__(
        self,
        reference: Mapping[str, np.ndarray],
        features: Callable[[torch.Tensor], torch.Tensor],
        parts: Sequence[str] = ("S", "K"),
        device: str = "cpu",
    ) -> None:
        names = ("mean", "scale", "precision", "manifold_features", "manifold_radii", "calibration")
        arrays = (torch.tensor(reference[name], dtype=torch.float32, device=device) for name in names)
        self.mean, self.scale, self.precision, self.bank, self.radii, self.calibration = arrays
        self.features, self.parts = features, parts

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Images B×3×H×W in [0, 1] → −ln S, −ln K or their sum, averaged over B; a scalar, differentiable.

        The pictures are judged as they will be measured, rounded to 8 bits; the gradient passes straight
        through.
        """
        rounded = images + (images.mul(255).round().div(255) - images).detach()
        # score = 1 / (1 + (d/d95)^γ), so −ln score = softplus(γ ln(d/d95)): its slope does not fade far out
        losses = [F.softplus(excess).mean() for excess in self.log_excesses(rounded)]
        return sum(losses[1:], losses[0])

    def scores(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Images B×3×H×W → the `parts`, 0 … 1: list of [B]."""
        return [torch.sigmoid(-excess) for excess in self.log_excesses(images)]

    def log_excesses(self, images: torch.Tensor) -> list[torch.Tensor]:
        """γ ln(d / d95) of each of the `parts`: list of [B]."""
        distances = {"S": self.pixel_distance, "K": self.manifold_distance}
        rows = dict(zip(distances, self.calibration, strict=False))  # S and K come first; columns d50, d95, γ
        return [rows[part][2] * torch.log(distances[part](images) / rows[part][1]) for part in self.parts]

    def pixel_distance(self, images: torch.Tensor) -> torch.Tensor:
        """d_S = √(zᵀ Σ⁻¹ z / 25), [B]."""
        z = (differentiable_statistics(images) - self.mean) / self.scale
        squares = torch.einsum("bi,ij,bj->b", z, self.precision, z)
        return TorchPictures.root(squares / z.shape[1])

    def manifold_distance(self, images: torch.Tensor) -> torch.Tensor:
        """d_K = min over references r of ‖φ − φr‖ / radius of r, [B]; φ as `core.measures.realism.embed`."""
        views = F.normalize(self.features(torch.cat([images, images.flip(-1)])), dim=-1)
        vectors = F.normalize(views[: len(images)] + views[len(images) :], dim=-1)
        own = vectors.square().sum(1, keepdim=True)
        squares = self.bank.square().sum(1) - 2 * vectors @ self.bank.t() + own
        return (TorchPictures.root(squares) / self.radii).amin(1)


def differentiable_statistics(images: torch.Tensor) -> torch.Tensor:
    """Images B×3×H×W float in [0, 1] → B×25 in the order of `STATISTIC_NAMES`, differentiable."""
    return torch.stack(statistics_of(images.mul(255), TorchPictures), dim=1)


class TorchPictures:
    """`NumpyPictures`' operations in torch: rgb is B×3×H×W float32, a plane B×1×H×W, a value [B]."""

    log, log1p, abs = torch.log, torch.log1p, torch.abs

    @staticmethod
    def mean(x: torch.Tensor) -> torch.Tensor:
        """Of B×… → value."""
        return x.flatten(1).mean(1)

    @staticmethod
    def spread(x: torch.Tensor) -> torch.Tensor:
        """Standard deviation of B×… → value; its slope is finite at 0."""
        return (x.flatten(1).var(1, correction=0) + SQRT_FLOOR).sqrt()

    @staticmethod
    def total(x: torch.Tensor) -> torch.Tensor:
        """Sum of B×… → value."""
        return x.flatten(1).sum(1)

    @staticmethod
    def at_least_zero(x: torch.Tensor) -> torch.Tensor:
        """max(x, 0)."""
        return x.clamp(min=0)

    @staticmethod
    def root(x: torch.Tensor, floor: float = SQRT_FLOOR) -> torch.Tensor:
        """√(max(x, 0) + floor): its slope is finite at 0."""
        return (x.clamp(min=0) + floor).sqrt()

    @staticmethod
    def centred(plane: torch.Tensor) -> torch.Tensor:
        """Minus its mean."""
        return plane - plane.mean((-2, -1), keepdim=True)

    steadied = centred  # float32 would lose digits in the difference of large squares

    @staticmethod
    def luma(rgb: torch.Tensor) -> torch.Tensor:
        """Brightness of rgb, a plane."""
        return (rgb * rgb.new_tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)

    @staticmethod
    def red_and_blue(rgb: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Two planes."""
        return rgb[:, :1], rgb[:, 2:]

    @staticmethod
    def over_colours(rgb: torch.Tensor) -> torch.Tensor:
        """Sum of the three planes, B×H×W."""
        return rgb.sum(1)

    @staticmethod
    def blur(x: torch.Tensor) -> torch.Tensor:
        """As NumpyPictures does."""
        return _along_both(x, blur_matrix)

    @staticmethod
    def halve(plane: torch.Tensor) -> torch.Tensor:
        """As NumpyPictures does."""
        return _along_both(plane, halving_matrix)

    @staticmethod
    def side_by_side(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """Two planes as one picture, B×2×H×W."""
        return torch.cat([one, other], dim=1)

    @staticmethod
    def steepness(plane: torch.Tensor) -> torch.Tensor:
        """Length of the gradient at each pixel."""
        return TorchPictures.root(torch.stack(torch.gradient(plane, dim=(-2, -1))).square().sum(0))

    @staticmethod
    def power(plane: torch.Tensor, window: np.ndarray) -> torch.Tensor:
        """Power in each of rfft2's bins, B×H×(W//2+1)."""
        height, width = window.shape
        spectrum = torch.fft.rfft2(TorchPictures.scaled(plane[:, 0], window))
        return torch.view_as_real(spectrum).square().sum(-1) / (height * width)

    @staticmethod
    def scaled(power: torch.Tensor, weight: np.ndarray) -> torch.Tensor:
        """Times a weight of each bin."""
        return power * torch.from_numpy(weight).to(power)

    @staticmethod
    def ring_means(weighted: torch.Tensor, rings: SpectrumRings) -> torch.Tensor:
        """Mean power in each ring that is used, B×rings, from power times `rings.weight`."""
        ring, used, count = (
            torch.from_numpy(part).to(weighted.device) for part in (rings.ring, rings.used, rings.ring_weight)
        )
        sums = weighted.new_zeros(len(weighted), RINGS + 1).index_add(1, ring, weighted.flatten(1))
        return sums[:, :RINGS][:, used] / count.to(weighted)

    @staticmethod
    def fitted_line(x: np.ndarray, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Slope of the line through points, x [rings], y B×rings, and the mean square of what it leaves."""
        points = torch.from_numpy(x).to(y)
        points, y = points - points.mean(), y - y.mean(1, keepdim=True)
        slope = (points * y).mean(1) / points.square().mean()
        return slope, (y - slope[:, None] * points).square().mean(1)


@lru_cache(maxsize=16)
def blur_matrix(side: int) -> np.ndarray:
    """side×side float32: a product with it blurs one axis of so many pixels.

    At the sizes of packs it costs a tenth of a convolution with its gradient on a CPU.
    """
    return blur_rows(np.eye(side)).astype(np.float32)


@lru_cache(maxsize=16)
def halving_matrix(side: int) -> np.ndarray:
    """⌈side/2⌉×side float32: a product with it halves one axis of so many pixels."""
    return halve_rows(np.eye(side)).astype(np.float32)


def _along_both(planes: torch.Tensor, matrix: Callable[[int], np.ndarray]) -> torch.Tensor:
    """A matrix of each side's length along both axes of …×H×W."""
    rows, columns = (torch.from_numpy(matrix(side)).to(planes.device) for side in planes.shape[-2:])
    return rows @ planes @ columns.t()
