"""Report rows of `bench load`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from core.bench.commit_times import Delay
from core.bench.report import ReportRow, at_most

UPDATE = 0.5  # seconds that must be reached


def nearest_rank(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of the values does not exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def live_updates(check: str, delays: list[Delay], note: str) -> list[ReportRow]:
    """How late what was committed reached the browsers."""
    name = "live update, p95 (s)"
    if not delays:
        reason = "no update came; was the run over at once?"
        return [ReportRow(check, name, "none", f"≤ {UPDATE:g}", False, reason)]
    pictures = [delay.pictures for delay in delays]
    figures = [delay.figures for delay in delays]
    median = f"median {nearest_rank(pictures, 0.5):.2f} s"
    whole = f"from commit to browser with pictures, {len(delays)} updates, {median}; {note}"
    return [
        at_most(check, name, nearest_rank(pictures, 0.95), UPDATE, whole),
        ReportRow(f"{check}.1", "of these its figures, p95 (s)", nearest_rank(figures, 0.95)),
    ]


def same_request(runs: int, askers: int, queued: dict[str, Any], refused: bool) -> list[ReportRow]:
    """What came of one request by everybody, and of a second run of one person."""
    ahead = queued["ahead"]
    wait = queued["wait"]
    shown = f"{ahead} ahead" if wait is None else f"{ahead} ahead, about {wait:.0f} s"
    both = ahead is not None and wait is not None
    outcome = "refused" if refused else "taken"
    return [
        at_most("4", "runs made of one request by everybody", runs, 1, f"asked {askers} times at once"),
        ReportRow("5", "place and wait while a run is painted", shown, "both told", both),
        ReportRow("5.1", "a second run of one person while others wait", outcome, "refused", refused),
    ]


def one_knob(seconds: Sequence[float], alone: float) -> ReportRow:
    """How long a class waits if each person changes one knob, against that many single runs in turn.

    Args:
        seconds: for each person, from pressing Run to the answer that the run is done.
        alone: the same with nobody else in line.
    """
    count = len(seconds)
    half = f"half of them done by {nearest_rank(seconds, 0.5):.0f} s"
    note = f"limit: {count} × {alone:.2f} s (one person alone); {half}"
    return at_most("10", _one_knob_name(count), max(seconds), count * alone, note)


def no_one_knob(count: int, reason: str) -> ReportRow:
    """The same where a run was refused or not done in time."""
    return ReportRow("10", _one_knob_name(count), "none", "all done", False, reason)


def _one_knob_name(count: int) -> str:
    return f"longest wait, {count} people changing one knob each (s)"


def refusals(tally: Counter[tuple[str, int]]) -> ReportRow:
    """Frames must be there; everything else that was refused is told."""
    frames = Counter({status: count for (route, status), count in tally.items() if route == "frames"})
    missing = sum(count for status, count in frames.items() if 400 <= status < 500)
    refused = {f"{route} {status}": n for (route, status), n in sorted(tally.items()) if status >= 400}
    note = f"of {frames.total()}; of all {tally.total()} requests these were refused: {refused or 'none'}"
    return at_most("9", "4xx for frames", missing, 0, note)
