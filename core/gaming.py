"""The gaming lab: the realism proxy as something to climb. Differentiable S and K, in torch.

"A metric that is optimised stops being a metric": everywhere else what measures a painter stays out
of its reach. Here a learner can watch what happens when it does not. Only a pack makes a `Proxy`,
and only for a painter whose settings ask for it; every display then says that realism was optimised.

The numbers are those of `core.statistics` and `core.realism` (where formulas and sources are), to
about 1e-3; tests compare them. Two square roots get a floor here, because their slope at 0 is infinite.
"""

from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from scipy.ndimage import correlate1d

from core.statistics import ENERGY_FLOOR, FLOOR, GAUSSIAN, RINGS, rings

ROOT = 1e-6  # added under square roots, in grey levels²: far below rounding to 8 bits


class Proxy:
    """How badly pictures fare with the realism proxy, as a loss to descend.

    Args:
        reference: arrays of `core.realism.fit_reference`; pictures must have its size.
        features: images B×3×H×W in [0, 1] → B×D, differentiable: the encoder of K, which is the
            held-out judge's image tower. Whoever descends K sees through the held-out judge's eyes.
        parts: "S", "K" or both.
        device: torch device name.
    """

    def __init__(self, reference, features, parts=("S", "K"), device="cpu"):
        names = ("mean", "scale", "precision", "manifold_features", "manifold_radii", "calibration")
        arrays = (torch.tensor(reference[name], dtype=torch.float32, device=device) for name in names)
        self.mean, self.scale, self.precision, self.bank, self.radii, self.calibration = arrays
        self.features, self.parts = features, parts

    def __call__(self, images):
        """Images B×3×H×W in [0, 1] → −ln S, −ln K or their sum, averaged over B; a scalar, differentiable.

        The pictures are judged as they will be measured, rounded to 8 bits; the gradient passes straight through.
        """
        rounded = images + (images.mul(255).round().div(255) - images).detach()
        # score = 1 / (1 + (d/d95)^γ), so −ln score = softplus(γ ln(d/d95)): its slope does not fade far out
        return sum(F.softplus(excess).mean() for excess in self.log_excesses(rounded))

    def scores(self, images):
        """Images B×3×H×W → the `parts`, 0 … 1: list of [B]."""
        return [torch.sigmoid(-excess) for excess in self.log_excesses(images)]

    def log_excesses(self, images):
        """γ ln(d / d95) of each of the `parts`: list of [B]."""
        # calibration: rows S, K, …; columns d50, d95, γ
        measures = {"S": (self.pixel_distance, self.calibration[0]), "K": (self.manifold_distance, self.calibration[1])}
        return [gamma * torch.log(measure(images) / d95) for measure, (_, d95, gamma) in map(measures.get, self.parts)]

    def pixel_distance(self, images):
        """d_S = √(zᵀ Σ⁻¹ z / 25), [B]."""
        z = (statistics(images) - self.mean) / self.scale
        return (torch.einsum("bi,ij,bj->b", z, self.precision, z).clamp(min=0) / z.shape[1] + ROOT).sqrt()

    def manifold_distance(self, images):
        """d_K = min over references r of ‖φ − φr‖ / radius of r, [B]; φ averages a picture and its mirror image."""
        views = F.normalize(self.features(torch.cat([images, images.flip(-1)])), dim=-1)
        vectors = F.normalize(views[: len(images)] + views[len(images) :], dim=-1)
        squares = (self.bank.square().sum(1) - 2 * vectors @ self.bank.t() + vectors.square().sum(1, keepdim=True)).clamp(min=0)
        return ((squares + ROOT).sqrt() / self.radii).amin(1)


def statistics(images):
    """Images B×3×H×W float in [0, 1] → B×25 in the order of `core.statistics.NAMES`, differentiable."""
    rgb = images.mul(255)
    luma = _luma(rgb)
    half = _halve(luma)
    columns = [
        *_spectrum(luma),
        *_local_contrast(luma),
        *_local_contrast(half),
        *_edges(luma),
        *_edges(half),
        _edges_across_scales(luma, half),
        *_colour(rgb, luma),
    ]
    return torch.stack(columns, dim=1)


def _mean(values):
    """B×… → [B]."""
    return values.flatten(1).mean(1)


def _spread(values):
    """Standard deviation of B×…, [B]; its slope is finite at 0."""
    return (values.flatten(1).var(1, correction=0) + ROOT).sqrt()


def _rho(values):
    return torch.log(_mean(values.square()) + FLOOR**2) - 2 * torch.log(_mean(values.abs()) + FLOOR)


def _log_ratio(above, below):
    return torch.log((above + ENERGY_FLOOR) / (below + ENERGY_FLOOR))


def _luma(rgb):
    """B×3×H×W → B×1×H×W."""
    return (rgb * rgb.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)


@lru_cache(maxsize=16)
def _operators(side):
    """Blurring and halving one axis of `side` pixels as matrices: side×side and ⌈side/2⌉×side, NumPy float32.

    At the sizes of packs a matrix product costs a tenth of a convolution with its gradient on a CPU.
    """
    one = np.eye(side)
    blur = correlate1d(one, GAUSSIAN, axis=0, mode="mirror")
    smooth = correlate1d(one, [0.25, 0.5, 0.25], axis=0, mode="mirror")
    halve = smooth[0::2] if side % 2 else (one[0::2] + one[1::2]) / 2
    return blur.astype(np.float32), halve.astype(np.float32)


def _along_both(planes, which):
    """One of the `_operators` along both axes of …×H×W."""
    rows, columns = (torch.from_numpy(_operators(side)[which]).to(planes.device) for side in planes.shape[-2:])
    return rows @ planes @ columns.t()


def _blur(planes):
    return _along_both(planes, 0)


def _halve(planes):
    return _along_both(planes, 1)


def _spectrum(luma):
    height, width = luma.shape[-2:]
    window, ring, weight, fine, log_frequency = (torch.from_numpy(part).to(luma.device) for part in rings(height, width))
    plane = (luma - luma.mean((-2, -1), keepdim=True))[:, 0] * window.to(luma)
    power = torch.view_as_real(torch.fft.rfft2(plane)).square().sum(-1) / (height * width)  # B, H, W//2+1
    weighted = (power * weight.to(luma)).flatten(1)
    used = torch.isfinite(log_frequency)
    empty = luma.new_zeros(len(luma), RINGS + 1)
    total = empty.index_add(1, ring, weighted)[:, :RINGS][:, used]
    count = empty[0].index_add(0, ring, weight.to(luma).flatten())[:RINGS][used]
    x, y = log_frequency[used].to(luma), torch.log(total / count + ENERGY_FLOOR)
    x, y = x - x.mean(), y - y.mean(1, keepdim=True)
    slope = (x * y).mean(1) / x.square().mean()
    residual = (y - slope[:, None] * x).square().mean(1)
    share = _log_ratio((power * fine.to(luma)).flatten(1).sum(1) / (height * width), weighted.sum(1) / (height * width))
    return -slope, torch.log((residual + ROOT * 1e-6).sqrt() + FLOOR), share


def _local_contrast(luma):
    luma = luma - luma.mean((-2, -1), keepdim=True)  # changes nothing but the rounding of the next difference
    mean = _blur(luma)
    sigma = ((_blur(luma.square()) - mean.square()).clamp(min=0) + ROOT).sqrt()
    m = (luma - mean) / (sigma + 1)
    energy = _mean(m.square())

    def correlation(one, other):
        return _mean(one * other) / (energy + FLOOR**2)

    diagonal = correlation(m[..., :-1, :-1], m[..., 1:, 1:]) + correlation(m[..., :-1, 1:], m[..., 1:, :-1])
    return (
        _rho(m),
        torch.log(energy + FLOOR**2),
        correlation(m[..., :-1], m[..., 1:]),
        correlation(m[..., :-1, :], m[..., 1:, :]),
        diagonal / 2,
        torch.log((_spread(sigma) + FLOOR) / (_mean(sigma) + FLOOR)),
    )


def _edges(luma):
    top, bottom = (rows[..., 1:] + rows[..., :-1] for rows in (luma[..., :-1, :], luma[..., 1:, :]))
    right, left = (rows[..., 1:] - rows[..., :-1] for rows in (luma[..., :-1, :], luma[..., 1:, :]))
    straight = torch.cat([bottom - top, right + left], dim=1) / 2
    energy = _mean(straight.square())
    return _rho(straight), torch.log(energy + ENERGY_FLOOR), _log_ratio(_mean(((right - left) / 2).square()), energy)


def _edges_across_scales(luma, half):
    slopes = (torch.stack(torch.gradient(plane, dim=(-2, -1))).square().sum(0) for plane in (luma, half))
    fine, coarse = (torch.log1p((square + ROOT).sqrt()) for square in slopes)
    fine = _halve(fine)
    fine, coarse = (plane - plane.mean((-2, -1), keepdim=True) for plane in (fine, coarse))
    return _mean(fine * coarse) / (_spread(fine) * _spread(coarse) + FLOOR)


def _colour(rgb, luma):
    detail = rgb - _blur(rgb)
    bright = _luma(detail)
    red, blue = detail[:, :1], detail[:, 2:]
    chroma = _mean((0.564 * (blue - bright)).square() + (0.713 * (red - bright)).square())
    grey = _mean(detail.sum(1).square()) / 3
    off_grey = (_mean(detail.square().sum(1)) - grey).clamp(min=0)
    return _log_ratio(chroma, _mean(bright.square())), _log_ratio(off_grey, grey), torch.log1p(_spread(luma))
