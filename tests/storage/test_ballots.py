"""Ballots and votes: one for each browser, none lost, kept as long as their run."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.base.request import RunRequest
from core.storage import migrations
from core.storage.ballots import BLIND, CLOSED, OPEN, PREDICTION, REVEALED, Ballots
from core.storage.gallery import Gallery
from core.storage.run_store import RunStore

OLD_STORE = Path(__file__).parent / "store_of_schema_7.sql"


@pytest.fixture
def run_id(runs: RunStore) -> str:
    """A run that anybody may vote about."""
    made = runs.submit(RunRequest.make("a red fox"), "hash", "mine")
    runs.queue.set_status(made.id, "done")
    return made.id


@pytest.fixture
def ballots(runs: RunStore) -> Iterator[Ballots]:
    yield Ballots(runs)


def test_thirty_votes_in_one_second_are_all_counted_and_none_twice(ballots, run_id):
    ballot = ballots.open(run_id, PREDICTION, ("pixels", "vqgan"))
    counted: list[bool] = []
    together = threading.Barrier(30)

    def vote(number: int) -> None:
        together.wait()
        for _ in range(2):  # a nervous finger
            answers = {"real": ("pixels", "vqgan")[number % 2], "judge": "pixels"}
            counted.append(ballots.vote(ballot.id, f"browser {number}", answers))

    threads = [threading.Thread(target=vote, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted == [True] * 60 and ballots.voted(ballot.id) == 30
    assert ballots.tally(ballot.id) == {"real": {"pixels": 15, "vqgan": 15}, "judge": {"pixels": 30}}
    assert len(ballots.votes(ballot.id)) == 60 and max(row[0] for row in ballots.votes(ballot.id)) == 30


def test_a_vote_may_be_changed_while_the_ballot_is_open_and_not_afterwards(ballots, run_id):
    ballot = ballots.open(run_id, PREDICTION, ("pixels", "vqgan"))
    assert ballots.vote(ballot.id, "a", {"real": "pixels", "judge": "pixels"})
    assert ballots.vote(ballot.id, "a", {"real": "vqgan"})
    assert (
        ballots.answers_of(ballot.id, "a") == {"real": "vqgan"} and ballots.answers_of(ballot.id, "b") == {}
    )
    for state in (CLOSED, REVEALED):
        ballots.set_state(ballot.id, state)
        assert not ballots.vote(ballot.id, "b", {"real": "pixels"})
    ballots.set_state(ballot.id, OPEN)
    assert not ballots.vote(ballot.id, "", {"real": "pixels"}), "without a cookie nobody can be told apart"
    assert not ballots.vote("a" * 26, "b", {"real": "pixels"})
    assert ballots.voted(ballot.id) == 1


def test_nothing_that_is_kept_tells_who_voted_or_that_it_was_the_same_browser(ballots, runs, run_id):
    for _ in range(2):
        ballots.vote(
            ballots.open(run_id, PREDICTION, ("pixels",)).id, "secret of a browser", {"real": "pixels"}
        )
    records = runs.database.read("SELECT * FROM votes")
    assert len({record["voter"] for record in records}) == 2
    assert "secret" not in str([tuple(record) for record in records])


def test_a_ballot_goes_and_comes_back_with_its_run_and_ends_with_it(ballots, runs, run_id):
    ballot = ballots.open(run_id, BLIND, ("pixels", "vqgan"))
    ballots.vote(ballot.id, "a", {"real": "pixels"})
    gallery = Gallery(runs)
    assert gallery.delete(run_id, "mine")
    assert ballots.get(ballot.id) is None and ballots.newest(run_id) is None
    assert gallery.restore(run_id, "mine")
    assert ballots.get(ballot.id) == ballot and ballots.voted(ballot.id) == 1
    assert gallery.delete(run_id, "mine") and gallery.remove(run_id)
    assert runs.database.read("SELECT * FROM votes") == runs.database.read("SELECT * FROM ballots") == []


def test_the_newest_ballot_of_a_run_counts_and_ended_ones_are_found(ballots, run_id):
    first, second = (ballots.open(run_id, kind, ("pixels", "vqgan")) for kind in (BLIND, PREDICTION))
    assert ballots.newest(run_id) == second and ballots.ended(BLIND) == []
    ballots.set_state(first.id, CLOSED)
    assert [ballot.id for ballot in ballots.ended(BLIND)] == [first.id]
    assert ballots.get("../etc") is None and ballots.get(None) is None


def test_blind_pictures_come_in_any_order(ballots, run_id):
    painters = ("pixels", "vqgan", "diffusion")
    orders = {ballots.open(run_id, BLIND, painters).places for _ in range(60)}
    assert len(orders) > 1 and all(sorted(order) == sorted(painters) for order in orders)
    assert ballots.open(run_id, PREDICTION, painters).places == painters


def test_a_store_without_ballots_is_upgraded_and_can_vote(tmp_path):
    with sqlite3.connect(tmp_path / "store.sqlite") as old:
        old.executescript(OLD_STORE.read_text("utf-8"))
    with RunStore(tmp_path) as store:
        done = store.database.read("SELECT id FROM runs WHERE status = 'done'")[0]["id"]
        ballot = Ballots(store).open(done, BLIND, ("pixels", "vqgan"))
        assert Ballots(store).vote(ballot.id, "a", {"real": "pixels"})
    assert any(name == "shows of hands" for name, _ in migrations.MIGRATIONS)
