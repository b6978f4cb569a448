"""What the player is told about a run: plain data, made from the store for every viewer's poll."""

import functools
import time
from dataclasses import asdict

from app import services
from core.settings import optimised_proxy
from core.verdict import summary, turns

LATEST_START = 0.03  # share of a run before which its time left would be a guess
STALE_SECONDS = 15.0


def state(run, after, now=None):
    """The run as the player wants it.

    Args:
        run: core.store.Run.
        after: seq of the newest row that the player has.
        now: seconds since the epoch, for tests.

    Returns:
        JSON-ready dict; "rows" are lists painter, step, total, seconds, evaluations, score, heldout,
        realism, has a picture. "verdict" (sentences) and "turns" (painter, step or None, figure, text, label:
        the moment it goes wrong) come with the end of the run.
    """
    now = time.time() if now is None else now
    store = services.store()
    rows = store.rows(run.id, after)
    progress = store.progress(run.id)
    elapsed = max(0.0, (run.finished or now) - run.started) if run.started else None
    reference = services.reference(run.request.pack)
    running = run.status == "running"
    sentences, turned = ((), ()) if run.active else _verdict(run.id, run.status, run.attempt)
    return {
        "id": run.id,
        "status": run.status,
        "active": run.active,
        "reason": run.reason,
        "example": run.id == services.example_id(),
        "prompt": run.request.prompt,
        "seed": run.request.seed,
        "settings": {painter: asdict(chosen) for painter, chosen in run.request.settings.items()},
        "ahead": store.position(run.id),
        "wait": services.expected_wait(run.id) if run.status == "queued" else None,
        "elapsed": elapsed,
        "left": _left(elapsed, [max(0, p.step) / p.total for p in progress.values()]) if running else None,
        "note": note(store.painter_state(), now, "the run starts as soon as it does") if run.status == "queued" else "",
        "painters": [_painter(name, p, elapsed if running else None, run.request.settings[name]) for name, p in progress.items()],
        "reference": reference,
        "rows": [_line(row) for row in rows],
        "seq": max([after, *(row.seq for row in rows)]),
        "verdict": list(sentences),
        "turns": list(turned),
    }


def _line(row):
    figures = (round(v, 4) for v in (row.score, row.heldout, row.realism))
    return [row.painter, row.step, row.total, round(row.seconds, 3), row.evaluations, *figures, row.has_frame]


def _painter(name, progress, elapsed, settings):
    share = max(0, progress.step) / progress.total
    return {
        "name": name,
        "total": progress.total,
        "optimised": " and ".join(optimised_proxy(settings)),
        "done": max(0, progress.step),
        "left": _left(elapsed, [share]) if elapsed is not None else None,
    }


def _left(elapsed, shares):
    """Seconds to go if it goes on as before: painters take turns, so time is shared evenly over the run."""
    share = sum(shares) / len(shares)
    if elapsed is None or share < LATEST_START:
        return None
    return round(elapsed * (1 - share) / share, 1)


def note(painter, now=None, waits="it starts as soon as it does"):
    """Why what was asked for does not start yet, if it is not what came before it; "" if it only waits for its turn.

    Args:
        painter: core.records.PainterState or None. waits: what becomes of it when the painter process runs.
    """
    now = time.time() if now is None else now
    if painter is None or painter.state == "off" or now - painter.beat > STALE_SECONDS:
        return f"The painter process is not running yet; {waits}."
    return {"loading": "The painter process is loading its models.", "restarting": painter.message}.get(painter.state, "")


@functools.lru_cache(maxsize=256)
def _verdict(run_id, status, attempt):
    """(sentences, turns) of a run that has ended; its rows no longer change within an attempt."""
    run = services.store().get(run_id)
    reference = services.reference(run.request.pack)
    rows = {}
    for row in sorted(services.store().rows(run_id), key=lambda row: row.step):
        rows.setdefault(row.painter, []).append(row)
    moments = [
        {"painter": painter, "step": turn.step, "figure": turn.figure, "text": turn.text, "label": turn.label}
        for painter, turn in turns(rows, reference).items()
    ]
    return tuple(summary(rows, reference, run.request.settings)), tuple(moments)
