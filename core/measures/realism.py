"""The realism proxy: how much a picture resembles the reference pictures of its pack.

R = min(S, K). S compares 25 pixel statistics (`core.measures.pixel_statistics`) with those of real
pictures, K compares what an encoder that no painter sees makes of the picture
(Kynkäänniemi et al. 2019, arXiv 1904.06991, eq. 3). They cover each other: K overlooks
noise added to a real picture, S overlooks a picture made to have the right statistics.

"Realism" here means "resembles the reference pictures". It never means "is real", and no
agreement with human opinion is claimed. Known failures: heavy blur scores like noise;
shuffled patches and pasted text pass S; drawings and other styles score low.

NumPy and SciPy only; no painter imports this module.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.base.errors import PackError, UserError
from core.measures.pixel_statistics import (
    STATISTIC_GROUPS,
    STATISTIC_NAMES,
    check_measurable,
    pixel_statistics,
)

Encoder = Callable[[np.ndarray], np.ndarray]  # uint8 B×H×W×3 → B×D numbers
Reference = dict[str, np.ndarray]  # what core.measures.reference_fitting makes

COMPONENTS = ("statistics", "manifold", *STATISTIC_GROUPS)  # rows of reference["calibration"]


@dataclass(frozen=True)
class RealismResult:
    """What the realism proxy says of one picture.

    Args:
        realism: min(statistics, manifold), 0 … 1. Half of the miniature's real pictures reach .78, and 95
            of 100 reach .43: less than .5, where each part alone has its 95 of 100.
        statistics: S, 0 … 1.
        manifold: K, 0 … 1.
        p_value: conformal: share of the real calibration pictures (and this one) whose
            worse component is at least as far out. Uniform on 0 … 1 for real pictures.
        too_typical: the statistics lie nearer to the mean than in 99 % of real
            pictures, as when somebody optimised them. Says nothing about 1 real picture in 100.
        groups: name of a group of statistics → 0 … 1: the formula of S on the
            columns of that group alone, with its own calibration. S is no function of
            these: it also sees how groups hang together, so it can be lower than each.
        distances: the distances d behind the scores, by the names in COMPONENTS; 1 is the
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
        reference: made by `core.measures.reference_fitting.fit_reference`.
        features: uint8 B×H×W×3 → B×D numbers, the encoder it was fitted with.

    Raises:
        PackError: the reference lacks arrays, or they have the wrong shape.
    """

    def __init__(self, reference: Mapping[str, np.ndarray], features: Encoder) -> None:
        self.reference = checked_reference(reference)
        self.features = features
        self.size = tuple(int(side) for side in reference["size"])  # height, width
        self._distances = ReferenceDistances(self.reference)

    def score(self, image: np.ndarray) -> RealismResult:
        """uint8 H×W×3 RGB at the size of the reference → RealismResult.

        Raises:
            UserError: another layout or size (statistics depend on resolution).
            PackError: the encoder does not belong to this reference.
        """
        return self.scores([image])[0]

    def scores(self, images: Sequence[np.ndarray]) -> list[RealismResult]:
        """`score` of several pictures, which go through the encoder together; equal to it up to rounding."""
        for image in images:
            self._check_size(image)
        vectors = embed(self.features, np.stack(images))
        return [self._result(image, vector) for image, vector in zip(images, vectors, strict=True)]

    def _check_size(self, image: np.ndarray) -> None:
        check_measurable(image)
        height, width = self.size
        if image.shape[:2] != self.size:
            raise UserError(
                f"This realism reference was measured at {width}×{height} px, and the picture has "
                f"{image.shape[1]}×{image.shape[0]}. Resize the picture, or fit a reference at its size."
            )

    def _result(self, image: np.ndarray, vector: np.ndarray) -> RealismResult:
        distances = self._distances.distances(pixel_statistics(image), vector)
        excess = excesses(distances, self.reference["calibration"])
        scores = dict(zip(COMPONENTS, (1 / (1 + excess)).tolist(), strict=True))
        kept = self.reference["calibration_excess"]
        farther = len(kept) - np.searchsorted(kept, excess[:2].max(), side="left")
        return RealismResult(
            realism=min(scores["statistics"], scores["manifold"]),
            statistics=scores["statistics"],
            manifold=scores["manifold"],
            p_value=(1 + int(farther)) / (len(kept) + 1),
            too_typical=bool(distances[0] < self.reference["typical"][0]),
            groups={name: scores[name] for name in STATISTIC_GROUPS},
            distances=dict(zip(COMPONENTS, distances.tolist(), strict=True)),
        )


def embed(features: Encoder, images: np.ndarray) -> np.ndarray:
    """Unit vectors B×D of pictures B×H×W×3: the features of each and of its mirror image, averaged.

    An encoder is not exactly blind to left and right, realism should be. All views go through it together.
    """
    views = np.concatenate([images, images[:, :, ::-1]])
    found = np.asarray(features(views), dtype=np.float64)  # 2B×D
    units = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
    vectors = units[: len(images)] + units[len(images) :]
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def excesses(distances: np.ndarray, calibration: np.ndarray) -> np.ndarray:
    """(d / d95)^γ of …×M distances, with M×3 rows (d50, d95, γ); the score is 1 / (1 + that)."""
    return (distances / calibration[:, 1]) ** calibration[:, 2]


class ReferenceDistances:
    """Distances of pictures from a reference, without their calibration: fitting needs them first.

    Args:
        reference: of its arrays, mean, scale, precision, manifold_features and manifold_radii.
    """

    def __init__(self, reference: Mapping[str, np.ndarray]) -> None:
        self.mean, self.scale = reference["mean"], reference["scale"]
        covariance = np.linalg.inv(reference["precision"])
        self.groups = [
            (columns, np.linalg.inv(covariance[columns, columns])) for columns in STATISTIC_GROUPS.values()
        ]
        self.precision = reference["precision"]
        self.bank = reference["manifold_features"].astype(np.float32)
        self.bank_squares = np.sum(self.bank**2, axis=1)
        self.radii = reference["manifold_radii"].astype(np.float32)

    def distances(self, values: np.ndarray, vector: np.ndarray) -> np.ndarray:
        """25 statistics and a unit vector of D features → float64 distances in the order of COMPONENTS."""
        z = (values - self.mean) / self.scale
        parts = [_mahalanobis(z[columns], precision) for columns, precision in self.groups]
        return np.array([_mahalanobis(z, self.precision), self._manifold(vector), *parts])

    def _manifold(self, vector: np.ndarray) -> float:
        """1 / eq. 3 of arXiv 1904.06991 = min over references r of ‖φg − φr‖ / ‖φr − NN_k(φr)‖."""
        if vector.shape != self.bank.shape[1:] or not np.isfinite(vector).all():
            raise PackError(
                f"The realism reference holds {self.bank.shape[1]} features per picture, and the encoder "
                f"gave {vector.size} (or numbers that are not finite). Use reference and encoder of one pack."
            )
        vector = vector.astype(np.float32)
        squares = self.bank_squares - 2 * (self.bank @ vector) + vector @ vector
        return float(np.min(np.sqrt(np.maximum(squares, 0)) / self.radii))


def _mahalanobis(z: np.ndarray, precision: np.ndarray) -> float:
    """√(zᵀ Σ⁻¹ z / n): about 1 for a picture of the reference, whatever the number n of statistics."""
    return float(np.sqrt(max(z @ precision @ z, 0) / len(z)))


REFERENCE_SHAPES: dict[str, tuple[int | None, ...]] = {  # None: any length
    "mean": (len(STATISTIC_NAMES),),
    "scale": (len(STATISTIC_NAMES),),
    "precision": (len(STATISTIC_NAMES), len(STATISTIC_NAMES)),
    "manifold_features": (None, None),
    "manifold_radii": (None,),
    "calibration": (len(COMPONENTS), 3),
    "calibration_excess": (None,),
    "typical": (1,),
    "size": (2,),
}
ADVICE = "Download the pack again, or make a new reference with: python -m core train realism"


def checked_reference(reference: Mapping[str, np.ndarray]) -> Reference:
    """The reference with every array present, finite and of the shape it must have. Raises PackError."""
    missing = [name for name in REFERENCE_SHAPES if name not in reference]
    if missing:
        raise PackError(f"The realism reference lacks {', '.join(missing)}. {ADVICE}")
    arrays = {name: np.asarray(reference[name]) for name in REFERENCE_SHAPES}
    for name, array in arrays.items():
        wanted = REFERENCE_SHAPES[name]
        fits = array.ndim == len(wanted) and all(
            side in (None, found) for side, found in zip(wanted, array.shape, strict=True)
        )
        if not fits or array.size == 0 or not np.isfinite(array).all():
            shape = "×".join("any" if side is None else str(side) for side in wanted)
            raise PackError(
                f"In the realism reference, {name} has shape {array.shape} or holds numbers that are not "
                f"finite; finite numbers of shape {shape} are needed. {ADVICE}"
            )
        # too coarse for an inverse covariance
        if array.dtype == np.float16 and not name.startswith("manifold"):
            raise PackError(f"In the realism reference, {name} was stored in half precision. {ADVICE}")
    if len(arrays["manifold_features"]) != len(arrays["manifold_radii"]):
        raise PackError(f"In the realism reference, features and radii differ in number. {ADVICE}")
    return arrays
