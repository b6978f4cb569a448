"""The fixed parts of a picture's power spectrum: a window, and rings of frequencies, evenly in ln f."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

RINGS = 12


class SpectrumRings(NamedTuple):
    """Fixed parts of the spectrum of one size, float64.

    Args:
        window: H×W, a Hann window of unit mean square.
        ring: index of each bin's logarithmic ring, RINGS where it is in none; rfft2's bins, flattened, int64.
        weight: 2 for bins that stand for a conjugate pair too, else 1; 0 beyond 0.5 cycles/px; rfft2's shape.
        fine: the same in .25 … .5 cycles/px, 0 elsewhere.
        used: rings that hold any bin (a small picture leaves some empty), bool[RINGS].
        ring_weight, log_frequency: sum of the weights in each of those, and its mean ln f.
    """

    window: np.ndarray
    ring: np.ndarray
    weight: np.ndarray
    fine: np.ndarray
    used: np.ndarray
    ring_weight: np.ndarray
    log_frequency: np.ndarray


@lru_cache(maxsize=8)
def spectrum_rings(height: int, width: int) -> SpectrumRings:
    """The rings of pictures of this size."""
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
    used = count > 0
    with np.errstate(
        divide="ignore", invalid="ignore"
    ):  # the mean of the picture has frequency 0 and no ring
        total = np.bincount(ring.ravel(), (weight * np.log(radius)).ravel(), RINGS + 1)[:RINGS]
    fine = (radius >= 0.25) * weight
    return SpectrumRings(window, ring.ravel(), weight, fine, used, count[used], total[used] / count[used])
