"""What one person and everybody together may ask for: none of it is met by somebody alone."""

import time

import pytest

from core.base.errors import LimitError, SettingError
from core.base.request import RunRequest
from core.base.sweep_plan import SWEEP_PRIORITY
from core.service.quotas import CELLS_PER_QUEUED_RUN, Quotas

ME, YOU = "m" * 24, "y" * 24


def ask(store, who, seed, limits=None, priority=0):
    request = RunRequest.make("a red fox", seed, painters=("pixels",), pixels={"steps": 3})
    return store.submit(request, "hash", who, priority, (limits or Quotas()).admission(who))


def test_alone_a_person_queues_as_much_as_the_queue_takes(store):
    limits = Quotas(queue=5)
    runs = [ask(store, ME, seed, limits) for seed in range(5)]
    assert [store.queue.runs_ahead(run.id) for run in runs] == [0, 1, 2, 3, 4]
    with pytest.raises(LimitError, match="The queue is full: 5 runs are waiting already"):
        ask(store, ME, 5, limits)
    assert ask(store, YOU, 0, limits).id == runs[0].id, (
        "what is there already is shown, however full the queue is"
    )
    assert len(store.recent()) == 5, "a refused run leaves nothing behind"


def test_one_run_at_a_time_while_others_wait(store):
    mine, yours = ask(store, ME, 1), ask(store, YOU, 2)
    for who, seed in ((ME, 3), (YOU, 4)):
        with pytest.raises(
            LimitError, match="You have a run in line already, and other people are waiting too"
        ):
            ask(store, who, seed)
    assert ask(store, ME, 3, Quotas(runs=2)).status == "queued"
    assert store.queue.request_cancel(yours.id, YOU)
    assert ask(store, ME, 4).status == "queued", "nobody else waits any more"
    assert mine.status == "queued"


def test_a_run_that_is_painted_counts_and_one_that_ended_does_not(store):
    ask(store, ME, 1), ask(store, YOU, 2)
    assert store.queue.take_next("w").request.seed == 1
    with pytest.raises(LimitError):
        ask(store, ME, 3)
    store.queue.set_status(store.queue.running_and_waiting()[0][0], "done")
    assert ask(store, ME, 3).status == "queued"


def test_a_stopped_run_is_asked_for_again_under_the_same_rule(store):
    stopped = ask(store, ME, 1)
    store.queue.request_cancel(stopped.id, ME)
    ask(store, ME, 2), ask(store, YOU, 3)
    with pytest.raises(LimitError):
        ask(store, ME, 1)
    assert store.get(stopped.id).status == "stopped"


def test_runs_of_nobody_hold_nobody_up(store):
    ask(store, "", 1), ask(store, "", 2)
    assert [ask(store, ME, seed).status for seed in (3, 4)] == ["queued"] * 2


def test_people_take_turns_and_the_place_said_is_the_place_had(store):
    many = [ask(store, ME, seed) for seed in range(4)]
    single = ask(store, YOU, 10)
    cell = ask(store, "x" * 24, 20, Quotas(), SWEEP_PRIORITY)
    wanted = [many[0].id, single.id, many[1].id, many[2].id, many[3].id, cell.id]
    assert store.queue.running_and_waiting() == ([], wanted)
    assert [store.queue.runs_ahead(run_id) for run_id in wanted] == list(range(6))
    taken = []
    for _ in wanted:
        taken.append(store.queue.take_next("w").id)
        store.queue.set_status(taken[-1], "done")
    assert taken == wanted


def test_who_comes_later_never_waits_for_more_than_one_of_the_many(store):
    many = [ask(store, ME, seed) for seed in range(6)]
    for place in range(2):
        assert store.queue.take_next("w").id == many[place].id
        store.queue.set_status(many[place].id, "done")
    assert store.queue.take_next("w").id == many[2].id
    late = ask(store, YOU, 10)
    assert store.queue.runs_ahead(late.id) == 2, (
        "after the one that is painted and the next one, which waits longer"
    )
    store.queue.set_status(many[2].id, "done")
    assert [store.queue.take_next("w").id for _ in range(3)] == [many[3].id, late.id, many[4].id]


def test_turns_are_not_told_by_the_clock(store, monkeypatch):
    many = [ask(store, ME, seed) for seed in range(6)]
    real = time.time
    for place in range(4):
        if place == 3:
            monkeypatch.setattr(time, "time", lambda: real() - 7200)
        store.queue.set_status(store.queue.take_next("w").id, "done")
    late = ask(store, YOU, 10)
    assert store.queue.running_and_waiting() == ([], [many[4].id, late.id, many[5].id]), (
        "after the round begun last, not one before the clock was set back"
    )


def check_sweep(limits, store, secret, cells):
    """Whether so many more cells of a sweep would be admitted now."""
    with store.database.transaction() as db:
        limits.sweep_admission(secret, cells)(db)


def test_sweeps_have_a_queue_of_their_own(store):
    limits = Quotas(queue=2)
    check_sweep(limits, store, ME, 2 * CELLS_PER_QUEUED_RUN)
    with pytest.raises(
        LimitError, match="0 sweep cells are waiting already, at most 10 .* this sweep adds 11"
    ):
        check_sweep(limits, store, ME, 2 * CELLS_PER_QUEUED_RUN + 1)
    cells = {
        who: [ask(store, who, seed, limits, SWEEP_PRIORITY).id for seed in seeds]
        for who, seeds in ((ME, (1, 2)), (YOU, (3, 4)))
    }
    with store.database.transaction() as db:
        for who, runs in cells.items():
            db.execute("INSERT INTO sweeps VALUES (?, '{}', 0)", (who,))
            db.executemany(
                "INSERT INTO cells VALUES (?, ?, ?)", [(who, place, run) for place, run in enumerate(runs)]
            )
    with pytest.raises(LimitError, match="You have a sweep in line already"):
        check_sweep(limits, store, ME, 1)
    check_sweep(limits, store, "z" * 24, 1)
    assert ask(store, ME, 9, limits).status == "queued", "a sweep does not hold up a run of one's own"


def test_steps_and_disk_are_capped_only_where_it_is_asked_for(store):
    request = RunRequest.make("a red fox", painters=("pixels",), pixels={"steps": 300})
    Quotas().check_steps(request)
    with pytest.raises(LimitError, match="at most 100 steps; Pixel ascent has 300"):
        Quotas(steps=100).check_steps(request)
    run = ask(store, ME, 1)
    store.queue.set_status(run.id, "done")
    with store.database.transaction() as db:
        of_run = "(SELECT painting FROM run_paintings WHERE run = ?)"
        db.execute(f"UPDATE paintings SET bytes = 3000000000 WHERE id = {of_run}", (run.id,))
    assert ask(store, ME, 2).status == "queued"
    with pytest.raises(LimitError, match="Your runs take 3.00 GB, and this server keeps 2.00 GB"):
        ask(store, ME, 3, Quotas(disk=2_000_000_000))
    assert ask(store, YOU, 4, Quotas(disk=2_000_000_000)).status == "queued"


def test_the_environment_says_it(monkeypatch):
    assert Quotas.from_environment() == Quotas()
    for name, value in {
        "RUNS_PER_PERSON": "3",
        "QUEUE": "7",
        "MOST_STEPS": "50",
        "DISK_PER_PERSON": "0.5",
    }.items():
        monkeypatch.setenv(f"CTJP_{name}", value)
    assert Quotas.from_environment() == Quotas(3, 7, 50, 500_000_000)
    for junk in ("0", "-1", "many", "nan", "1e99"):
        monkeypatch.setenv("CTJP_QUEUE", junk)
        with pytest.raises(SettingError, match="CTJP_QUEUE is"):
            Quotas.from_environment()
