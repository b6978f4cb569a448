"""Benchmarks that print what they find: does the story hold, and what does a default run cost?"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from core.gap import judge_gap
from core.settings import LABELS, PAINTERS, RunRequest

FIGURES = ("score", "heldout", "realism")
SCALES = (
    "judge and held-out: cosines; gap: judge minus held-out on the shared scale, where unrelated photographs are 0 and matching ones 1"
)


class LastRow:
    """Recorder that keeps each painter's last measurement."""

    def __init__(self):
        self.rows = {}

    def record(self, frame, measurement):
        self.rows[frame.painter] = {"seconds": measurement.seconds, **{k: getattr(measurement, k) for k in FIGURES}}


def story(pack, prompts, seeds, real, seed=0, settings=None, tell=lambda text: None):
    """Paint drawn prompts with every painter and photograph the same scenes.

    Args:
        pack: a ModelPack of the miniature world.
        prompts, seeds: numbers of prompts and of runs for each; run i has seed i.
        real: number of photographs of each prompt's scene, all unlike those of training.
        seed: draws the prompts and the photographs.
        settings: painter → knob → value; defaults otherwise.
        tell: called with a line of progress before every prompt.

    Returns:
        {"runs": [...], "real": [...], …}: every figure, as plain data.
    """
    from core.bench.lab import check_world
    from core.runs import execute
    from core.world.grammar import caption

    check_world(pack)
    began, runs, photographs = time.perf_counter(), [], []
    rng = np.random.default_rng(seed)
    for number, scene in enumerate(_scenes(rng, prompts)):
        prompt = caption(scene)
        tell(f"{number + 1}/{prompts} {prompt}")
        photographs += [{"prompt": prompt, **figures} for figures in _photographs(pack, scene, prompt, real, rng)]
        for run_seed in range(seeds):
            request = RunRequest.make(prompt, run_seed, pack.name, tuple(PAINTERS), **(settings or {}))
            recorder = LastRow()
            execute(request, pack, recorder)
            runs += [{"prompt": prompt, "seed": run_seed, "painter": p, **row} for p, row in recorder.rows.items()]
    return {
        "pack": pack.name,
        "pack_hash": pack.hash,
        "seed": seed,
        "prompts": prompts,
        "seeds": seeds,
        "settings": settings or {},
        "runs": runs,
        "real": photographs,
        "reference": pack.manifest["reference"],
        "seconds": time.perf_counter() - began,
    }


def _photographs(pack, scene, prompt, number, rng):
    """The figures of `number` new photographs of a scene."""
    from core.world.renderer import render

    judge, heldout = pack.judge.encode(prompt), pack.heldout.encode(prompt)
    for _ in range(number):
        # Training draws its seeds below 2**31; these lie far above.
        picture = render(scene, int(rng.integers(2**40, 2**41)), pack.size)
        figures = (pack.judge.score(picture, judge), pack.heldout.score(picture, heldout), pack.realism.score(picture).realism)
        yield dict(zip(FIGURES, map(float, figures), strict=True))


def summary(result):
    """Counts that tell whether raw ascent beats photographs on score and loses on realism.

    Returns:
        painter → {"runs", "above_median", "above_all" (of the photographs of its own prompt),
        "highest", "lowest" (score and realism among the painters of its own run), "lowest_tied",
        and the median of each figure and of the judge gap}; "real" → medians.
    """

    def gapped(row):
        return {**row, "gap": judge_gap(row["score"], row["heldout"], result["reference"])}

    real = {}
    for picture in result["real"]:
        real.setdefault(picture["prompt"], []).append(picture["score"])
    groups = {}
    for row in result["runs"]:
        groups.setdefault((row["prompt"], row["seed"]), {})[row["painter"]] = row
    found = {}
    for painter in PAINTERS:
        mine = [(g[painter], [r for p, r in g.items() if p != painter]) for g in groups.values() if painter in g]
        count = lambda test: sum(1 for row, others in mine if test(row, others))
        found[painter] = {
            "runs": len(mine),
            "above_median": count(lambda row, _: row["score"] > statistics.median(real[row["prompt"]])),
            "above_all": count(lambda row, _: row["score"] > max(real[row["prompt"]])),
            "highest": count(lambda row, others: all(row["score"] > o["score"] for o in others)),
            "lowest": count(lambda row, others: all(row["realism"] < o["realism"] for o in others)),
            "lowest_tied": count(lambda row, others: row["realism"] == min(o["realism"] for o in others)),
            **_medians([gapped(row) for row, _ in mine], (*FIGURES, "gap", "seconds")),
        }
    return {**found, "real": _medians(map(gapped, result["real"]), (*FIGURES, "gap"))}


def story_text(result):
    """The tables of `bench story`, and its outcome in one sentence, whatever it is."""
    found, reference = summary(result), result["reference"]
    lines = [
        f"{result['prompts']} prompts × {result['seeds']} seeds, {len(result['real'])} photographs of the same scenes, "
        f"pack {result['pack']} {result['pack_hash'][:16]}, {result['seconds']:.0f} s",
        "",
        f"{'median of final figures':<24} {'judge':>7} {'held-out':>9} {'gap':>7} {'realism':>8} {'seconds':>8}",
    ]
    for painter in PAINTERS:
        row = found[painter]
        lines.append(f"{LABELS[painter]:<24} {_line(row)} {row['seconds']:8.2f}")
    lines.append(f"{'Photographs':<24} {_line(found['real'])}")
    unrelated = "".join(f"{reference[k]['mismatched']:{width}.3f}" for k, width in (("score", 8), ("heldout", 10)))
    lines += [f"{'Unrelated photographs':<24}{unrelated}", SCALES, ""]
    lines.append(f"{'share of runs with':<24} {'score above median':>19} {'above every':>12} {'highest':>8} {'lowest':>8}")
    lines.append(f"{'':<24} {'of its photographs':>19} {'one of them':>12} {'score':>8} {'realism':>8}")
    for painter in PAINTERS:
        row = found[painter]
        share = {k: f"{row[k]}/{row['runs']}" for k in ("above_median", "above_all", "highest", "lowest")}
        lines.append(
            f"{LABELS[painter]:<24} {share['above_median']:>19} {share['above_all']:>12} {share['highest']:>8} {share['lowest']:>8}"
        )
    return "\n".join([*lines, "", _outcome(found["pixels"])])


def _line(row):
    return f"{row['score']:7.3f} {row['heldout']:9.3f} {row['gap']:+7.3f} {row['realism']:8.3f}"


def _outcome(row):
    """What raw ascent did, as counted."""
    text = (
        f"Pixel ascent ended above the median score of photographs of the same caption in {row['above_median']} of {row['runs']} runs, "
        f"above every one of them in {row['above_all']}, and had the lowest realism of the three in {row['lowest']}"
    )
    return text + (f" (and shared the lowest in {row['lowest_tied']} more)." if row["lowest_tied"] else ".")


def _medians(rows, keys):
    rows = list(rows)
    return {k: statistics.median(row[k] for row in rows) if rows else float("nan") for k in keys}


def _scenes(rng, number):
    """`number` scenes drawn from the world's grammar, all different."""
    from core.world.grammar import every_scene, sample_scene

    scenes = {}
    for _ in range(1000 * number):
        if len(scenes) == min(number, len(every_scene())):
            break
        scenes.setdefault(sample_scene(rng))
    return list(scenes)


def default_run(prompt, pack):
    """`python -m core run` at default settings in a fresh process.

    Returns:
        {"status": exit status, "seconds": wall time, "megabytes": peak resident memory or None where
        the system does not tell, "painters": painter → own seconds, "error": text}.
    """
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "core", "run", "--prompt", prompt, "--pack", str(pack), "--out", out]
        began = time.perf_counter()
        with tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen(command, cwd=Path(__file__).parents[1], stdout=subprocess.DEVNULL, stderr=errors)
            status, megabytes = _wait(process)
            seconds = time.perf_counter() - began
            errors.seek(0)
            error = errors.read().strip()
        return {"status": status, "seconds": seconds, "megabytes": megabytes, "painters": _own_seconds(Path(out)), "error": error}


def default_run_text(result):
    """The figures of `bench run`, one a line."""
    if result["status"]:
        return f"The run failed with exit status {result['status']}: {result['error']}"
    megabytes = result["megabytes"]
    lines = [f"whole process {result['seconds']:.1f} s, peak memory {f'{megabytes:.0f} MB' if megabytes else 'not told by this system'}"]
    return "\n".join(lines + [f"{LABELS[p]:<18} {seconds:.1f} s" for p, seconds in result["painters"].items()])


def _wait(process):
    """(exit status, peak resident memory in MB or None) of a child, once it has ended.

    Linux counts what this process held when it started the child, so it must stay small: no torch here.
    """
    if not hasattr(os, "wait4"):
        return process.wait(), None
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def _own_seconds(out):
    from core import folder
    from core.errors import StoreError

    try:
        _, rows = folder.read(out)
    except StoreError:
        return {}
    return {row.painter: row.seconds for row in rows}
