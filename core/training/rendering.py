"""Worker processes that render the sets, each in its turn, on CPU cores and on the GPU where it can."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.training import captions
from core.training.data import SHARD, write_shard
from core.training.worlds import WORLDS

if TYPE_CHECKING:
    from core.world.grammar import Scene


def jobs(counts: Mapping[str, int]) -> Any:
    """(set, shard) of everything that is wanted, all sets growing alike.

    Args:
        counts: set → how many pictures.
    """
    shards = {name: -(-count // SHARD) for name, count in counts.items()}
    return sorted(
        ((name, i) for name, n in shards.items() for i in range(n)),
        key=lambda job: ((job[1] + 0.5) / shards[job[0]], job[0]),
    )


def render_shard(
    folder: Path, name: str, index: int, tokens: Any, render_many: Callable[..., np.ndarray], size: int = 128
) -> Path:
    """Render one shard unless it is there already; returns its path."""
    path = Path(folder) / name / f"{index:04d}.npy"
    world = WORLDS[name]
    if path.exists():
        return path
    scenes = world.scenes(index, SHARD)
    pictures = render_many(scenes, world.seeds(index, SHARD), size, world.spread(index))
    rng = np.random.default_rng([world.number, index, 1])
    write_shard(path, pictures, scenes, *captions.tokens_of(scenes, tokens, rng, world.wrong))
    return path


def on_cpu(scenes: Sequence[Scene], seeds: Sequence[int], size: int, spread: float) -> np.ndarray:
    """Renderings, uint8 n×size×size×3, one by one."""
    from core.world.renderer import render

    return np.stack([render(scene, seed, size, spread) for scene, seed in zip(scenes, seeds, strict=True)])


def renderer(device: str) -> Any:
    """The function that renders many pictures: the GPU's if it is there and runs, else the CPU's."""
    if device == "cpu":
        return on_cpu
    try:
        from core.training.gpu_renderer import render_many

        render_many(WORLDS["test"].scenes(0, 1), [0], 8)
        return render_many
    except Exception as error:  # numba-cuda may be missing, or fail in its own ways
        print(f"no rendering on the GPU: {type(error).__name__}: {error}", flush=True)
        return on_cpu


def _work(folder: Path, todo: Any, place: Any, device: str, until: float) -> None:
    """One worker: takes the next job until there is none or time is up."""
    os.nice(5)  # the trainers' processes launch the GPU's work and must not wait
    render_many = renderer(device)
    tokens = captions.tokenizer()
    while time.time() < until:
        with place.get_lock():
            number = place.value
            place.value += 1
        if number >= len(todo):
            return
        name, index = todo[number]
        try:
            render_shard(folder, name, index, tokens, render_many)
        except Exception as error:
            if render_many is on_cpu:
                raise
            print(f"rendering on the CPU from now on: {type(error).__name__}: {error}", flush=True)
            render_many = on_cpu
            render_shard(folder, name, index, tokens, render_many)


def start_rendering(
    folder: Path,
    counts: Mapping[str, int],
    workers: int = 2,
    device: str = "cpu",
    until: float = float("inf"),
) -> Any:
    """Start worker processes, spawned; returns them. `until` is a time of the clock (time.time()) at which
    they stop.
    """
    context = multiprocessing.get_context("spawn")
    place = context.Value("q", 0)
    todo = [(name, i) for name, i in jobs(counts) if not (Path(folder) / name / f"{i:04d}.npy").exists()]
    if not todo:
        return []
    arguments = (folder, todo, place, device, until)
    processes = [context.Process(target=_work, args=arguments, daemon=True) for _ in range(workers)]
    for process in processes:
        process.start()
        # a spawned process finds the counter as long as something here holds it
        process.place = place  # type: ignore[attr-defined]
    return processes


def render_worlds(folder: Path, counts: Mapping[str, int], workers: int = 2, device: str = "cpu") -> None:
    """Render everything that is not there yet; returns when it is."""
    began = time.time()
    wanted = len(jobs(counts))
    for process in start_rendering(folder, counts, workers, device):
        process.join()
    done = sum((Path(folder) / name / f"{i:04d}.npy").exists() for name, i in jobs(counts))
    print(f"{done} of {wanted} shards of {SHARD} in {folder}, {time.time() - began:.0f} s", flush=True)
