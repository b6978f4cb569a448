"""`python -m core bench speed --quality`: what each shortcut does to score, held-out score and realism, on the miniature pack.

Every variant paints the same prompts with the same seeds; each figure is the mean over the last pictures, beside its
difference from the first variant of the painter and the standard error of that difference over the pairs.
"""

import statistics
from dataclasses import dataclass

import numpy as np

from core.benchmarks import FIGURES, LastRow
from core.runs import execute
from core.settings import RunRequest

# Painter → variant → settings; the first is what the others are compared with.
VARIANTS = {
    "vqgan": {
        "default": {},
        "one cutout at a time": {"at_once": 1},
        "bfloat16": {"precision": "bfloat16"},
    },
    "diffusion": {
        "default (detached, DDIM)": {},
        "exact gradient": {"gradient": "exact"},
        "DPM-Solver++, as many steps": {"sampler": "dpm-solver++"},
        "DDIM, 20 steps": {"steps": 20},
        "DPM-Solver++, 20 steps": {"steps": 20, "sampler": "dpm-solver++"},
        "bfloat16": {"precision": "bfloat16"},
    },
    "pixels": {
        "default": {},
        "bfloat16": {"precision": "bfloat16"},
    },
}


@dataclass(frozen=True)
class Effect:
    """Of one variant: mean seconds; and per figure (mean, mean difference from the first variant, its standard error)."""

    painter: str
    variant: str
    seconds: float
    figures: dict

    def as_dict(self):
        named = {name: dict(zip(("mean", "difference", "error"), values, strict=True)) for name, values in self.figures.items()}
        return {"painter": self.painter, "variant": self.variant, "seconds": self.seconds, **named}


def measure(pack, prompts, seeds, seed=0, tell=lambda text: None):
    """Effects of all variants.

    Args:
        pack: a ModelPack of the miniature world.
        prompts, seeds: numbers of prompts and of runs for each.
        seed: draws the prompts.
    """
    from core.world.grammar import caption, sample_scene

    rng = np.random.default_rng(seed)
    wanted = list(dict.fromkeys(caption(sample_scene(rng)) for _ in range(20 * prompts)))[:prompts]
    effects = []
    for painter, variants in VARIANTS.items():
        base = None
        for variant, settings in variants.items():
            tell(f"{painter}: {variant} …")
            rows = [_last(pack, painter, settings, prompt, run) for prompt in wanted for run in range(seeds)]
            base = base or rows
            figures = {name: _compared(rows, base, name) for name in FIGURES}
            effects.append(Effect(painter, variant, statistics.mean(row["seconds"] for row in rows), figures))
    return effects


def _last(pack, painter, settings, prompt, seed):
    recorder = LastRow()
    execute(RunRequest.make(prompt, seed, pack.name, (painter,), **{painter: settings}), pack, recorder)
    return recorder.rows[painter]


def _compared(rows, base, name):
    """(mean, mean difference, standard error of it) of a figure over pairs of equal prompt and seed."""
    differences = [row[name] - other[name] for row, other in zip(rows, base, strict=True)]
    error = statistics.stdev(differences) / len(differences) ** 0.5 if len(differences) > 1 else float("nan")
    return statistics.mean(row[name] for row in rows), statistics.mean(differences), error


def table(effects):
    """Effects as aligned lines of text."""
    lines = [f"{'painter':<10} {'variant':<29} {'seconds':>8}" + "".join(f" {name:>24}" for name in FIGURES)]
    for effect in effects:
        cells = "".join(f"  {mean:7.3f} {difference:+7.3f} ± {error:.3f}" for mean, difference, error in effect.figures.values())
        lines.append(f"{effect.painter:<10} {effect.variant:<29} {effect.seconds:8.2f}{cells}")
    return "\n".join(lines)
