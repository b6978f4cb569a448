"""What `bench story` counts and averages: who won on score, who lost on realism, and the medians of all."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from typing import Any

from core.base.settings import PAINTERS
from core.base.terms import JUDGE_ONLY
from core.bench.story import MEASURES, Figures
from core.measures.judge_gap import judge_gap


def story_summary(result: dict[str, Any], setup: str = JUDGE_ONLY) -> dict[str, Figures]:
    """Counts that tell whether raw ascent beats renderings on score and loses on realism, in one setup.

    Returns:
        painter → {"runs", "above_median", "above_all" (of the renderings of its own prompt),
        "highest", "lowest" (score and realism among the painters of its own run), "lowest_tied",
        and the median of each measure and of the judge gap}; "real" → medians.
    """
    real: dict[str, list[float]] = {}
    for picture in result["real"]:
        real.setdefault(picture["prompt"], []).append(picture["score"])
    runs: dict[tuple[str, int], dict[str, Figures]] = {}
    for row in result["runs"]:
        if row["setup"] == setup:
            runs.setdefault((row["prompt"], row["seed"]), {})[row["painter"]] = row
    found = {}
    for painter in PAINTERS:
        mine = [run for run in runs.values() if painter in run]
        rows = _with_gap([run[painter] for run in mine], result["reference"])
        counts = _counts(painter, mine, real)
        found[painter] = {**counts, **_medians(rows, (*MEASURES, "gap", "seconds"))}
    pictures = _with_gap(result["real"], result["reference"])
    return {**found, "real": _medians(pictures, (*MEASURES, "gap"))}


def _counts(painter: str, runs: list[dict[str, Figures]], real: dict[str, list[float]]) -> dict[str, int]:
    """How often a painter won or lost, over its runs (painter → figures)."""
    names = ("above_median", "above_all", "highest", "lowest", "lowest_tied")
    counts = {"runs": len(runs), **dict.fromkeys(names, 0)}
    for run in runs:
        own = run[painter]
        others = [row for name, row in run.items() if name != painter]
        lowest = min(row["realism"] for row in others)
        renderings = real[own["prompt"]]
        counts["above_median"] += own["score"] > statistics.median(renderings)
        counts["above_all"] += own["score"] > max(renderings)
        counts["highest"] += all(own["score"] > row["score"] for row in others)
        counts["lowest"] += own["realism"] < lowest
        counts["lowest_tied"] += own["realism"] == lowest
    return counts


def _with_gap(rows: Iterable[Figures], reference: dict[str, Any]) -> list[Figures]:
    return [{**row, "gap": judge_gap(row["score"], row["heldout"], reference)} for row in rows]


def _medians(rows: list[Figures], names: tuple[str, ...]) -> dict[str, float]:
    return {name: statistics.median(row[name] for row in rows) if rows else float("nan") for name in names}
