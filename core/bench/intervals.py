"""Intervals of figures over prompts, by resampling prompts with all their runs (Efron 1979)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

RESAMPLES = 2000


def interval(
    values: np.ndarray, statistic: Callable[[np.ndarray], float] = np.median, seed: int = 0
) -> tuple[float, float]:
    """The middle 95 % of a statistic over resampled prompts.

    Args:
        values: numbers prompts×…; all of a prompt's are resampled together, since they are no
            independent evidence.
        statistic: of an array of that shape, to one number.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.quantile([statistic(values[chosen]) for chosen in drawn], [0.025, 0.975])
    return float(low), float(high)


def interval_text(values: np.ndarray, statistic: Callable[[np.ndarray], float] = np.median) -> str:
    """For a note: "95 %: 0.41 to 0.52"."""
    low, high = interval(values, statistic)
    return f"95 %: {low:.3g} to {high:.3g}"
