"""How long a run will take and how much memory it needs, from what this machine has measured itself. No
torch.

Seconds per step are modelled as a sum of few parts with one cost each (a step's own, a judged picture's …).
The costs are fitted by least squares to the finished runs of the store, each drawn towards `SECONDS_PER_PART`
scaled to this machine: one run of any painter is enough for an estimate, and with many runs of many settings
the scale is forgotten.

Where painters work at the same time, they share the cores: each takes longer than alone, and the run takes
less than their seconds together. So runs of as many painters are asked first.
"""

from __future__ import annotations

import sqlite3
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.base.machine import usable_cpus
from core.base.request import RunRequest
from core.storage.records import stored_request
from core.storage.run_store import RunStore

# Seconds per part on one core of the machine that the shipped pack was made on; once a run has been measured
# only their ratios matter.
SECONDS_PER_PART = {
    "pixels": (0.008, 0.0055),
    "vqgan": (0.053, 0.005),
    "diffusion": (0.05, 0.008, 0.044, 0.0055),
}
COSTS_WEIGHT = 0.1  # weight of SECONDS_PER_PART against one measured run
OVERHEAD_PER_FRAME = 0.04  # seconds per frame to measure and store it, before any was measured
NEWEST_RUNS = 100  # finished runs that are looked at


@dataclass(frozen=True)
class MeasuredRun:
    """One finished run as measured.

    Args:
        request: what was painted.
        seconds: painter → seconds per step.
        overhead_per_frame: seconds per frame spent on measuring and storing; None where it cannot be told,
            because the painters worked at the same time.
        pace: of such a run, its seconds as a share of its painters' together; else None.
        peak: bytes resident at most, or 0 if not known.
        measured_here: whether this machine measured it.
    """

    request: RunRequest
    seconds: dict[str, float]
    overhead_per_frame: float | None = None
    pace: float | None = None
    peak: int = 0
    measured_here: bool = True


@dataclass(frozen=True)
class Estimate:
    """What to expect of a run.

    Args:
        seconds: from its start to its end; waiting for other runs is not counted.
        bytes: memory of the painter process, or None if none was measured here.
        measured_elsewhere: painters whose seconds come from another machine.
    """

    seconds: float
    bytes: float | None
    measured_elsewhere: tuple[str, ...] = ()

    def text(self) -> str:
        """For example "about 25 s, 0.9 GB"."""
        memory = f", {self.bytes / 1e9:.1f} GB" if self.bytes else ""
        return f"about {duration_text(self.seconds)}{memory}"

    def source(self) -> str:
        """One sentence: where the figures come from."""
        if not self.measured_elsewhere:
            return "From runs that this machine has finished."
        if not self.bytes:
            return "A guess, from another machine: nothing has been measured here yet."
        return "Partly from another machine."


def duration_text(seconds: float) -> str:
    """Seconds as a person says them: "25 s", "3 min", "1.5 h"."""
    if seconds < 20:
        return f"{max(1, round(seconds))} s"
    if seconds < 90:
        return f"{5 * round(seconds / 5)} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def parts_per_step(painter: str, settings: Any) -> tuple[float, ...]:
    """How often each part of SECONDS_PER_PART[painter] happens in a step, on average.

    A step itself and a judged cutout; for diffusion a step, a pass of the denoiser, a guided step, a judged
    cutout.
    """
    if painter != "diffusion":
        return (1.0, float(settings.cutouts))
    passes = 1.0 if settings.mode == "judge" or settings.cfg_scale == 1 else 2.0
    guided = settings.mode != "text" and settings.guidance_strength > 0
    start = settings.guide_start
    stop = settings.guide_stop if guided else start
    repeated = max(0.0, min(stop, settings.repeat_stop) - start)
    again = repeated * (settings.repeats - 1)  # further nudges per step
    nudges = max(0.0, stop - start) + again
    return (1.0, passes * (1 + again), nudges, nudges * settings.cutouts)


def estimate(request: RunRequest, runs: Iterable[MeasuredRun]) -> Estimate:
    """What to expect of a request; runs of another machine serve where this one has measured none."""
    runs = list(runs)
    here = [run for run in runs if run.measured_here]
    away = [run for run in runs if not run.measured_here]
    seconds = 0.0
    elsewhere = []
    for painter, settings in request.settings.items():
        if any(painter in run.seconds for run in here):
            seconds += settings.steps * _per_step(painter, settings, _alike(painter, request, here))
        else:
            seconds += settings.steps * _per_step(painter, settings, away) * _slower(here, away)
            elsewhere.append(painter)
    seconds = _whole(request, seconds, here, away)
    memory = _memory(request, [run for run in here if run.peak])
    return Estimate(seconds, memory, tuple(elsewhere))


def _alike(painter: str, request: RunRequest, runs: list[MeasuredRun]) -> list[MeasuredRun]:
    """Runs of this painter: those with as many painters as asked for, else with more, else with fewer."""
    count = len(request.settings)
    known = [run for run in runs if painter in run.seconds]
    same = [run for run in known if len(run.seconds) == count]
    return same or [run for run in known if len(run.seconds) > count] or known


def _whole(request: RunRequest, seconds: float, here: list[MeasuredRun], away: list[MeasuredRun]) -> float:
    """Seconds from the start of a run to its end.

    Args:
        seconds: of its painters together.
    """
    count = len(request.settings)
    for runs in (here, away):
        paces = [run.pace for run in runs if run.pace is not None and len(run.seconds) == count]
        if paces:
            return seconds * statistics.median(paces)
    known = [run for run in here or away if run.seconds.keys() & request.settings.keys()]
    crowded = [run.pace for run in known if run.pace is not None and len(run.seconds) > count]
    if crowded and not any(len(run.seconds) == count for run in known):
        # Measured only with more painters, which shared all cores; with fewer, each has at least as many.
        return seconds * min(1.0, statistics.median(crowded) * usable_cpus() / min(usable_cpus(), count))
    overheads = [run.overhead_per_frame for run in here or away if run.overhead_per_frame is not None]
    frames = sum(settings.steps + 1 for settings in request.settings.values())
    return seconds + frames * (statistics.median(overheads) if overheads else OVERHEAD_PER_FRAME)


def estimate_several(requests: Iterable[RunRequest], runs: Sequence[MeasuredRun]) -> Estimate:
    """What to expect of several runs, one after the other."""
    each = [estimate(request, runs) for request in requests]
    known = [found.bytes for found in each if found.bytes]
    elsewhere = dict.fromkeys(painter for found in each for painter in found.measured_elsewhere)
    return Estimate(sum(found.seconds for found in each), max(known, default=None), tuple(elsewhere))


def _per_step(painter: str, settings: Any, runs: list[MeasuredRun]) -> float:
    """Seconds per step: least squares on relative errors, drawn towards SECONDS_PER_PART on the scale of the
    runs.
    """
    runs = [run for run in runs if painter in run.seconds]
    costs = np.array(SECONDS_PER_PART[painter])
    if not runs:
        return float(np.dot(parts_per_step(painter, settings), costs))
    parts = np.array([parts_per_step(painter, run.request.settings[painter]) for run in runs])  # runs, parts
    seconds = np.maximum([run.seconds[painter] for run in runs], 1e-6)  # runs
    prior = costs * np.median(seconds / (parts @ costs))
    # Unknowns are the costs as multiples of the prior, so that one weight serves parts of any size.
    matrix = np.vstack([parts * prior / seconds[:, None], COSTS_WEIGHT * np.eye(len(costs))])
    wanted = np.concatenate([np.ones(len(seconds)), np.full(len(costs), COSTS_WEIGHT)])
    factors = np.clip(np.linalg.lstsq(matrix, wanted, rcond=None)[0], 0.05, 20.0)
    return float(np.dot(parts_per_step(painter, settings), factors * prior))


def _slower(here: list[MeasuredRun], away: list[MeasuredRun]) -> float:
    """How many times longer this machine takes than the other, by painters measured on both; 1 if there is
    none.
    """
    known = {painter for run in here for painter in run.seconds}
    ratios = [
        _per_step(painter, run.request.settings[painter], here) / seconds
        for run in away
        for painter, seconds in run.seconds.items()
        if seconds > 0 and painter in known
    ]
    return statistics.median(ratios) if ratios else 1.0


def _memory(request: RunRequest, runs: list[MeasuredRun]) -> float | None:
    """Bytes for the most pictures judged at once: a line through what was measured, never falling; None for
    no runs.
    """
    if not runs:
        return None
    counts = np.array([_most_cutouts(run.request) for run in runs], float)
    peaks = np.array([run.peak for run in runs], float)
    if np.ptp(counts) == 0:
        return float(peaks.max())
    slope, base = np.polyfit(counts, peaks, 1)
    if slope <= 0:
        return float(peaks.max())
    return float(max(peaks.min(), base + slope * _most_cutouts(request)))


def _most_cutouts(request: RunRequest) -> int:
    return max(settings.cutouts for settings in request.settings.values())


def measured_runs(store: RunStore, pack_hash: str, example: str | None = None) -> list[MeasuredRun]:
    """What has been measured: the newest finished runs under a pack, and the example that came with it.

    Args:
        store: the runs.
        pack_hash: of the pack.
        example: id of an imported run that another machine computed, or None.

    Raises:
        StoreError.
    """
    records = store.database.read(
        "SELECT runs.id, request, finished - started AS wall, peak, painter, total, seconds FROM "
        "(SELECT * FROM runs WHERE status = 'done' AND pack_hash = ? AND (folder = '' OR id = ?) "
        "AND NOT ahead AND EXISTS (SELECT 1 FROM run_paintings WHERE run = runs.id AND NOT taken) "
        "ORDER BY finished DESC LIMIT ?) AS runs JOIN run_steps ON run_steps.run = runs.id AND step = total "
        "AND NOT taken",
        *(pack_hash, example or "", NEWEST_RUNS),
    )
    by_run: dict[str, list[sqlite3.Row]] = {}
    for record in records:
        by_run.setdefault(record["id"], []).append(record)
    found = (_measured_run(rows, here=run_id != example) for run_id, rows in by_run.items())
    return [run for run in found if run is not None]


def _measured_run(rows: list[sqlite3.Row], here: bool) -> MeasuredRun | None:
    """A run from its painters' last rows, or None if this version no longer accepts its settings."""
    request = stored_request(rows[0]["request"])
    if request is None:
        return None
    seconds = {row["painter"]: row["seconds"] / row["total"] for row in rows}
    frames = sum(row["total"] + 1 for row in rows)
    wall, painting = rows[0]["wall"] or 0, sum(row["seconds"] for row in rows)
    request = request.only(seconds)  # the rest of it was taken from the store
    overhead = (wall - painting) / frames if wall > painting else None
    pace = wall / painting if 0 < wall < painting else None
    return MeasuredRun(request, seconds, overhead, pace, rows[0]["peak"], here)
