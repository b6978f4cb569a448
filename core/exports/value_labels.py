"""Which values are written beside their points in the plane of score and realism, so that no two overlap.

app/static/sweep/value-labels.js and value_labels.js here do the same in a browser.
"""

from collections.abc import Mapping, Sequence
from typing import Any

# Shares of the plot's width and height: a letter, a line, and from a point to its label's edge and middle.
LETTER = 0.02
LINE = 0.06
ASIDE = 0.02
ABOVE = 0.048
EDGES = (-0.02, 1.04)  # of the plot, for labels
LOWEST = 0.1  # realism of a point with room for a label below it
# Where a label may stand: 1 right or −1 left of its point; lines above it, −1 below.
BESIDE = ((1, 1), (-1, 1))
ELSEWHERE = ((1, -1), (1, 2), (1, 3), (-1, 2))
Mark = Mapping[str, Any]


def labelled(marks: Sequence[Mark], here: int | None, limits: Sequence[Mapping[str, float]]) -> list[dict]:
    """The judge's marks whose values are written: the one looked at, the first, the last, and what fits.

    Args:
        marks: place, value, judge, score, realism; in the values' order.
        here: place of the value that is looked at, or None.
        limits: y: both ends of the scores' axis.

    Returns:
        These marks with align, dx and dy (pixels) of their labels.
    """
    judged = [mark for mark in marks if mark["judge"] == "judge"]
    always = [here, *(judged[at]["place"] for at in (0, -1) if judged)]
    first = [mark for place in dict.fromkeys(always) for mark in judged if mark["place"] == place]
    taken: list[tuple[float, float, float]] = []
    found = []
    for mark in [*first, *(mark for mark in judged if mark not in first)]:
        sides = BESIDE + ELSEWHERE if mark in first else BESIDE
        boxes = [(side, _box(mark, side, limits)) for side in sides]
        free = [(side, box) for side, box in boxes if _fits(mark, side, box) and not _covers(box, taken)]
        if free:
            (right, rise), box = free[0]
            taken.append(box)
            found.append({**mark, **_offsets(right, rise)})
    return found


def _box(
    mark: Mark, side: tuple[int, int], limits: Sequence[Mapping[str, float]]
) -> tuple[float, float, float]:
    """Middle of a label, and its width: shares of the plot."""
    low, high = (limit["y"] for limit in limits)
    width = LETTER * len(mark["value"])
    across = (mark["score"] - low) / (high - low) + side[0] * (ASIDE + width / 2)
    rise = ABOVE + LINE * (side[1] - 1) if side[1] > 0 else -ABOVE
    return across, mark["realism"] + rise, width


def _fits(mark: Mark, side: tuple[int, int], box: tuple[float, float, float]) -> bool:
    """Whether a label lies within the plot."""
    across, _, width = box
    inside = across - width / 2 >= EDGES[0] and across + width / 2 <= EDGES[1]
    return inside and (side[1] > 0 or mark["realism"] >= LOWEST)


def _covers(box: tuple[float, float, float], taken: Sequence[tuple[float, float, float]]) -> bool:
    """Whether a label would lie on another one."""
    return any(
        abs(box[0] - other[0]) < (box[2] + other[2]) / 2 + LETTER and abs(box[1] - other[1]) < 0.9 * LINE
        for other in taken
    )


def _offsets(right: int, rise: int) -> dict[str, Any]:
    """From a point to its label's baseline, in pixels."""
    aside = {"align": "left", "dx": 8} if right > 0 else {"align": "right", "dx": -9}
    return {**aside, "dy": -8 - 13 * (rise - 1) if rise > 0 else 17}
