"""Check 7: pixel ascent that also climbs the realism proxy. What still objects?

Three detectors: K < .5, a judge gap beyond that of 99 in 100 real pictures, and the flag "too typical". An attack on S is
caught by K and by the gap, one on K or on both by the gap alone; "too typical" catches none of these. An attack on both that
does not climb the judge mostly goes unnoticed, because there is no gap where the judge is not pleased: it is reported.
"""

from dataclasses import replace

import numpy as np

from core.bench.corruptions import pixel_ascent
from core.bench.rows import at_least
from core.gaming import Proxy
from core.gap import beyond_real, judge_gap
from core.settings import painter_settings

RUNS = 20  # of each attack
STEPS = 60  # at the default weight this takes S, K or both past .5 in most runs; more steps change the shares little
ATTACKS = {"S": ("S",), "K": ("K",), "S + K": ("S", "K")}
DETECTORS = ("K < .5", "judge gap", "too typical")


class Indifferent:
    """A judge that pulls nowhere: what is left is the attack on realism alone."""

    def __init__(self, judge):
        self.size = judge.size

    def loss(self, images, target):
        return 0 * images.sum()


def attacks(lab):
    """Attacks on S, on K and on both: who catches them"""
    captions, pictures = lab.captions(2 * RUNS), lab.pictures(2 * RUNS)
    prompts, spare = captions[:RUNS], list(zip(captions, pictures, strict=True))[RUNS:]
    others = [next(p for text, p in spare[i:] + spare[:i] if text != prompt) for i, prompt in enumerate(prompts)]
    for name, parts in ATTACKS.items():
        for start, first in (("noise", [None] * RUNS), ("a real picture", others)):
            found = [attack(lab.pack, parts, *run) for run in zip(prompts, range(RUNS), first, strict=True)]
            yield _row(lab, f"judge and {name}, from {start}", found)
    alone = [attack(lab.pack, ("S", "K"), prompt, seed, alone=True) for seed, prompt in enumerate(prompts)]
    yield replace(_row(lab, "S + K alone, from noise", alone), must="reported", ok=None)
    real = [finding(lab.pack, picture, prompt) for picture, prompt in zip(pictures, captions, strict=True)]
    yield replace(_row(lab, "false alarms: real pictures, own captions", real), must="reported", ok=None)


def attack(pack, parts, prompt, seed, picture=None, alone=False):
    """Run one attack and see who objects to its last picture.

    Args:
        parts: of the realism proxy, to be climbed beside the judge.
        picture: to start from, uint8 H×W×3; noise otherwise.
        alone: without the judge.

    Returns:
        As `finding`.
    """
    settings = painter_settings("pixels", {"steps": STEPS, "also_optimise": "S and K"})
    models = replace(pack.painter_models("pixels"), proxy=Proxy(pack.realism.reference, pack.heldout.features, parts, pack.device))
    if alone:
        models = replace(models, judge=Indifferent(pack.judge))
    arguments = (models, pack.judge.encode(prompt), settings, seed)
    *_, last = pixel_ascent(picture, *arguments).frames()
    return finding(pack, last.image, prompt)


def finding(pack, picture, prompt):
    """{detector: whether it objects, "S", "K": scores, "gap": judge gap}."""
    reading = pack.realism.score(picture)
    scores = (judge.score(picture, judge.encode(prompt)) for judge in (pack.judge, pack.heldout))
    gap = judge_gap(*scores, pack.manifest["reference"])
    objections = (reading.manifold < 0.5, beyond_real(gap, pack.manifest["reference"]), reading.too_typical)
    return {**dict(zip(DETECTORS, objections, strict=True)), "S": reading.statistics, "K": reading.manifold, "gap": gap}


def _row(lab, name, found):
    """Share caught by any detector; the note has the share of each, and what the attack reached."""
    lab.tell(f"  {name}")
    share = lambda detector: np.mean([run[detector] for run in found])  # noqa: E731
    median = lambda key: np.median([run[key] for run in found])  # noqa: E731
    caught = np.mean([any(run[detector] for detector in DETECTORS) for run in found])
    each = ", ".join(f"{detector} {share(detector):.0%}" for detector in DETECTORS)
    reached = f"median S {median('S'):.2f}, K {median('K'):.2f}, gap {median('gap'):+.2f}"
    return at_least("7", f"{name}: caught", caught, 0.95, f"{each}; {reached}")
