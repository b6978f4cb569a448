"""How should the judge guide? The painters' settings side by side, on prompts kept for choosing them.

The prompts come from seeds 0 … 99, which no report draws from: whoever chooses settings looks at these.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from core.base.settings import painter_settings
from core.bench.augmentation import AUGMENTATIONS, AugmentedJudge
from core.bench.corruptions import last_frame
from core.bench.drawing import PACK_SEEDS, distinct_scenes
from core.bench.material import check_world
from core.measures.judge_gap import to_shared_scale
from core.painters.classes import PAINTER_CLASSES
from core.world.grammar import Scene, caption
from core.world.renderer import render

if TYPE_CHECKING:
    from core.packs.pack import ModelPack

CHOOSING_SEEDS = 100  # prompts are drawn with the seeds below this
MEASURED = ("judge", "heldout", "realism", "seconds")
PLAIN = {"repeats": 1, "repeat_stop": 1.0}
WITH_TEXT = {"mode": "both", "guide_stop": 0.6, "cutouts": 4, **PLAIN}


def _vqgan(steps: int, learning_rate: float, cutouts: int) -> tuple[str, Mapping[str, Any]]:
    return "vqgan", {"steps": steps, "learning_rate": learning_rate, "cutouts": cutouts}


def _judge(
    strength: float, cutouts: int, repeats: int = 4, until: float = 0.6, steps: int = 20
) -> tuple[str, Mapping[str, Any]]:
    """Diffusion with the judge alone."""
    repeated = {"repeats": repeats, "repeat_stop": until, "steps": steps}
    return "diffusion", {"mode": "judge", "guidance_strength": strength, "cutouts": cutouts, **repeated}


# Row → what is done to its cutouts, beside cropping and mirroring.
AUGMENTED = {f"VQGAN, rate .1, 16 cutouts, {name}": augment for name, augment in AUGMENTATIONS.items()}

# Row → painter and settings; what is not named is the default.
CANDIDATES: dict[str, tuple[str, Mapping[str, Any]]] = {
    "pixels": ("pixels", {}),
    "VQGAN, rate .1, 8 cutouts": _vqgan(60, 0.1, 8),
    "VQGAN, rate .05, 16 cutouts": _vqgan(60, 0.05, 16),
    "VQGAN, rate .1, 16 cutouts": _vqgan(60, 0.1, 16),
    "VQGAN, rate .2, 16 cutouts": _vqgan(60, 0.2, 16),
    "VQGAN, rate .15, 16 cutouts, 40 steps": _vqgan(40, 0.15, 16),
    "VQGAN, rate .15, 8 cutouts, 40 steps": _vqgan(40, 0.15, 8),
    "VQGAN, rate .1, 32 cutouts": _vqgan(60, 0.1, 32),
    **dict.fromkeys(AUGMENTED, _vqgan(60, 0.1, 16)),
    "judge, .15, plain nudging, 50 steps, 1 cutout": _judge(0.15, 1, 1, 1.0, 50),
    "judge, .2, 2 cutouts": _judge(0.2, 2),
    "judge, .3, 2 cutouts, repeated until .9": _judge(0.3, 2, until=0.9),
    "judge, .4, 2 cutouts": _judge(0.4, 2),
    "judge, .4, 8 cutouts": _judge(0.4, 8),
    "judge, .6, 4 cutouts": _judge(0.6, 4),
    "judge, .6, 4 cutouts, three times": _judge(0.6, 4, 3),
    "judge, .6, 4 cutouts, 15 steps": _judge(0.6, 4, steps=15),
    "judge, .6, 4 cutouts, 12 steps": _judge(0.6, 4, steps=12),
    "judge, .6, 8 cutouts": _judge(0.6, 8),
    "judge, .8, 2 cutouts": _judge(0.8, 2),
    "judge, 2, 4 cutouts": _judge(2.0, 4),
    "robust judge, .4, 2 cutouts": ("diffusion", {**_judge(0.4, 2)[1], "judge": "robust"}),
    "robust judge, .6, 4 cutouts": ("diffusion", {**_judge(0.6, 4)[1], "judge": "robust"}),
    "text alone": ("diffusion", {"mode": "text"}),
    "text alone, 12 steps": ("diffusion", {"mode": "text", "steps": 12}),
    "text and judge, .05": ("diffusion", WITH_TEXT | {"guidance_strength": 0.05}),
    "text and judge, .1": ("diffusion", WITH_TEXT | {"guidance_strength": 0.1}),
    "text and judge, .1, 12 steps": ("diffusion", WITH_TEXT | {"guidance_strength": 0.1, "steps": 12}),
}

Row = dict[str, list[float]]


def choosing_scenes(count: int) -> list[Scene]:
    """The scenes of prompts 0 … count − 1, each drawn with its own seed; at most CHOOSING_SEEDS."""
    return [distinct_scenes(np.random.default_rng(seed), 1)[0] for seed in range(count)]


def measure_guidance(
    pack: ModelPack,
    prompts: int,
    rows: Sequence[str] = tuple(CANDIDATES),
    tell: Callable[[str], object] = lambda text: None,
) -> dict[str, Any]:
    """Paint each prompt with each candidate.

    Args:
        pack: one of the miniature world.
        prompts: how many, 1 … CHOOSING_SEEDS; prompt i is painted with seed i.
        rows: of CANDIDATES.
        tell: called with a line of progress before every row.

    Returns:
        {"prompts": [...], "rows": {row: {figure: values}}, "pictures": {row: uint8 n×H×W×3}}; "real" is a
        row too. Judge's and held-out score are on the shared scale.
    """
    check_world(pack)
    scenes = choosing_scenes(prompts)
    texts = [caption(scene) for scene in scenes]
    seeds = np.random.default_rng(0).integers(*PACK_SEEDS, prompts)
    real = [render(scene, int(seed), pack.size) for scene, seed in zip(scenes, seeds, strict=True)]
    found: dict[str, Row] = {"real": _measured(pack, texts, real, [0.0] * prompts)}
    pictures = {"real": np.stack(real)}
    for row in rows:
        tell(row)
        painted, seconds = _paint(pack, texts, row)
        found[row] = _measured(pack, texts, painted, seconds)
        pictures[row] = np.stack(painted)
        tell(row_text(row, found[row]))
    return {"prompts": texts, "rows": found, "pictures": pictures}


def _paint(pack: ModelPack, texts: Sequence[str], row: str) -> tuple[list[np.ndarray], list[float]]:
    """Last pictures and seconds of one candidate."""
    painter, changed = CANDIDATES[row]
    settings = painter_settings(painter, changed)
    models = pack.painter_models(painter, settings)
    pictures, seconds = [], []
    for seed, text in enumerate(texts):
        began = time.perf_counter()
        target = pack.judge.encode(text)
        if row in AUGMENTED:
            judge: Any = AugmentedJudge(pack.judge, AUGMENTED[row], seed)
            models = replace(models, judge=judge)
        pictures.append(last_frame(PAINTER_CLASSES[painter](models, target, settings, seed).frames()).image)
        seconds.append(time.perf_counter() - began)
    return pictures, seconds


def _measured(pack: ModelPack, texts: Sequence[str], pictures: Sequence[np.ndarray], seconds: Any) -> Row:
    """Figure → one value for each picture."""
    reference = pack.manifest["reference"]
    row: Row = {name: [] for name in MEASURED}
    for text, picture, took in zip(texts, pictures, seconds, strict=True):
        for name, judge, key in (("judge", pack.judge, "score"), ("heldout", pack.heldout, "heldout")):
            score = judge.score(picture, judge.encode(text))
            row[name].append(float(to_shared_scale(score, reference[key])))
        row["realism"].append(float(pack.realism.score(picture).realism))
        row["seconds"].append(took)
    return row


def row_text(name: str, row: Row) -> str:
    """One line of the table: medians."""
    medians = {figure: statistics.median(values) for figure, values in row.items()}
    return f"{name:<42} " + "  ".join(f"{medians[figure]:7.2f}" for figure in MEASURED)


def guidance_text(result: Mapping[str, Any]) -> str:
    """The table of medians, one candidate a line."""
    head = f"{'medians of ' + str(len(result['prompts'])) + ' prompts':<42} "
    head += "  ".join(f"{name:>7}" for name in MEASURED)
    return "\n".join([head, *(row_text(name, row) for name, row in result["rows"].items())])


def guidance_sheet(result: Mapping[str, Any]) -> np.ndarray:
    """Every picture, one candidate a row, uint8 H×W×3."""
    return np.concatenate([np.concatenate(list(row), axis=1) for row in result["pictures"].values()], axis=0)
