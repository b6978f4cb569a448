"""What the store hands out: runs, rows, progress, the painter process. Plain frozen data, no torch."""

import functools
import json
import sqlite3
from dataclasses import asdict, dataclass, field
from typing import Any

from core.base.errors import UserError
from core.base.frame import Frame, Measurement
from core.base.request import RunRequest
from core.base.revision import earlier_version_note
from core.base.settings import PAINTER_LABELS

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
        code_revision: of the code that paints, which is part of the run's name.
        attempt: how often it was put into the queue.
        folder: where an imported run's frames lie; "" for a run of this store.
        measuring_revision: of the code that measured it; "" in runs of versions that did not note it.
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
    measuring_revision: str = ""

    @property
    def active(self) -> bool:
        """Whether it waits or is being painted."""
        return self.status in ACTIVE

    @property
    def origin(self) -> dict[str, str]:
        """What made it, besides its settings: shortened hashes of code and pack, and the machine."""
        machine = f"worker {self.worker}" if self.worker else "this server"
        return {
            "code": self.code_revision[:8],
            "measuring code": self.measuring_revision[:8],
            "pack": self.pack_hash[:8],
            "machine": "another machine (imported)" if self.folder else machine,
        }

    @property
    def version_note(self) -> str:
        """One sentence if an earlier version of this program painted or measured it, else ""."""
        return earlier_version_note(self.code_revision, self.measuring_revision)


@dataclass(frozen=True)
class StepRow:
    """One measured frame.

    Args:
        seq: grows over the whole store with every row written; poll with the largest one seen.
        seconds: the painter's own cumulative time.
        has_frame: whether its picture is on disk (a trimmed export keeps only some).
        attempt: the attempt at the painting that wrote it.
        robust: None where the pack had no robust judge, and in rows of versions that measured none.
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
    robust: float | None = None

    @classmethod
    def of_frame(cls, frame: Frame, measurement: Measurement, seq: int = 0, attempt: int = 1) -> "StepRow":
        """The row of a frame that was just painted and measured."""
        return cls(
            seq=seq,
            painter=frame.painter,
            step=frame.step,
            total=frame.total,
            evaluations=frame.evaluations,
            attempt=attempt,
            **asdict(measurement),
        )

    @classmethod
    def from_record(cls, record: sqlite3.Row) -> "StepRow":
        """From a record of the view `run_steps`, which adds the painter to the table `steps`."""
        values = {name: record[name] for name in cls.__dataclass_fields__}
        values["components"] = json.loads(record["components"])
        values["has_frame"] = bool(record["has_frame"])
        return cls(**values)

    def to_record(self) -> dict[str, Any]:
        """Column of the table `steps` → value; without seq, which the database gives, and the painting."""
        values = asdict(self)
        del values["seq"], values["painter"]
        return values | {"components": json.dumps(self.components)}


@dataclass(frozen=True)
class PainterProgress:
    """How far one painter is in the present attempt; step −1 before its first frame.

    Args:
        taken: whether another run painted it.
    """

    step: int
    total: int
    seconds: float
    taken: bool = False


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


def run_from_record(record: sqlite3.Row) -> Run | None:
    """Database record → Run, or None if this version no longer accepts its settings."""
    request = stored_request(record["request"])
    if request is None:
        return None
    names = [name for name in Run.__dataclass_fields__ if name != "request"]
    return Run(request=request, **{name: record[name] for name in names})


@functools.lru_cache(maxsize=512)  # a class asks for the same few runs again and again
def stored_request(text: str) -> RunRequest | None:
    """A run's request as stored, or None if this version no longer accepts its settings."""
    try:
        return RunRequest.from_dict(json.loads(text))
    except (UserError, ValueError):
        return None


def progress_text(row: StepRow | None) -> str:
    """How far a run came, in words: "step 37 of 100 of Pixel ascent", or "the start" for None."""
    if row is None:
        return "the start"
    return f"step {row.step} of {row.total} of {PAINTER_LABELS[row.painter]}"
