"""Intervals of figures over prompts, by resampling prompts with all their runs (Efron 1979). No torch."""

from collections.abc import Callable

import numpy as np

RESAMPLES = 2000
MIDDLE = (0.025, 0.975)


def resampled_interval(
    values: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray], resamples: int, seed: int = 0
) -> tuple[float, float]:
    """The middle 95 % of a statistic over resampled prompts.

    Args:
        values: numbers prompts×…; all of a prompt's are resampled together, since they are no
            independent evidence.
        statistic: of an array resamples×prompts×…, to one number for each resample.
    """
    drawn = np.random.default_rng(seed).integers(0, len(values), (resamples, len(values)))
    low, high = np.quantile(statistic(values[drawn]), MIDDLE)
    return float(low), float(high)


def interval(
    values: np.ndarray, statistic: Callable[..., np.ndarray] = np.median, seed: int = 0
) -> tuple[float, float]:
    """The same of np.median or np.mean over all of a resample's numbers."""
    rest = tuple(range(1, values.ndim + 1))
    return resampled_interval(values, lambda drawn: statistic(drawn, axis=rest), RESAMPLES, seed)


def interval_text(values: np.ndarray, statistic: Callable[..., np.ndarray] = np.median) -> str:
    """For a note: "95 %: 0.41 to 0.52"."""
    low, high = interval(values, statistic)
    return f"95 %: {low:.3g} to {high:.3g}"
