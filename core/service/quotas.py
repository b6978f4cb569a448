"""What one person and everybody together may ask of a server. No torch.

A person is a browser: whoever holds the secret of its cookie. Somebody alone at a laptop never meets one of
the default limits: what a person may have in line counts only while others wait as well.
"""

import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from core.base.errors import LimitError, SettingError
from core.base.request import RunRequest
from core.base.settings import PAINTER_LABELS
from core.base.sweep_plan import SWEEP_PRIORITY
from core.storage.owners import hash_secret

RUNS_PER_PERSON = 1
QUEUE_LENGTH = 100
# cells of sweeps come after everything else, so this many times more of them may wait
CELLS_PER_QUEUED_RUN = 5
SINGLE_RUNS = f"priority < {SWEEP_PRIORITY}"
SWEEP_CELLS = f"priority >= {SWEEP_PRIORITY}"


@dataclass(frozen=True)
class Quotas:
    """
    Args:
        runs: runs (and as many sweeps) that one person may have in line while others wait.
        queue: runs of everybody that may wait; of sweeps' cells CELLS_PER_QUEUED_RUN times as many.
        steps: of each painter in one run, or None for what the settings accept.
        disk: bytes that the runs of one person may take, or None for all of the store's.
    """

    runs: int = RUNS_PER_PERSON
    queue: int = QUEUE_LENGTH
    steps: int | None = None
    disk: int | None = None

    @classmethod
    def from_environment(cls) -> "Quotas":
        """As set by CTJP_RUNS_PER_PERSON, CTJP_QUEUE, CTJP_MOST_STEPS and CTJP_DISK_PER_PERSON (GB).

        Raises:
            SettingError: a variable is no number above 0.
        """
        runs = _whole_number("CTJP_RUNS_PER_PERSON") or RUNS_PER_PERSON
        queue = _whole_number("CTJP_QUEUE") or QUEUE_LENGTH
        gigabytes = _number("CTJP_DISK_PER_PERSON", float)
        disk = int(gigabytes * 1e9) if gigabytes else None
        return cls(runs, queue, _whole_number("CTJP_MOST_STEPS"), disk)

    def check_steps(self, request: RunRequest) -> None:
        """Raise LimitError if a painter has more steps than this server takes."""
        for painter, settings in request.settings.items():
            if self.steps is not None and settings.steps > self.steps:
                raise LimitError(
                    f"This server paints at most {self.steps} steps; {PAINTER_LABELS[painter]} has "
                    f"{settings.steps}. Lower its steps and run again."
                )

    def admission(self, secret: str) -> Callable[[sqlite3.Connection], None]:
        """What `core.storage.run_store.RunStore.submit` asks before it queues a run of this person.

        Returns:
            A function of the open transaction, so that two tabs cannot slip through together. It raises
            LimitError.
        """

        def admit(db: sqlite3.Connection) -> None:
            waiting = _waiting(db, SINGLE_RUNS)
            if waiting >= self.queue:
                raise LimitError(
                    f"The queue is full: {waiting} runs are waiting already. Try again when some of them "
                    "have ended."
                )
            mine, others_wait = _in_line(db, secret, SINGLE_RUNS)
            if others_wait and len(mine) >= self.runs:
                raise LimitError(
                    f"{_you_have(len(mine), 'run')} in line already, and other people are waiting too: "
                    f"{self.runs} at a time for each. Wait until it has ended, or cancel it; "
                    "you can look at stored runs meanwhile."
                )
            self._check_disk(db, secret)

        return admit

    def sweep_admission(self, secret: str, cells: int) -> Callable[[sqlite3.Connection], None]:
        """As `admission`, for so many more cells of a sweep."""

        def admit(db: sqlite3.Connection) -> None:
            waiting = _waiting(db, SWEEP_CELLS)
            most = self.queue * CELLS_PER_QUEUED_RUN
            if waiting + cells > most:
                raise LimitError(
                    f"The queue is full: {waiting} sweep cells are waiting already, at most {most} may wait, "
                    f"and this sweep adds {cells}. Choose fewer values, or try again when some of them have "
                    "ended."
                )
            mine, others_wait = _in_line(db, secret, SWEEP_CELLS)
            sweeps = _sweeps_of(db, mine)
            if others_wait and sweeps >= self.runs:
                raise LimitError(
                    f"{_you_have(sweeps, 'sweep')} in line already, and other people's sweeps are waiting "
                    f"too: {self.runs} at a time for each. Wait until it has ended, or cancel it on the page "
                    "Sweep."
                )
            self._check_disk(db, secret)

        return admit

    def _check_disk(self, db: sqlite3.Connection, secret: str) -> None:
        if self.disk is None or not secret:
            return
        sql = (
            "SELECT COALESCE(SUM(bytes), 0) AS n FROM paintings WHERE id IN (SELECT painting "
            "FROM run_paintings JOIN runs ON runs.id = run WHERE owner = ? AND deleted_at IS NULL)"
        )
        taken = db.execute(sql, (hash_secret(secret),)).fetchone()["n"]
        if taken >= self.disk:
            raise LimitError(
                f"Your runs take {taken / 1e9:.2f} GB, and this server keeps {self.disk / 1e9:.2f} GB for "
                "each person. Delete some of them on the page Gallery and run again."
            )


def _waiting(db: sqlite3.Connection, condition: str) -> int:
    sql = f"SELECT COUNT(*) AS n FROM runs WHERE status = 'queued' AND {condition}"
    return db.execute(sql).fetchone()["n"]


def _in_line(db: sqlite3.Connection, secret: str, condition: str) -> tuple[list[str], bool]:
    """(ids of this person's runs that wait or are painted, whether anybody else has some).

    Runs of nobody count for nobody.
    """
    owner = hash_secret(secret)
    sql = f"SELECT id, owner FROM runs WHERE status IN ('queued', 'running') AND owner != '' AND {condition}"
    records = db.execute(sql).fetchall()
    mine = [record["id"] for record in records if record["owner"] == owner]
    return mine, len(mine) < len(records)


def _sweeps_of(db: sqlite3.Connection, runs: list[str]) -> int:
    """In how many sweeps these runs are.

    The ids go in as one value: a long queue has more of them than SQLite takes parameters.
    """
    sql = "SELECT COUNT(DISTINCT sweep) AS n FROM cells WHERE run IN (SELECT value FROM json_each(?))"
    return db.execute(sql, (json.dumps(runs),)).fetchone()["n"]


def _you_have(number: int, what: str) -> str:
    return f"You have a {what}" if number == 1 else f"You have {number} {what}s"


def _whole_number(name: str) -> int | None:
    value = _number(name, int)
    return None if value is None else int(value)


def _number(name: str, kind: Callable[[str], float]) -> float | None:
    """Value of an environment variable, or None if it is not set."""
    text = os.environ.get(name)
    if not text:
        return None
    try:
        value = kind(text)
        if not 0 < value < 1e9:
            raise ValueError
    except ValueError:
        message = f"{name} is {text!r}; give a number above 0, or leave it out for the default."
        raise SettingError(message) from None
    return value
