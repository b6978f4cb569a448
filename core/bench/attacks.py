"""Check 7: pixel ascent that also climbs the realism proxy. What still objects?

Three detectors: K < .5, a judge gap beyond that of 99 in 100 real pictures, and the flag "too typical". An
attack on S is caught by K and by the gap, one on K or on both by the gap alone; "too typical" catches none of
these. An attack on both that does not climb the judge mostly goes unnoticed: where the judge is not pleased
there is no gap. It is reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from core.base.settings import painter_settings
from core.bench.corruptions import last_frame, pixel_ascent
from core.bench.material import RealismTest
from core.bench.report import ReportRow, at_least
from core.measures.differentiable_realism import DifferentiableRealism
from core.measures.judge_gap import gap_beyond_real, judge_gap

if TYPE_CHECKING:
    from core.models.judge import EncodedPrompt, Judge
    from core.packs.pack import ModelPack

RUNS = 20  # of each attack
# At the default weight this takes S, K or both past .5 in most runs; more steps change the shares little.
STEPS = 60
ATTACKS = {"S": ("S",), "K": ("K",), "S + K": ("S", "K")}
DETECTORS = ("K < .5", "judge gap", "too typical")
Finding = dict[str, Any]  # detector → whether it objects; "S", "K", "gap" → figures


class ConstantJudge:
    """A judge that pulls nowhere: what is left is the attack on realism alone."""

    def __init__(self, judge: Judge) -> None:
        self.size = judge.size

    def loss(self, images: torch.Tensor, target: EncodedPrompt) -> torch.Tensor:
        """Zero, with zero gradients; images are B×3×H×W."""
        return 0 * images.sum()


def attacks(test: RealismTest) -> Iterator[ReportRow]:
    """Attacks on S, on K and on both: who catches them"""
    captions = test.captions(2 * RUNS)
    pictures = test.pictures(2 * RUNS)
    prompts = captions[:RUNS]
    others = _pictures_of_other_prompts(prompts, captions[RUNS:], pictures[RUNS:])
    for name, parts in ATTACKS.items():
        for start, first in (("noise", [None] * RUNS), ("a real picture", others)):
            cases = zip(prompts, range(RUNS), first, strict=True)
            found = [run_attack(test.pack, parts, *case) for case in cases]
            yield _row(test, f"judge and {name}, from {start}", found)
    alone = [
        run_attack(test.pack, ("S", "K"), prompt, seed, alone=True) for seed, prompt in enumerate(prompts)
    ]
    yield _reported(_row(test, "S + K alone, from noise", alone))
    real = [who_objects(test.pack, *pair) for pair in zip(pictures, captions, strict=True)]
    yield _reported(_row(test, "false alarms: real pictures, own captions", real))


def _pictures_of_other_prompts(
    prompts: list[str], captions: list[str], pictures: np.ndarray
) -> list[np.ndarray]:
    """For every prompt the next picture whose caption is another."""
    spare = list(zip(captions, pictures, strict=True))
    return [
        next(picture for caption, picture in spare[number:] + spare[:number] if caption != prompt)
        for number, prompt in enumerate(prompts)
    ]


def run_attack(
    pack: ModelPack,
    parts: tuple[str, ...],
    prompt: str,
    seed: int,
    picture: np.ndarray | None = None,
    alone: bool = False,
) -> Finding:
    """Run one attack and see who objects to its last picture.

    Args:
        parts: of the realism proxy, to be climbed beside the judge.
        picture: to start from, uint8 H×W×3; noise otherwise.
        alone: without the judge.
    """
    settings = painter_settings("pixels", {"steps": STEPS, "also_optimise": "S and K"})
    proxy = DifferentiableRealism(pack.realism.reference, pack.encoder.features, parts, pack.device)
    models = replace(pack.painter_models("pixels"), proxy=proxy)
    if alone:
        indifferent: Any = ConstantJudge(pack.judge)
        models = replace(models, judge=indifferent)
    painter = pixel_ascent(picture, models, pack.judge.encode(prompt), settings, seed)
    return who_objects(pack, last_frame(painter.frames()).image, prompt)


def who_objects(pack: ModelPack, picture: np.ndarray, prompt: str) -> Finding:
    """Which detectors object to a picture, uint8 H×W×3, and the figures they look at."""
    result = pack.realism.score(picture)
    reference = pack.manifest["reference"]
    score, heldout = (judge.score(picture, judge.encode(prompt)) for judge in (pack.judge, pack.heldout))
    gap = judge_gap(score, heldout, reference)
    objections = (result.manifold < 0.5, gap_beyond_real(gap, reference), result.too_typical)
    figures = {"S": result.statistics, "K": result.manifold, "gap": gap}
    return {**dict(zip(DETECTORS, objections, strict=True)), **figures}


def _row(test: RealismTest, name: str, found: list[Finding]) -> ReportRow:
    """Share caught by any detector; the note has the share of each, and what the attack reached."""
    test.tell(f"  {name}")
    caught = float(np.mean([any(run[detector] for detector in DETECTORS) for run in found]))
    shares = {detector: np.mean([run[detector] for run in found]) for detector in DETECTORS}
    median = {figure: np.median([run[figure] for run in found]) for figure in ("S", "K", "gap")}
    caught_by = ", ".join(f"{detector} {share:.0%}" for detector, share in shares.items())
    reached = f"median S {median['S']:.2f}, K {median['K']:.2f}, gap {median['gap']:+.2f}"
    return at_least("7", f"{name}: caught", caught, 0.95, f"{caught_by}; {reached}")


def _reported(row: ReportRow) -> ReportRow:
    """The same, with nothing asked of it."""
    return replace(row, must="reported", ok=None)
