"""Does the story hold?

Drawn prompts painted by all three painters on several terms, and with every prior and number of cutouts,
beside real pictures of the same scenes. What would refute the story stands in core.lesson.story_claims.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.base.request import RunRequest
from core.base.revision import MEASURING_REVISION, PAINTING_REVISION
from core.bench.drawing import STORY_SEEDS, distinct_scenes
from core.bench.material import check_world
from core.bench.story_folder import StoryFolder, picture_key
from core.lesson.story_setups import REAL, SETUPS
from core.world import renderer
from core.world.grammar import Scene, caption

if TYPE_CHECKING:
    from core.base.frame import Frame, Measurement
    from core.packs.pack import ModelPack

MEASURES = ("score", "heldout", "realism")
Figures = dict[str, Any]  # one measured picture or one count: name → value


@dataclass(frozen=True)
class Amount:
    """How much is painted.

    Args:
        prompts, seeds: of every setup that is one of the terms; run i has seed i.
        cells: the first prompts, which the other setups are painted for too, with seed 0.
        real: renderings of each prompt's scene, all unlike those of training.
        seed: draws prompts and renderings.
        steps: of every painter; None for each painter's own.
    """

    prompts: int
    seeds: int
    cells: int = 0
    real: int = 8
    seed: int = 0
    steps: Any = None


class LastMeasurements:
    """Recorder that keeps each painter's last frame and measurement."""

    def __init__(self) -> None:
        self.rows: dict[str, Figures] = {}
        self.pictures: dict[str, np.ndarray] = {}

    def record(self, frame: Frame, measurement: Measurement) -> None:
        """Keep it in place of the one before."""
        measures = {name: getattr(measurement, name) for name in MEASURES}
        robust = {} if measurement.robust is None else {"robust": measurement.robust}
        self.rows[frame.painter] = {"seconds": measurement.seconds, **measures, **robust}
        self.pictures[frame.painter] = frame.image


def last_measurements(request: RunRequest, pack: ModelPack) -> dict[str, Figures]:
    """Paint a run; painter → seconds and measures of its last picture."""
    return _painted(request, pack).rows


def _painted(request: RunRequest, pack: ModelPack) -> LastMeasurements:
    from core.execute import execute

    recorder = LastMeasurements()
    execute(request, pack, recorder)
    return recorder


def measure_story(
    pack: ModelPack,
    amount: Amount,
    setups: Sequence[str] = tuple(SETUPS),
    folder: Path | None = None,
    tell: Callable[[str], object] = lambda text: None,
) -> dict[str, Any]:
    """Paint drawn prompts with every setup, and render the same scenes, except for what is there already.

    Args:
        pack: one of the miniature world.
        setups: names in `core.lesson.story_setups.SETUPS`.
        folder: keeps every finished picture; a later call with it paints only what is missing.
        tell: called with a line of progress before every prompt.

    Returns:
        {"runs": [...], "real": [...], …}: every figure, as plain data; judges as cosines.

    Raises:
        OutputError: the folder holds figures of another pack, code or drawing.
    """
    check_world(pack)
    began = time.perf_counter()
    about = _about(pack, amount)
    kept = StoryFolder(folder, about)
    runs: list[Figures] = []
    real: list[Figures] = []
    scenes = distinct_scenes(np.random.default_rng(amount.seed), amount.prompts)
    for number, scene in enumerate(scenes):
        prompt = caption(scene)
        tell(f"{number + 1}/{len(scenes)} {prompt}")
        real += _renderings(pack, scene, (amount.seed, number), amount.real, kept)
        for name in setups:
            for seed in _run_seeds(name, number, amount):
                request = _request(prompt, seed, pack, name, amount)
                runs += [{"setup": name, **row} for row in _rows(request, pack, kept)]
    counts = {"prompts": amount.prompts, "seeds": amount.seeds, "cells": amount.cells}
    seconds = time.perf_counter() - began
    return {**about, **counts, "runs": runs, "real": real, "seconds": seconds}


def _about(pack: ModelPack, amount: Amount) -> Figures:
    """What the figures belong to."""
    revisions = {"painting_revision": PAINTING_REVISION, "measuring_revision": MEASURING_REVISION}
    drawn = {"seed": amount.seed, "steps": amount.steps}
    return {
        "pack": pack.name,
        "pack_hash": pack.hash,
        "reference": pack.manifest["reference"],
        **revisions,
        **drawn,
    }


def _run_seeds(name: str, number: int, amount: Amount) -> range:
    """Seeds that a setup is painted with for the prompt of this number."""
    if SETUPS[name].is_terms:
        return range(amount.seeds)
    return range(1 if number < amount.cells else 0)


def _request(prompt: str, seed: int, pack: ModelPack, name: str, amount: Amount) -> RunRequest:
    steps = {} if amount.steps is None else {"steps": amount.steps}
    settings = {painter: {**own, **steps} for painter, own in SETUPS[name].settings.items()}
    return RunRequest.make(prompt, seed, pack.name, tuple(settings), **settings)


def _rows(request: RunRequest, pack: ModelPack, kept: StoryFolder) -> list[Figures]:
    """The figures of a run's painters; only those that are missing are painted, side by side."""
    data = request.to_dict()
    keys = {
        painter: picture_key(painter, settings, request.prompt, request.seed)
        for painter, settings in data["settings"].items()
    }
    missing = [painter for painter, key in keys.items() if key not in kept.rows]
    if missing:
        painted = _painted(request.only(missing), pack)
        for painter in missing:
            about = {"prompt": request.prompt, "seed": request.seed, "painter": painter}
            row = {**about, "settings": data["settings"][painter], **painted.rows[painter]}
            kept.add(keys[painter], row, painted.pictures[painter])
    return [kept.rows[key] for key in keys.values()]


def _renderings(
    pack: ModelPack, scene: Scene, drawn: tuple[int, int], count: int, kept: StoryFolder
) -> Iterator[Figures]:
    """The figures of new renderings of a scene; `drawn` is the seed and the number of the prompt."""
    prompt = caption(scene)
    keys = [picture_key(REAL, prompt, *drawn, number) for number in range(count)]
    if any(key not in kept.rows for key in keys):
        judge_target = pack.judge.encode(prompt)
        heldout_target = pack.heldout.encode(prompt)
    for number, key in enumerate(keys):
        if key not in kept.rows:
            seed = int(np.random.default_rng([*drawn, number]).integers(*STORY_SEEDS))
            picture = renderer.render(scene, seed, pack.size)
            measures = {
                "score": float(pack.judge.score(picture, judge_target)),
                "heldout": float(pack.heldout.score(picture, heldout_target)),
                "realism": float(pack.realism.score(picture).realism),
            }
            kept.add(key, {"prompt": prompt, "painter": REAL, "seed": number, **measures}, picture)
        yield kept.rows[key]
