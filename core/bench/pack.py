"""`python -m core bench pack`: what the miniature's models can do on scenes that none was trained on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.base.settings import PAINTER_LABELS
from core.bench import painted
from core.bench.pack_under_test import PackTest
from core.bench.report import ReportRow, at_least, at_most
from core.measures.intervals import interval_text
from core.painters.classes import PAINTER_CLASSES
from core.training import evaluate

RECONSTRUCTED_COUNT = 300
MUST_TELL_APART = ("subject", "colour", "ground", "time")
MAY_TELL_APART = ("weather", "relation", "second", "second_colour")
FACET_NAMES = {"second": "second subject", "second_colour": "second colour"}
LOADING_SCRIPT = """
import sys, time
from core.packs import open_pack
import core.painters.classes, torch, diffusers, open_clip
began = time.perf_counter()
pack = open_pack(sys.argv[1])
for name in ("judge", "heldout", "vqgan", "denoiser", "realism"):
    getattr(pack, name)
print(time.perf_counter() - began)
"""
Rows = Iterator[ReportRow]


def judges(test: PackTest) -> Rows:
    """Both judges on fresh scenes."""
    yield from _judge("1", test, "judge", "judge", top1=0.90, top5=0.99)
    yield from _judge("2", test, "heldout", "held-out judge", top1=0.85, top5=0.98)


def _judge(check: str, test: PackTest, name: str, title: str, top1: float, top5: float) -> Rows:
    test.tell(title)
    judge = getattr(test.pack, name)
    figures = evaluate.retrieval(judge, test.pictures, test.scenes, test.seed)
    yield at_least(check, f"{title}: right caption among 1,000, top-1", figures["top1"], top1)
    yield at_least(check, f"{title}: right caption among 1,000, top-5", figures["top5"], top5)
    unseen = f"{title}: synonyms and word orders not seen in training, top-1"
    yield at_least(check, unseen, figures["unseen_paraphrase_top1"], 0.80)
    for facet in MUST_TELL_APART:
        yield at_least(check, f"{title}: {facet} told apart", figures[facet], 0.97)
    for facet in MAY_TELL_APART:
        yield ReportRow(check, f"{title}: {FACET_NAMES.get(facet, facet)} told apart", figures[facet])


def autoencoder(test: PackTest) -> Rows:
    """What the VQGAN keeps of a rendering."""
    figures = evaluate.reconstruction(test.pack.vqgan, test.pictures[:RECONSTRUCTED_COUNT])
    yield at_least("3", "autoencoder: PSNR through the codebook, dB", figures["psnr"], 27)
    yield at_least("3", "autoencoder: share of the codebook in use", figures["codebook_use"], 0.80)


def denoiser(test: PackTest) -> Rows:
    """What the denoiser paints with and without text, and with the judge alone."""
    cosines = evaluate.image_features(test.pack.heldout, test.pictures) @ test.texts.t()
    on_real = float((cosines.argmax(1).numpy() == np.arange(len(test.scenes))).mean())
    text, unguided, judge = (test.runs[setup] for setup in ("text", "unguided", "diffusion"))
    share = float(text["right"].mean()) / on_real
    note = f"{text['right'].mean():.3f} of {text['right'].size} samples, {on_real:.3f} of real pictures"
    names = "held-out judge names the caption among 1,000, share of its rate on real pictures"
    yield at_least("4", f"text alone: {names}", share, 0.80, note)
    yield _realism("4", "text alone", text, 0.6)
    yield _realism("4", "no condition", unguided, 0.6)
    heldout = test.real["heldout"]
    rise = float((judge["heldout"] - unguided["heldout"]).mean())
    share = rise / (heldout["matched"] - heldout["mismatched"])
    yield at_least(
        "5", "judge alone: rise of the held-out score, share of matched minus mismatched", share, 0.5
    )
    yield _realism("5", "judge alone", judge, 0.5)


def _realism(check: str, name: str, runs: dict[str, np.ndarray], bound: float) -> ReportRow:
    figure = _median(runs["realism"])
    return at_least(check, f"{name}: median realism", figure, bound, interval_text(runs["realism"]))


def story(test: PackTest) -> Rows:
    """Whether priors order realism, and whether raw ascent fools its judge and only that one."""
    middle = {painter: np.median(test.runs[painter]["realism"], axis=1) for painter in PAINTER_CLASSES}
    ordered = (middle["diffusion"] > middle["vqgan"]) & (middle["vqgan"] > middle["pixels"])
    name = "prompts with median realism diffusion > VQGAN > pixels"
    yield at_least("6", name, ordered.mean(), 0.90, interval_text(ordered, np.mean))
    for painter in PAINTER_CLASSES:
        realism = test.runs[painter]["realism"]
        name = f"{PAINTER_LABELS[painter]}: median realism"
        yield ReportRow("6", name, _median(realism), note=interval_text(realism))
    raw = test.runs["pixels"]
    over = raw["score"] > test.real["score"]["p95"]
    under = raw["heldout"] < test.real["heldout"]["p5"]
    note = f"above {over.mean():.2f}, below {under.mean():.2f}"
    name = "raw ascent: judge above real pictures' p95 and held-out below their p5"
    yield at_least("7", name, (over & under).mean(), 0.90, note)


def costs(test: PackTest) -> Rows:
    """Size, loading and painting time."""
    size = sum(entry["bytes"] for entry in test.pack.manifest["models"].values()) / 1e6
    yield at_most("8", "pack size, MB", size, 60)
    command = [sys.executable, "-c", LOADING_SCRIPT, str(test.pack.folder)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    yield at_most("8", "loading all models in a fresh process, after imports, s", float(done.stdout), 3)
    for painter in PAINTER_CLASSES:
        seconds = _median(test.runs[painter]["seconds"])
        name = f"{PAINTER_LABELS[painter]}: median processor time at default settings, s"
        yield ReportRow("8", name, seconds)


def _median(values: Any) -> float:
    return float(np.median(values))


CHECKS: tuple[Callable[[PackTest], Rows], ...] = (
    *(judges, autoencoder, denoiser, story, costs),
    *(painted.named_subjects, painted.frechet, painted.two_references),
)


def run(test: PackTest) -> list[ReportRow]:
    """All rows, in the order of the report."""
    return [row for check in CHECKS for row in check(test)]
