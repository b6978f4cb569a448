"""What one person and everybody together may ask of a server. No torch.

A person is a browser: whoever holds the secret of its cookie. The defaults are made so that somebody alone at a
laptop never meets one: what a person may have in line counts only while others wait as well.
"""

import json
import os
from dataclasses import dataclass

from core.errors import LimitError, SettingError
from core.queue import fingerprint
from core.settings import LABELS
from core.sweeps import BEHIND

RUNS, QUEUE = 1, 100
CELLS = 5  # cells of sweeps come after everything else, so that so many times more of them may wait


@dataclass(frozen=True)
class Limits:
    """
    Args:
        runs: runs (and as many sweeps) that one person may have in line while others wait.
        queue: runs of everybody that may wait; of sweeps' cells CELLS times as many.
        steps: of each painter in one run, or None for what the settings accept.
        disk: bytes that the runs of one person may take, or None for all of the store's.
    """

    runs: int = RUNS
    queue: int = QUEUE
    steps: int | None = None
    disk: int | None = None

    @classmethod
    def here(cls):
        """As the environment says: CTJP_RUNS_PER_PERSON, CTJP_QUEUE, CTJP_MOST_STEPS, CTJP_DISK_PER_PERSON (GB).

        Raises:
            SettingError: a variable is no number above 0.
        """
        runs = _number("CTJP_RUNS_PER_PERSON", os.environ.get("CTJP_RUNS_PER_PERSON"), int)
        queue = _number("CTJP_QUEUE", os.environ.get("CTJP_QUEUE"), int)
        steps = _number("CTJP_MOST_STEPS", os.environ.get("CTJP_MOST_STEPS"), int)
        gigabytes = _number("CTJP_DISK_PER_PERSON", os.environ.get("CTJP_DISK_PER_PERSON"), float)
        return cls(runs or RUNS, queue or QUEUE, steps, gigabytes and int(gigabytes * 1e9))

    def check_steps(self, request):
        """Raise LimitError if a painter of a RunRequest has more steps than this server takes."""
        for painter, settings in request.settings.items():
            if self.steps is not None and settings.steps > self.steps:
                raise LimitError(
                    f"This server paints at most {self.steps} steps; {LABELS[painter]} has {settings.steps}. Lower its steps and run again."
                )

    def admission(self, secret):
        """What `core.store.RunStore.submit` asks before it queues a run of this person: a function of the open transaction.

        Asked inside that transaction, so that two tabs cannot slip through together. It raises LimitError.
        """

        def admit(db):
            waiting = db.execute("SELECT COUNT(*) AS n FROM runs WHERE status = 'queued' AND priority < ?", (BEHIND,)).fetchone()["n"]
            if waiting >= self.queue:
                raise LimitError(f"The queue is full: {waiting} runs wait already. Try again when some of them have ended.")
            mine, others = _in_line(db, secret, f"priority < {BEHIND}")
            if others and len(mine) >= self.runs:
                raise LimitError(
                    f"{_yours(len(mine), 'run')} in line already, and other people wait too: {self.runs} at a time for each. "
                    "Wait until it has ended, or cancel it; what is stored can be looked at meanwhile."
                )
            self._check_disk(db, secret)

        return admit

    def check_sweep(self, store, secret, cells):
        """Raise LimitError unless this person may queue so many more cells of a sweep."""
        with store.database.transaction() as db:
            waiting = db.execute("SELECT COUNT(*) AS n FROM runs WHERE status = 'queued' AND priority >= ?", (BEHIND,)).fetchone()["n"]
            if waiting + cells > self.queue * CELLS:
                raise LimitError(
                    f"The queue is full: {waiting} cells of sweeps wait already, {self.queue * CELLS} may, and this sweep adds {cells}. "
                    "Choose fewer values, or try again when some of them have ended."
                )
            mine, others = _in_line(db, secret, f"priority >= {BEHIND}")
            sweeps = _sweeps_of(db, mine)
            if others and sweeps >= self.runs:
                raise LimitError(
                    f"{_yours(sweeps, 'sweep')} in line already, and other people's wait too: {self.runs} at a time for each. "
                    "Wait until it has ended, or cancel it on the page Sweep."
                )
            self._check_disk(db, secret)

    def _check_disk(self, db, secret):
        if self.disk is None or not secret:
            return
        sql = "SELECT COALESCE(SUM(bytes), 0) AS n FROM runs WHERE owner = ? AND deleted_at IS NULL"
        taken = db.execute(sql, (fingerprint(secret),)).fetchone()["n"]
        if taken >= self.disk:
            raise LimitError(
                f"Your runs take {taken / 1e9:.2f} GB, and this server keeps {self.disk / 1e9:.2f} GB for each person. "
                "Delete some of them on the page Gallery and run again."
            )


def _in_line(db, secret, condition):
    """(ids of this person's runs that wait or are painted, whether anybody else has some). Runs of nobody count for nobody."""
    owner = fingerprint(secret)
    records = db.execute(f"SELECT id, owner FROM runs WHERE status IN ('queued', 'running') AND owner != '' AND {condition}").fetchall()
    mine = [record["id"] for record in records if record["owner"] == owner]
    return mine, len(mine) < len(records)


def _sweeps_of(db, runs):
    """In how many sweeps these runs are. As one value: a long queue has more of them than SQLite takes parameters."""
    sql = "SELECT COUNT(DISTINCT sweep) AS n FROM cells WHERE run IN (SELECT value FROM json_each(?))"
    return db.execute(sql, (json.dumps(runs),)).fetchone()["n"]


def _yours(number, what):
    return f"You have a {what}" if number == 1 else f"You have {number} {what}s"


def _number(name, text, kind):
    """Value of a variable, or None if it is not set."""
    if not text:
        return None
    try:
        value = kind(text)
        if not 0 < value < 1e9:
            raise ValueError
    except ValueError:
        raise SettingError(f"{name} is {text!r}; give a number above 0, or leave it out for the default.") from None
    return value
