"""`python -m core bench speed --quality`: what each shortcut does to scores and realism, on the miniature.

Every variant paints the same prompts with the same seeds; each figure is the mean over the last pictures,
beside its difference from the first variant of the painter and the standard error of that difference over the
pairs.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from core.base.request import RunRequest
from core.bench.story import MEASURES, Figures, last_measurements

if TYPE_CHECKING:
    from core.packs.pack import ModelPack

# Painter → variant → settings; the first is what the others are compared with.
VARIANTS: dict[str, dict[str, dict[str, Any]]] = {
    "vqgan": {
        "default": {},
        "40 steps at rate .15": {"steps": 40, "learning_rate": 0.15},
        "one cutout at a time": {"at_once": 1},
        "bfloat16": {"precision": "bfloat16"},
    },
    "diffusion": {
        "default (detached, DDIM)": {},
        "exact gradient": {"gradient": "exact"},
        "DPM-Solver++, as many steps": {"sampler": "dpm-solver++"},
        "three repeats": {"repeats": 3},
        "12 steps": {"steps": 12},
        "DPM-Solver++, 12 steps": {"steps": 12, "sampler": "dpm-solver++"},
        "bfloat16": {"precision": "bfloat16"},
    },
    "pixels": {
        "default": {},
        "bfloat16": {"precision": "bfloat16"},
    },
}


class Comparison(NamedTuple):
    """A measure of a variant: mean, mean difference from the first variant, and its standard error."""

    mean: float
    difference: float
    error: float


@dataclass(frozen=True)
class Effect:
    """Of one variant: mean seconds, and each measure compared."""

    painter: str
    variant: str
    seconds: float
    figures: dict[str, Comparison]

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        named = {name: figure._asdict() for name, figure in self.figures.items()}
        return {"painter": self.painter, "variant": self.variant, "seconds": self.seconds, **named}


def measure_effects(
    pack: ModelPack,
    prompts: int,
    seeds: int,
    seed: int = 0,
    tell: Callable[[str], object] = lambda text: None,
) -> list[Effect]:
    """Effects of all variants.

    Args:
        pack: one of the miniature world.
        prompts, seeds: numbers of prompts and of runs for each.
        seed: draws the prompts.
        tell: called with a line of progress.
    """
    from core.bench.drawing import distinct_scenes
    from core.world.grammar import caption

    drawn = [caption(scene) for scene in distinct_scenes(np.random.default_rng(seed), prompts)]
    cases = [(prompt, number) for prompt in drawn for number in range(seeds)]
    effects = []
    for painter, variants in VARIANTS.items():
        base = None
        for variant, settings in variants.items():
            tell(f"{painter}: {variant} …")
            rows = [_last_row(pack, painter, settings, *case) for case in cases]
            base = base or rows
            figures = {name: _compare(rows, base, name) for name in MEASURES}
            seconds = statistics.mean(row["seconds"] for row in rows)
            effects.append(Effect(painter, variant, seconds, figures))
    return effects


def _last_row(pack: ModelPack, painter: str, settings: dict[str, Any], prompt: str, seed: int) -> Figures:
    request = RunRequest.make(prompt, seed, pack.name, (painter,), **{painter: settings})
    return last_measurements(request, pack)[painter]


def _compare(rows: list[Figures], base: list[Figures], name: str) -> Comparison:
    """A measure over pairs of equal prompt and seed."""
    differences = [row[name] - other[name] for row, other in zip(rows, base, strict=True)]
    error = float("nan")
    if len(differences) > 1:
        error = statistics.stdev(differences) / len(differences) ** 0.5
    return Comparison(statistics.mean(row[name] for row in rows), statistics.mean(differences), error)


def effects_table(effects: list[Effect]) -> str:
    """Effects as aligned lines of text."""
    titles = "".join(f" {name:>24}" for name in MEASURES)
    lines = [f"{'painter':<10} {'variant':<29} {'seconds':>8}{titles}"]
    for effect in effects:
        cells = "".join(
            f"  {figure.mean:7.3f} {figure.difference:+7.3f} ± {figure.error:.3f}"
            for figure in effect.figures.values()
        )
        lines.append(f"{effect.painter:<10} {effect.variant:<29} {effect.seconds:8.2f}{cells}")
    return "\n".join(lines)
