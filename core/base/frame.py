"""What a painter emits and what is measured on it. No torch, so the server may import it."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Frame:
    """One step of one painter.

    Args:
        painter: key in `core.base.settings.PAINTERS`.
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
    """The measurement of one frame; no part of it ever reaches a painter.

    Args:
        seconds: the painter's own cumulative time, measurement excluded.
        score: cosine under the pack's judge, −1 … 1, whoever steered.
        heldout: cosine under its second judge, which in most runs steers nothing.
        realism: headline min(S, K), 0 … 1.
        components: what `realism` consists of, by name.
        robust: cosine under the pack's robust judge; None where it has none.
    """

    seconds: float
    score: float
    heldout: float
    realism: float
    components: dict[str, float] = field(default_factory=dict)
    robust: float | None = None


class Recorder(Protocol):
    """Where measured frames go."""

    def record(self, frame: Frame, measurement: Measurement) -> None:
        """Keep one frame; may raise OutputError or StoreError, which end the run."""
