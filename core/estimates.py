"""How long a run will take and how much memory it needs, from what this machine has measured itself. No torch.

Seconds per step are modelled as a sum of few parts with one cost each (a step's own, a judged picture's …). The
costs are fitted by least squares to the finished runs of the store, each drawn towards `COSTS` scaled to this
machine: one run of any painter is enough for an estimate, many runs of many settings forget the scale.
"""

import json
import statistics
from dataclasses import dataclass

import numpy as np

from core.errors import UserError
from core.settings import RunRequest

# Seconds per part on one core of the machine that the pack was made on; only their ratios matter once a run is measured.
COSTS = {"pixels": (0.008, 0.0055), "vqgan": (0.053, 0.005), "diffusion": (0.05, 0.008, 0.044, 0.0055)}
TRUST = 0.1  # weight of COSTS against one measured run
OUTSIDE = 0.04  # seconds per frame to measure and store it, before any was measured
NEWEST = 100  # finished runs that are looked at


@dataclass(frozen=True)
class Sample:
    """One finished run as measured.

    Args:
        seconds: painter → seconds per step.
        outside: seconds per frame spent on measuring and storing, or None.
        peak: bytes resident at most, or 0 if not known.
        here: whether this machine measured it.
    """

    request: RunRequest
    seconds: dict
    outside: float | None = None
    peak: int = 0
    here: bool = True


@dataclass(frozen=True)
class Estimate:
    """What to expect of a run.

    Args:
        seconds: from its start to its end; waiting for other runs is not counted.
        bytes: memory of the painter process, or None if none was measured here.
        elsewhere: painters whose seconds come from another machine.
    """

    seconds: float
    bytes: float | None
    elsewhere: tuple = ()

    def text(self):
        """For example "about 25 s, 0.9 GB"."""
        memory = f", {self.bytes / 1e9:.1f} GB" if self.bytes else ""
        return f"about {spoken(self.seconds)}{memory}"

    def source(self):
        """One sentence: where the figures come from."""
        if not self.elsewhere:
            return "From runs that this machine has finished."
        if not self.bytes:
            return "From another machine: nothing has been measured here yet."
        return "Partly from another machine."


def spoken(seconds):
    """Seconds as a person says them: "25 s", "3 min", "1.5 h"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s" if seconds < 20 else f"{5 * round(seconds / 5)} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def parts(painter, settings):
    """How often each part of COSTS[painter] happens in a step, on average.

    A step itself and a judged cutout; for diffusion a step, a pass of the denoiser, a guided step, a judged cutout.
    """
    if painter != "diffusion":
        return (1.0, float(settings.cutouts))
    passes = 1.0 if settings.mode == "judge" or settings.cfg_scale == 1 else 2.0
    guided = settings.mode != "text" and settings.guidance_strength > 0
    share = max(0.0, settings.guide_stop - settings.guide_start) if guided else 0.0
    return (1.0, passes, share, share * settings.cutouts)


def estimate(request, samples):
    """Estimate for a RunRequest from Samples; those of another machine serve where this one has none."""
    here, away = [s for s in samples if s.here], [s for s in samples if not s.here]
    seconds, elsewhere = 0.0, []
    for painter, settings in request.settings.items():
        measured = any(painter in s.seconds for s in here)
        own = _per_step(painter, settings, here if measured else away)
        seconds += settings.steps * own * (1.0 if measured else _slower(here, away))
        elsewhere += [] if measured else [painter]
    outside = [s.outside for s in here or away if s.outside is not None]
    frames = sum(settings.steps + 1 for settings in request.settings.values())
    seconds += frames * (statistics.median(outside) if outside else OUTSIDE)
    return Estimate(seconds, _memory(request, [s for s in here if s.peak]), tuple(elsewhere))


def total(requests, samples):
    """Estimate of several runs one after the other."""
    each = [estimate(request, samples) for request in requests]
    known = [e.bytes for e in each if e.bytes]
    elsewhere = dict.fromkeys(painter for e in each for painter in e.elsewhere)
    return Estimate(sum(e.seconds for e in each), max(known, default=None), tuple(elsewhere))


def _per_step(painter, settings, samples):
    """Seconds per step: least squares on relative errors, drawn towards COSTS on the scale of the samples."""
    samples = [s for s in samples if painter in s.seconds]
    costs = np.array(COSTS[painter])
    if not samples:
        return float(np.dot(parts(painter, settings), costs))
    counted = np.array([parts(painter, s.request.settings[painter]) for s in samples])  # n, parts
    seconds = np.maximum([s.seconds[painter] for s in samples], 1e-6)  # n
    prior = costs * np.median(seconds / (counted @ costs))
    # Unknowns are the costs as multiples of the prior, so that one weight serves parts of any size.
    matrix = np.vstack([counted * prior / seconds[:, None], TRUST * np.eye(len(costs))])
    wanted = np.concatenate([np.ones(len(seconds)), np.full(len(costs), TRUST)])
    factors = np.clip(np.linalg.lstsq(matrix, wanted, rcond=None)[0], 0.05, 20.0)
    return float(np.dot(parts(painter, settings), factors * prior))


def _slower(here, away):
    """How many times longer this machine takes than the other, by the painters measured on both; 1 if none was."""
    ratios = [
        _per_step(painter, s.request.settings[painter], here) / seconds
        for s in away
        for painter, seconds in s.seconds.items()
        if seconds > 0 and any(painter in mine.seconds for mine in here)
    ]
    return statistics.median(ratios) if ratios else 1.0


def _memory(request, samples):
    """Bytes for the most pictures judged at once: a line through what was measured, never falling; None without samples."""
    if not samples:
        return None
    counts = np.array([_at_once(s.request) for s in samples], float)
    peaks = np.array([s.peak for s in samples], float)
    if np.ptp(counts) == 0:
        return float(peaks.max())
    slope, base = np.polyfit(counts, peaks, 1)
    if slope <= 0:
        return float(peaks.max())
    return float(max(peaks.min(), base + slope * _at_once(request)))


def _at_once(request):
    return max(settings.cutouts for settings in request.settings.values())


def samples(store, pack_hash, example=None):
    """What has been measured: the newest finished runs under a pack, and the example that came with it.

    Args:
        store: RunStore.
        example: id of an imported run that another machine computed, or None.

    Raises:
        StoreError.
    """
    records = store.database.read(
        "SELECT runs.id, request, finished - started AS wall, peak, painter, total, seconds FROM "
        "(SELECT * FROM runs WHERE status = 'done' AND pack_hash = ? AND (folder = '' OR id = ?) "
        "ORDER BY finished DESC LIMIT ?) AS runs JOIN steps ON steps.run = runs.id AND steps.step = steps.total",
        *(pack_hash, example or "", NEWEST),
    )
    runs = {}
    for record in records:
        runs.setdefault(record["id"], []).append(record)
    found = (_sample(rows, here=run_id != example) for run_id, rows in runs.items())
    return [sample for sample in found if sample is not None]


def _sample(rows, here):
    """Sample of a run's last rows, or None if this version no longer accepts its settings."""
    try:
        request = RunRequest.from_dict(json.loads(rows[0]["request"]))
    except (UserError, ValueError):
        return None
    seconds = {row["painter"]: row["seconds"] / row["total"] for row in rows}
    frames = sum(row["total"] + 1 for row in rows)
    rest = (rows[0]["wall"] or 0) - sum(row["seconds"] for row in rows)
    return Sample(request, seconds, rest / frames if rest > 0 else None, rows[0]["peak"], here)
