"""How much faster a sweep is done by more workers: the same cells, painted by 1, 2, … workers of a Ray cluster in turns."""

import contextlib
import functools
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

from core import folder
from core.errors import SettingError, WorkersError
from core.settings import RunRequest
from core.threads import usable_cores

PROMPT, PAINTER = "a red fox in snow", "pixels"
HERE = 0  # in place of a number of workers: this process alone, without Ray
READY_SECONDS = 300.0


def bench_scale(arguments):
    """`bench scale`: sweep throughput against workers. Returns 0.

    Raises:
        SettingError: a number out of range. WorkersError: no Ray, or fewer workers than asked for.
    """
    from core.commands import tell_on_terminal

    cores = usable_cores()
    counts = _counts(arguments.workers) if arguments.workers else sorted({1, 2, cores})
    for option, low in (("cells", 1), ("steps", 1), ("rounds", 1)):
        if getattr(arguments, option) < low:
            raise SettingError(f"--{option} is {getattr(arguments, option)}; it takes {low} or more.")
    result = scale(arguments.pack, counts, arguments.cells, arguments.steps, arguments.rounds, arguments.on, tell_on_terminal)
    print(json.dumps(result, indent=2) if arguments.json else text(result))
    return 0


def _counts(given):
    try:
        counts = sorted({int(part) for part in given.split(",")})
        if not 1 <= counts[0] <= counts[-1] <= 64:
            raise ValueError
    except ValueError:
        raise SettingError(f"--workers is {given!r}; it takes numbers from 1 to 64, such as 1,2,4.") from None
    return counts


def scale(pack, counts, cells, steps, rounds, choice="ray", tell=lambda text: None):
    """Paint a sweep of `cells` seeds by this process alone and by each number of workers, in turns, `rounds` times.

    On a cluster of this machine every worker gets the same number of threads, whatever their number: the cores divided by
    the most workers. This process alone uses all cores.

    Args:
        pack: name or folder. counts: numbers of workers. steps: of every cell.
        choice: as for `core.workers.cluster.connected`.
        tell: function of one text.

    Returns:
        {"rows": [{"workers" (0: this process alone), "seconds": list, "per_minute", "ratio" to one worker or the fewest}], …}.

    Raises:
        UserError.
    """
    from core.commands import open_pack_limited
    from core.workers.cluster import CPUS_EACH, LOCAL, connected
    from core.workers.crew import Crew

    opened, cores = open_pack_limited(pack), usable_cores()
    threads = max(1, cores // counts[-1])
    requests = [RunRequest.make(PROMPT, seed, str(pack), (PAINTER,), **{PAINTER: {"steps": steps}}) for seed in range(cells)]
    load = functools.partial(load_with_threads, threads=threads) if choice == LOCAL else None
    seconds, scores = {count: [] for count in (HERE, *counts)}, {}
    with connected(choice, tell, cpus=CPUS_EACH * counts[-1]) as ray, tempfile.TemporaryDirectory() as out:
        crew = Crew(ray, str(pack), load, tell)
        try:
            _wait_for(crew, counts[-1], choice)
            for number in range(rounds + 1):  # the first of all is not counted: everybody compiles and caches
                for count in seconds:
                    chosen = requests if number else requests[: max(1, count)]
                    taken, scores[count] = _time(crew, opened, count, chosen, Path(out) / f"{number}-{count}")
                    if number:
                        seconds[count].append(taken)
                        tell(f"round {number} of {rounds}, {count or 'no'} workers: {taken:.2f} s")
        finally:
            crew.dismiss()
    rate = {count: 60 * cells / statistics.median(times) for count, times in seconds.items()}
    return {
        "cores": cores,
        "cpus": os.cpu_count(),
        "threads_per_worker": threads if choice == LOCAL else None,
        "pack": opened.name,
        "pack_hash": opened.hash,
        "cells": cells,
        "steps": steps,
        "rounds": rounds,
        "rows": [{"workers": n, "seconds": seconds[n], "per_minute": rate[n], "ratio": rate[n] / rate[counts[0]]} for n in seconds],
        "largest_difference": max(abs(a - b) for found in scores.values() for a, b in zip(found, scores[HERE], strict=False)),
    }


def load_with_threads(name, threads):
    """`core.worker.load_pack` on a worker, with so many threads."""
    from core.worker import load_pack

    os.environ["CTJP_THREADS"] = str(threads)
    return load_pack(name)


def text(result):
    """The figures of `bench scale`, one row a line."""
    lines = [
        f"{result['cells']} cells of {result['steps']} steps of {PAINTER}, medians of {result['rounds']} rounds in turns; this machine has "
        f"{result['cores']} cores ({result['cpus']} hardware threads)",
        "",
        f"{'workers':<28} {'seconds':>8} {'cells per minute':>17} {'ratio':>6}",
    ]
    for row in result["rows"]:
        threads = f" of {result['threads_per_worker']} threads" if result["threads_per_worker"] else ""
        name = f"{row['workers']}{threads}" if row["workers"] else "none: this process, all cores"
        lines.append(f"{name:<28} {statistics.median(row['seconds']):8.2f} {row['per_minute']:17.1f} {row['ratio']:6.2f}")
    return "\n".join([*lines, "", f"Largest difference of a final score from this process's: {result['largest_difference']:.2g}."])


def _wait_for(crew, number, choice):
    """Let the workers load the pack."""
    deadline = time.monotonic() + READY_SECONDS
    while len(crew.free()) < number:
        crew.turn(_Nothing())
        if len(crew.places) < number or time.monotonic() > deadline:
            raise WorkersError(f"{choice} has {len(crew.places)} workers, {len(crew.free())} of them ready; {number} are to be compared.")


class _Nothing:
    """A desk without orders."""

    def take(self):
        return None


def _time(crew, pack, count, requests, out):
    """(seconds, final score of every cell) of painting requests by `count` workers of the crew."""
    from core.runs import execute
    from core.workers.folders import Folders, Job

    places = [out / str(place) for place in range(len(requests))]

    @contextlib.contextmanager
    def opened(place, request):
        with folder.FolderRecorder(place, request, pack.hash) as recorder:
            yield recorder, recorder

    began = time.perf_counter()
    if count == HERE:
        for place, request in zip(places, requests, strict=True):
            with opened(place, request) as (recorder, _):
                execute(request, pack, recorder)
                recorder.finish("done")
    else:
        crew.most = count
        jobs = [Job(pair[1], pack.hash, functools.partial(opened, *pair)) for pair in zip(places, requests, strict=True)]
        with Folders(jobs, lambda: False) as desk:
            while desk.left():
                crew.turn(desk)
        if desk.failures:
            raise WorkersError(desk.failures[0])
    taken = time.perf_counter() - began
    return taken, [folder.read(place)[1][-1].score for place in places]
