"""What was painted, by eyes that steered nothing: the referee's names, Fréchet distances, two references."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from core.base.settings import PAINTER_LABELS
from core.bench import referee
from core.bench.frechet import frechet_distance
from core.bench.pack_under_test import PackTest
from core.bench.report import ReportRow, at_least, at_most, skipped
from core.measures.intervals import interval_text
from core.measures.judge_gap import to_shared_scale
from core.measures.realism import Realism
from core.measures.reencodings import REENCODINGS, Reencoding
from core.measures.reference_fitting import fit_reference
from core.painters.classes import PAINTER_CLASSES
from core.training import evaluate

MUST_NAME = ("subject", "colour", "ground", "time")
NAMES = {"text": "text alone", "both": "text and judge", "diffusion": "judge alone", "vqgan": "VQGAN+CLIP"}
NAMES |= {"pixels": "raw ascent"}
FOOLED = "no proof: these pictures fool the referee"
REFERENCE_PICTURES = 400  # of the second reference, and of its calibration
Rows = Iterator[ReportRow]


def named_subjects(test: PackTest) -> Rows:
    """Whether the referee, which steered nothing, sees what was asked for.

    Only scenes with one subject count: of two, the referee cannot tell which one the caption is about.
    """
    test.tell("referee")
    pairs = zip(referee.named(test.pictures), test.scenes, strict=True)
    real = [(found, scene) for found, scene in pairs if not scene.relation]
    shares = {
        facet: np.mean([found[facet] == getattr(scene, facet) for found, scene in real])
        for facet in MUST_NAME
    }
    for facet, share in shares.items():
        yield at_least("9", f"referee: {facet} of real pictures right", float(share), 0.98)
    right = {setup: _subjects_right(test, setup) for setup in NAMES}
    if not right["text"].size:
        yield skipped("9", "subjects of paintings", "no prompt drawn has one subject; draw more prompts")
    else:
        yield from _subject_rates(right, float(shares["subject"]))
    yield from _heldout(test)


def _subject_rates(right: dict[str, np.ndarray], real_rate: float) -> Rows:
    rates = {setup: float(found.mean()) for setup, found in right.items()}
    note = {
        setup: f"{rates[setup]:.3f} of {found.size}; {interval_text(found, np.mean)}"
        for setup, found in right.items()
    }
    relative = "subject right by the referee, relative to real pictures"
    yield at_least("9", f"text alone: {relative}", rates["text"] / max(real_rate, 1e-9), 0.95, note["text"])
    lost = rates["text"] - rates["both"]
    yield at_most("9", "text and judge: subjects lost against text alone", lost, 0)
    what = "subject right by the referee"
    note["diffusion"] += f"; {FOOLED}"
    for setup in ("diffusion", "vqgan", "pixels"):
        yield ReportRow("9", f"{NAMES[setup]}: {what}", rates[setup], note=note[setup])


def _subjects_right(test: PackTest, setup: str) -> np.ndarray:
    """Prompts×seeds of 0 or 1, of prompts with one subject: does the referee name it?"""
    single = [number for number, scene in enumerate(test.drawn) if not scene.relation]
    pictures = test.runs[setup]["picture"][single]
    if not single:
        return np.zeros((0, test.seeds))
    found = referee.named(pictures.reshape(-1, *pictures.shape[2:]))
    names = np.array([names["subject"] for names in found]).reshape(pictures.shape[:2])
    return (names == np.array([test.drawn[number].subject for number in single])[:, None]).astype(float)


def _heldout(test: PackTest) -> Rows:
    """The held-out judge's score on the shared scale."""
    shared = {
        setup: to_shared_scale(test.runs[setup]["heldout"], test.pack.manifest["reference"]["heldout"])
        for setup in NAMES
    }
    middle = {setup: float(np.median(found)) for setup, found in shared.items()}
    note = {setup: interval_text(found) for setup, found in shared.items()}
    what = "held-out score on the shared scale, median"
    yield at_least("9", f"judge alone: {what}", middle["diffusion"], 0.9, note["diffusion"])
    lost = middle["text"] - middle["both"]
    yield at_most("9", "text and judge: held-out score lost against text alone", lost, 0.02)
    for setup in ("text", "vqgan", "pixels"):
        yield ReportRow("9", f"{NAMES[setup]}: {what}", middle[setup], note=note[setup])


def frechet(test: PackTest) -> Rows:
    """Fréchet distances to real pictures of the same captions, all from as many pictures."""
    test.tell("Fréchet distances")
    pictures, others = test.renderings(0), test.renderings(1)
    real = _features(test, others)
    sets = {
        "real pictures": pictures,
        "through the codebook": np.stack([evaluate.reconstruct(test.pack.vqgan, p) for p in pictures]),
        **{name: _flat(test, setup) for setup, name in NAMES.items()},
        "no condition": _flat(test, "unguided"),
    }
    for name, made in sets.items():
        distance = frechet_distance(_features(test, made), real)
        note = f"{len(made)} pictures against as many real ones of the same captions"
        yield ReportRow("10", f"{name}: Fréchet distance, held-out features", distance, note=note)


def _flat(test: PackTest, setup: str) -> np.ndarray:
    pictures = test.runs[setup]["picture"]
    return pictures.reshape(-1, *pictures.shape[2:])


def _features(test: PackTest, pictures: np.ndarray) -> np.ndarray:
    return evaluate.image_features(test.pack.heldout, pictures).numpy().astype(np.float64)


def two_references(test: PackTest) -> Rows:
    """The painters' realism, had the reference held the pack's own reconstructions as well."""
    test.tell("a second reference, with own reconstructions")
    middle = len(test.pictures) // 2
    parts = test.pictures[: min(REFERENCE_PICTURES, middle)], test.pictures[middle:][:REFERENCE_PICTURES]
    rebuilt: Reencoding = partial(evaluate.reconstruct, test.pack.vqgan)
    contents = {"without": REENCODINGS, "with": (*REENCODINGS, rebuilt)}
    for title, kinds in contents.items():
        arrays = fit_reference(parts[0], test.pack.image_features, parts[1], kinds)
        realism = Realism(arrays, test.pack.image_features)
        for painter in PAINTER_CLASSES:
            pictures = test.runs[painter]["picture"]
            scores = np.array([realism.score(picture).realism for picture in _flat(test, painter)])
            scores = scores.reshape(pictures.shape[:2])
            name = f"{PAINTER_LABELS[painter]}: median realism, reference {title} own reconstructions"
            note = f"{interval_text(scores)}; reference of {len(parts[0])} pictures"
            yield ReportRow("11", name, float(np.median(scores)), note=note)
