"""The queue of a store: who is next, who may cancel, what becomes of a vanished painter process's run."""

import threading
import time

from core.storage.queue import MAX_INTERRUPTIONS
from core.storage.run_store import RunStore
from tests.storage.test_run_store import paint, request


def test_runs_are_taken_in_order_each_once_by_many_takers(runs):
    asked = [runs.submit(request(seed=n), "hash").id for n in range(12)]
    assert [runs.queue.runs_ahead(run_id) for run_id in asked] == list(range(12))
    assert runs.queue.take_next("first").id == asked[0]
    assert (
        runs.queue.runs_ahead(asked[0]) is None and runs.queue.runs_ahead(asked[3]) == 3
    )  # the one being painted counts
    taken = []

    def take(worker):
        with RunStore(runs.folder) as mine:
            while (run := mine.queue.take_next(worker)) is not None:
                taken.append((run.id, run.worker, worker))

    threads = [threading.Thread(target=take, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(run_id for run_id, _, _ in taken) == sorted(asked[1:])
    assert all(stored == worker for _, stored, worker in taken)
    assert runs.queue.take_next("w") is None


def test_a_repeated_run_waits_behind_the_others(runs):
    first, second = runs.submit(request(seed=1), "hash"), runs.submit(request(seed=2), "hash")
    runs.queue.set_status(first.id, "failed")
    runs.submit(request(seed=1), "hash")
    assert runs.queue.runs_ahead(second.id) == 0 and runs.queue.runs_ahead(first.id) == 1


def test_only_the_one_who_started_a_run_can_cancel_it(runs):
    run = runs.submit(request(), "hash", "mine")
    runs.submit(request(), "hash", "a second viewer's")
    runs.queue.take_next("w")
    for secret in ("a second viewer's", "", "Mine"):
        assert not runs.queue.request_cancel(run.id, secret)
    assert not runs.queue.cancel_requested(run.id)
    assert runs.queue.request_cancel(run.id, "mine")
    assert runs.queue.cancel_requested(run.id) and runs.get(run.id).status == "running"
    runs.queue.set_status(run.id, "stopped")
    assert not runs.queue.request_cancel(run.id, "mine")
    runs.submit(request(), "hash", "next owner")
    assert not runs.queue.cancel_requested(run.id) and runs.get(run.id).status == "queued"
    assert not runs.queue.request_cancel(run.id, "mine")
    assert runs.queue.request_cancel(run.id, "next owner")
    assert runs.get(run.id).status == "stopped" and runs.queue.take_next("w") is None


def test_nobody_can_cancel_a_run_without_an_owner(runs):
    run = runs.submit(request(), "hash")
    assert not runs.queue.request_cancel(run.id, "") and not runs.queue.request_cancel(run.id, "x")


def test_a_dead_workers_run_is_ended_unless_it_has_moved_on(runs):
    run = runs.submit(request(), "hash")
    runs.queue.take_next("dead")
    assert runs.queue.end_running("another", "failed", lambda run: "no") == []
    assert runs.queue.end_running("dead", "failed", lambda run: f"It died with seed {run.request.seed}.") == [
        run.id
    ]
    assert (runs.get(run.id).status, runs.get(run.id).reason) == ("failed", "It died with seed 0.")
    assert runs.queue.end_running("dead", "interrupted", lambda run: "") == []
    runs.submit(request(), "hash")
    runs.queue.take_next("dead")

    def moves_on(run):
        runs.queue.set_status(run.id, "done")
        return "too late"

    assert runs.queue.end_running("dead", "failed", moves_on) == []
    assert (runs.get(run.id).status, runs.get(run.id).reason) == ("done", "")


def test_interrupted_runs_are_taken_up_again_but_not_forever(runs):
    run, waiting = runs.submit(request(), "hash"), runs.submit(request(seed=1), "hash")
    for _ in range(MAX_INTERRUPTIONS):
        assert runs.queue.take_next("w").id == run.id  # in its old place, before the one that waits
        paint(runs, run.id, steps=range(2))
        runs.queue.recover()
        assert runs.get(run.id).status == "queued" and len(runs.rows(run.id)) == 2
    runs.queue.take_next("w")
    runs.queue.recover()
    ended = runs.get(run.id)
    assert ended.status == "interrupted" and "press Run" in ended.reason and len(runs.rows(run.id)) == 2
    assert runs.queue.take_next("w").id == waiting.id
    assert runs.submit(request(), "hash").status == "queued"
    runs.queue.recover()
    assert runs.get(run.id).status == "queued"


def test_an_interrupted_run_of_other_code_is_left_as_it_is(runs, monkeypatch):
    with monkeypatch.context() as older:
        older.setattr("core.storage.queue.PAINTING_REVISION", "older")
        run = runs.submit(request(), "hash")
    runs.queue.take_next("w")
    runs.queue.recover()
    ended = runs.get(run.id)
    assert ended.status == "interrupted" and "code of the painters has changed" in ended.reason


def test_the_painter_process_is_seen(runs):
    assert runs.queue.painter_state() is None
    runs.queue.beat("w", 12, "painting", "some run", 7)
    state = runs.queue.painter_state()
    assert (state.worker, state.pid, state.state, state.run, state.ticks) == (
        "w",
        12,
        "painting",
        "some run",
        7,
    )
    assert abs(state.beat - time.time()) < 60
