"""What the story's figures say: means with 95 % bootstrap intervals over prompts, claims, shares. No torch.

An interval comes from drawing as many prompts as there are, with replacement, each with all its seeds.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from core.base.terms import JUDGE_ONLY, PRESETS
from core.lesson.story_claims import ABOVE, CLAIMS, EVERY, Claim
from core.lesson.story_data import MEASURES, Story
from core.lesson.story_setups import CELLS, REAL
from core.measures.intervals import resampled_interval

DRAWS = 4000
PLAIN, MANY = "cutouts-1/pixels", "cutouts-32/pixels"
DENOISED, DENOISED_MANY = "cutouts-1/diffusion", "cutouts-32/diffusion"
WITH_BOTH = "with-text/diffusion"
# Ways from plain pixels to real pictures, a step at a time: which conditions a step leads between.
CUTOUTS_FIRST = {
    "cutouts": (PLAIN, MANY),
    "prior": (MANY, DENOISED_MANY),
    "text": (DENOISED_MANY, WITH_BOTH),
    "left": (WITH_BOTH, REAL),
}
PRIOR_FIRST = {
    "prior": (PLAIN, DENOISED),
    "cutouts": (DENOISED, DENOISED_MANY),
    "text": (DENOISED_MANY, WITH_BOTH),
    "left": (WITH_BOTH, REAL),
}


class Estimate(NamedTuple):
    """A mean, its 95 % interval, and over how many prompts."""

    mean: float
    low: float
    high: float
    prompts: int


class Outcome(NamedTuple):
    """What came out of a claim.

    Args:
        estimate: of its sum. holds: by its rule.
        exceptions, runs: of a claim about every run: in how many it fails, of how many; else 0.
    """

    claim: Claim
    estimate: Estimate
    holds: bool
    exceptions: int = 0
    runs: int = 0

    @property
    def is_refuted(self) -> bool:
        """Whether an exception was found, or the whole interval lies on the wrong side of the bound."""
        if self.claim.rule == EVERY:
            return not self.holds
        if self.claim.rule == ABOVE:
            return self.estimate.high < self.claim.bound
        return self.estimate.low > self.claim.bound or self.estimate.high < -self.claim.bound


def estimate(values: Mapping[int, float]) -> Estimate:
    """Mean and interval of one value per prompt, at least one."""
    column = np.array(list(values.values()))
    return _estimate(column[:, None], lambda means: means[..., 0])


def _estimate(columns: np.ndarray, figure: Callable[[np.ndarray], np.ndarray]) -> Estimate:
    """A figure of the columns' means (… × D → …) and its interval; columns: prompts × D."""
    low, high = resampled_interval(columns, lambda drawn: figure(drawn.mean(axis=1)), DRAWS)
    return Estimate(float(figure(columns.mean(axis=0))), low, high, len(columns))


def cell_estimates(story: Story) -> dict[str, dict[str, Estimate]]:
    """Condition of every cell, and "real" → measure → mean and interval over the cells' prompts."""
    conditions = dict.fromkeys([*(cell.condition for cell in CELLS), REAL])
    return {
        condition: {measure: estimate(story.in_cells(condition, measure)) for measure in MEASURES}
        for condition in conditions
    }


def condition_estimates(story: Story, condition: str) -> dict[str, Estimate]:
    """Measure → mean and interval over all prompts of a condition."""
    return {measure: estimate(story.by_prompt(condition, measure)) for measure in MEASURES}


def outcomes(story: Story) -> list[Outcome]:
    """Every claim with what came out, on the prompts that all of its conditions were painted for."""
    return [outcome(story, claim) for claim in CLAIMS]


def outcome(story: Story, claim: Claim) -> Outcome:
    """One claim with what came out."""
    means = {name: story.by_prompt(name, claim.measure) for name in claim.weights}
    shared = set.intersection(*(set(own) for own in means.values()))
    sums = {
        prompt: sum(weight * means[name][prompt] for name, weight in claim.weights.items())
        for prompt in sorted(shared)
    }
    found = estimate(sums)
    if claim.rule == EVERY:
        every = _run_sums(story, claim)
        exceptions = sum(value <= claim.bound for value in every)
        return Outcome(claim, found, exceptions == 0, exceptions, len(every))
    if claim.rule == ABOVE:
        return Outcome(claim, found, found.low > claim.bound)
    return Outcome(claim, found, -claim.bound < found.low and found.high < claim.bound)


def _run_sums(story: Story, claim: Claim) -> list[float]:
    """A claim's sum in every run that all of its conditions have."""
    values = {
        name: {(row.prompt, row.seed): getattr(row, claim.measure) for row in story.rows[name]}
        for name in claim.weights
    }
    shared = set.intersection(*(set(own) for own in values.values()))
    return [sum(weight * values[name][run] for name, weight in claim.weights.items()) for run in shared]


def shares(story: Story, measure: str, way: Mapping[str, tuple[str, str]]) -> dict[str, Estimate]:
    """Which share of the distance from plain pixels to real pictures each step of a way makes up.

    Shares sum up to 1; one is below 0 where a step leads away from real pictures.
    """
    conditions = list(dict.fromkeys([PLAIN, REAL, *(name for step in way.values() for name in step)]))
    columns = np.array([list(story.in_cells(name, measure).values()) for name in conditions]).T

    def share(before: str, after: str) -> Callable[[np.ndarray], np.ndarray]:
        first, last = conditions.index(PLAIN), conditions.index(REAL)
        one, two = conditions.index(before), conditions.index(after)
        return lambda means: (
            (means[..., two] - means[..., one]) / _not_0(means[..., last] - means[..., first])
        )

    return {name: _estimate(columns, share(*step)) for name, step in way.items()}


def _not_0(distances: np.ndarray) -> np.ndarray:
    return np.where(np.abs(distances) < 1e-9, 1e-9, distances)


def medoid_prompt(story: Story) -> int:
    """The number of the prompt whose figures in all cells are nearest to those of all other prompts.

    In units of each figure's spread; the rule by which `lesson example` chooses its seed.
    """
    figures = [story.in_cells(cell.condition, measure).values() for cell in CELLS for measure in MEASURES]
    return story.cell_prompts[medoid(np.array([list(own) for own in figures]).T)]


def medoid_run(story: Story, terms: str = JUDGE_ONLY) -> tuple[int, int]:
    """Number of the prompt and seed of the run on these terms whose figures are nearest to all others'."""
    painters = [story.rows[f"{terms}/{painter}"] for painter in PRESETS[terms]]
    found: dict[tuple[int, int], list[float]] = {}
    for row in (row for own in painters for row in own):
        found.setdefault((row.prompt, row.seed), []).extend(getattr(row, name) for name in MEASURES)
    return list(found)[medoid(np.array(list(found.values())))]


def medoid(figures: np.ndarray) -> int:
    """Index of the row of n×D that is nearest to all others, in units of each column's spread."""
    scaled = figures / np.maximum(figures.std(axis=0), 1e-9)
    distances = np.linalg.norm(scaled[:, None] - scaled[None], axis=-1)
    return int(distances.sum(axis=1).argmin())
