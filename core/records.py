"""What the store hands out: runs, rows, progress, the painter process. Plain frozen data, no torch."""

import json
from dataclasses import dataclass, field

from core.errors import UserError
from core.settings import LABELS, RunRequest

ACTIVE = ("queued", "running")
REPEATABLE = ("failed", "stopped", "interrupted")
STATUSES = (*ACTIVE, "done", *REPEATABLE)


@dataclass(frozen=True)
class Run:
    """One run as stored.

    Args:
        id: 26 characters a–z2–7, unguessable; knowing it allows viewing only.
        status: one of STATUSES.
        reason: one sentence for people when it stopped, failed or was interrupted.
        created, started, finished: seconds since the epoch, or None.
        attempt: how often it was put into the queue.
        folder: where an imported run's frames lie; "" for a run of this store.
    """

    id: str
    status: str
    reason: str
    request: RunRequest
    pack_hash: str
    created: float
    started: float | None
    finished: float | None
    code_revision: str = ""
    attempt: int = 1
    worker: str = ""
    folder: str = ""

    @property
    def active(self):
        """Whether it waits or is being painted."""
        return self.status in ACTIVE


@dataclass(frozen=True)
class Row:
    """One measured frame.

    Args:
        seq: grows over the whole store with every row written; poll with the largest one seen.
        seconds: the painter's own cumulative time.
        has_frame: whether its picture is on disk (a trimmed export keeps only some).
        attempt: the attempt of the run that wrote it.
    """

    seq: int
    painter: str
    step: int
    total: int
    seconds: float
    evaluations: int
    score: float
    heldout: float
    realism: float
    components: dict[str, float] = field(default_factory=dict)
    has_frame: bool = True
    attempt: int = 1


@dataclass(frozen=True)
class Progress:
    """How far one painter is in the present attempt; step −1 before its first frame."""

    step: int
    total: int
    seconds: float


@dataclass(frozen=True)
class PainterState:
    """The painter process as last heard of.

    Args:
        state: "loading", "ready", "painting", "restarting" or "off".
        message: one sentence for people, or "".
        run: id of the run being painted, or "".
        ticks: grows with everything it does; one that stands still is hung.
        beat: seconds since the epoch of the last sign of life.
    """

    worker: str
    pid: int
    state: str
    message: str
    run: str
    ticks: int
    beat: float


def run_of(record):
    """Database record → Run, or None if this version no longer accepts its settings."""
    try:
        request = RunRequest.from_dict(json.loads(record["request"]))
    except (UserError, ValueError):
        return None
    names = [name for name in Run.__dataclass_fields__ if name != "request"]
    return Run(request=request, **{name: record[name] for name in names})


def row_of(record):
    """Database record → Row."""
    values = {name: record[name] for name in Row.__dataclass_fields__}
    values |= {"components": json.loads(record["components"]), "has_frame": bool(record["has_frame"])}
    return Row(**values)


def whereabouts(row):
    """How far a run came, in words: "step 37 of 100 of Pixel ascent", or "the start" for None."""
    if row is None:
        return "the start"
    return f"step {row.step} of {row.total} of {LABELS[row.painter]}"
