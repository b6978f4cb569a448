"""Paintings: one painter's part in a run, with rows and frames of its own, shared by every run that wants it.

A painting is named by everything that determines its pictures and figures (prompt, seed, pack, the painter's
settings, the code that paints and the code that measures). A run is a choice of up to three; it takes those
that are complete, and the painter process paints the rest. While one run paints a painting it has a claim on
it, so that nobody else begins it. A painting goes with the last run that has it. No torch.

Every function works on a connection in a transaction.
"""

import json
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.base.errors import StoreError
from core.storage.records import Run

# What of a run is not there yet; `runs` is the row of the surrounding query.
MISSING = (
    "SELECT 1 FROM run_paintings JOIN paintings ON paintings.id = painting "
    "WHERE run_paintings.run = runs.id AND NOT complete"
)
# A queued run may begin if something of it is missing that no other run is painting. (A run of which nothing
# is missing may begin as well: it ends at once.)
MAY_BEGIN = f"(NOT EXISTS ({MISSING}) OR EXISTS ({MISSING} AND claim IN ('', runs.id)))"
_OF_RUN = "(SELECT painting FROM run_paintings WHERE run = :run)"
_ADD = "INSERT OR IGNORE INTO paintings (id, painter, files, measuring_revision) VALUES (?, ?, ?, ?)"
_JOIN = (
    "INSERT INTO run_paintings (run, painter, painting, taken) "
    "SELECT ?, painter, id, complete FROM paintings WHERE id = ?"
)
# It starts at step 0, so steps that are stored of it count for an earlier attempt.
_CLAIM = (
    "UPDATE paintings SET claim = :run, measuring_revision = :measuring, "
    "attempt = attempt + EXISTS (SELECT 1 FROM steps WHERE painting = paintings.id) "
    f"WHERE id IN {_OF_RUN} AND NOT complete AND claim = ''"
)
# Its own measure, unless it keeps a painting that an earlier version measured.
_NOTE_MEASURE = (
    "UPDATE runs SET measuring_revision = COALESCE((SELECT measuring_revision FROM paintings "
    f"WHERE id IN {_OF_RUN} AND complete AND measuring_revision != :measuring LIMIT 1), :measuring) "
    "WHERE id = :run"
)
_CLAIMED = (
    "SELECT painter FROM paintings WHERE claim = :run AND NOT complete AND EXISTS ("
    "SELECT 1 FROM run_paintings JOIN runs ON runs.id = run "
    "WHERE painting = paintings.id AND status IN ('queued', 'running') AND NOT cancel)"
)
_FINISH = (
    "UPDATE runs SET status = 'done', reason = '', cancel = 0, weighed = 0, "
    "started = CASE WHEN status = 'queued' THEN :now ELSE started END, "
    "finished = CASE WHEN status = 'queued' THEN :now ELSE finished END "
    "WHERE status IN ('queued', 'stopped', 'failed', 'interrupted') AND folder = '' "
    f"AND EXISTS (SELECT 1 FROM run_paintings WHERE run = runs.id) AND NOT EXISTS ({MISSING})"
)


@dataclass(frozen=True)
class Painting:
    """One painting as a run has it.

    Args:
        files: the folder below the store's frames and thumbnails that holds its own, in subfolders named by
            its painter.
        attempt: how often it was begun; rows of earlier attempts stay until they are replaced.
        measuring_revision: of the code that measured it; "" where nobody noted it.
    """

    id: str
    painter: str
    files: str
    attempt: int
    complete: bool
    measuring_revision: str


@dataclass(frozen=True)
class Demand:
    """What is wanted of the paintings that a run is painting.

    Args:
        cancelled: whether the run itself no longer wants anything.
        painters: of the incomplete ones that some run that waits or is painted wants; after a cancellation
            these are other people's.
    """

    cancelled: bool
    painters: frozenset[str]


def paintings_of(db: sqlite3.Connection, run_id: str) -> list[Painting]:
    """The paintings of a run."""
    sql = "SELECT paintings.* FROM run_paintings JOIN paintings ON paintings.id = painting WHERE run = ?"
    return [_from_record(record) for record in db.execute(sql, (run_id,)).fetchall()]


def find_painting(db: sqlite3.Connection, run_id: str, painter: str) -> Painting | None:
    """One painting of a run, or None if there is no such run or it has no such painter."""
    return next((one for one in paintings_of(db, run_id) if one.painter == painter), None)


def existing_painting(db: sqlite3.Connection, run_id: str, painter: str) -> Painting:
    """One painting of a run. Raises StoreError: there is no such run any more."""
    found = find_painting(db, run_id, painter)
    if found is None:
        raise StoreError(f"The run {run_id} was deleted while it was being painted.")
    return found


def run_of_painting(run: Run, painting: Painting) -> Run:
    """A run as the files of one of its paintings tell it: whoever shares them, they are the same."""
    request = run.request.only([painting.painter])
    return replace(run, request=request, measuring_revision=painting.measuring_revision)


def join_paintings(
    db: sqlite3.Connection,
    run_id: str,
    paintings: Mapping[str, str],
    measuring_revision: str,
    files: str = "",
) -> None:
    """Give a new run its paintings: those that are stored, and new ones in place of the rest.

    Args:
        paintings: painter → id.
        files: see Painting; each has a folder of its own by default.
    """
    for painter, painting in paintings.items():
        db.execute(_ADD, (painting, painter, files or painting, measuring_revision))
        db.execute(_JOIN, (run_id, painting))


def are_complete(db: sqlite3.Connection, run_id: str, paintings: Mapping[str, str]) -> bool:
    """Whether nothing is left to paint of a stored run, or of one that would have these paintings."""
    sql = (
        "SELECT COUNT(*) = SUM(complete) FROM paintings WHERE id IN "
        "(SELECT painting FROM run_paintings WHERE run = ?)"
    )
    stored = db.execute(sql, (run_id,)).fetchone()[0]
    if stored is not None:
        return bool(stored)
    sql = "SELECT COUNT(*) FROM paintings WHERE complete AND id IN (SELECT value FROM json_each(?))"
    return db.execute(sql, (json.dumps(list(paintings.values())),)).fetchone()[0] == len(paintings)


def missing_paintings(db: sqlite3.Connection) -> dict[str, dict[str, str]]:
    """Run that waits or is painted → painter → the painting that is not complete."""
    sql = (
        "SELECT run, run_paintings.painter, painting FROM run_paintings "
        "JOIN paintings ON paintings.id = painting JOIN runs ON runs.id = run "
        "WHERE status IN ('queued', 'running') AND NOT complete"
    )
    found: dict[str, dict[str, str]] = {}
    for record in db.execute(sql).fetchall():
        found.setdefault(record["run"], {})[record["painter"]] = record["painting"]
    return found


def claim_paintings(db: sqlite3.Connection, run_id: str, measuring_revision: str) -> tuple[str, ...]:
    """Let a run paint what is missing of it and nobody else is painting. Returns the painters' names."""
    values = {"run": run_id, "measuring": measuring_revision}
    db.execute(_CLAIM, values)
    db.execute(_NOTE_MEASURE, values)
    claimed = db.execute("SELECT painter FROM paintings WHERE claim = :run AND NOT complete", values)
    return tuple(record["painter"] for record in claimed.fetchall())


def release_paintings(db: sqlite3.Connection, run_id: str) -> None:
    """A run no longer paints anything."""
    db.execute("UPDATE paintings SET claim = '' WHERE claim = ?", (run_id,))


def read_demand(db: sqlite3.Connection, run_id: str) -> Demand:
    """What is wanted of what a run is painting."""
    sql = "SELECT 1 FROM runs WHERE id = ? AND status IN ('queued', 'running') AND NOT cancel"
    is_wanted = db.execute(sql, (run_id,)).fetchone() is not None
    painters = frozenset(row["painter"] for row in db.execute(_CLAIMED, {"run": run_id}).fetchall())
    return Demand(not is_wanted, painters)


def note_complete(db: sqlite3.Connection, painting: str, run_id: str) -> None:
    """The last frame of a painting is stored: runs that waited for nothing else are done.

    Args:
        run_id: who painted it; how that run ends is said by whoever paints it.
    """
    db.execute("UPDATE paintings SET complete = 1 WHERE id = ?", (painting,))
    db.execute("UPDATE run_paintings SET taken = run != ? WHERE painting = ?", (run_id, painting))
    sql = f"{_FINISH} AND id IN (SELECT run FROM run_paintings WHERE painting = :painting)"
    db.execute(sql, {"now": time.time(), "painting": painting})


def complete_claimed(db: sqlite3.Connection, run_id: str) -> None:
    """A run has come to its end: so have the paintings that it painted. Those of a withdrawn run have not."""
    sql = (
        "SELECT paintings.id FROM paintings JOIN runs ON runs.id = claim "
        "WHERE claim = ? AND NOT complete AND status = 'running' AND NOT cancel"
    )
    for record in db.execute(sql, (run_id,)).fetchall():
        note_complete(db, record["id"], run_id)


def finish_complete_runs(db: sqlite3.Connection, run_id: str | None = None) -> None:
    """Runs of which nothing is missing are done, one of them or all; those being painted are left alone."""
    only = "" if run_id is None else " AND id = :run"
    db.execute(_FINISH + only, {"now": time.time(), "run": run_id})


def remove_unused(db: sqlite3.Connection) -> list[Painting]:
    """Forget the paintings that no run has. Returns them, so that their files can be removed."""
    unused = "FROM paintings WHERE NOT EXISTS (SELECT 1 FROM run_paintings WHERE painting = paintings.id)"
    found = db.execute(f"SELECT * {unused}").fetchall()
    db.execute(f"DELETE {unused}")
    return [_from_record(record) for record in found]


def _from_record(record: sqlite3.Row) -> Painting:
    values = {name: record[name] for name in Painting.__dataclass_fields__}
    return Painting(**values | {"complete": bool(record["complete"])})
