"""The example is chosen by a rule that looks at no picture."""

import numpy as np

from core.lesson.story_figures import medoid


def test_the_medoid_is_the_run_nearest_to_all_others():
    figures = np.array([[0.0, 0.1], [0.5, 0.11], [0.6, 0.12], [9.0, 0.1]])
    assert medoid(figures) == 1
    assert medoid(figures[::-1]) == 2
    assert medoid(figures[:1]) == 0


def test_every_figure_counts_in_units_of_its_own_spread():
    figures = np.array([[0.0, 1000.0], [1.0, 1001.0], [2.0, 1002.0], [10.0, 1001.0]])
    scaled = figures * [1, 1000]
    assert medoid(figures) == medoid(scaled) == 1
