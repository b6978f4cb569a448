"""The moment a painter goes wrong: its judge score keeps rising while what nobody optimises falls.

Pure functions on numbers; no torch, no tables, no words.
"""

from collections.abc import Mapping, Sequence
from statistics import fmean, median
from typing import Any, NamedTuple

from core.measures.judge_gap import Reference, to_shared_scale
from core.measures.references import photograph_band

TIE = 0.005  # numbers are shown with two decimals: closer than this reads the same
FALL = 0.10  # a fall of realism or of the rescaled held-out score worth a sentence, at least
RISE = 0.03  # a rise of the rescaled judge score that shows in its second decimal, at least
FALL_SHARE = 0.25  # of the band of real pictures: what a fall must measure as well
RISE_SHARE = 0.1  # the same of a rise of the judge's score
WINDOW = 0.1  # share of a run over which running medians are taken
EDGE = 0.2  # share of a fall that is over where its edge is looked for; half of it gives the slope

Row = Mapping[str, Any]  # step, score, heldout, realism of one frame


class Levels(NamedTuple):
    """Running medians at one place of a run: the judge's score, and the measure that falls."""

    judge: float
    other: float


class TurningPoint(NamedTuple):
    """What `find_turning_point` found.

    Args:
        figure: the measure that falls, "realism" or "heldout".
        start, last: the rows at the turn and at the end.
        before, after: the levels there, medians over a tenth of the run; judges' on the shared scale.
        fall: of the measure, in between.
    """

    figure: str
    start: Row
    last: Row
    before: Levels
    after: Levels
    fall: float


def find_turning_point(series: Sequence[Row], reference: Reference | None) -> TurningPoint | None:
    """The step from which a painter's judge score keeps rising while what nobody optimises falls.

    Judges' scores are rescaled (0 with another caption, 1 with its own), realism is taken as it is, and each
    becomes a running median over a tenth of the run's steps, so that neither an odd frame, nor frames that
    were dropped, nor noise of a tenth of the band of real pictures decides anything. A step is a turn if from
    it to the end the judge's score rises, and realism or the held-out score falls and never comes back to
    where it was; more than a tenth of the run must follow. The first such step counts, or, where a plateau
    follows it, the plateau's end. It is found to within the window.

    Args:
        series: rows of one painter in step order, finite.
        reference: a pack manifest's; without one the judge's own score must rise, and only realism is
            looked at.

    Returns:
        The larger fall of the two; None if there is no such step.
    """
    levels = measure_levels(series, reference)
    steps = [row["step"] for row in series]
    found = []
    for name in ("realism", "heldout"):
        if name not in levels:
            continue
        curve = _Curve(steps, levels["judge"], levels[name], *_thresholds(name, reference))
        at = curve.start_of_fall()
        if at is None:
            continue
        before, after = Levels(levels["judge"][at], levels[name][at]), curve.end_levels()
        found.append(TurningPoint(name, series[at], series[-1], before, after, before.other - after.other))
    return max(found, key=lambda turn: turn.fall, default=None)


def measure_levels(series: Sequence[Row], reference: Reference | None) -> dict[str, list[float]]:
    """Running medians of a painter's rows: "judge", "realism", and "heldout" where it can be compared.

    Args:
        series, reference: as for `find_turning_point`.

    Returns:
        name → one value for each row.
    """
    if not series:
        return {}
    known = reference or {}
    judge = [row["score"] for row in series]
    if "score" in known:
        judge = [to_shared_scale(score, known["score"]) for score in judge]
    values = {"judge": judge, "realism": [row["realism"] for row in series]}
    heldout = [row["heldout"] for row in series]
    if "heldout" in known and None not in heldout:
        values["heldout"] = [to_shared_scale(score, known["heldout"]) for score in heldout]
    steps = [row["step"] for row in series]
    return {name: running_medians(steps, found) for name, found in values.items()}


def running_medians(steps: Sequence[int], values: Sequence[float]) -> list[float]:
    """Centred medians over a tenth of the run, then their means; windows are cut off at both ends.

    Args:
        steps: of the values, rising; some of a run's may be missing.
    """
    half = half_window(steps)

    def near(of: Sequence[float], i: int) -> Sequence[float]:
        within = [value for at, value in zip(steps, of, strict=True) if abs(at - steps[i]) <= half]
        neighbours = of[max(0, i - 1) : i + 2]
        return within if len(within) > len(neighbours) else neighbours

    medians = [median(near(values, i)) for i in range(len(steps))]
    return [fmean(near(medians, i)) for i in range(len(steps))]


def half_window(steps: Sequence[int]) -> float:
    """Steps on each side of a window, at least one."""
    return max(1.0, (steps[-1] - steps[0]) * WINDOW / 2)


def _thresholds(name: str, reference: Reference | None) -> tuple[float, float]:
    """(fall, rise) that count, at least so many shares of the bands of real pictures."""
    bands = reference or {"realism": photograph_band()}

    def width(of: str) -> float:
        band = bands.get(of, {})
        if "p95" not in band:
            return 0.0
        span = band["matched"] - band["mismatched"] if of != "realism" else 1.0
        return (band["p95"] - band["p5"]) / max(span, 1e-9)

    return max(FALL, FALL_SHARE * width(name)), max(RISE, RISE_SHARE * width("score"))


class _Curve(NamedTuple):
    """Levels of the judge and of one measure over a run, and what counts as a fall and as a rise."""

    steps: Sequence[int]
    judge: Sequence[float]
    other: Sequence[float]
    fall: float
    rise: float

    def start_of_fall(self) -> int | None:
        """Index from which the judge keeps rising to the end while the other falls; None without one."""
        peak, found = float("-inf"), None
        for at in range(len(self.steps) - 1, -1, -1):
            if self.other[at] >= peak:  # nothing after it is higher
                peak = self.other[at]
                found = at if self.goes_wrong(at) else found
        if found is None:
            return None
        found = self.edge_of_fall(found)
        return found if self.goes_wrong(found) else None

    def edge_of_fall(self, found: int) -> int:
        """Where the fall itself begins, at `found` or at the end of a plateau that follows it.

        Where a fifth and where half of the fall are over is lined up and led back to where none of it is.
        """
        early, half = self.crossing(found, EDGE), self.crossing(found, 0.5)
        edge = early - (half - early) * EDGE / (0.5 - EDGE)
        if edge - self.steps[found] <= half_window(self.steps) + 1:  # no plateau longer than medians blur
            return found
        return min(range(found, len(self.steps)), key=lambda i: abs(self.steps[i] - edge))

    def crossing(self, found: int, share: float) -> float:
        """The step, between two frames, after which more than a share of the fall from `found` on is over."""
        level = self.other[found] - share * (self.other[found] - self.end_levels().other)
        at = max(i for i in range(found, len(self.steps)) if self.other[i] >= level)
        if at == len(self.steps) - 1:
            return self.steps[at]
        part = (self.other[at] - level) / (self.other[at] - self.other[at + 1])
        return self.steps[at] + part * (self.steps[at + 1] - self.steps[at])

    def goes_wrong(self, at: int) -> bool:
        """Whether the judge keeps rising and the other ends lower, from `at` on and for long enough."""
        after = self.end_levels()
        whole = self.steps[-1] - self.steps[0]
        lasts = self.steps[-1] - self.steps[at] >= max(2, WINDOW * whole * 1.5)
        gained = after.judge - self.judge[at]
        following = sorted(self.judge[at:])
        tenth = len(following) // 10
        never_sinks = following[tenth] >= self.judge[at] - self.rise
        keeps = following[-1 - tenth] - after.judge <= max(gained / 2, self.rise)
        falls = self.other[at] - after.other >= self.fall
        return lasts and gained >= self.rise and never_sinks and keeps and falls

    def end_levels(self) -> Levels:
        """Medians over the last tenth of the run."""
        from_step = self.steps[-1] - (self.steps[-1] - self.steps[0]) * WINDOW
        last = [i for i, step in enumerate(self.steps) if step >= from_step]
        return Levels(median(self.judge[i] for i in last), median(self.other[i] for i in last))
