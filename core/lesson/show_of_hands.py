"""Shows of hands: what a room is asked about a run, what the run answered, and how often people and measures
agree. No torch.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from core.base.errors import UserError
from core.base.request import RunRequest
from core.base.settings import PAINTER_LABELS, DiffusionSettings, optimised_realism_parts
from core.measures.turning_point import TIE
from core.storage.ballots import BLIND

if TYPE_CHECKING:
    from core.storage.records import StepRow

GUIDANCE_FACTOR = 10
HARDLY = 0.05  # of realism, from 0 to 1: a smaller change goes for none
RISES, STAYS, FALLS = "rises", "stays", "falls"
Z_95 = 1.959964  # of the normal distribution: 95 of 100 lie within
# Question of a blind ballot → the measures that answer it too, as columns of a step.
MEASURES_OF = {"real": ("realism",), "prompt": ("score", "heldout", "robust")}


@dataclass(frozen=True)
class Question:
    """One question.

    Args:
        name: under which votes are kept. text: as people read it.
        choices: (answer as it is kept, as people read it).
    """

    name: str
    text: str
    choices: tuple[tuple[str, str], ...]


def questions(kind: str, request: RunRequest) -> tuple[Question, ...]:
    """What a ballot asks about a run."""
    painters = tuple((name, PAINTER_LABELS[name]) for name in request.painters)
    if kind == BLIND:
        return (
            Question("real", "Which picture looks most real?", painters),
            Question("prompt", "Which picture fits the prompt best?", painters),
        )
    asked = [
        Question("judge", "Which painter's picture will the judge like best?", painters),
        Question("real", "Which painter's picture will have the highest realism?", painters),
    ]
    if stronger_guidance(request) is not None:
        text = "Guided diffusion with ten times the guidance: what will happen to its realism?"
        choices = ((RISES, "It rises"), (STAYS, "It hardly changes"), (FALLS, "It falls"))
        asked.append(Question("guidance", text, choices))
    return tuple(asked)


def stronger_guidance(request: RunRequest) -> RunRequest | None:
    """Guided diffusion alone with ten times the guidance; None where there is no such run."""
    settings = request.settings.get("diffusion")
    if not isinstance(settings, DiffusionSettings) or not settings.guidance_strength:
        return None
    strength = round(GUIDANCE_FACTOR * settings.guidance_strength, 6)
    changed = asdict(settings) | {"guidance_strength": strength}
    try:
        return RunRequest.make(request.prompt, request.seed, request.pack, ("diffusion",), diffusion=changed)
    except UserError:  # more than the setting accepts
        return None


def answers(
    kind: str, request: RunRequest, last: Mapping[str, StepRow], stronger: StepRow | None = None
) -> dict[str, list[str]]:
    """Question → what the run answered, several where they tie; questions that it leaves open are left out.

    Args:
        last: painter → row of its last step. stronger: the same of `stronger_guidance`, once it is painted.
    """
    judge_question = "prompt" if kind == BLIND else "judge"
    found = {judge_question: best_painters(last, "score"), "real": _most_realistic(request, last)}
    if stronger is not None and "diffusion" in last:
        change = stronger.realism - last["diffusion"].realism
        found["guidance"] = [STAYS if abs(change) < HARDLY else RISES if change > 0 else FALLS]
    asked = {question.name for question in questions(kind, request)}
    return {name: best for name, best in found.items() if best and name in asked}


def best_painters(last: Mapping[str, StepRow], measure: str) -> list[str]:
    """The painters that share the highest value of a measure; none where it was not measured for all."""
    values = {painter: getattr(row, measure) for painter, row in last.items()}
    if not values or None in values.values():
        return []
    return [painter for painter, value in values.items() if max(values.values()) - value < TIE]


def _most_realistic(request: RunRequest, last: Mapping[str, StepRow]) -> list[str]:
    """None where a painter optimised realism: then it is no measure of that run."""
    optimised = any(optimised_realism_parts(settings) for settings in request.settings.values())
    return [] if optimised else best_painters(last, "realism")


@dataclass(frozen=True)
class Agreement:
    """How often people chose what a measure puts first.

    Args:
        question: name of a question of blind ballots. measure: a column of a step.
        agreeing, votes: numbers of votes. ballots: that these votes were given in.
        chance: share of votes that would agree if everybody chose at random.
        low, high: 95 % interval of the share (Wilson).
    """

    question: str
    measure: str
    agreeing: int
    votes: int
    ballots: int
    chance: float
    low: float
    high: float


# Of one blind ballot: what was asked for, the last rows, and question → painter → votes.
Voted = tuple[RunRequest, Mapping[str, "StepRow"], Mapping[str, Counter[str]]]


def agreements(voted: Iterable[Voted]) -> list[Agreement]:
    """Agreement of people with each measure over blind ballots; measures that never applied are left out.

    A ballot in which a measure ties or was optimised does not count for it.
    """
    ballots = list(voted)
    found = []
    for question, measures in MEASURES_OF.items():
        for measure in measures:
            one = _agreement(question, measure, ballots)
            if one.votes:
                found.append(one)
    return found


def _agreement(question: str, measure: str, ballots: Sequence[Voted]) -> Agreement:
    agreeing = votes = counted = 0
    by_chance = 0.0
    for request, last, tally in ballots:
        best = _most_realistic(request, last) if measure == "realism" else best_painters(last, measure)
        given = tally.get(question, Counter())
        if len(best) != 1 or len(last) < 2 or not given.total():
            continue
        counted += 1
        votes += given.total()
        agreeing += given[best[0]]
        by_chance += given.total() / len(last)
    low, high = wilson_interval(agreeing, votes)
    chance = by_chance / votes if votes else 0.0
    return Agreement(question, measure, agreeing, votes, counted, chance, low, high)


def wilson_interval(successes: int, trials: int, z: float = Z_95) -> tuple[float, float]:
    """Interval of a share, 0 … 1: Wilson 1927, “Probable inference”; (0, 1) without trials."""
    if not trials:
        return 0.0, 1.0
    share, z2 = successes / trials, z * z
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = z * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials)) / (1 + z2 / trials)
    return max(0.0, middle - half), min(1.0, middle + half)
