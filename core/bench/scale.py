"""How much faster more workers do a sweep: the same cells, painted by 1, 2, … workers in turns."""

from __future__ import annotations

import contextlib
import functools
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import packs
from core.base.errors import WorkersError
from core.base.machine import usable_cores
from core.base.request import RunRequest
from core.storage.run_folder import FolderRecorder, read_run

if TYPE_CHECKING:
    from core.packs.pack import ModelPack
    from core.service.cluster.pool import WorkerPool

PROMPT = "a red fox in snow"
PAINTER = "pixels"
NO_WORKERS = 0  # in place of a number of workers: this process alone, without Ray
READY_SECONDS = 300.0


@dataclass(frozen=True)
class Workload:
    """What is painted again and again.

    Args:
        pack: name or folder.
        cells: runs of the sweep, which differ in their seed.
        steps: of every run.
        rounds: turns of each number of workers.
    """

    pack: str
    cells: int
    steps: int
    rounds: int

    def requests(self) -> list[RunRequest]:
        """The cells."""
        settings = {PAINTER: {"steps": self.steps}}
        return [
            RunRequest.make(PROMPT, seed, str(self.pack), (PAINTER,), **settings)
            for seed in range(self.cells)
        ]


def measure_scaling(
    work: Workload,
    counts: list[int],
    choice: str = "ray",
    tell: Callable[[str], object] = lambda text: None,
) -> dict[str, Any]:
    """Paint a sweep by this process alone and by each number of workers, in turns.

    On a cluster of this machine every worker gets the same number of threads, whatever their number: the
    cores divided by the most workers. This process alone uses all cores.

    Args:
        counts: numbers of workers, in order.
        choice: as for `core.service.cluster.connection.connected`.

    Returns:
        {"rows": [{"workers" (0: this process alone), "seconds": list, "per_minute", "ratio" to one worker or
        the fewest}], …}.

    Raises:
        UserError.
    """
    from core.service.cluster.connection import CPUS_PER_WORKER, LOCAL_CLUSTER, connected
    from core.service.cluster.pool import WorkerPool

    pack = packs.open_pack_limited(work.pack)
    cores = usable_cores()
    threads = max(1, cores // counts[-1]) if choice == LOCAL_CLUSTER else None
    load = functools.partial(load_with_threads, threads=threads) if threads else None
    with connected(choice, tell, cpus=CPUS_PER_WORKER * counts[-1]) as ray:
        pool = WorkerPool(ray, str(work.pack), load, tell)
        try:
            _wait_for(pool, counts[-1], choice)
            seconds, scores = _paint_in_turns(work, [NO_WORKERS, *counts], pool, pack, tell)
        finally:
            pool.shut_down()
    machine = {"cores": cores, "cpus": os.cpu_count(), "threads_per_worker": threads}
    about = {"pack": pack.name, "pack_hash": pack.hash}
    return {**machine, **about, **_result(work, counts, seconds, scores)}


def _result(
    work: Workload, counts: list[int], seconds: dict[int, list[float]], scores: dict[int, list[float]]
) -> dict[str, Any]:
    """What was painted, and how fast."""
    rate = {count: 60 * work.cells / statistics.median(times) for count, times in seconds.items()}
    rows = [
        {
            "workers": count,
            "seconds": times,
            "per_minute": rate[count],
            "ratio": rate[count] / rate[counts[0]],
        }
        for count, times in seconds.items()
    ]
    return {
        "cells": work.cells,
        "steps": work.steps,
        "rounds": work.rounds,
        "rows": rows,
        "largest_difference": _largest_difference(scores),
    }


def load_with_threads(name: str, threads: int) -> ModelPack:
    """`core.service.painter_loop.load_pack` on a worker, with so many threads."""
    from core.service.painter_loop import load_pack

    os.environ["CTJP_THREADS"] = str(threads)
    return load_pack(name)


def _paint_in_turns(
    work: Workload, counts: list[int], pool: WorkerPool, pack: ModelPack, tell: Callable[[str], object]
) -> tuple[dict[int, list[float]], dict[int, list[float]]]:
    """(seconds of every round, final score of every cell), by number of workers."""
    seconds: dict[int, list[float]] = {count: [] for count in counts}
    scores: dict[int, list[float]] = {}
    requests = work.requests()
    with tempfile.TemporaryDirectory() as out:
        for number in range(
            work.rounds + 1
        ):  # the first of all is not counted: everybody compiles and caches
            for count in counts:
                chosen = requests if number else requests[: max(1, count)]
                folder = Path(out) / f"{number}-{count}"
                taken, scores[count] = _paint(pool, pack, count, chosen, folder)
                if number:
                    seconds[count].append(taken)
                    tell(f"round {number} of {work.rounds}, {count or 'no'} workers: {taken:.2f} s")
    return seconds, scores


def _largest_difference(scores: dict[int, list[float]]) -> float:
    """Of a final score from that of the same cell painted by this process."""
    own = scores[NO_WORKERS]
    return max(abs(a - b) for found in scores.values() for a, b in zip(found, own, strict=False))


def scaling_text(result: dict[str, Any]) -> str:
    """The figures of `bench scale`, one row a line."""
    work = f"{result['cells']} cells of {result['steps']} steps of {PAINTER}"
    machine = f"this machine has {result['cores']} cores ({result['cpus']} hardware threads)"
    lines = [
        f"{work}, medians of {result['rounds']} rounds in turns; {machine}",
        "",
        f"{'workers':<28} {'seconds':>8} {'cells per minute':>17} {'ratio':>6}",
    ]
    for row in result["rows"]:
        threads = f" of {result['threads_per_worker']} threads" if result["threads_per_worker"] else ""
        name = f"{row['workers']}{threads}" if row["workers"] else "none: this process"
        seconds = statistics.median(row["seconds"])
        lines.append(f"{name:<28} {seconds:8.2f} {row['per_minute']:17.1f} {row['ratio']:6.2f}")
    difference = f"{result['largest_difference']:.2g}"
    return "\n".join([*lines, "", f"Largest difference of a final score from this process's: {difference}."])


def _wait_for(pool: WorkerPool, number: int, choice: str) -> None:
    """Let the workers load the pack."""
    deadline = time.monotonic() + READY_SECONDS
    while len(pool.free()) < number:
        pool.poll(_NoRuns())
        if len(pool.slots) < number or time.monotonic() > deadline:
            have = f"{choice} has {len(pool.slots)} workers, {len(pool.free())} of them ready"
            raise WorkersError(f"{have}; {number} are to be compared.")


class _NoRuns:
    """A source of runs that has none."""

    def next_task(self) -> None:
        return None

    def should_continue(self, task: object) -> bool:
        return False

    def receive(self, task: object, event: object) -> None:
        pass


def _paint(
    pool: WorkerPool, pack: ModelPack, count: int, requests: list[RunRequest], out: Path
) -> tuple[float, list[float]]:
    """(seconds, final score of every cell) of painting requests by `count` workers of the pool."""
    folders = [out / str(number) for number in range(len(requests))]
    cells = list(zip(folders, requests, strict=True))
    began = time.perf_counter()
    if count == NO_WORKERS:
        _paint_here(pack, cells)
    else:
        _paint_on_workers(pool, pack, count, cells)
    taken = time.perf_counter() - began
    return taken, [read_run(folder)[1][-1].score for folder in folders]


def _paint_here(pack: ModelPack, cells: list[tuple[Path, RunRequest]]) -> None:
    from core.execute import execute

    for folder, request in cells:
        with FolderRecorder(folder, request, pack.hash) as recorder:
            execute(request, pack, recorder)
            recorder.finish("done")


def _paint_on_workers(
    pool: WorkerPool, pack: ModelPack, count: int, cells: list[tuple[Path, RunRequest]]
) -> None:
    from core.service.cluster.run_folders import FolderRun, FolderRuns

    @contextlib.contextmanager
    def opened(folder: Path, request: RunRequest) -> Iterator[tuple[FolderRecorder, FolderRecorder]]:
        with FolderRecorder(folder, request, pack.hash) as recorder:
            yield recorder, recorder

    pool.most = count
    jobs = [FolderRun(cell[1], pack.hash, functools.partial(opened, *cell)) for cell in cells]
    with FolderRuns(jobs, lambda: False) as runs:
        while runs.unfinished():
            pool.poll(runs)
    if runs.failures:
        raise WorkersError(runs.failures[0])
