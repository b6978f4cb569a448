"""What becomes of each painter's pictures when it follows another judge: drawn prompts, every choice."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from core.base.judges import NETWORKS, STEERING
from core.base.request import RunRequest
from core.base.settings import PAINTER_LABELS, PAINTERS
from core.base.terms import JUDGE_ONLY, preset_settings
from core.bench.drawing import distinct_scenes
from core.bench.material import check_world
from core.bench.story import MEASURES
from core.measures.judge_gap import to_shared_scale
from core.packs.support import judge_choices
from core.world.grammar import caption

if TYPE_CHECKING:
    from core.base.frame import Measurement
    from core.packs.pack import ModelPack


def measure_judges(
    pack: ModelPack, prompts: int, seed: int = 0, tell: Callable[[str], object] = lambda text: None
) -> dict[str, Any]:
    """Paint drawn prompts with every painter following every judge, otherwise on the terms "judge only".

    Args:
        pack: one of the miniature world.
        prompts: how many; each is painted once for every choice, with the seed of its place.
        seed: draws the prompts.
        tell: called with a line of progress before every prompt.

    Returns:
        "medians": painter → choice → {network: score on the shared scale, "realism"}; "runs": the same of
        every run; and what was painted.
    """
    check_world(pack)
    began = time.perf_counter()
    runs: list[dict[str, Any]] = []
    for number, scene in enumerate(distinct_scenes(np.random.default_rng(seed), prompts)):
        prompt = caption(scene)
        tell(f"{number + 1}/{prompts} {prompt}")
        for choice in judge_choices(pack.manifest):
            asked = {name: {**own, "judge": choice} for name, own in _settings().items()}
            request = RunRequest.make(prompt, number, pack.name, tuple(PAINTERS), **asked)
            for painter, measured in _last(request, pack).items():
                runs.append({"prompt": prompt, "painter": painter, "judge": choice, **_shown(measured, pack)})
    about = {"pack": pack.name, "pack_hash": pack.hash, "prompts": prompts, "seed": seed}
    return {**about, "medians": medians(runs), "runs": runs, "seconds": time.perf_counter() - began}


def _settings() -> dict[str, dict[str, Any]]:
    return {painter: preset_settings(JUDGE_ONLY).get(painter, {}) for painter in PAINTERS}


def _last(request: RunRequest, pack: ModelPack) -> dict[str, Measurement]:
    """Painter → the measurement of its last picture."""
    from core.execute import measured_frames

    return {frame.painter: measurement for frame, measurement in measured_frames(request, pack)}


def _shown(measured: Measurement, pack: ModelPack) -> dict[str, float]:
    """Every judge's score on the shared scale, and realism; rounded as far as anyone reads them."""
    reference = pack.manifest["reference"]
    scores = {name: getattr(measured, name) for name in NETWORKS}
    shared = {
        name: round(float(to_shared_scale(score, reference[name])), 4)
        for name, score in scores.items()
        if score is not None
    }
    return {**shared, "realism": round(measured.realism, 4)}


def medians(runs: list[dict[str, Any]]) -> dict[str, dict[str, dict[str, float]]]:
    """Painter → choice → median of each measure over the runs."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for painter in PAINTERS:
        for choice in STEERING:
            own = [run for run in runs if (run["painter"], run["judge"]) == (painter, choice)]
            names = [name for name in (*MEASURES, "robust") if own and name in own[0]]
            if own:
                middle = {name: statistics.median(run[name] for run in own) for name in names}
                found.setdefault(painter, {})[choice] = middle
    return found


def judges_text(result: dict[str, Any]) -> str:
    """The medians as a table for people."""
    names = ("score", "heldout", "robust", "realism")
    titles = "".join(f"{title:>10}" for title in ("first", "second", "robust", "realism"))
    lines = [f"{'follows':<24}{titles}"]
    for painter, choices in result["medians"].items():
        for choice, middle in choices.items():
            cells = "".join(f"{middle[name]:10.2f}" if name in middle else f"{'–':>10}" for name in names)
            lines.append(f"{PAINTER_LABELS[painter] + ', ' + choice:<24}{cells}")
    about = f"Medians over {result['prompts']} prompts; judges on the shared scale, 0 unrelated, 1 matching"
    return "\n".join([*lines, "", f"{about}; {result['seconds']:.0f} s."])
