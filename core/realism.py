"""The realism proxy: how much a picture resembles the reference pictures of its pack.

R = min(S, K). S compares 25 pixel statistics (`core.statistics`) with those of real
pictures, K compares what an encoder that no painter sees makes of the picture
(Kynkäänniemi et al. 2019, arXiv 1904.06991, eq. 3). They cover each other: K overlooks
noise added to a real picture, S overlooks a picture made to have the right statistics.

"Realism" here means "resembles the reference pictures". It never means "is real", and no
agreement with human opinion is claimed. Known failures: heavy blur scores like noise;
shuffled patches and pasted text pass S; drawings and other styles score low.

NumPy and SciPy only; no painter imports this module.
"""

from dataclasses import dataclass

import numpy as np

from core.errors import PackError, UserError
from core.reencode import KINDS
from core.statistics import GROUPS, NAMES, check_picture, statistics

MEASURES = ("statistics", "manifold", *GROUPS)  # rows of reference["calibration"]
KEPT_DISTANCES = 1000  # sorted calibration distances kept for p-values: a resolution of .001
FEWEST = 20  # pictures; below this a 95th percentile is the largest value


@dataclass(frozen=True)
class Reading:
    """What the realism proxy says of one picture.

    Args:
        realism: min(statistics, manifold), 0 … 1. About .9 for the median real picture,
            .5 where only 5 % of real pictures lie farther out on one component.
        statistics: S, 0 … 1.
        manifold: K, 0 … 1.
        p_value: conformal: share of the real calibration pictures (and this one) whose
            worse component is at least as far out. Uniform on 0 … 1 for real pictures.
        too_typical: the statistics lie nearer to the mean than in 99 % of real
            pictures, as when somebody optimised them. Says nothing about 1 real picture in 100.
        groups: name of a group of statistics → 0 … 1: the formula of S on the
            columns of that group alone, with its own calibration. S is no function of
            these: it also sees how groups hang together, so it can be lower than each.
        distances: the distances d behind the scores, by the names in MEASURES; 1 is the
            spread of the reference for statistics and groups, its neighbourhood for manifold.
    """

    realism: float
    statistics: float
    manifold: float
    p_value: float
    too_typical: bool
    groups: dict[str, float]
    distances: dict[str, float]


class Realism:
    """Scores pictures against one reference.

    Args:
        reference: arrays made by `fit_reference`.
        features: uint8 B×H×W×3 → B×D numbers, the encoder used in `fit_reference`.

    Raises:
        PackError: the reference lacks arrays, or they have the wrong shape.
    """

    def __init__(self, reference, features):
        self.reference = _checked(reference)
        self.features = features
        self.size = tuple(int(side) for side in reference["size"])  # height, width
        self._ruler = _Ruler(self.reference)

    def score(self, image):
        """uint8 H×W×3 RGB at the size of the reference → Reading.

        Raises:
            UserError: another layout or size (statistics depend on resolution).
            PackError: the encoder does not belong to this reference.
        """
        check_picture(image)
        height, width = self.size
        if image.shape[:2] != self.size:
            raise UserError(
                f"This realism reference was measured at {width}×{height} px, and the picture has "
                f"{image.shape[1]}×{image.shape[0]}. Resize the picture, or fit a reference at its size."
            )
        distances = self._ruler.distances(statistics(image), embed(self.features, image))
        excess = excesses(distances, self.reference["calibration"])
        scores = dict(zip(MEASURES, (1 / (1 + excess)).tolist()))
        kept = self.reference["calibration_excess"]
        farther = len(kept) - np.searchsorted(kept, excess[:2].max(), side="left")
        return Reading(
            realism=min(scores["statistics"], scores["manifold"]),
            statistics=scores["statistics"],
            manifold=scores["manifold"],
            p_value=(1 + int(farther)) / (len(kept) + 1),
            too_typical=bool(distances[0] < self.reference["typical"][0]),
            groups={name: scores[name] for name in GROUPS},
            distances=dict(zip(MEASURES, distances.tolist())),
        )


def embed(features, image):
    """Unit vector of a picture: its features and those of its mirror image, averaged.

    An encoder is not exactly blind to left and right, realism should be. Both views go through it in
    one batch, which takes two thirds of the time of two.
    """
    views = np.asarray(features(np.stack([image, image[:, ::-1]])), dtype=np.float64)  # 2×D
    vector = (views / np.maximum(np.linalg.norm(views, axis=1, keepdims=True), 1e-12)).sum(axis=0)
    return vector / max(np.linalg.norm(vector), 1e-12)


def excesses(distances, calibration):
    """(d / d95)^γ for each measure, from …×M distances and M×3 rows (d50, d95, γ); the score is 1/(1 + that)."""
    return (distances / calibration[:, 1]) ** calibration[:, 2]


class _Ruler:
    """Distances from a reference, without their calibration (fitting needs them first)."""

    def __init__(self, reference):
        self.mean, self.scale = reference["mean"], reference["scale"]
        covariance = np.linalg.inv(reference["precision"])
        self.groups = [(columns, np.linalg.inv(covariance[columns, columns])) for columns in GROUPS.values()]
        self.precision = reference["precision"]
        self.bank = reference["manifold_features"].astype(np.float32)
        self.bank_squares = np.sum(self.bank**2, axis=1)
        self.radii = reference["manifold_radii"].astype(np.float32)

    def distances(self, values, vector):
        """25 statistics and a unit vector of D features → float64 distances in the order of MEASURES."""
        z = (values - self.mean) / self.scale
        parts = [_mahalanobis(z[columns], precision) for columns, precision in self.groups]
        return np.array([_mahalanobis(z, self.precision), self._manifold(vector), *parts])

    def _manifold(self, vector):
        """1 / eq. 3 of arXiv 1904.06991 = min over references r of ‖φg − φr‖ / ‖φr − NN_k(φr)‖."""
        if vector.shape != self.bank.shape[1:] or not np.isfinite(vector).all():
            raise PackError(
                f"The realism reference holds {self.bank.shape[1]} features per picture, and the encoder gave "
                f"{vector.size} (or numbers that are not finite). Use reference and encoder of the same pack."
            )
        vector = vector.astype(np.float32)
        squares = self.bank_squares - 2 * (self.bank @ vector) + vector @ vector
        return float(np.min(np.sqrt(np.maximum(squares, 0)) / self.radii))


def _mahalanobis(z, precision):
    """√(zᵀ Σ⁻¹ z / n): about 1 for a picture of the reference, whatever the number n of statistics."""
    return float(np.sqrt(max(z @ precision @ z, 0) / len(z)))


def _checked(reference):
    """The reference with every array present, finite and of the shape it must have."""
    n = len(NAMES)
    shapes = {
        "mean": (n,),
        "scale": (n,),
        "precision": (n, n),
        "manifold_features": (None, None),
        "manifold_radii": (None,),
        "calibration": (len(MEASURES), 3),
        "calibration_excess": (None,),
        "typical": (1,),
        "size": (2,),
    }
    advice = "Download the pack again, or make a new reference with: python -m core train realism"
    missing = [name for name in shapes if name not in reference]
    if missing:
        raise PackError(f"The realism reference lacks {', '.join(missing)}. {advice}")
    reference = {name: np.asarray(reference[name]) for name in shapes}
    for name, shape in shapes.items():
        array = reference[name]
        fits = array.ndim == len(shape) and all(want in (None, got) for want, got in zip(shape, array.shape))
        if not fits or array.size == 0 or not np.isfinite(array).all():
            wanted = "×".join("any" if side is None else str(side) for side in shape)
            raise PackError(
                f"In the realism reference, {name} has shape {array.shape} or holds numbers that are not finite; "
                f"finite numbers of shape {wanted} are needed. {advice}"
            )
        if array.dtype == np.float16 and not name.startswith("manifold"):  # too coarse for an inverse covariance
            raise PackError(f"In the realism reference, {name} was stored in half precision. {advice}")
    if len(reference["manifold_features"]) != len(reference["manifold_radii"]):
        raise PackError(f"In the realism reference, features and radii differ in number. {advice}")
    return reference


def fit_reference(images, features, calibration_images, kinds=KINDS, per=1, k=3, seed=0):
    """Measure a reference for one encoder and one picture size.

    Args:
        images: iterable of real pictures, uint8 H×W×3, all of one size; about 2,000.
        features: uint8 B×H×W×3 → B×D numbers, by an encoder that no painter sees.
        calibration_images: other real pictures of that size; 1,000 or more.
        kinds: harmless re-encodings, (image, rng) → image. Every real picture enters the reference
            plain and once through each; without them a blur of .6 px scores like white noise.
        per: so many consecutive `images` are cut from one original.
        k: which neighbour sets the radius of a reference picture.
        seed: of the re-encodings.

    Returns:
        arrays by name. float64: mean, scale [25] and precision [25, 25] of the z-scored statistics;
        calibration [6, 3], rows MEASURES, columns d50, d95, γ; calibration_excess [≤ 1000], sorted;
        typical [1], 1st percentile of d_S. manifold_features [N, D] float16 and manifold_radii [N]
        float32 of the N pictures with the smaller radii. size [2], height and width, int64.

    Raises:
        UserError: pictures of several sizes, fewer than 20 in either set, or not uint8 RGB.
    """
    rng = np.random.default_rng(seed)
    values, vectors, size = _measured(images, features, lambda image: (image, *(kind(image, rng) for kind in kinds)))
    real, real_vectors, real_size = _measured(calibration_images, features, lambda image: (image,))
    if size != real_size:
        raise UserError(f"Reference pictures are {size} and calibration pictures {real_size}: give them one size.")
    mean, scale = values.mean(0), np.maximum(values.std(0), 1e-3)
    bank, radii = _neighbourhoods(vectors.astype(np.float16), k, per * (1 + len(kinds)))
    reference = {
        "mean": mean,
        "scale": scale,
        "precision": np.linalg.inv(ledoit_wolf((values - mean) / scale)),
        "manifold_features": bank,
        "manifold_radii": radii,
        "size": np.array(size, dtype=np.int64),
    }
    ruler = _Ruler(reference)
    distances = np.array([ruler.distances(value, vector) for value, vector in zip(real, real_vectors)])
    calibration = np.array([_calibrate(column) for column in distances.T])
    worse = np.sort(excesses(distances, calibration)[:, :2].max(axis=1))
    reference["calibration"] = calibration
    reference["calibration_excess"] = np.quantile(worse, np.linspace(0, 1, min(len(worse), KEPT_DISTANCES)))
    reference["typical"] = np.quantile(distances[:, :1], 0.01, axis=0)
    return reference


def _measured(images, features, versions):
    """Statistics and unit vectors of every version of every picture; versions of one picture are adjacent."""
    values, vectors, sizes, count = [], [], set(), 0
    for count, image in enumerate(images, 1):
        sizes.add(np.shape(image)[:2])
        for version in versions(image):
            values.append(statistics(version))
            vectors.append(embed(features, version))
    if count < FEWEST or len(sizes) > 1:
        raise UserError(
            f"A realism reference needs at least {FEWEST} pictures of one size in each set (1,000 or more are better); "
            f"received {count} of {len(sizes)} sizes. Add pictures, or resize them to one size."
        )
    return np.array(values), np.array(vectors), sizes.pop()


def _neighbourhoods(vectors, k, related, chunk=1000):
    """Radius of each reference picture; keep those up to the median (Kynkäänniemi et al. 2019, section 4).

    `related` consecutive rows, from one original, are no neighbours of each other: they are near by
    construction, which would shrink every radius.
    """
    points = vectors.astype(np.float32)
    squares = np.sum(points**2, axis=1)
    origin = np.arange(len(points)) // related
    radii = []
    for start in range(0, len(points), chunk):
        rows = slice(start, start + chunk)
        distances = squares[rows, None] - 2 * points[rows] @ points.T + squares
        distances[origin[rows, None] == origin] = np.inf
        radii.append(np.sqrt(np.maximum(np.partition(distances, k - 1, axis=1)[:, k - 1], 0)))
    radii = np.maximum(np.concatenate(radii), 1e-6)  # repeated pictures
    kept = radii <= np.median(radii)
    return vectors[kept], radii[kept]


def _calibrate(distances):
    """d50, d95 and γ = clip(ln 9 / ln(d95/d50), 4, 8): d95 scores .5, and d50 about .9."""
    d50, d95 = np.maximum(np.quantile(distances, [0.5, 0.95]), 1e-9)
    return d50, d95, np.clip(np.log(9) / np.log(max(d95 / d50, 1.001)), 4, 8)


def ledoit_wolf(values):
    """Shrunk covariance of centred rows, n×p → p×p (Ledoit and Wolf 2004, J. Multivariate Analysis 88, eq. 14)."""
    n, p = values.shape
    sample = values.T @ values / n
    target = np.trace(sample) / p * np.eye(p)
    spread = np.sum((sample - target) ** 2)
    error = (np.sum(np.sum(values**2, axis=1) ** 2) / n - np.sum(sample**2)) / n  # E‖xxᵀ − S‖² / n
    weight = min(error / max(spread, 1e-12), 1)
    return weight * target + (1 - weight) * sample
