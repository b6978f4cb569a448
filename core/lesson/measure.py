"""Measures what the exercises' starting settings and reference solutions reach, and writes `ranges.json`. Paints."""

import json
import sys

from core.errors import SettingError, StoreError
from core.images import write_bytes
from core.lesson.exercises import (
    COMMAND,
    EXERCISES,
    FORMAT,
    HALFWAY,
    MEASURES,
    RANGES,
    bound,
    described,
    figure,
    measures,
    read_ranges,
)
from core.packs import read_manifest
from core.revision import CODE_REVISION
from core.runs import execute
from core.settings import RunRequest

SIDES = ("start", "reference")


class Last:
    """Recorder that keeps the last measurement only."""

    measurement = None

    def record(self, frame, measurement):
        self.measurement = measurement


def measure(pack, prompts, seeds, steps=None, tell=print):
    """What every exercise's two settings reach on every prompt and seed.

    Args:
        pack: core.packs.ModelPack. prompts: captions that it knows. seeds: whole numbers.
        steps: of every painter; None for each one's default.
        tell: called with a line of text after every run.

    Returns:
        JSON-ready dict as `read_ranges` gives it: for every exercise, side and measure [lowest, highest].
    """
    found, known = {}, {}
    for exercise in EXERCISES:
        sides = found.setdefault(exercise.name, {})
        for side in SIDES:
            asked = [_request(exercise, side, prompt, pack.name, seed, steps) for prompt in prompts for seed in seeds]
            known |= {one.canonical(): _paint(pack, one) for one in asked if one.canonical() not in known}
            values = [known[one.canonical()] for one in asked]
            sides[side] = {name: [min(v[name] for v in values), max(v[name] for v in values)] for name in MEASURES}
            tell(f"{exercise.name} {side}: " + ", ".join(f"{name} {low:.2f}…{high:.2f}" for name, (low, high) in sides[side].items()))
    command = f"{COMMAND} --prompts {len(prompts)} --seeds {len(seeds)}" + (f" --steps {steps}" if steps else "")
    return {
        "format": FORMAT,
        "command": command,
        "pack": pack.name,
        "pack_hash": pack.hash,
        "code_revision": CODE_REVISION,
        "prompts": list(prompts),
        "seeds": list(seeds),
        "exercises": found,
    }


def _request(exercise, side, prompt, pack, seed, steps):
    settings = {**getattr(exercise, side), **({"steps": steps} if steps else {})}
    return RunRequest.make(prompt, seed, pack, (exercise.painter,), **{exercise.painter: settings})


def _paint(pack, request):
    """Measures of the last picture of a run."""
    recorder = Last()
    execute(request, pack, recorder)
    return {name: round(float(value), 4) for name, value in measures(recorder.measurement, pack.manifest["reference"]).items()}


def faults(ranges, reference):
    """What makes a goal worthless, one sentence each: a solution that misses it in some run, or a start that reaches it.

    Args:
        reference: the pack's real photographs.
    """
    found = []
    for exercise in EXERCISES:
        for goal in exercise.goals:
            start, solved = (ranges["exercises"][exercise.name][side][goal.measure] for side in SIDES)
            limit, worst = bound(exercise, goal, reference, ranges), min(solved) if goal.sign > 0 else max(solved)
            best = max(start) if goal.sign > 0 else min(start)
            if goal.sign * (worst - limit) < 0:
                found.append(f"{exercise.name}: the solution's {MEASURES[goal.measure]} of {figure(worst)} misses {figure(limit)}.")
            elif goal.bound == HALFWAY and goal.sign * (best - limit) >= 0:
                found.append(f"{exercise.name}: the starting settings' {MEASURES[goal.measure]} of {figure(best)} reaches {figure(limit)}.")
    return found


def write(ranges, path=RANGES):
    """Write them beside the code. Raises OutputError."""
    write_bytes(path, (json.dumps(ranges, indent=1, ensure_ascii=False) + "\n").encode())


def command(arguments):
    """`exercises`: goals, ranges and reference solutions; with --measure paints and writes the ranges first.

    Returns 1 if a goal is missed by its solution or reached by the starting settings, else 0.

    Raises:
        UserError: unknown pack, too few of something, or an unreadable file.
    """
    for option in ("prompts", "seeds", "steps"):
        value = getattr(arguments, option)
        if value is not None and value < 1:
            raise SettingError(f"--{option} is {value}; it takes 1 or more.")
    manifest = read_manifest(arguments.pack)
    if arguments.measure:
        from core.commands import open_pack_limited

        prompts = manifest["examples"][: arguments.prompts]
        write(measure(open_pack_limited(arguments.pack), prompts, range(arguments.seeds), arguments.steps, _tell))
    ranges = read_ranges()
    if ranges is None:
        raise StoreError(f"The exercises have not been measured yet; run {COMMAND}.")
    print(table(ranges, manifest["reference"]))
    found = faults(ranges, manifest["reference"])
    for fault in found:
        print(f"\n{fault}")
    return 1 if found else 0


def _tell(text):
    if sys.stderr.isatty():
        print(text, file=sys.stderr)


def table(ranges, reference):
    """What a teacher wants to know of every exercise, as text; the reference solutions too."""
    lines = [f"Measured by: {ranges['command']} (pack {ranges['pack']} {ranges['pack_hash'][:16]})"]
    for exercise in EXERCISES:
        lines += ["", f"{exercise.name}: {exercise.title}"]
        for goal in exercise.goals:
            sign = "least" if goal.sign > 0 else "most"
            lines.append(f"  goal       {MEASURES[goal.measure]} at {sign} {figure(bound(exercise, goal, reference, ranges))}")
        for side, word in zip(SIDES, ("start", "solution"), strict=True):
            spans = ranges["exercises"][exercise.name][side]
            told = ", ".join(f"{MEASURES[name]} {figure(low)} to {figure(high)}" for name, (low, high) in spans.items())
            lines.append(f"  {word:<10} {described(exercise, getattr(exercise, side))}: {told}")
    return "\n".join(lines)
