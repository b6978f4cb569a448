"""Exercises with a measured goal: what is asked, when it is reached, and the bundle that a teacher hands out.
No torch.

Every goal comes from a measurement: of the pack's real pictures, or from `ranges.json` beside this file,
which holds what the starting settings and a reference solution reached (`python -m core exercises
--measure`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from core.base import links
from core.base.errors import StoreError
from core.base.judges import NETWORKS
from core.base.measure_names import MEASURES, two_decimals
from core.base.request import RunRequest
from core.base.settings import PAINTER_LABELS, PAINTERS, PainterSettings, settings_of
from core.base.shared_settings import OPTIMISE_NOTHING
from core.base.terms import PRESETS, WITH_TEXT
from core.measures.judge_gap import gap_limit, judge_gap, to_shared_scale

if TYPE_CHECKING:
    from core.base.frame import Measurement
    from core.storage.records import StepRow

RANGES_FILE = Path(__file__).with_name("ranges.json")
COMMAND = "python -m core exercises --measure"
FORMAT = 2
GOAL_LABELS = {
    "score": f"{MEASURES['score'].short}, shared scale",
    "heldout": f"{MEASURES['heldout'].label}, shared scale",
    "realism": MEASURES["realism"].label,
    "gap": "Judge gap",
}
HALFWAY = "halfway"  # between what the starting settings and the reference solution reached


@dataclass(frozen=True)
class Goal:
    """One measure of the last step against a bound.

    Args:
        measure: key of GOAL_LABELS.
        sign: 1 for at least, −1 for at most.
        bound: HALFWAY, or the percentile of the pack's real pictures ("p5", "p99" …).
    """

    measure: str
    sign: int
    bound: str

    @property
    def side(self) -> str:
        """On which side of the bound it is reached, as a word."""
        return "least" if self.sign > 0 else "most"


@dataclass(frozen=True)
class Rule:
    """A setting that an exercise needs or forbids.

    Args:
        setting: of the painter.
        value: the value that is needed, or that is forbidden.
        needed: True for needed.
        label: the rule as a sentence.
    """

    setting: str
    value: Any
    needed: bool
    label: str


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Args:
        look: a hint: where to look.
        start: setting → value of the painter's starting settings; the others at their default.
        reference: the same for a solution that was measured.
        rule: what would make it another exercise, or None.
    """

    name: str
    title: str
    task: str
    look: str
    painter: str
    start: Mapping[str, Any]
    reference: Mapping[str, Any]
    goals: tuple[Goal, ...]
    rule: Rule | None = None

    def request(self, which: str, prompt: str, pack: str, seed: int = 0) -> RunRequest:
        """RunRequest of its painter alone with the settings of "start" or "reference"."""
        return RunRequest.make(prompt, seed, pack, (self.painter,), **{self.painter: getattr(self, which)})


EXERCISES = (
    Exercise(
        "least-bad",
        "Find settings in which raw ascent looks least bad",
        "With its defaults, pixel ascent ends in static that only its own judge likes. Change what it "
        "optimises, how fast, and what the judge gets to see, until the gap between the two judges is down "
        "halfway to the reference solution and the judge still likes the picture as much as a real one.",
        "Try a canvas that makes broad shapes easier, and many random cutouts, which punish tricks in one "
        "spot. Both act a little like priors. Does realism agree in the end?",
        "pixels",
        {},
        {"canvas": "multiscale", "cutouts": 64},
        (Goal("score", 1, "p5"), Goal("gap", -1, HALFWAY)),
        Rule("also_optimise", OPTIMISE_NOTHING, True, "Realism itself is not optimised"),
    ),
    Exercise(
        "break-diffusion",
        "Make diffusion fail by guidance",
        "When it reads the prompt itself, guided diffusion often resembles real pictures. Make the "
        "judge stronger than the denoiser: push realism halfway down to the reference solution while the "
        "judge still likes the picture as much as a real one.",
        "A strong judge can overrule a prior. Watch at which strength the picture falls apart, and what "
        "the judge says then.",
        "diffusion",
        PRESETS[WITH_TEXT]["diffusion"],
        PRESETS[WITH_TEXT]["diffusion"] | {"guidance_strength": 1.0, "guide_stop": 1.0},
        (Goal("score", 1, "p5"), Goal("realism", -1, HALFWAY)),
    ),
    Exercise(
        "beat-realism",
        "Beat the realism measure",
        "Realism is a formula too. Let pixel ascent follow it as well, until static scores as high as a "
        "real picture. Then find what still objects.",
        "A measure that is optimised can no longer be trusted. What remains is the gap between the two "
        "judges, because nobody has optimised it yet.",
        "pixels",
        {},
        {"also_optimise": "S and K", "proxy_weight": 0.3},
        (Goal("realism", 1, "p5"), Goal("gap", 1, "p99")),
        Rule("also_optimise", OPTIMISE_NOTHING, False, "Realism is optimised too"),
    ),
)


@dataclass(frozen=True)
class GoalCheck:
    """One condition on a run: what was wanted, what was measured (both in words), and whether it is met."""

    label: str
    wanted: str
    measured: str
    met: bool


def goal_measures(row: StepRow | Measurement, reference: Mapping) -> dict[str, float]:
    """The values of the measures in GOAL_LABELS."""
    return {
        "score": to_shared_scale(row.score, reference["score"]),
        "heldout": to_shared_scale(row.heldout, reference["heldout"]),
        "realism": row.realism,
        "gap": judge_gap(row.score, row.heldout, reference),
    }


def goal_bound(exercise: Exercise, goal: Goal, reference: Mapping, ranges: Mapping | None) -> float:
    """The number that a goal asks for.

    Args:
        reference: percentiles of the pack's real pictures.
        ranges: what `read_ranges` returned.

    Raises:
        StoreError: this exercise has not been measured.
    """
    if goal.bound != HALFWAY:
        return _bound_of_real_pictures(goal, reference)
    try:
        measured = ranges["exercises"][exercise.name]  # type: ignore[index]  # None is caught below
        start, solved = (measured[which][goal.measure] for which in ("start", "reference"))
    except (KeyError, TypeError) as error:
        raise StoreError(
            f"The exercise “{exercise.title}” has not been measured yet; run {COMMAND}."
        ) from error
    # From the starting settings' best to the solution's worst: whoever gets halfway has done something.
    return (max(start) + min(solved)) / 2 if goal.sign > 0 else (min(start) + max(solved)) / 2


def _bound_of_real_pictures(goal: Goal, reference: Mapping) -> float:
    """A percentile of them, of a judge on the shared scale."""
    if goal.measure == "gap":
        return gap_limit(reference)
    band = reference[goal.measure]
    return to_shared_scale(band[goal.bound], band) if goal.measure in NETWORKS else band[goal.bound]


def check_goals(
    exercise: Exercise, request: RunRequest, row: StepRow, reference: Mapping, ranges: Mapping | None
) -> list[GoalCheck]:
    """Every condition of an exercise on a finished run.

    Args:
        request: with the exercise's painter.
        row: the last row of that painter.

    Raises:
        StoreError: see `goal_bound`.
    """
    values = goal_measures(row, reference)
    checks = []
    if exercise.rule is not None:
        checks.append(_rule_check(exercise.rule, request.settings[exercise.painter]))
    for goal in exercise.goals:
        bound = goal_bound(exercise, goal, reference, ranges)
        value = values[goal.measure]
        wanted = f"at {goal.side} {two_decimals(bound)}"
        met = goal.sign * (value - bound) >= 0
        checks.append(GoalCheck(GOAL_LABELS[goal.measure], wanted, two_decimals(value), met))
    return checks


def _rule_check(rule: Rule, settings: PainterSettings) -> GoalCheck:
    met = (getattr(settings, rule.setting) == rule.value) == rule.needed
    return GoalCheck(rule.label, "yes", "yes" if met else "no", met)


def settings_text(exercise: Exercise, settings: Mapping[str, Any]) -> str:
    """Settings of its painter as part of a sentence: "Pixel ascent: canvas fourier, cutouts 16"."""
    labels = {setting.name: setting.label.lower() for setting in settings_of(PAINTERS[exercise.painter])}
    text = ", ".join(f"{labels[name]} {value}" for name, value in settings.items())
    return f"{PAINTER_LABELS[exercise.painter]}: {text or 'every setting at its default'}"


def read_ranges(path: Path = RANGES_FILE) -> dict | None:
    """What `exercises --measure` wrote, or None if it never ran. Raises StoreError: unreadable."""
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text("utf-8"))
        if found["format"] != FORMAT:
            raise ValueError(f"format {found['format']}")
        return found
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path} cannot be read ({error}). Make it again with: {COMMAND}") from error


def exercise_bundle(
    exercise: Exercise, reference: Mapping, ranges: Mapping, prompt: str, pack: str, address: str = ""
) -> dict[str, Any]:
    """What a teacher hands out, as a JSON-ready dict: task, starting settings with their link, goals,
    expected range.

    Args:
        prompt: to start from.
        address: of the app's first page, for the link.
    """
    request = exercise.request("start", prompt, pack)
    return {
        "kind": "can-the-judge-paint exercise",
        "format": FORMAT,
        "name": exercise.name,
        "title": exercise.title,
        "task": exercise.task,
        "start": request.to_dict(),
        "link": compare_link(request, address),
        "goals": [
            {
                "measure": GOAL_LABELS[goal.measure],
                "at": goal.side,
                "value": goal_bound(exercise, goal, reference, ranges),
            }
            for goal in exercise.goals
        ],
        "rule": exercise.rule.label if exercise.rule else None,
        "expected": _expected(ranges["exercises"][exercise.name]),
        "measured": {key: ranges[key] for key in ("command", "pack", "pack_hash", "prompts", "seeds")},
    }


def _expected(measured: Mapping) -> dict[str, dict]:
    """What was reached, with the measures' labels in place of their names."""
    return {
        label: {GOAL_LABELS[name]: span for name, span in measured[which].items()}
        for label, which in (("starting settings", "start"), ("reference solution", "reference"))
    }


def compare_link(request: RunRequest, address: str = "") -> str:
    """Address that opens Compare with the settings of a request."""
    return f"{address}/?{urlencode(links.request_parameters(request))}"
