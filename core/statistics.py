"""25 pixel statistics of a picture, in four named groups. NumPy and SciPy only.

Photographs share a few regularities whatever they show: power falls as 1/f^α,
locally normalised contrast is near Gaussian, edges are sparse and continue
across scales, colour varies less than brightness. Sources: Field 1987 (spectra);
Ruderman 1994; Mittal, Moorthy, Bovik 2012 (BRISQUE) and Mittal, Soundararajan,
Bovik 2013 (NIQE) for normalised contrast; Simoncelli 1999 for edges.

All energies are in grey levels (0 … 255) squared. Every statistic is the same for
a picture and its mirror image, because nothing about realism is left- or right-handed.
"""

from functools import lru_cache

import numpy as np
from scipy.fft import rfft2
from scipy.ndimage import correlate1d

from core.errors import UserError

SIDES = (16, 2048)  # px; below, a spectrum has too few rings; above, memory passes 1 GB
GROUPS = {  # group → its columns in the vector of statistics
    "spectrum": slice(0, 3),
    "local contrast": slice(3, 15),
    "edges": slice(15, 22),
    "colour": slice(22, 25),
}
_CONTRAST = ("heaviness of tails", "energy", "left-right", "up-down", "diagonal", "patchiness")
_EDGES = ("sparseness", "energy", "diagonal share")
NAMES = (
    ("spectral slope", "spectral roughness", "fine share")
    + tuple(f"contrast {name}, {scale}" for scale in ("fine", "coarse") for name in _CONTRAST)
    + tuple(f"edge {name}, {scale}" for scale in ("fine", "coarse") for name in _EDGES)
    + ("edges across scales", "colour detail", "off-grey detail", "brightness range")
)

RINGS = 12
ENERGY_FLOOR = 1e-3  # grey levels²: far under the 1/12 that rounding to 8 bits adds, far over float error
FLOOR = 1e-4  # the same for normalised quantities
GAUSSIAN = np.exp(-0.5 * (np.arange(-3, 4) / (7 / 6)) ** 2)
GAUSSIAN /= GAUSSIAN.sum()


def check_picture(image):
    """Raise UserError unless `image` is uint8 H×W×3 with sides within SIDES."""
    low, high = SIDES
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise UserError(
            f"Realism needs an 8-bit RGB picture (uint8, height×width×3), not {image.dtype} of shape {image.shape}."
        )
    height, width = image.shape[:2]
    if not (low <= min(height, width) and max(height, width) <= high):
        raise UserError(
            f"Realism cannot be measured on a picture of {width}×{height} px: "
            f"each side must have {low} to {high} px. Resize or crop it."
        )


def statistics(image):
    """uint8 H×W×3 RGB, sides 16 … 2048 → float64[25] in the order of NAMES; always finite.

    Raises:
        UserError: another layout or size.
    """
    check_picture(image)
    rgb = np.asarray(image, dtype=np.float64)
    luma = _luma(rgb)
    half = _halve(luma)
    return np.array(
        [
            *_spectrum(luma),
            *_local_contrast(luma),
            *_local_contrast(half),
            *_edges(luma),
            *_edges(half),
            _edges_across_scales(luma, half),
            *_colour(rgb, luma),
        ]
    )


def rho(values):
    """ln E v² − 2 ln E|v|: ln(π/2) for a Gaussian, ln 2 for a Laplacian, more for heavier tails.

    A monotone function of the shape of a generalised Gaussian (Sharifi and
    Leon-Garcia 1995), without solving for the shape.
    """
    values = np.asarray(values, dtype=np.float64)
    return np.log(np.mean(values**2) + FLOOR**2) - 2 * np.log(np.mean(np.abs(values)) + FLOOR)


def _log_ratio(above, below):
    return np.log((above + ENERGY_FLOOR) / (below + ENERGY_FLOOR))


def _luma(rgb):
    return rgb @ np.array([0.299, 0.587, 0.114])


def _blur(plane):
    """7-tap Gaussian, σ = 7/6, over the first two axes; mirrored without repeating the edge."""
    return correlate1d(correlate1d(plane, GAUSSIAN, axis=0, mode="mirror"), GAUSSIAN, axis=1, mode="mirror")


def _halve(plane):
    """H×W → ⌈H/2⌉×⌈W/2⌉ by a filter that is symmetric for even and for odd sides."""
    for axis in (0, 1):
        plane = np.swapaxes(plane, 0, axis)
        if len(plane) % 2 == 0:
            plane = (plane[0::2] + plane[1::2]) / 2
        else:
            plane = correlate1d(plane, [0.25, 0.5, 0.25], axis=0, mode="mirror")[0::2]
        plane = np.swapaxes(plane, 0, axis)
    return plane


@lru_cache(maxsize=8)
def rings(height, width):
    """Fixed parts of the spectrum of one size.

    Returns:
        window: H×W Hann window of unit mean square.
        ring: index of each rfft2 bin's logarithmic ring, RINGS where it is in none.
        weight: 2 for bins that stand for a conjugate pair too, else 1; 0 beyond 0.5 cycles/px.
        fine: 1 for bins in .25 … .5 cycles/px.
        log_frequency: mean ln f of each ring, NaN where a small picture leaves the ring empty.
    """
    window = np.outer(np.hanning(height), np.hanning(width))
    window /= np.sqrt(np.mean(window**2))
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    weight = np.full(radius.shape, 2.0)
    weight[:, 0] = 1
    if width % 2 == 0:
        weight[:, -1] = 1
    bounds = np.geomspace(2.5 / min(height, width), 0.5, RINGS + 1)
    ring = np.digitize(radius, bounds) - 1
    ring[(ring < 0) | (radius >= 0.5)] = RINGS
    weight[radius > 0.5] = 0
    count = np.bincount(ring.ravel(), weight.ravel(), RINGS + 1)[:RINGS]
    with np.errstate(divide="ignore", invalid="ignore"):
        total = np.bincount(ring.ravel(), (weight * np.log(radius)).ravel(), RINGS + 1)[:RINGS]
        log_frequency = np.where(count > 0, total / count, np.nan)
    return window, ring.ravel(), weight, (radius >= 0.25) * weight, log_frequency


def _spectrum(luma):
    """Slope α of 1/f^α, ln RMS departure from it, ln share of power in the finest octave."""
    window, ring, weight, fine, log_frequency = rings(*luma.shape)
    power = np.abs(rfft2((luma - luma.mean()) * window)) ** 2 / luma.size  # white noise of variance v: v in each bin
    weighted = power * weight
    used = np.isfinite(log_frequency)
    count = np.bincount(ring, weight.ravel(), RINGS + 1)[:RINGS][used]
    mean_power = np.bincount(ring, weighted.ravel(), RINGS + 1)[:RINGS][used] / count
    x, y = log_frequency[used], np.log(mean_power + ENERGY_FLOOR)
    slope = np.cov(x, y, bias=True)[0, 1] / np.var(x)
    residual = y - y.mean() - slope * (x - x.mean())
    share = _log_ratio(np.sum(power * fine) / luma.size, np.sum(weighted) / luma.size)
    return -slope, np.log(np.sqrt(np.mean(residual**2)) + FLOOR), share


def _local_contrast(luma):
    """Six statistics of m = (Y − GY) / (σ + 1), the mean-subtracted contrast-normalised luma."""
    mean = _blur(luma)
    sigma = np.sqrt(np.maximum(_blur(luma**2) - mean**2, 0))
    m = (luma - mean) / (sigma + 1)
    energy = np.mean(m**2)

    def correlation(one, other):
        return np.mean(one * other) / (energy + FLOOR**2)

    diagonal = correlation(m[:-1, :-1], m[1:, 1:]) + correlation(m[:-1, 1:], m[1:, :-1])
    return (
        rho(m),
        np.log(energy + FLOOR**2),
        correlation(m[:, :-1], m[:, 1:]),
        correlation(m[:-1], m[1:]),
        diagonal / 2,
        np.log((sigma.std() + FLOOR) / (sigma.mean() + FLOOR)),
    )


def _edges(luma):
    """ρ and ln energy of the Haar edges H and V, and ln energy of the diagonal D against them.

    Undecimated, so that a shift by one pixel changes nothing but the border.
    """
    top, bottom = luma[:-1, 1:] + luma[:-1, :-1], luma[1:, 1:] + luma[1:, :-1]
    right, left = luma[:-1, 1:] - luma[:-1, :-1], luma[1:, 1:] - luma[1:, :-1]
    straight = np.stack([bottom - top, right + left]) / 2
    diagonal = (right - left) / 2
    energy = np.mean(straight**2)
    return rho(straight), np.log(energy + ENERGY_FLOOR), _log_ratio(np.mean(diagonal**2), energy)


def _edges_across_scales(luma, half):
    """Correlation of ln(1 + |∇Y|) between a picture and its half-size copy."""
    fine, coarse = (np.log1p(np.hypot(*np.gradient(plane))) for plane in (luma, half))
    fine = _halve(fine)
    fine, coarse = fine - fine.mean(), coarse - coarse.mean()
    return np.mean(fine * coarse) / (fine.std() * coarse.std() + FLOOR)


def _colour(rgb, luma):
    """ln colour/brightness and ln off-grey/grey energy of the fine detail; ln(std Y + 1)."""
    detail = rgb - _blur(rgb)
    red, blue, bright = detail[..., 0], detail[..., 2], _luma(detail)
    chroma = np.mean((0.564 * (blue - bright)) ** 2 + (0.713 * (red - bright)) ** 2)
    grey = np.mean(detail.sum(axis=2) ** 2) / 3  # energy along the axis (1, 1, 1)/√3
    off_grey = max(np.mean(np.sum(detail**2, axis=2)) - grey, 0)
    return _log_ratio(chroma, np.mean(bright**2)), _log_ratio(off_grey, grey), np.log1p(luma.std())
