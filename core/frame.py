"""What a painter emits and what is measured on it. No torch, so the server may import it."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Frame:
    """One step of one painter.

    Args:
        painter: key in `core.settings.PAINTERS`.
        step: 0 (the start) … total.
        total: number of steps of the run.
        image: uint8, H×W×3, RGB.
        extras: named uint8 H×W×3 pictures that the painter can show besides
            (gradient map, x0 prediction, a sheet of the cutouts the judge saw).
        evaluations: pictures the judge has evaluated for this painter so far
            (forward and backward count as one).
    """

    painter: str
    step: int
    total: int
    image: np.ndarray
    extras: dict[str, np.ndarray] = field(default_factory=dict)
    evaluations: int = 0


@dataclass(frozen=True)
class Measurement:
    """Figures of one frame; none of them ever reaches a painter.

    Args:
        seconds: the painter's own cumulative time, measurement excluded.
        score: cosine under the judge that the painters climb, −1 … 1.
        heldout: cosine under the judge that no painter sees, −1 … 1.
        realism: headline min(S, K), 0 … 1.
        components: what `realism` consists of, by name.
    """

    seconds: float
    score: float
    heldout: float
    realism: float
    components: dict[str, float] = field(default_factory=dict)
