"""Equal terms: which rate of each painter is best for its held-out score, with cutouts and evaluations equal.

Every painter paints the same drawn prompts once for each rate. The held-out judge steers no painter, so the
rate that it likes best favours none of them. The prompts are those of seeds 0 to 99, which no other figure
of the comparison is measured on.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.base.request import RunRequest
from core.base.settings import PAINTER_LABELS
from core.base.terms import EQUAL, RATES, painter_terms, preset_settings
from core.bench.drawing import distinct_scenes
from core.bench.material import check_world
from core.bench.story import MEASURES, Figures, last_measurements
from core.measures.judge_gap import to_shared_scale
from core.measures.turning_point import TIE
from core.world.grammar import caption

if TYPE_CHECKING:
    from core.packs.pack import ModelPack

MOST_PROMPTS = 100  # seeds 0 to 99
# Painter → rates that are tried: each about twice the one before.
TRIED: dict[str, tuple[float, ...]] = {
    "pixels": (0.005, 0.01, 0.02),
    "vqgan": (0.05, 0.1, 0.2),
    "diffusion": (0.3, 0.6, 1.2),
}
SCALE_NOTE = "judge and held-out: mean on the shared scale, 0 unrelated, 1 matching; ±: standard error"


@dataclass(frozen=True)
class RateResult:
    """One painter at one rate.

    Args:
        rows: one for each prompt: judge and held-out judge on the shared scale, realism 0 … 1.
    """

    painter: str
    rate: float
    rows: list[Figures]

    def mean(self, measure: str) -> float:
        """Of the last pictures."""
        return statistics.mean(row[measure] for row in self.rows)

    def error(self, measure: str) -> float:
        """Standard error of the mean; NaN for one prompt."""
        values = [row[measure] for row in self.rows]
        return statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else float("nan")

    def as_dict(self) -> Figures:
        """As plain data."""
        return {"painter": self.painter, "rate": self.rate, "rows": self.rows}


def drawn_prompts(count: int) -> list[str]:
    """The first prompts of seeds 0 to 99, one of each seed."""
    seeds = range(min(count, MOST_PROMPTS))
    return [caption(distinct_scenes(np.random.default_rng(seed), 1)[0]) for seed in seeds]


def measure_rates(
    pack: ModelPack,
    prompts: int,
    rates: Mapping[str, Sequence[float]],
    tell: Callable[[str], object] = lambda text: None,
) -> list[RateResult]:
    """Paint every prompt at every rate, under equal terms otherwise.

    Args:
        pack: one of the miniature world.
        prompts: how many, 1 … 100.
        rates: painter → its rates.
        tell: called with a line of progress.
    """
    check_world(pack)
    found = []
    for painter, tried in rates.items():
        for rate in tried:
            tell(f"{PAINTER_LABELS[painter]}: {RATES[painter]} {rate:g}")
            values = {**preset_settings(EQUAL)[painter], RATES[painter]: rate}
            rows = [
                _last_row(pack, painter, values, prompt, seed)
                for seed, prompt in enumerate(drawn_prompts(prompts))
            ]
            found.append(RateResult(painter, rate, rows))
    return found


def _last_row(pack: ModelPack, painter: str, values: Mapping[str, Any], prompt: str, seed: int) -> Figures:
    request = RunRequest.make(prompt, seed, pack.name, (painter,), **{painter: values})
    row = last_measurements(request, pack)[painter]
    reference = pack.manifest["reference"]
    shared = {name: to_shared_scale(row[name], reference[name]) for name in ("score", "heldout")}
    return {"prompt": prompt, "seed": seed, "seconds": row["seconds"], **shared, "realism": row["realism"]}


def best_rates(results: Sequence[RateResult]) -> dict[str, float]:
    """Painter → the rate with the highest mean held-out score; the lowest of those that read the same."""
    highest: dict[str, float] = {}
    for result in results:
        highest[result.painter] = max(result.mean("heldout"), highest.get(result.painter, -np.inf))
    found: dict[str, float] = {}
    for result in sorted(results, key=lambda result: -result.rate):
        if result.mean("heldout") > highest[result.painter] - TIE:
            found[result.painter] = result.rate
    return {painter: found[painter] for painter in highest}


def rates_table(results: Sequence[RateResult]) -> str:
    """The results as aligned lines of text, and how they compare with the preset."""
    best, preset = best_rates(results), preset_settings(EQUAL)
    lines = [f"{'painter':<17}{'rate':<26}{'held-out':>16}{'judge':>10}{'realism':>10}{'seconds':>10}"]
    for result in results:
        name = RATES[result.painter]
        figures = "".join(f"{result.mean(measure):10.2f}" for measure in MEASURES if measure != "heldout")
        held = f"{result.mean('heldout'):.2f} ± {result.error('heldout'):.2f}"
        mark = "  best" if result.rate == best[result.painter] else ""
        label = f"{PAINTER_LABELS[result.painter]:<17}{f'{name} {result.rate:g}':<26}{held:>16}"
        lines.append(f"{label}{figures}{result.mean('seconds'):10.1f}{mark}")
    lines += [SCALE_NOTE, ""]
    for painter, rate in best.items():
        used = preset[painter][RATES[painter]]
        verdict = "which is best here" if used == rate else f"while {rate:g} is best here"
        looks = painter_terms(painter, preset[painter]).looks()
        lines.append(
            f"{PAINTER_LABELS[painter]}: {looks}; the preset has {RATES[painter]} {used:g}, {verdict}."
        )
    return "\n".join(lines)
