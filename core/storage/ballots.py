"""Shows of hands about a run: ballots, their votes, who has voted already. No names, no torch.

A ballot is kept with its run until that is removed. Of whoever votes only a hash is kept: of the browser's
secret together with the ballot's id: it tells that this browser has voted here, and nothing about any other
ballot.
"""

import json
import secrets
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.base.ids import is_id, random_id
from core.storage.owners import hash_secret
from core.storage.run_store import RunStore

PREDICTION, BLIND = KINDS = ("prediction", "blind")
OPEN, CLOSED, REVEALED = STATES = ("open", "closed", "revealed")
MOST_VOTERS = 5000  # of one ballot: a script that makes up browsers must not fill the disk


@dataclass(frozen=True)
class Ballot:
    """One show of hands.

    Args:
        id: 26 characters a–z2–7, random; knowing it allows voting.
        run: id of the run that it is about. kind: one of KINDS. state: one of STATES.
        places: painters in the order in which they are shown.
        opened: seconds since the epoch.
    """

    id: str
    run: str
    kind: str
    state: str
    places: tuple[str, ...]
    opened: float


class Ballots:
    """The ballots of a store; safe for many threads and processes. Every method may raise StoreError."""

    def __init__(self, store: RunStore) -> None:
        self.database = store.database

    def open(self, run_id: str, kind: str, painters: Sequence[str]) -> Ballot:
        """Open a new ballot about a run; a blind one shows its painters in random order."""
        places = list(painters)
        if kind == BLIND:
            secrets.SystemRandom().shuffle(places)
        made = Ballot(random_id(), run_id, kind, OPEN, tuple(places), time.time())
        values = (made.id, run_id, kind, OPEN, json.dumps(places), made.opened)
        with self.database.transaction() as db:
            db.execute("INSERT INTO ballots VALUES (?, ?, ?, ?, ?, ?)", values)
        return made

    def get(self, ballot_id: object) -> Ballot | None:
        """A ballot, or None if there is none or its run was deleted. Safe for untrusted arguments."""
        found = self._find("ballots.id = ?", ballot_id) if is_id(ballot_id) else []
        return found[0] if found else None

    def newest(self, run_id: str) -> Ballot | None:
        """The ballot about a run that was opened last, or None."""
        found = self._find("ballots.run = ? ORDER BY opened DESC, ballots.rowid DESC LIMIT 1", run_id)
        return found[0] if found else None

    def ended(self, kind: str) -> list[Ballot]:
        """All ballots of a kind in which nobody can vote any more, the oldest first."""
        return self._find(f"kind = ? AND state != '{OPEN}' ORDER BY opened", kind)

    def set_state(self, ballot_id: str, state: str) -> None:
        """Open it again, close it, or reveal its votes."""
        with self.database.transaction() as db:
            db.execute("UPDATE ballots SET state = ? WHERE id = ?", (state, ballot_id))

    def vote(self, ballot_id: str, secret: str, answers: Mapping[str, str]) -> bool:
        """Note the answers, question → answer, of whoever has this secret, in place of earlier ones.

        Returns:
            Whether they count: the ballot is open, and there is still room in it.
        """
        voter = _voter(ballot_id, secret)
        with self.database.transaction() as db:
            record = db.execute("SELECT state FROM ballots WHERE id = ?", (ballot_id,)).fetchone()
            if record is None or record["state"] != OPEN or not secret or not _has_room(db, ballot_id, voter):
                return False
            db.execute("DELETE FROM votes WHERE ballot = ? AND voter = ?", (ballot_id, voter))
            rows = [(ballot_id, voter, question, answer) for question, answer in answers.items()]
            db.executemany("INSERT INTO votes VALUES (?, ?, ?, ?)", rows)
        return True

    def answers_of(self, ballot_id: str, secret: str) -> dict[str, str]:
        """Question → answer of whoever has this secret; {} before voting."""
        sql = "SELECT question, answer FROM votes WHERE ballot = ? AND voter = ?"
        records = self.database.read(sql, ballot_id, _voter(ballot_id, secret))
        return {record["question"]: record["answer"] for record in records}

    def voted(self, ballot_id: str) -> int:
        """How many have voted."""
        sql = "SELECT COUNT(DISTINCT voter) AS voted FROM votes WHERE ballot = ?"
        return self.database.read(sql, ballot_id)[0]["voted"]

    def tally(self, ballot_id: str) -> dict[str, Counter[str]]:
        """Question → answer → votes."""
        found: dict[str, Counter[str]] = {}
        sql = (
            "SELECT question, answer, COUNT(*) AS votes FROM votes WHERE ballot = ? GROUP BY question, answer"
        )
        for record in self.database.read(sql, ballot_id):
            found.setdefault(record["question"], Counter())[record["answer"]] = record["votes"]
        return found

    def votes(self, ballot_id: str) -> list[tuple[int, str, str]]:
        """(number, question, answer) of every vote; the numbers count the voters in no order."""
        sql = (
            "SELECT DENSE_RANK() OVER (ORDER BY voter) AS number, question, answer FROM votes "
            "WHERE ballot = ? ORDER BY number, question"
        )
        records = self.database.read(sql, ballot_id)
        return [(record["number"], record["question"], record["answer"]) for record in records]

    def _find(self, condition: str, *values: object) -> list[Ballot]:
        sql = (
            "SELECT ballots.* FROM ballots JOIN runs ON runs.id = ballots.run AND runs.deleted_at IS NULL "
            f"WHERE {condition}"
        )
        return [_ballot(record) for record in self.database.read(sql, *values)]


def _ballot(record: sqlite3.Row) -> Ballot:
    values = {name: record[name] for name in Ballot.__dataclass_fields__}
    return Ballot(**values | {"places": tuple(json.loads(record["places"]))})


def _voter(ballot_id: str, secret: str) -> str:
    return hash_secret(f"{ballot_id} {secret}")


def _has_room(db: sqlite3.Connection, ballot_id: str, voter: str) -> bool:
    sql = "SELECT COUNT(DISTINCT voter) AS voted, MAX(voter = ?) AS mine FROM votes WHERE ballot = ?"
    record = db.execute(sql, (voter, ballot_id)).fetchone()
    return record["voted"] < MOST_VOTERS or bool(record["mine"])
