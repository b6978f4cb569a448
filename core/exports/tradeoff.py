"""The trade-off of a sweep over one setting: what each value reached, in numbers and in words. No torch.

As the setting grows, the judge's score rises, the held-out judge's rises and then falls, and realism is what
it costs: over-optimisation as in Gao, Schulman and Hilton 2022 (arXiv 2210.10760).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.base.judges import roles_of
from core.base.measure_names import two_decimals
from core.exports.judge_scale import shown_reference, shown_row, with_steered

FEWEST_VALUES = 3  # of which something can be said
SAME = 0.005  # of two scores that are written alike
ONE_SEED = "One seed paints each value: small differences may be chance."
Point = Mapping[str, Any]  # "value" and what `tradeoff_row` gives


def tradeoff_row(row: Mapping[str, Any], settings: Any, reference: Mapping[str, Any] | None) -> dict:
    """What one picture reached, on the scale that is shown.

    Args:
        row: a stored row's values. settings: of its painter. reference: of real pictures, or None.

    Returns:
        step, total; score: of whoever steers; heldout: of who is held out, None where nobody is; realism.
    """
    shown = with_steered(shown_row(row, reference), settings)
    witness = roles_of(settings, shown.get("robust") is not None).witness
    return {
        "step": row["step"],
        "total": row["total"],
        "score": shown["steered"],
        "heldout": shown[witness] if witness else None,
        "realism": row["realism"],
    }


def tradeoff_words(
    name: str, points: Sequence[Point], reference: Mapping[str, Any] | None, share: float = 1.0
) -> list[str]:
    """A few sentences on the values of an amount; [] where there are too few of them.

    Args:
        name: of the setting, as in the middle of a sentence. points: one for each value, in
            ascending order, at this share of their runs, 0 … 1.
    """
    if len(points) < FEWEST_VALUES:
        return []
    at = "At the last step" if share >= 1 else f"At {round(100 * share)} % of the steps"
    sentences = [f"{at}, {_best(name, points)}", *_real(name, points, reference)]
    return [*sentences, ONE_SEED]


def _best(name: str, points: Sequence[Point]) -> str:
    judged = _highest(points, "score")
    first = f"the judge's score is highest at {name} {judged['value']} ({two_decimals(judged['score'])})"
    if any(point["heldout"] is None for point in points):
        return f"{first}."
    held = _highest(points, "heldout")
    if held["value"] == judged["value"]:
        return f"{first}, and so is the held-out judge's ({two_decimals(held['heldout'])})."
    return f"{first}, the held-out judge's at {held['value']} ({two_decimals(held['heldout'])})."


def _highest(points: Sequence[Point], measure: str) -> Point:
    """The first point that is as good as the best."""
    best = max(point[measure] for point in points)
    return next(point for point in points if point[measure] > best - SAME)


def _real(name: str, points: Sequence[Point], reference: Mapping[str, Any] | None) -> list[str]:
    """Where realism is that of real pictures, and where no longer."""
    bands = shown_reference(reference) or {}
    if "realism" not in bands:
        return []
    low = bands["realism"]["p5"]
    inside = [point["realism"] >= low for point in points]
    limit = f"{two_decimals(low)}, below which only 5 of 100 real pictures lie"
    if all(inside):
        return [f"Realism stays above {limit}."]
    if not any(inside):
        return [f"Realism is below {limit}, at every value."]
    lost = inside.index(False)
    if lost and not any(inside[lost:]):
        return [f"From {name} {points[lost]['value']} on, realism is below {limit}."]
    return [f"Realism is below {limit}, at {_listed(points, inside)}."]


def _listed(points: Sequence[Point], inside: Sequence[bool]) -> str:
    values = [point["value"] for point, is_inside in zip(points, inside, strict=True) if not is_inside]
    return f"{', '.join(values[:-1])} and {values[-1]}" if len(values) > 1 else values[0]
