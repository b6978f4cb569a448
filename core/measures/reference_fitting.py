"""Measuring a realism reference: what real pictures are like, for one encoder and one size. No torch.

A reference holds, by name: float64 mean, scale [25] and precision [25, 25] of the z-scored statistics;
calibration [6, 3], rows COMPONENTS, columns d50, d95, γ; calibration_excess [≤ 1000], sorted; typical [1],
1st percentile of d_S. manifold_features [N, D] float16 and manifold_radii [N] float32 of the N pictures
with the smaller radii. size [2], height and width, int64.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from core.base.errors import UserError
from core.measures.pixel_statistics import pixel_statistics
from core.measures.realism import Encoder, Reference, ReferenceDistances, embed, excesses
from core.measures.reencodings import REENCODINGS, Reencoding

KEPT_DISTANCES = 1000  # sorted calibration distances kept for p-values: a resolution of .001
FEWEST_PICTURES = 20  # below this a 95th percentile is the largest value


def fit_reference(
    images: Iterable[np.ndarray],
    features: Encoder,
    calibration_images: Iterable[np.ndarray],
    kinds: Sequence[Reencoding] = REENCODINGS,
    per: int = 1,
    k: int = 3,
    seed: int = 0,
) -> Reference:
    """Measure a reference; see the module.

    Args:
        images: real pictures, uint8 H×W×3, all of one size; about 2,000.
        features: uint8 B×H×W×3 → B×D numbers, by an encoder that no painter sees.
        calibration_images: other real pictures of that size; 1,000 or more.
        kinds: harmless re-encodings. Every real picture enters the reference
            plain and once through each; without them a blur of .6 px scores like white noise.
        per: so many consecutive `images` are cut from one original.
        k: which neighbour sets the radius of a reference picture.
        seed: of the re-encodings.

    Raises:
        UserError: pictures of several sizes, fewer than 20 in either set, or not uint8 RGB.
    """
    rng = np.random.default_rng(seed)
    values, vectors, size = _measured(
        images, features, lambda image: [image, *(kind(image, rng) for kind in kinds)]
    )
    real_values, real_vectors, real_size = _measured(calibration_images, features, lambda image: [image])
    if size != real_size:
        sizes = f"Reference pictures are {size} and calibration pictures {real_size}"
        raise UserError(f"{sizes}: give them one size.")
    bank, radii = _neighbourhoods(vectors.astype(np.float16), k, per * (1 + len(kinds)))
    manifold = {"manifold_features": bank, "manifold_radii": radii}
    reference = _spread(values) | manifold | {"size": np.array(size, dtype=np.int64)}
    measure = ReferenceDistances(reference)
    real = zip(real_values, real_vectors, strict=True)
    return reference | _calibrated(np.array([measure.distances(value, vector) for value, vector in real]))


def _spread(values: np.ndarray) -> Reference:
    """The arrays of a reference that say how pixel statistics n×STATISTICS spread."""
    mean = values.mean(0)
    scale = np.maximum(values.std(0), 1e-3)
    return {
        "mean": mean,
        "scale": scale,
        "precision": np.linalg.inv(ledoit_wolf((values - mean) / scale)),
    }


def _calibrated(distances: np.ndarray) -> Reference:
    """The arrays of a reference that come from the distances of real pictures, n×COMPONENTS."""
    calibration = np.array([_calibrate(column) for column in distances.T])
    worse = np.sort(excesses(distances, calibration)[:, :2].max(axis=1))
    return {
        "calibration": calibration,
        "calibration_excess": np.quantile(worse, np.linspace(0, 1, min(len(worse), KEPT_DISTANCES))),
        "typical": np.quantile(distances[:, :1], 0.01, axis=0),
    }


def _measured(
    images: Iterable[np.ndarray], features: Encoder, versions: Callable[[np.ndarray], list[np.ndarray]]
) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """Statistics and unit vectors of each version of each picture, versions of one adjacent; their size."""
    values, vectors = [], []
    sizes: list[tuple[int, int]] = []
    for image in images:
        sizes.append(np.shape(image)[:2])
        for version in versions(image):
            values.append(pixel_statistics(version))
            vectors.append(embed(features, version[None])[0])
    if len(sizes) < FEWEST_PICTURES or len(set(sizes)) > 1:
        raise UserError(
            f"A realism reference needs at least {FEWEST_PICTURES} pictures of one size in each set (1,000 "
            f"or more are better); received {len(sizes)} of {len(set(sizes))} sizes. Add pictures, or resize "
            "them to one size."
        )
    return np.array(values), np.array(vectors), sizes[0]


def _neighbourhoods(
    vectors: np.ndarray, k: int, related: int, chunk: int = 1000
) -> tuple[np.ndarray, np.ndarray]:
    """Radius of each reference picture; keep those up to the median (Kynkäänniemi et al. 2019, arXiv
    1904.06991).

    `related` consecutive rows, from one original, are no neighbours of each other: they are near by
    construction, which would shrink every radius.
    """
    points = vectors.astype(np.float32)
    squares = np.sum(points**2, axis=1)
    origin = np.arange(len(points)) // related
    parts = []
    for start in range(0, len(points), chunk):
        rows = slice(start, start + chunk)
        distances = squares[rows, None] - 2 * points[rows] @ points.T + squares
        distances[origin[rows, None] == origin] = np.inf
        parts.append(np.sqrt(np.maximum(np.partition(distances, k - 1, axis=1)[:, k - 1], 0)))
    radii = np.maximum(np.concatenate(parts), 1e-6)  # repeated pictures
    kept = radii <= np.median(radii)
    return vectors[kept], radii[kept]


def _calibrate(distances: np.ndarray) -> tuple[float, float, float]:
    """d50, d95 and γ = clip(ln 9 / ln(d95/d50), 4, 8): d95 scores .5, and d50 about .9."""
    d50, d95 = np.maximum(np.quantile(distances, [0.5, 0.95]), 1e-9)
    return d50, d95, np.clip(np.log(9) / np.log(max(d95 / d50, 1.001)), 4, 8)


def ledoit_wolf(values: np.ndarray) -> np.ndarray:
    """Shrunk covariance of centred rows, n×p → p×p (Ledoit and Wolf 2004, J. Multivariate Analysis 88)."""
    n, p = values.shape
    sample = values.T @ values / n
    target = np.trace(sample) / p * np.eye(p)
    spread = np.sum((sample - target) ** 2)
    error = (np.sum(np.sum(values**2, axis=1) ** 2) / n - np.sum(sample**2)) / n  # E‖xxᵀ − S‖² / n
    weight = min(error / max(spread, 1e-12), 1)
    return weight * target + (1 - weight) * sample
