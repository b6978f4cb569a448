"""What waits for the painter process to do beside painting: one table for every kind of side job.

Own pictures are measured, rankings judged and lessons computed in the same way: somebody asks, the painter
process takes the job that has waited longest, and notes what came of it. What a kind keeps beyond that lies
with the kind.
"""

import json
import sqlite3
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from core.base.errors import StoreError
from core.storage.database import Database

PENDING = ("waiting", "working")
PEOPLE = 5  # that must ask for as much as they may before the queue is full
OWN_REFUSAL = "{mine} of yours wait already, and other people wait too; try again when some of them are done."
# People take turns; whoever asked first has the first turn. What nobody owns waits for itself.
TAKING_TURNS = (
    "SELECT * FROM side_jobs WHERE kind = ? AND status = 'waiting' ORDER BY ROW_NUMBER() OVER "
    "(PARTITION BY CASE owner WHEN '' THEN id ELSE owner END ORDER BY asked, rowid), asked, rowid"
)


@dataclass(frozen=True)
class SideJob:
    """One side job as stored.

    Args:
        status: "waiting", "working", "done" or "failed".
        reason: why it failed, one sentence.
        owner: hash of the secret of whoever asked, "" for nobody.
        pack: name or folder of the model pack it needs.
        request: what is wanted, and result: what came of it; each kind has its own keys.
        share: 0 … 1, how far it is.
        asked: seconds since the epoch.
    """

    id: str
    status: str
    reason: str
    owner: str
    pack: str
    request: dict[str, Any]
    result: dict[str, Any]
    share: float
    asked: float

    @classmethod
    def from_record(cls, record: sqlite3.Row) -> "SideJob":
        """Of a record of the table `side_jobs`."""
        values = {name: record[name] for name in cls.__dataclass_fields__}
        return cls(**values | {name: json.loads(record[name]) for name in ("request", "result")})


@dataclass(frozen=True)
class SideJobQueue:
    """The side jobs of one kind. Every method may raise StoreError.

    Args:
        kind: "picture", "ranking" or "lesson".
        lost_reason: why a job failed whose painter process vanished, one sentence.
    """

    database: Database
    kind: str
    lost_reason: str

    def ask(
        self,
        job_id: str,
        pack: str,
        request: dict[str, Any],
        most_waiting: int,
        refusal: str,
        owner: str = "",
    ) -> None:
        """Queue a job, in place of an earlier one of the same id.

        While others wait too, one person may have a fifth of `most_waiting` in the queue.

        Args:
            most_waiting: how many may wait, of everybody.
            refusal: what to say if more would; may name {waiting}.

        Raises:
            StoreError: too many wait.
        """
        count = "SELECT COUNT(*), COUNT(*) FILTER (WHERE owner = ?) FROM side_jobs"
        with self.database.transaction() as db:
            condition = "WHERE kind = ? AND status = 'waiting'"
            waiting, mine = db.execute(f"{count} {condition}", (owner, self.kind)).fetchone()
            if waiting >= most_waiting:
                raise StoreError(refusal.format(waiting=waiting))
            if owner and waiting > mine >= max(1, most_waiting // PEOPLE):
                raise StoreError(OWN_REFUSAL.format(mine=mine))
            db.execute(
                "INSERT OR REPLACE INTO side_jobs (kind, id, owner, pack, request, asked) VALUES (?, ?, ?, "
                "?, ?, ?)",
                (self.kind, job_id, owner, pack, request_text(request), time.time()),
            )

    def find(self, condition: str = "1", *values: Any) -> list[SideJob]:
        """The jobs that fulfil an SQL condition, the newest first."""
        sql = f"SELECT * FROM side_jobs WHERE kind = ? AND {condition} ORDER BY asked DESC, rowid DESC"
        return [SideJob.from_record(record) for record in self.database.read(sql, self.kind, *values)]

    def get(self, job_id: str) -> SideJob | None:
        """One job, or None."""
        return next(iter(self.find("id = ?", job_id)), None)

    def touch(self, job_id: str) -> None:
        """Somebody has asked for the job again."""
        self._set(job_id, "asked = ?", time.time())

    def take(self, packs: Collection[str] | None = None) -> Iterator[SideJob]:
        """Yields waiting jobs in turns, each marked as being worked on before it comes.

        Args:
            packs: only those that ask for one of these; any by default.
        """
        for job in map(SideJob.from_record, self.database.read(TAKING_TURNS, self.kind)):
            if packs is not None and job.pack not in packs:
                continue
            mark = "UPDATE side_jobs SET status = 'working' WHERE kind = ? AND id = ? AND status = 'waiting'"
            with self.database.transaction() as db:
                is_ours = db.execute(mark, (self.kind, job.id)).rowcount
            if is_ours:
                yield job

    def progress(self, job_id: str, share: float) -> None:
        """Note how far a job is, 0 … 1."""
        self._set(job_id, "share = ?", share)

    def finish(self, job_id: str, result: dict[str, Any] | None = None, reason: str = "") -> None:
        """Note what came of a job, or why nothing did; also on a full disk."""
        status = "failed" if result is None else "done"
        values = (status, reason, json.dumps(result or {}))
        self.database.with_reserve(
            lambda: self._set(job_id, "status = ?, reason = ?, result = ?, share = 1", *values)
        )

    def recover(self) -> None:
        """Fail what a vanished painter process was working on: it may be what brought it down."""
        sql = "UPDATE side_jobs SET status = 'failed', reason = ? WHERE kind = ? AND status = 'working'"
        with self.database.transaction() as db:
            db.execute(sql, (self.lost_reason, self.kind))

    def forget(self, condition: str, *values: Any) -> int:
        """Delete the jobs that fulfil an SQL condition. Returns how many there were."""
        with self.database.transaction() as db:
            sql = f"DELETE FROM side_jobs WHERE kind = ? AND {condition}"
            return db.execute(sql, (self.kind, *values)).rowcount

    def _set(self, job_id: str, assignment: str, *values: Any) -> None:
        with self.database.transaction() as db:
            db.execute(
                f"UPDATE side_jobs SET {assignment} WHERE kind = ? AND id = ?", (*values, self.kind, job_id)
            )


def request_text(request: dict[str, Any]) -> str:
    """A request as it is stored, so that the same one can be found again."""
    return json.dumps(request, separators=(",", ":"), ensure_ascii=False)
