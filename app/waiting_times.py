"""How long painting and waiting take, estimated from runs that this machine has finished."""

import dataclasses
import functools
import json
import time
from collections.abc import Sequence
from typing import Any

from app import resources
from core.base.errors import PackError
from core.base.request import RunRequest
from core.service import estimates
from core.storage.paintings import missing_paintings
from core.storage.records import PainterProgress, Run

MIN_SHARE_FOR_ESTIMATE = 0.03  # of a run, before which its own pace says too little
MIN_SHARE_FOR_QUEUE = 0.1  # the queue has an estimate to fall back on, so it asks for more


def estimate_time(requests: Sequence[RunRequest]) -> estimates.Estimate:
    """Of painting these one after the other. Raises StoreError."""
    return estimates.estimate_several(requests, _timing_samples(*_newest_finished()))


def seconds_left(
    elapsed: float | None, share: float, min_share: float = MIN_SHARE_FOR_ESTIMATE
) -> float | None:
    """Seconds to go if it goes on as before; None while that would be a guess.

    Args:
        elapsed: seconds since the start, or None before it. share: how much is done, 0 … 1.
    """
    if elapsed is None or share < min_share:
        return None
    return elapsed * (1 - share) / share


def share_done(progress: dict[str, PainterProgress]) -> float:
    """How much of a run is painted, 0 … 1: painters take turns, so time is shared evenly over them.

    What was taken from the store takes no time, so it does not count.
    """
    shares = [max(0, one.step) / one.total for one in progress.values() if not one.taken]
    return sum(shares) / len(shares) if shares else 0.0


def expected_wait_seconds(run_id: str) -> float | None:
    """Seconds until a waiting run is begun, or None if it does not wait. Raises StoreError."""
    return _waiting_seconds(int(time.monotonic())).get(run_id)


@functools.lru_cache(maxsize=1)
def _waiting_seconds(_second: int) -> dict[str, float]:
    """Run id → seconds, of everything in line; made at most once a second, however many look."""
    try:
        resources.app_pack_hash()
    except PackError:
        return {}
    running, waiting = resources.store().queue.running_and_waiting()
    newest = _newest_finished()
    with resources.store().database.reading() as db:
        missing = missing_paintings(db)
    total = sum(_seconds_left_of(run, newest) for run in filter(None, map(resources.store().get, running)))
    counted = {painting for run_id in running for painting in missing.get(run_id, {}).values()}
    waits = {}
    for run_id in waiting:
        waits[run_id] = total
        own = missing.get(run_id, {})
        painters = tuple(painter for painter, painting in own.items() if painting not in counted)
        counted |= set(own.values())  # painted once, for whoever comes first
        total += _estimated_seconds(_workload(run_id, painters), *newest)
    return waits


def _seconds_left_of(run: Run, newest: tuple[float | None, int]) -> float:
    """Seconds that a run in progress still takes: at the pace so far, or at its start as estimated."""
    elapsed = max(0.0, time.time() - run.started) if run.started else 0.0
    progress = resources.store().progress(run.id)
    left = seconds_left(elapsed, share_done(progress), MIN_SHARE_FOR_QUEUE)
    if left is not None:
        return left
    painters = tuple(painter for painter, one in progress.items() if not one.taken)
    return max(0.0, _estimated_seconds(_workload(run.id, painters), *newest) - elapsed)


@functools.lru_cache(maxsize=4096)
def _workload(run_id: str, painters: tuple[str, ...]) -> str:
    """What a run takes its time for: these painters of its request without prompt and seed, as text."""
    run = resources.store().get(run_id)
    if run is None or not painters:
        return ""
    return dataclasses.replace(run.request.only(painters), prompt="any", seed=0).canonical()


@functools.lru_cache(maxsize=256)
def _estimated_seconds(workload: str, last_finished: float | None, number: int) -> float:
    if not workload:
        return 0.0
    request = RunRequest.from_dict(json.loads(workload))
    return estimates.estimate_several([request], _timing_samples(last_finished, number)).seconds


def _newest_finished() -> tuple[float | None, int]:
    """(when the last run ended, how many have): what the timing samples depend on."""
    sql = "SELECT MAX(finished) AS last, COUNT(*) AS number FROM runs WHERE status = 'done' AND NOT ahead"
    newest = resources.store().database.read(sql)[0]
    return newest["last"], newest["number"]


@functools.lru_cache(maxsize=2)
def _timing_samples(_last_finished: float | None, _number: int) -> Any:
    """What finished runs took, read anew when another one has ended."""
    return estimates.measured_runs(resources.store(), resources.app_pack_hash(), resources.example_id())
