"""`python -m core train all`: the whole recipe in a given time, rendering included, on a machine with a GPU.

The networks are small: one alone would leave the GPU idle most of the time. So several stages run side by
side, each in a process of its own, and each ends when its share of the time is over. A stage that fails takes
no other down.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import tarfile
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.training.rendering import start_rendering
from core.training.worlds import MEASURES, SETS, WORLDS

if TYPE_CHECKING:
    from core.training.stages import Options

# Lanes of stages that follow each other → the share of the time at which each ends
LANES = (
    {"vqgan": 0.27, "decoder": 0.94},
    {"denoiser": 0.945},
    {"judge": 0.34, "robust": 0.62},
    {"heldout": 0.44},
    {"eyes": 0.22, "referee": 0.52},
)
BUNDLES = (0.3, 0.5, 0.65, 0.8, 0.9)  # shares of the time at which what there is so far is put into `out`
PART = 15 * 2**20  # bytes in a file of a bundle


def lane(stages: Mapping[str, Any], options: Options, began: float, seconds: float) -> None:
    """Train the stages of one lane in turn, each until its share of `seconds` since `began` is over."""
    import torch

    torch.set_num_threads(1)
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    from core.training.stages import run

    for stage, share in stages.items():
        ends = began + share * seconds
        say(began, f"{stage} begins")
        try:
            # what it waits for comes out of its own time
            wait = replace(options, until=ends - 1)
            _, session = run(stage, wait, minutes=max(ends - time.time(), 1) / 60)
            say(began, f"{stage} ends: {json.dumps({'steps': session.step, **session.figures})}")
        except Exception:
            say(began, f"{stage} failed:\n{traceback.format_exc()}")


def lanes_of(only: Sequence[str]) -> list[dict[str, float]]:
    """LANES; or a lane of its own, until shortly before the end, for each of the stages in `only`."""
    return [{stage: 0.945} for stage in only] or list(LANES)


def say(began: float, text: str) -> None:
    """Print a line with the seconds since `began`."""
    print(f"[{time.time() - began:5.0f} s] {text}", flush=True)


def train_all(
    options: Options, minutes: float, out: Path | None = None, workers: int | None = None, scale: float = 1.0
) -> None:
    """Run the whole recipe, or the stages in `options.only` for the whole time.

    Args:
        options: core.training.stages.Options; options.first is how many pictures a stage waits for.
        minutes: all of it, from now; out: folder for the bundles, or None.
        workers: rendering processes (default: all cores but one for every lane).
        scale: of the numbers of renderings in core.training.worlds.
    """
    began = time.time()
    seconds = 60 * minutes
    options.work.mkdir(parents=True, exist_ok=True)
    sets = {SETS[stage] for stage in options.only} or set(WORLDS) - set(MEASURES)
    counts = {name: int(world.count * scale) for name, world in WORLDS.items() if name in sets}
    workers = max((os.cpu_count() or 2) - len(lanes_of(options.only)), 1) if workers is None else workers
    renderers = start_rendering(options.data, counts, workers, options.device, until=began + 0.9 * seconds)
    context = multiprocessing.get_context("spawn")
    lanes = [
        context.Process(target=lane, args=(stages, options, began, seconds), daemon=True)
        for stages in lanes_of(options.only)
    ]
    for process in lanes:
        process.start()
    for share in (*BUNDLES, 0.965):
        while time.time() < began + share * seconds and any(process.is_alive() for process in lanes):
            time.sleep(0.2)
        say(began, f"{ {name: len(list((options.data / name).glob('*.npy'))) for name in counts} } shards")
        if out is not None:
            bundle(options.work, out)
    for process in (*lanes, *renderers):
        process.terminate()
    if out is not None:
        bundle(options.work, out)
    say(began, "done")


def bundle(work: Path, out: Path) -> None:
    """Put all weights, records and sheets into `out` as one tar file in parts.

    To unpack: `cat weights-*.part | tar x`.
    """
    out = Path(out)
    whole = Path(work) / "bundle.tar"
    out.mkdir(parents=True, exist_ok=True)
    with tarfile.open(whole, "w") as tar:
        for path in sorted(Path(work).iterdir()):
            if path.suffix in (".safetensors", ".json", ".jpg"):
                tar.add(path, path.name)
    data = whole.read_bytes()
    parts = [data[i : i + PART] for i in range(0, len(data), PART)]
    for i, part in enumerate(parts):
        (out / f"writing-{i}").write_bytes(part)
    for i in range(len(parts)):
        (out / f"writing-{i}").rename(out / f"weights-{i:03d}.part")
