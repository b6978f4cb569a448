"""The moment a painter goes wrong: its judge score keeps rising while what nobody optimises falls.

Pure functions on numbers; no torch, no tables, no words.
"""

import math
from typing import NamedTuple

from core.gap import rescale

TIE = 0.005  # figures are shown with two decimals: closer than this reads the same
FALL = 0.10  # a fall of realism or of the rescaled held-out score worth a sentence
RISE = 0.02  # a rise of the rescaled judge score that shows in its second decimal, late in a run as well
VISIBLE = 0.01  # two figures this far apart never read the same
WINDOW = 0.1  # share of a run over which curves are smoothed before a turn is looked for


class Turning(NamedTuple):
    """What `turning_point` found: the figure that falls, the rows at the turn and at the end, the smoothed fall."""

    figure: str
    start: dict
    last: dict
    fall: float


def turning_point(series, reference):
    """The step from which a painter's judge score keeps rising while what nobody optimises falls.

    The judge's score and the held-out judge's are rescaled (0 unrelated, 1 matching photographs), realism is taken as
    it is, and all three are smoothed by a mean over a tenth of the run, so that one odd step decides nothing. A step is a
    turn if, from it to the end, the judge's score rises by RISE and never sinks noticeably below the start, and
    realism or the held-out score falls by FALL and never comes back to where it was; more than a tenth of the run must
    follow. The first such step counts, or, where a plateau follows it, the plateau's end. The rows themselves must
    say the same, so that the figures on the page do not contradict the sentence. It is found to within half a window.

    Args:
        series: rows (mappings) of one painter in step order, finite.
        reference: as for `verdict`; without one the judge's own score must rise, and only realism is looked at.

    Returns:
        Turning, for the larger fall of the two; None if there is no such step.
    """
    judge = _smooth([rescale(row["score"], reference["score"]) if reference else row["score"] for row in series])
    scales = {"realism": [row["realism"] for row in series]}
    if reference:
        scales["heldout"] = [rescale(row["heldout"], reference["heldout"]) for row in series]
    found = []
    for figure, values in scales.items():
        smooth = _smooth(values)
        at = _moment(judge, smooth)
        if at is None:
            continue
        fall, half = smooth[at] - smooth[-1], _half(len(values))
        # The smoothed peak lies beside the true one: take the best row within the window.
        near = [i for i in range(max(0, at - half), at + half + 1) if _goes_wrong(judge, smooth, i)]
        at = max(near, key=lambda i: values[i])
        if values[at] - values[-1] > FALL / 2 and series[-1]["score"] - series[at]["score"] >= VISIBLE:
            found.append(Turning(figure, series[at], series[-1], fall))
    return max(found, key=lambda turning: turning.fall, default=None)


def _moment(judge, other):
    """Index from which `judge` keeps rising to the end of the run while `other` falls; None if there is none."""
    last, peak, found = len(other) - 1, -math.inf, None
    for at in range(last, -1, -1):
        if other[at] >= peak:  # nothing after it is higher
            peak = other[at]
            found = at if _goes_wrong(judge, other, at) else found
    if found is None:
        return None
    slope = (other[last] - other[found]) / (last - found)
    above = [other[i] - other[found] - slope * (i - found) for i in range(found, last)]  # the straight line to the end
    if max(above) >= FALL / 2:
        found += above.index(max(above))
    return found if _goes_wrong(judge, other, found) else None


def _goes_wrong(judge, other, at):
    last = len(other) - 1
    lasts = last - at >= max(2, round(len(other) * WINDOW) + _half(len(other)))
    rise = judge[last] - judge[at]
    keeps_rising = rise >= RISE and min(judge[at:]) >= judge[at] - RISE and max(judge[at:]) - judge[last] <= rise / 2
    return lasts and keeps_rising and other[at] - other[last] >= FALL


def _half(count):
    """Steps on each side of a smoothing window."""
    return max(1, round(count * WINDOW / 2))


def _smooth(values):
    """Centred means; the window is cut off at both ends."""
    half = _half(len(values))
    windows = [values[max(0, i - half) : i + half + 1] for i in range(len(values))]
    return [sum(window) / len(window) for window in windows]
