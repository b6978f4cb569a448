"""Has an autoencoder earned its realism? Its reconstructions beside real pictures blurred just as much."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from core.bench.instrument import score_all
from core.bench.report import ReportRow, at_most
from core.measures import reencodings
from core.measures.realism import Realism

MOST_ADVANTAGE = 0.1  # of reconstructions over blurred pictures, in the median
WIDEST_BLUR = 8.0  # px
HALVINGS = 12  # of the interval that holds the blur: to a thousandth of a pixel


def edge_energy(image: np.ndarray) -> float:
    """Mean squared brightness difference of neighbouring pixels of uint8 H×W×3."""
    grey = image.astype(np.float64).mean(-1)
    return float(np.square(np.diff(grey, axis=0)).mean() + np.square(np.diff(grey, axis=1)).mean())


def blurred_to(image: np.ndarray, energy: float) -> np.ndarray:
    """uint8 H×W×3 blurred until no more than this edge energy is left; as it is if it has no more."""
    if edge_energy(image) <= energy:
        return image
    low, high = 0.0, WIDEST_BLUR
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        too_sharp = edge_energy(reencodings.blur(image, middle)) > energy
        low, high = (middle, high) if too_sharp else (low, middle)
    return reencodings.blur(image, high)


def reconstructions(
    check: str,
    realism: Realism,
    pictures: np.ndarray,
    reconstruct: Callable[[np.ndarray], np.ndarray],
) -> Iterator[ReportRow]:
    """What reconstructions score, reported; and that they do not beat real pictures blurred to their edges.

    Blur is in the reference and reconstructions are not: a reference that knew the autoencoder would
    forgive it what it does not forgive a lens.
    """
    through = [reconstruct(picture) for picture in pictures]
    pairs = list(zip(pictures, through, strict=True))
    blurred = [blurred_to(picture, edge_energy(rebuilt)) for picture, rebuilt in pairs]
    kept = float(np.median([edge_energy(rebuilt) / edge_energy(picture) for picture, rebuilt in pairs]))
    rebuilt, soft = (float(np.median(score_all(realism, images))) for images in (through, blurred))
    note = f"{kept:.0%} of the edge energy is left"
    yield ReportRow(check, "own reconstruction: median R", rebuilt, note=note)
    note = f"median R of pictures blurred to the same edge energy: {soft:.3g}"
    yield at_most(check, "own reconstruction above blurred", rebuilt - soft, MOST_ADVANTAGE, note)
