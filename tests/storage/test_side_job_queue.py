"""The queue of side jobs: people take turns, and nobody fills it while others wait."""

import pytest

from core.base.errors import StoreError
from core.storage.side_job_queue import SideJobQueue

FULL = "{waiting} jobs wait already."


@pytest.fixture
def queue(runs) -> SideJobQueue:
    return SideJobQueue(runs.database, "ranking", "Its process has gone.")


def ask(queue: SideJobQueue, name: str, owner: str, most: int = 20) -> None:
    queue.ask(name, "fake", {}, most, FULL, owner)


def test_people_take_turns(queue):
    for name in ("a1", "a2", "a3"):
        ask(queue, name, "anna")
    ask(queue, "b1", "ben")
    ask(queue, "n1", "")
    ask(queue, "n2", "")
    assert [job.id for job in queue.take()] == ["a1", "b1", "n1", "n2", "a2", "a3"]


def test_one_person_may_have_a_fifth_of_the_queue_while_others_wait(queue):
    for number in range(5):
        ask(queue, f"a{number}", "anna")  # alone she may have as many as she likes
    ask(queue, "b0", "ben")
    with pytest.raises(StoreError, match="5 of yours wait already, and other people wait too"):
        ask(queue, "a5", "anna")
    ask(queue, "n0", "")  # what nobody owns counts for nobody
    for number in range(1, 4):
        ask(queue, f"b{number}", "ben")
    with pytest.raises(StoreError, match="4 of yours"):
        ask(queue, "b4", "ben")
    for job in queue.take():
        queue.finish(job.id, {})
    ask(queue, "a5", "anna")


def test_a_full_queue_refuses_everybody(queue):
    ask(queue, "a", "anna", 2)
    ask(queue, "b", "ben", 2)
    with pytest.raises(StoreError, match="2 jobs wait already"):
        ask(queue, "c", "cleo", 2)
