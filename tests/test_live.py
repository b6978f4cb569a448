"""What the player is told about a run."""

import json

import pytest

from app import live, services
from core.store import RunStore
from tests.serving import STEPS, example_request, invented_steps

REFERENCE = {
    "score": {"p5": 0.2, "p50": 0.4, "p95": 0.6, "matched": 0.4, "mismatched": 0.0},
    "heldout": {"p5": 0.2, "p50": 0.4, "p95": 0.6, "matched": 0.4, "mismatched": 0.0},
    "realism": {"p5": 0.5, "p50": 0.9, "p95": 0.99},
}


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store that `live` reads, with a pack whose reference is known."""
    made = RunStore(tmp_path / "store")
    monkeypatch.setattr(services, "store", lambda: made)
    monkeypatch.setattr(services, "example_id", lambda: None)
    monkeypatch.setattr(services, "reference", lambda pack: REFERENCE)
    live._verdict.cache_clear()
    yield made
    made.close()


@pytest.fixture
def request_(tmp_path):
    return example_request(tmp_path / "pack")


def paint(store, run, share=1.0):
    """Record the first `share` of every painter's steps, as an interleaved run would."""
    steps = [pair for pair in invented_steps(run.request) if pair[0].step <= share * pair[0].total]
    for frame, measurement in steps:
        store.record(run.id, frame, measurement)


def test_a_queued_run_says_its_place_and_why_it_waits(store, request_):
    store.submit(example_request("pack", seed=1), "hash")
    told = live.state(store.submit(request_, "hash"), 0)
    assert (told["status"], told["active"], told["ahead"], told["rows"]) == ("queued", True, 1, [])
    assert "not running" in told["note"]
    store.beat("w", state="loading")
    assert "loading" in live.state(store.get(told["id"]), 0)["note"]
    store.beat("w", state="restarting", message="The painter process hung; it is started again in 1 s.")
    assert "hung" in live.state(store.get(told["id"]), 0)["note"]
    store.beat("w", state="painting")
    assert live.state(store.get(told["id"]), 0)["note"] == ""


def test_a_queued_run_says_about_when_it_begins(store, request_):
    services._waits.cache_clear()
    before = store.submit(example_request("pack", seed=1), "hash")
    first = services.expected_wait(before.id)
    services._waits.cache_clear()
    told = live.state(store.submit(request_, "hash"), 0)
    assert first == 0 and told["wait"] == services.estimate([request_]).seconds > 0, "as long as the run before it takes"
    services._waits.cache_clear()
    running = store.take_next("w")
    paint(store, running, share=0.5)
    with store.database.transaction() as db:
        db.execute("UPDATE runs SET started = started - 100 WHERE id = ?", (running.id,))
    assert 90 < live.state(store.get(told["id"]), 0)["wait"] < 200, "as long again as the first half took"
    services._waits.cache_clear()


def test_a_painter_process_not_heard_of_for_long_is_said_not_to_run(store, request_):
    run = store.submit(request_, "hash")
    store.beat("w", state="ready")
    beat = store.painter_state().beat
    assert live.state(run, 0, now=beat + 1)["note"] == ""
    assert "not running" in live.state(run, 0, now=beat + 60)["note"]


def test_rows_come_once_and_in_the_player_s_order(store, request_):
    store.submit(request_, "hash")
    run = store.take_next("w")
    paint(store, run, share=0.5)
    told = live.state(store.get(run.id), 0)
    assert len(told["rows"]) == sum(steps // 2 + 1 for steps in STEPS.values())
    assert told["rows"][0] == ["pixels", 0, 20, 0.0, 0, 0.0, 0.0, 0.0, True]
    again = live.state(store.get(run.id), told["seq"])
    assert (again["rows"], again["seq"]) == ([], told["seq"])
    paint(store, run)
    more = live.state(store.get(run.id), told["seq"])
    assert more["seq"] > told["seq"] and len(more["rows"]) == sum(steps + 1 for steps in STEPS.values())


def test_time_left_is_shared_evenly_over_the_run(store, request_):
    store.submit(request_, "hash")
    run = store.take_next("w")
    paint(store, run, share=0.5)
    told = live.state(store.get(run.id), 0, now=run.started + 30)
    assert told["left"] == pytest.approx(30, abs=0.1)
    assert [p["done"] for p in told["painters"]] == [10, 6, 5]
    assert all(p["left"] == pytest.approx(30, abs=0.1) for p in told["painters"])


def test_no_time_left_is_guessed_before_anything_is_painted(store, request_):
    store.submit(request_, "hash")
    run = store.take_next("w")
    told = live.state(store.get(run.id), 0, now=run.started + 30)
    assert told["left"] is None
    assert [p["done"] for p in told["painters"]] == [0, 0, 0]


def test_the_verdict_comes_with_the_end(store, request_):
    store.submit(request_, "hash")
    run = store.take_next("w")
    paint(store, run)
    assert live.state(store.get(run.id), 0)["verdict"] == []
    store.set_status(run.id, "done")
    sentences = live.state(store.get(run.id), 0)["verdict"]
    assert sentences[0].startswith("Pixel ascent ends with the highest judge score, 0.90")


def test_a_failed_run_keeps_its_rows_and_says_why(store, request_):
    store.submit(request_, "hash")
    run = store.take_next("w")
    paint(store, run, share=0.5)
    store.set_status(run.id, "failed", "The disk is full.")
    told = live.state(store.get(run.id), 0)
    assert (told["status"], told["active"], told["reason"], told["left"]) == ("failed", False, "The disk is full.", None)
    assert told["rows"] and told["verdict"][0].startswith("So far")


def test_a_run_that_starts_over_counts_from_its_new_attempt(store, request_):
    store.submit(request_, "hash")
    run = store.take_next("w")
    paint(store, run)
    store.set_status(run.id, "failed", "Killed.")
    store.submit(request_, "hash")
    run = store.take_next("w")
    told = live.state(store.get(run.id), 0)
    assert [p["done"] for p in told["painters"]] == [0, 0, 0]
    assert len(told["rows"]) == sum(steps + 1 for steps in STEPS.values()), "what was painted stays visible"


def test_what_is_told_is_json_without_nan(store, request_):
    store.submit(request_, "hash")
    run = store.take_next("w")
    paint(store, run)
    json.dumps(live.state(store.get(run.id), 0), allow_nan=False)


def test_a_pack_that_is_gone_costs_the_band_not_the_run(store, request_, monkeypatch):
    store.submit(request_, "hash")
    run = store.take_next("w")
    paint(store, run)
    store.set_status(run.id, "done")
    monkeypatch.setattr(services, "reference", lambda pack: None)
    told = live.state(store.get(run.id), 0)
    assert told["reference"] is None and "photographs get" not in " ".join(told["verdict"])
    assert told["rows"]
