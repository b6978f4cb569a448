"""Measures frames as anyone would see them: the 8-bit picture, after the fact, by every judge and by realism.

Several frames of a painter are measured together: one pass of a small network over four pictures takes half
as long as four passes. Which frames go together depends on the number of steps alone, so that the same
painting always has the same figures, to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.base.frame import Frame, Measurement

if TYPE_CHECKING:
    from core.measures.realism import RealismResult

MOST_TOGETHER = 4
GROUPS_OF_A_PAINTING = 15  # at least, so that pictures come in often enough for whoever watches


def frames_together(step: int, total: int, small_networks: bool) -> int:
    """How many frames to measure together from this step on: the start alone, so that it is seen at once."""
    if step == 0 or not small_networks:
        return 1
    return max(1, min(MOST_TOGETHER, total // GROUPS_OF_A_PAINTING))


class Measurer:
    """Measures the frames of one prompt.

    Args:
        judges: name of a figure in Measurement → the judge that gives it.
        realism: core.measures.realism.Realism, or what has its `scores`.

    Raises:
        PromptError: a judge knows no word of the prompt.
    """

    def __init__(self, prompt: str, judges: Mapping[str, Any], realism: Any) -> None:
        self.judges = {name: (judge, judge.encode(prompt)) for name, judge in judges.items()}
        self.realism = realism

    def measure(self, frames: Sequence[tuple[Frame, float]]) -> list[Measurement]:
        """One measurement for each (frame, seconds); the frames have one size."""
        if not frames:
            return []
        images = np.stack([frame.image for frame, _ in frames])
        found = self.realism.scores(images)
        judged = {name: judge.scores(images, target) for name, (judge, target) in self.judges.items()}
        return [
            Measurement(
                seconds=seconds,
                realism=float(found[i].realism),
                components=_components(found[i]),
                **{name: float(scores[i]) for name, scores in judged.items()},
            )
            for i, (_, seconds) in enumerate(frames)
        ]


def _components(found: RealismResult) -> dict[str, float]:
    components = {
        "statistics": found.statistics,
        "manifold": found.manifold,
        "p_value": found.p_value,
        "too_typical": found.too_typical,
        **found.groups,
    }
    return {name: float(value) for name, value in components.items()}
