"""Paints the exercises' starting settings and solutions, measures what they reach, writes `ranges.json`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.base.files import write_bytes
from core.base.measure_names import two_decimals
from core.base.request import RunRequest
from core.base.revision import PAINTING_REVISION
from core.execute import execute
from core.lesson.exercises import (
    COMMAND,
    EXERCISES,
    FORMAT,
    GOAL_LABELS,
    HALFWAY,
    RANGES_FILE,
    Exercise,
    Goal,
    goal_bound,
    goal_measures,
    settings_text,
)

if TYPE_CHECKING:
    from core.base.frame import Frame, Measurement
    from core.packs.pack import ModelPack

SETTINGS_KINDS = ("start", "reference")
Values = dict[str, float]  # measure → value
Spans = dict[str, list[float]]  # measure → [lowest, highest]


class LastMeasurement:
    """Recorder that keeps the last measurement only."""

    measurement: Measurement

    def record(self, frame: Frame, measurement: Measurement) -> None:
        """Keep it."""
        self.measurement = measurement


def measure_exercises(
    pack: ModelPack,
    prompts: Sequence[str],
    seeds: Sequence[int],
    steps: int | None = None,
    tell: Callable[[str], None] = print,
) -> dict[str, Any]:
    """What every exercise's two settings reach on every prompt and seed.

    Args:
        prompts: captions that the pack knows.
        steps: of every painter; None for each one's default.
        tell: is given a line of text after every pair of settings.

    Returns:
        JSON-ready dict as `exercises.read_ranges` gives it: per exercise, side and measure [lowest, highest].
    """
    painted: dict[str, Values] = {}  # canonical request → what it reached; exercises may share a start

    def reached(request: RunRequest) -> Values:
        key = request.canonical()
        if key not in painted:
            painted[key] = _paint(pack, request)
        return painted[key]

    found: dict[str, dict[str, Spans]] = {exercise.name: {} for exercise in EXERCISES}
    for exercise in EXERCISES:
        for side in SETTINGS_KINDS:
            requests = _requests(exercise, side, pack.name, prompts, seeds, steps)
            spans = _spans([reached(request) for request in requests])
            found[exercise.name][side] = spans
            tell(f"{exercise.name} {side}: {_spans_text(spans)}")
    about = {"pack": pack.name, "pack_hash": pack.hash, "code_revision": PAINTING_REVISION}
    asked = {"prompts": list(prompts), "seeds": list(seeds)}
    command = _command(len(prompts), len(seeds), steps)
    return {"format": FORMAT, "command": command, **about, **asked, "exercises": found}


def _command(prompts: int, seeds: int, steps: int | None) -> str:
    """What measures the same again."""
    given = f" --steps {steps}" if steps else ""
    return f"{COMMAND} --prompts {prompts} --seeds {seeds}{given}"


def _spans(values: list[Values]) -> Spans:
    return {name: [min(v[name] for v in values), max(v[name] for v in values)] for name in GOAL_LABELS}


def _requests(
    exercise: Exercise, side: str, pack: str, prompts: Sequence[str], seeds: Sequence[int], steps: int | None
) -> list[RunRequest]:
    settings = {**getattr(exercise, side), **({"steps": steps} if steps else {})}
    return [
        RunRequest.make(prompt, seed, pack, (exercise.painter,), **{exercise.painter: settings})
        for prompt in prompts
        for seed in seeds
    ]


def _paint(pack: ModelPack, request: RunRequest) -> Values:
    """The measures of the last picture of a run."""
    recorder = LastMeasurement()
    execute(request, pack, recorder)
    values = goal_measures(recorder.measurement, pack.manifest["reference"])
    return {name: round(float(value), 4) for name, value in values.items()}


def goal_faults(ranges: Mapping, reference: Mapping) -> list[str]:
    """What makes a goal worthless, one sentence each: a solution that misses it in some run, or a start that
    reaches it, as both are shown.

    Args:
        reference: percentiles of the pack's real pictures.
    """
    faults = (
        _goal_fault(exercise, goal, ranges, reference) for exercise in EXERCISES for goal in exercise.goals
    )
    return [fault for fault in faults if fault]


def _goal_fault(exercise: Exercise, goal: Goal, ranges: Mapping, reference: Mapping) -> str:
    start, solved = (ranges["exercises"][exercise.name][side][goal.measure] for side in SETTINGS_KINDS)
    bound = goal_bound(exercise, goal, reference, ranges)
    worst = min(solved) if goal.sign > 0 else max(solved)
    best = max(start) if goal.sign > 0 else min(start)
    label = GOAL_LABELS[goal.measure]
    asked = two_decimals(bound)
    if goal.sign * (worst - bound) < 0:
        return f"{exercise.name}: the solution's {label} of {two_decimals(worst)} misses {asked}."
    if goal.bound == HALFWAY and goal.sign * (round(best, 2) - round(bound, 2)) >= 0:
        return f"{exercise.name}: the starting settings' {label} of {two_decimals(best)} reaches {asked}."
    return ""


def write_ranges(ranges: Mapping, path: Path = RANGES_FILE) -> None:
    """Write them beside the code. Raises OutputError."""
    write_bytes(path, (json.dumps(ranges, indent=1, ensure_ascii=False) + "\n").encode())


def exercises_table(ranges: Mapping, reference: Mapping) -> str:
    """What a teacher wants to know about every exercise, as text; the reference solutions too."""
    lines = [f"Measured by: {ranges['command']} (pack {ranges['pack']} {ranges['pack_hash'][:16]})"]
    for exercise in EXERCISES:
        lines += ["", f"{exercise.name}: {exercise.title}"]
        for goal in exercise.goals:
            bound = two_decimals(goal_bound(exercise, goal, reference, ranges))
            lines.append(f"  goal       {GOAL_LABELS[goal.measure]} at {goal.side} {bound}")
        for side, word in zip(SETTINGS_KINDS, ("start", "solution"), strict=True):
            settings = settings_text(exercise, getattr(exercise, side))
            spans = _spans_text(ranges["exercises"][exercise.name][side])
            lines.append(f"  {word:<10} {settings}: {spans}")
    return "\n".join(lines)


def _spans_text(spans: Spans) -> str:
    return ", ".join(
        f"{GOAL_LABELS[name]} {two_decimals(low)} to {two_decimals(high)}"
        for name, (low, high) in spans.items()
    )
