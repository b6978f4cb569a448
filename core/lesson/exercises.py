"""Exercises with a measured goal: what is asked, when it is reached, and the bundle that a teacher hands out. No torch.

Every goal comes from a measurement: from the pack's real photographs, or from `ranges.json` beside this file, which
holds what the starting settings and a reference solution reached (`python -m core exercises --measure`).
"""

import json
from dataclasses import dataclass
from pathlib import Path

from core import links
from core.errors import StoreError
from core.gap import gap_limit, judge_gap, rescale
from core.settings import LABELS, NOTHING, PAINTERS, RunRequest, knobs

RANGES = Path(__file__).with_name("ranges.json")
COMMAND = "python -m core exercises --measure"
FORMAT = 1
MEASURES = {
    "score": "Judge",
    "heldout": "Held-out judge, shared scale",
    "realism": "Realism",
    "gap": "Judge gap",
}
HALFWAY = "halfway"  # between what the starting settings and the reference solution reached


@dataclass(frozen=True)
class Goal:
    """One figure of the last step against a bound.

    Args:
        measure: key of MEASURES.
        sign: 1 for at least, −1 for at most.
        bound: HALFWAY, or the percentile of the pack's real photographs ("p5", "p99" …).
    """

    measure: str
    sign: int
    bound: str


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Args:
        start: knob → value of the painter's starting settings; the others at their default.
        reference: the same for a solution that was measured.
        forbidden, required: (knob, value, sentence) that would make it another exercise, or None.
    """

    name: str
    title: str
    task: str
    look: str
    painter: str
    start: dict
    reference: dict
    goals: tuple
    forbidden: tuple | None = None
    required: tuple | None = None

    def request(self, which, prompt, pack, seed=0):
        """RunRequest of its painter alone with the settings of "start" or "reference"."""
        return RunRequest.make(prompt, seed, pack, (self.painter,), **{self.painter: getattr(self, which)})


EXERCISES = (
    Exercise(
        "least-bad",
        "Find settings in which raw ascent looks least bad",
        "Pixel ascent from its defaults is static. Change what is moved, how fast, and what the judge gets to see, until realism "
        "has come half the way of the reference solution and the judge is still as pleased as with a real photograph.",
        "A canvas that makes broad shapes cheap (try all three), and random cutouts that punish tricks at one place: both are "
        "priors, though nobody called them so.",
        "pixels",
        {},
        {"canvas": "fourier", "cutouts": 16, "learning_rate": 0.01},
        (Goal("score", 1, "p5"), Goal("realism", 1, HALFWAY)),
        forbidden=("also_optimise", NOTHING, "The realism proxy is not climbed"),
    ),
    Exercise(
        "break-diffusion",
        "Make diffusion fail by guidance",
        "Guided diffusion looks safe, because a trained denoiser has the last word. Let the judge shout louder than the "
        "denoiser: push realism down half the way of the reference solution while the judge stays as pleased as with a real "
        "photograph.",
        "A prior holds only as long as it is not outvoted. Watch at which strength the picture goes, and what the judge says of it.",
        "diffusion",
        {},
        {"guidance_strength": 1.4},
        (Goal("score", 1, "p5"), Goal("realism", -1, HALFWAY)),
    ),
    Exercise(
        "beat-realism",
        "Beat the realism proxy",
        "Realism is a formula as well. Let pixel ascent climb it too, until it says of static what it says of 95 in 100 real "
        "photographs. Then find the one figure that still objects.",
        "A measure that is optimised stops being one. The gap between the two judges is left, because nobody has climbed it yet.",
        "pixels",
        {},
        {"also_optimise": "S and K", "proxy_weight": 0.3},
        (Goal("realism", 1, "p5"), Goal("gap", 1, "p99")),
        required=("also_optimise", NOTHING, "The realism proxy is climbed"),
    ),
)


@dataclass(frozen=True)
class Check:
    """One condition on a run: what was wanted, what was measured (both in words), and whether it is met."""

    label: str
    wanted: str
    measured: str
    met: bool


def measures(row, reference):
    """The figures of MEASURES of a row or measurement with score, heldout and realism: dict of floats."""
    return {
        "score": row.score,
        "heldout": rescale(row.heldout, reference["heldout"]),
        "realism": row.realism,
        "gap": judge_gap(row.score, row.heldout, reference),
    }


def bound(exercise, goal, reference, ranges):
    """The number that a goal asks for.

    Args:
        reference: the pack's real photographs. ranges: what `read_ranges` returned.

    Raises:
        StoreError: this exercise has not been measured.
    """
    if goal.bound != HALFWAY:
        return gap_limit(reference) if goal.measure == "gap" else reference[goal.measure][goal.bound]
    try:
        measured = ranges["exercises"][exercise.name]
        start, solved = (measured[which][goal.measure] for which in ("start", "reference"))
    except (KeyError, TypeError) as error:
        raise StoreError(f"The exercise “{exercise.title}” has not been measured yet; run {COMMAND}.") from error
    # From the starting settings' best to the solution's worst: whoever gets half of that way has done something.
    return (max(start) + min(solved)) / 2 if goal.sign > 0 else (min(start) + max(solved)) / 2


def check(exercise, request, row, reference, ranges):
    """Every condition of an exercise on a finished run.

    Args:
        request: its RunRequest, with the exercise's painter. row: the last Row of that painter.

    Returns:
        list[Check]. Raises StoreError: see `bound`.
    """
    found = measures(row, reference)
    checks = [_rule(exercise, request.settings[exercise.painter])]
    for goal in exercise.goals:
        limit, value = bound(exercise, goal, reference, ranges), found[goal.measure]
        wanted = f"at {'least' if goal.sign > 0 else 'most'} {figure(limit)}"
        checks.append(Check(MEASURES[goal.measure], wanted, figure(value), goal.sign * (value - limit) >= 0))
    return [one for one in checks if one is not None]


def _rule(exercise, settings):
    for rule, same in ((exercise.forbidden, True), (exercise.required, False)):
        if rule is not None:
            name, value, text = rule
            met = (getattr(settings, name) == value) == same
            return Check(text, "yes", "yes" if met else "no", met)
    return None


def figure(value):
    """Two decimals with a true minus sign."""
    return f"{value:.2f}".replace("-", "−")


def described(exercise, settings):
    """Settings of its painter as a sentence part: "Canvas multiscale, cutouts 16", or "every setting at its default"."""
    named = {k.name: k.label for k in knobs(PAINTERS[exercise.painter])}
    text = ", ".join(f"{named[name].lower()} {value}" for name, value in settings.items())
    return f"{LABELS[exercise.painter]}: {text or 'every setting at its default'}"


def read_ranges(path=RANGES):
    """What `python -m core exercises --measure` wrote, or None if it never ran. Raises StoreError: unreadable."""
    if not Path(path).is_file():
        return None
    try:
        found = json.loads(Path(path).read_text("utf-8"))
        if found["format"] != FORMAT:
            raise ValueError(f"format {found['format']}")
        return found
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path} cannot be read ({error}). Make it again with: {COMMAND}") from error


def bundle(exercise, reference, ranges, prompt, pack, address=""):
    """What a teacher hands out, as a JSON-ready dict: task, starting settings with their link, goals, expected range.

    Args:
        prompt: to start from. address: of the app's first page, for the link.
    """
    request = exercise.request("start", prompt, pack)
    measured = ranges["exercises"][exercise.name]
    return {
        "kind": "can-the-judge-paint exercise",
        "format": FORMAT,
        "name": exercise.name,
        "title": exercise.title,
        "task": exercise.task,
        "start": request.to_dict(),
        "link": link(request, address),
        "goals": [
            {"measure": MEASURES[g.measure], "at": "least" if g.sign > 0 else "most", "value": bound(exercise, g, reference, ranges)}
            for g in exercise.goals
        ],
        "rule": next((rule[2] for rule in (exercise.forbidden, exercise.required) if rule), None),
        "expected": {
            "starting settings": {MEASURES[name]: span for name, span in measured["start"].items()},
            "reference solution": {MEASURES[name]: span for name, span in measured["reference"].items()},
        },
        "measured": {key: ranges[key] for key in ("command", "pack", "pack_hash", "prompts", "seeds")},
    }


def link(request, address=""):
    """Address that opens Compare with the settings of a request."""
    from urllib.parse import urlencode

    return f"{address}/?{urlencode(links.of(request))}"
