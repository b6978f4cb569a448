"""25 pixel statistics of a picture, in four named groups. NumPy and SciPy only.

Photographs share a few regularities whatever they show: power falls as 1/f^α,
locally normalised contrast is near Gaussian, edges are sparse and continue
across scales, colour varies less than brightness. Sources: Field 1987 (spectra);
Ruderman 1994; Mittal, Moorthy, Bovik 2012 (BRISQUE) and Mittal, Soundararajan,
Bovik 2013 (NIQE) for normalised contrast; Simoncelli 1999 for edges.

All energies are in grey levels (0 … 255) squared. Every statistic is the same for
a picture and its mirror image, because nothing about realism is left- or right-handed.

The formulas are written once, over few operations on pictures: `NumpyPictures` here, in float64, for the
measure; `core.measures.differentiable_realism` has the same operations in torch, in float32, to be
climbed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.fft import rfft2
from scipy.ndimage import correlate1d

from core.base.errors import UserError
from core.measures.spectrum_rings import RINGS, SpectrumRings, spectrum_rings

SIDE_RANGE = (16, 2048)  # px; below, a spectrum has too few rings; above, memory passes 1 GB
STATISTIC_GROUPS = {  # group → its columns in the vector of statistics
    "spectrum": slice(0, 3),
    "local contrast": slice(3, 15),
    "edges": slice(15, 22),
    "colour": slice(22, 25),
}
_CONTRAST = ("heaviness of tails", "energy", "left-right", "up-down", "diagonal", "patchiness")
_EDGES = ("sparseness", "energy", "diagonal share")
STATISTIC_NAMES = (
    ("spectral slope", "spectral roughness", "fine share")
    + tuple(f"contrast {name}, {scale}" for scale in ("fine", "coarse") for name in _CONTRAST)
    + tuple(f"edge {name}, {scale}" for scale in ("fine", "coarse") for name in _EDGES)
    + ("edges across scales", "colour detail", "off-grey detail", "brightness range")
)

ENERGY_FLOOR = 1e-3  # grey levels²: far under the 1/12 that rounding to 8 bits adds, far over float error
FLOOR = 1e-4  # the same for normalised quantities
LUMA = (0.299, 0.587, 0.114)  # weights of R, G, B in brightness
HALVING = (0.25, 0.5, 0.25)  # filter before every second pixel of an odd side is kept
GAUSSIAN = np.exp(-0.5 * (np.arange(-3, 4) / (7 / 6)) ** 2)
GAUSSIAN /= GAUSSIAN.sum()

Array = Any  # as the operations in use have it: of NumPy or torch


def check_measurable(image: np.ndarray) -> None:
    """Raise UserError unless `image` is uint8 H×W×3 with sides within SIDE_RANGE."""
    low, high = SIDE_RANGE
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise UserError(
            f"Realism needs an 8-bit RGB picture (uint8, height×width×3), not {image.dtype} of shape "
            f"{image.shape}. Convert it to 8-bit RGB."
        )
    height, width = image.shape[:2]
    if not (low <= min(height, width) and max(height, width) <= high):
        raise UserError(
            f"Realism cannot be measured on a picture of {width}×{height} px: "
            f"each side must have {low} to {high} px. Resize or crop it."
        )


def pixel_statistics(image: np.ndarray) -> np.ndarray:
    """uint8 H×W×3 RGB, sides 16 … 2048 → float64[25] in the order of STATISTIC_NAMES; always finite.

    Raises:
        UserError: another layout or size.
    """
    check_measurable(image)
    return np.array(statistics_of(np.asarray(image, dtype=np.float64), NumpyPictures))


def blur_rows(x: np.ndarray, axis: int = 0) -> np.ndarray:
    """Blurred along one axis by a 7-tap Gaussian, σ = 7/6; mirrored without repeating the edge."""
    return correlate1d(x, GAUSSIAN, axis=axis, mode="mirror")


def halve_rows(x: np.ndarray) -> np.ndarray:
    """n×… → ⌈n/2⌉×… by a filter that is symmetric for even and for odd n."""
    if len(x) % 2 == 0:
        return (x[0::2] + x[1::2]) / 2
    return correlate1d(x, HALVING, axis=0, mode="mirror")[0::2]


class NumpyPictures:
    """The operations that the formulas are made of; rgb is H×W×3 float64, a plane H×W, a value a number."""

    log, log1p, abs = np.log, np.log1p, np.abs
    mean, spread, total = np.mean, np.std, np.sum  # of a whole picture → value

    @staticmethod
    def at_least_zero(x: Array) -> Array:
        """max(x, 0)."""
        return np.maximum(x, 0)

    @staticmethod
    def root(x: Array, floor: float = 0.0) -> Array:
        """√max(x, 0). The floor is for whoever needs a gradient, which is infinite at 0."""
        return np.sqrt(np.maximum(x, 0))

    @staticmethod
    def centred(plane: Array) -> Array:
        """Minus its mean."""
        return plane - plane.mean()

    @staticmethod
    def steadied(plane: Array) -> Array:
        """The plane, made ready for a difference of squares; in float64 it is."""
        return plane

    @staticmethod
    def luma(rgb: Array) -> Array:
        """Brightness of rgb, a plane."""
        return rgb @ np.array(LUMA)

    @staticmethod
    def red_and_blue(rgb: Array) -> tuple[Array, Array]:
        """Two planes."""
        return rgb[..., 0], rgb[..., 2]

    @staticmethod
    def over_colours(rgb: Array) -> Array:
        """Sum of the three planes."""
        return rgb.sum(axis=2)

    @staticmethod
    def blur(x: Array) -> Array:
        """A plane or rgb, blurred along both axes: see blur_rows."""
        return blur_rows(blur_rows(x), axis=1)

    @staticmethod
    def halve(plane: Array) -> Array:
        """H×W → ⌈H/2⌉×⌈W/2⌉: see halve_rows."""
        return halve_rows(halve_rows(plane).T).T

    @staticmethod
    def side_by_side(one: Array, other: Array) -> Array:
        """Two planes as one picture."""
        return np.stack([one, other])

    @staticmethod
    def steepness(plane: Array) -> Array:
        """Length of the gradient at each pixel."""
        return np.hypot(*np.gradient(plane))

    @staticmethod
    def power(plane: Array, window: np.ndarray) -> Array:
        """Power in each of rfft2's bins, H×(W//2+1); white noise of variance v has v in each."""
        return np.abs(rfft2(plane * window)) ** 2 / plane.size

    @staticmethod
    def scaled(power: Array, weight: np.ndarray) -> Array:
        """Power times a weight of each bin."""
        return power * weight

    @staticmethod
    def ring_means(weighted: Array, rings: SpectrumRings) -> Array:
        """Mean power in each ring that is used, from power times `rings.weight`."""
        sums = np.bincount(rings.ring, weighted.ravel(), RINGS + 1)[:RINGS]
        return sums[rings.used] / rings.ring_weight

    @staticmethod
    def fitted_line(x: np.ndarray, y: Array) -> tuple[Array, Array]:
        """Slope of the line through points, and the mean square of what it leaves; both values."""
        slope = np.cov(x, y, bias=True)[0, 1] / np.var(x)
        residual = y - y.mean() - slope * (x - x.mean())
        return slope, np.mean(residual**2)


def statistics_of(rgb: Array, ops: Any) -> list[Array]:
    """The 25 statistics of a colour picture in grey levels, each a value; `ops` as NumpyPictures."""
    luma = ops.luma(rgb)
    half = ops.halve(luma)
    return [
        *_spectrum(luma, ops),
        *_local_contrast(luma, ops),
        *_local_contrast(half, ops),
        *_edges(luma, ops),
        *_edges(half, ops),
        _edges_across_scales(luma, half, ops),
        *_colour(rgb, luma, ops),
    ]


def _spectrum(luma: Array, ops: Any) -> tuple[Array, ...]:
    """Slope α of 1/f^α, ln RMS departure from it, ln share of power in the finest octave."""
    rings = spectrum_rings(*luma.shape[-2:])
    pixels = luma.shape[-2] * luma.shape[-1]
    power = ops.power(ops.centred(luma), rings.window)
    weighted = ops.scaled(power, rings.weight)
    y = ops.log(ops.ring_means(weighted, rings) + ENERGY_FLOOR)
    slope, residual = ops.fitted_line(rings.log_frequency, y)
    fine = ops.total(ops.scaled(power, rings.fine)) / pixels
    share = _log_ratio(fine, ops.total(weighted) / pixels, ops)
    return -slope, ops.log(ops.root(residual, floor=1e-12) + FLOOR), share


def _local_contrast(luma: Array, ops: Any) -> tuple[Array, ...]:
    """Six statistics of m = (Y − GY) / (σ + 1), the mean-subtracted contrast-normalised luma."""
    luma = ops.steadied(luma)
    mean = ops.blur(luma)
    sigma = ops.root(ops.blur(luma**2) - mean**2)
    m = (luma - mean) / (sigma + 1)
    energy = ops.mean(m**2)

    def correlation(one: Array, other: Array) -> Array:
        return ops.mean(one * other) / (energy + FLOOR**2)

    falling = correlation(m[..., :-1, :-1], m[..., 1:, 1:])
    rising = correlation(m[..., :-1, 1:], m[..., 1:, :-1])
    return (
        rho(m, ops),
        ops.log(energy + FLOOR**2),
        correlation(m[..., :-1], m[..., 1:]),
        correlation(m[..., :-1, :], m[..., 1:, :]),
        (falling + rising) / 2,
        ops.log((ops.spread(sigma) + FLOOR) / (ops.mean(sigma) + FLOOR)),
    )


def _edges(luma: Array, ops: Any) -> tuple[Array, ...]:
    """ρ and ln energy of the Haar edges H and V, and ln energy of the diagonal D against them.

    Undecimated, so that a shift by one pixel changes nothing but the border.
    """
    top, bottom = (rows[..., 1:] + rows[..., :-1] for rows in (luma[..., :-1, :], luma[..., 1:, :]))
    right, left = (rows[..., 1:] - rows[..., :-1] for rows in (luma[..., :-1, :], luma[..., 1:, :]))
    straight = ops.side_by_side(bottom - top, right + left) / 2
    diagonal = (right - left) / 2
    energy = ops.mean(straight**2)
    share = _log_ratio(ops.mean(diagonal**2), energy, ops)
    return rho(straight, ops), ops.log(energy + ENERGY_FLOOR), share


def _edges_across_scales(luma: Array, half: Array, ops: Any) -> Array:
    """Correlation of ln(1 + |∇Y|) between a picture and its half-size copy."""
    fine = ops.halve(ops.log1p(ops.steepness(luma)))
    fine, coarse = ops.centred(fine), ops.centred(ops.log1p(ops.steepness(half)))
    return ops.mean(fine * coarse) / (ops.spread(fine) * ops.spread(coarse) + FLOOR)


def _colour(rgb: Array, luma: Array, ops: Any) -> tuple[Array, ...]:
    """ln colour/brightness and ln off-grey/grey energy of the fine detail; ln(std Y + 1)."""
    detail = rgb - ops.blur(rgb)
    bright = ops.luma(detail)
    red, blue = ops.red_and_blue(detail)
    chroma = ops.mean((0.564 * (blue - bright)) ** 2 + (0.713 * (red - bright)) ** 2)
    grey = ops.mean(ops.over_colours(detail) ** 2) / 3  # energy along the axis (1, 1, 1)/√3
    off_grey = ops.at_least_zero(ops.mean(ops.over_colours(detail**2)) - grey)
    ratios = _log_ratio(chroma, ops.mean(bright**2), ops), _log_ratio(off_grey, grey, ops)
    return *ratios, ops.log1p(ops.spread(luma))


def rho(x: Array, ops: Any = NumpyPictures) -> Array:
    """ln E x² − 2 ln E|x|: ln(π/2) for a Gaussian, ln 2 for a Laplacian, more for heavier tails.

    A monotone function of the shape of a generalised Gaussian (Sharifi and
    Leon-Garcia 1995), without solving for the shape.
    """
    return ops.log(ops.mean(x**2) + FLOOR**2) - 2 * ops.log(ops.mean(ops.abs(x)) + FLOOR)


def _log_ratio(above: Array, below: Array, ops: Any) -> Array:
    return ops.log((above + ENERGY_FLOOR) / (below + ENERGY_FLOOR))
