"""The one way in which prompts are resampled: what the story and the benchmarks say rests on it."""

import numpy as np

from core.lesson.story_figures import estimate
from core.measures.intervals import interval, resampled_interval


def test_a_prompts_runs_stay_together():
    alike = np.arange(12.0)[:, None].repeat(3, axis=1)
    assert interval(alike, np.mean) == interval(alike[:, 0], np.mean)
    low, high = interval(alike)
    assert low < np.median(alike) < high


def test_the_story_and_the_benchmarks_resample_alike():
    values = np.arange(24.0) ** 2
    found = estimate(dict(enumerate(values)))
    assert (found.low, found.high) == resampled_interval(values, lambda drawn: drawn.mean(axis=1), 4000)


def test_the_figures_are_those_that_were_published():
    """To the last digit: the draws are part of story.json's figures."""
    found = estimate(dict(enumerate(np.arange(24.0) ** 2)))
    assert (found.low, found.high) == (115.16354166666667, 245.58958333333337)
