"""What the player is told about a run."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette

from app import resources, waiting_times
from app.web import run_state
from app.web.routes import routes
from core.base.request import RunRequest
from core.base.revision import PAINTED_EARLIER
from core.lesson import story_place
from core.lesson.story_data import story_from
from core.packs.former_packs import former_packs
from core.storage.records import Run
from core.storage.run_store import RunStore
from tests.support.asgi import ask
from tests.support.invented_story import story_data
from tests.support.serving import STEPS, example_request, invented_steps

REFERENCE = {
    "score": {"p5": 0.2, "p50": 0.4, "p95": 0.6, "matched": 0.4, "mismatched": 0.0},
    "heldout": {"p5": 0.2, "p50": 0.4, "p95": 0.6, "matched": 0.4, "mismatched": 0.0},
    "realism": {"p5": 0.5, "p50": 0.9, "p95": 0.99},
}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunStore]:
    """A store that `run_state` reads, with a pack whose reference is known."""
    made = RunStore(tmp_path / "store")
    monkeypatch.setattr(resources, "store", lambda: made)
    monkeypatch.setattr(resources, "example_id", lambda: None)
    monkeypatch.setattr(resources, "reference_figures", lambda pack, painted_with="": REFERENCE)
    run_state._verdict.cache_clear()
    yield made
    made.close()


@pytest.fixture
def request_(tmp_path: Path) -> RunRequest:
    """A short run of all three painters."""
    return example_request(tmp_path / "pack")


def paint(store: RunStore, run: Run, share: float = 1.0) -> None:
    """Record the first `share` of every painter's steps, as an interleaved run would."""
    steps = [pair for pair in invented_steps(run.request) if pair[0].step <= share * pair[0].total]
    for frame, measurement in steps:
        store.record(run.id, frame, measurement)


def test_a_queued_run_says_its_place_and_why_it_waits(store, request_):
    store.submit(example_request("pack", seed=1), "hash")
    told = run_state.describe_run(store.submit(request_, "hash"), 0)
    assert (told["status"], told["active"], told["ahead"], told["rows"]) == ("queued", True, 1, [])
    assert "not running" in told["note"]
    store.queue.beat("w", state="loading")
    assert "loading" in run_state.describe_run(store.get(told["id"]), 0)["note"]
    store.queue.beat("w", state="restarting", message="The painter process hung; it is started again in 1 s.")
    assert "hung" in run_state.describe_run(store.get(told["id"]), 0)["note"]
    store.queue.beat("w", state="painting")
    assert run_state.describe_run(store.get(told["id"]), 0)["note"] == ""


def test_a_queued_run_says_about_when_it_begins(store, request_):
    waiting_times._waiting_seconds.cache_clear()
    before = store.submit(example_request("pack", seed=1), "hash")
    first = waiting_times.expected_wait_seconds(before.id)
    waiting_times._waiting_seconds.cache_clear()
    told = run_state.describe_run(store.submit(request_, "hash"), 0)
    assert first == 0 and told["wait"] == waiting_times.estimate_time([request_]).seconds > 0, (
        "as long as the run before it takes"
    )
    waiting_times._waiting_seconds.cache_clear()
    running = store.queue.take_next("w")
    paint(store, running, share=0.5)
    with store.database.transaction() as db:
        db.execute("UPDATE runs SET started = started - 100 WHERE id = ?", (running.id,))
    assert 90 < run_state.describe_run(store.get(told["id"]), 0)["wait"] < 200, (
        "as long again as the first half took"
    )
    waiting_times._waiting_seconds.cache_clear()


def test_a_painter_process_not_heard_of_for_long_is_said_not_to_run(store, request_):
    run = store.submit(request_, "hash")
    store.queue.beat("w", state="ready")
    beat = store.queue.painter_state().beat
    assert run_state.describe_run(run, 0, now=beat + 1)["note"] == ""
    assert "not running" in run_state.describe_run(run, 0, now=beat + 60)["note"]


def test_rows_come_once_and_in_the_player_s_order(store, request_):
    store.submit(request_, "hash")
    run = store.queue.take_next("w")
    paint(store, run, share=0.5)
    told = run_state.describe_run(store.get(run.id), 0)
    assert len(told["rows"]) == sum(steps // 2 + 1 for steps in STEPS.values())
    assert told["rows"][0] == ["pixels", 0, 20, 0.0, 0, 0.0, 0.0, 0.0, True, None]
    again = run_state.describe_run(store.get(run.id), told["seq"])
    assert (again["rows"], again["seq"]) == ([], told["seq"])
    paint(store, run)
    more = run_state.describe_run(store.get(run.id), told["seq"])
    assert more["seq"] > told["seq"] and len(more["rows"]) == sum(steps + 1 for steps in STEPS.values())


def test_what_never_changes_of_a_run_travels_once(store, request_):
    store.submit(request_, "hash")
    run = store.queue.take_next("w")
    whole = run_state.describe_run(store.get(run.id), 0, now=run.started)
    paint(store, run)
    later = store.get(run.id)
    news = run_state.describe_run(later, whole["seq"], now=run.started + 9, is_known=True)
    assert whole.keys() - news.keys() == run_state._unchanging(later).keys() >= {"settings", "reference"}
    assert whole | news == run_state.describe_run(later, whole["seq"], now=run.started + 9)
    app = Starlette(routes=routes())
    answers = [json.loads(ask(app, f"/runs/{run.id}.json{query}").text) for query in ("", "?known=1")]
    assert [("settings" in answer) for answer in answers] == [True, False]


def test_what_was_taken_from_the_store_is_said_and_takes_no_time(store, request_):
    first = store.submit(request_.only(["pixels", "vqgan"]), "hash")
    store.queue.take_next("w")
    paint(store, first)
    store.queue.finish(first.id, "done")
    both = store.submit(request_.only(["vqgan"]), "hash")
    told = run_state.describe_run(both, 0)
    assert told["status"] == "done" and told["elapsed"] is None
    assert told["taken"] == "VQGAN+CLIP: taken from the store, painted before with the same settings."
    waiting, behind = store.submit(request_, "hash"), store.submit(request_.only(["diffusion"]), "hash")
    waiting_times._waiting_seconds.cache_clear()
    told = run_state.describe_run(store.get(behind.id), 0)
    alone = waiting_times.estimate_time([request_.only(["diffusion"])]).seconds
    assert told["wait"] == pytest.approx(alone), "for the painter that is missing, not for three"
    third = store.submit(example_request("pack", seed=1), "hash")
    waiting_times._waiting_seconds.cache_clear()
    told = run_state.describe_run(third, 0)
    assert told["wait"] == pytest.approx(alone), "what two runs wait for is painted once"
    run = store.queue.take_next("w")
    assert run.id == waiting.id
    paint(store, waiting, share=0.5)
    told = run_state.describe_run(store.get(run.id), 0, now=run.started + 30)
    assert told["left"] == pytest.approx(30, abs=0.1), "half of what it paints itself is done"
    assert told["taken"].startswith("Pixel ascent and VQGAN+CLIP: taken")


def test_time_left_is_shared_evenly_over_the_run(store, request_):
    store.submit(request_, "hash")
    run = store.queue.take_next("w")
    paint(store, run, share=0.5)
    told = run_state.describe_run(store.get(run.id), 0, now=run.started + 30)
    assert told["left"] == pytest.approx(30, abs=0.1)
    assert [p["done"] for p in told["painters"]] == [10, 6, 5]
    assert all(p["left"] == pytest.approx(30, abs=0.1) for p in told["painters"])


def test_no_time_left_is_guessed_before_anything_is_painted(store, request_):
    store.submit(request_, "hash")
    run = store.queue.take_next("w")
    told = run_state.describe_run(store.get(run.id), 0, now=run.started + 30)
    assert told["left"] is None
    assert [p["done"] for p in told["painters"]] == [0, 0, 0]


def test_the_verdict_comes_with_the_end(store, request_):
    store.submit(request_, "hash")
    run = store.queue.take_next("w")
    paint(store, run)
    assert run_state.describe_run(store.get(run.id), 0)["verdict"] == []
    store.queue.set_status(run.id, "done")
    told = run_state.describe_run(store.get(run.id), 0)
    assert "highest judge score, 2.25 on the shared scale" in told["verdict"][0]
    assert "highest judge score, 0.90 (cosine)" in told["verdict_cosine"][0]


def test_of_a_weighted_prompt_only_realism_has_a_band_and_the_reading_is_told(store, request_):
    weighted = RunRequest.from_dict({**request_.to_dict(), "prompt": "red fox:2 | snow:-1"})
    store.submit(weighted, "hash")
    run = store.queue.take_next("w")
    paint(store, run)
    store.queue.set_status(run.id, "done")
    told = run_state.describe_run(store.get(run.id), 0)
    assert told["reading"] == "Read as: red fox ×2, snow ×−1."
    assert told["reference"] == {"realism": REFERENCE["realism"]}
    *verdict, note = told["verdict"]
    assert "shared scale" not in " ".join(verdict) and "do not apply" in note


def test_a_failed_run_keeps_its_rows_and_says_why(store, request_):
    store.submit(request_, "hash")
    run = store.queue.take_next("w")
    paint(store, run, share=0.5)
    store.queue.set_status(run.id, "failed", "The disk is full.")
    told = run_state.describe_run(store.get(run.id), 0)
    assert (told["status"], told["active"], told["reason"], told["left"]) == (
        "failed",
        False,
        "The disk is full.",
        None,
    )
    assert told["rows"] and told["verdict"][0].startswith("So far")


def test_a_run_that_starts_over_counts_from_its_new_attempt(store, request_):
    store.submit(request_, "hash")
    run = store.queue.take_next("w")
    paint(store, run, share=0.5)
    store.queue.set_status(run.id, "failed", "Killed.")
    store.submit(request_, "hash")
    run = store.queue.take_next("w")
    told = run_state.describe_run(store.get(run.id), 0)
    assert [p["done"] for p in told["painters"]] == [0, 0, 0]
    painted = sum(steps // 2 + 1 for steps in STEPS.values())
    assert len(told["rows"]) == painted, "what was painted stays visible"


def test_what_is_told_is_json_without_nan(store, request_):
    store.submit(request_, "hash")
    run = store.queue.take_next("w")
    paint(store, run)
    json.dumps(run_state.describe_run(store.get(run.id), 0), allow_nan=False)


def test_a_pack_that_is_gone_costs_the_band_not_the_run(store, request_, monkeypatch):
    store.submit(request_, "hash")
    run = store.queue.take_next("w")
    paint(store, run)
    store.queue.set_status(run.id, "done")
    monkeypatch.setattr(resources, "reference_figures", lambda pack, painted_with="": None)
    told = run_state.describe_run(store.get(run.id), 0)
    assert told["reference"] is None and "photographs get" not in " ".join(told["verdict"])
    assert told["rows"]


def test_a_run_of_an_earlier_version_says_so_when_it_has_ended(store, request_, monkeypatch):
    run = store.submit(request_, "hash")
    monkeypatch.setattr("core.base.revision.PAINTING_REVISION", "newer")
    assert PAINTED_EARLIER not in run_state.describe_run(run, 0)["verdict"], "it waits still"
    paint(store, run)
    store.queue.set_status(run.id, "done")
    assert run_state.describe_run(store.get(run.id), 0)["verdict"][-1] == PAINTED_EARLIER
    monkeypatch.setattr("app.resources.example_id", lambda: run.id)
    assert PAINTED_EARLIER not in run_state.describe_run(store.get(run.id), 0)["verdict"]


def test_a_run_of_the_first_edition_keeps_its_bands_and_says_which_pack_painted_it(store, monkeypatch):
    monkeypatch.undo()  # the real figures
    monkeypatch.setattr(resources, "store", lambda: store)
    monkeypatch.setattr(resources, "example_id", lambda: None)
    first_edition = next(name for name in former_packs() if name.startswith("7f8ace56"))
    steps = {painter: {"steps": count} for painter, count in STEPS.items()}
    run = store.submit(RunRequest.make("a red fox", **steps), first_edition)
    paint(store, run)
    store.queue.set_status(run.id, "done")
    told = run_state.describe_run(store.get(run.id), 0)
    assert told["reference"] == former_packs()[first_edition]["reference"]
    assert any("Painted by another pack of the same name" in sentence for sentence in told["verdict"])


def test_words_that_the_models_do_not_know_stay_with_the_prompt_and_the_verdict(store, monkeypatch):
    monkeypatch.setattr(resources, "known_words", lambda pack=None: frozenset(["a", "red", "fox"]))
    run = store.submit(example_request("pack", "a red zebra"), "hash")
    paint(store, run)
    store.queue.set_status(run.id, "done")
    told = run_state.describe_run(store.get(run.id), 0)
    assert told["reading"] == "Read as: a red. Not known: zebra."
    assert told["verdict"][0].startswith("All scores are for “a red”")
    known = store.submit(example_request("pack", "a red fox"), "hash")
    assert run_state.describe_run(known, 0)["reading"] == ""


def test_the_player_is_told_who_steers_and_who_is_held_out(store, request_):
    swapped = RunRequest.make("a fox", pack=request_.pack, vqgan={"judge": "heldout"})
    usual, mixed = (run_state.describe_run(store.submit(one, "hash"), 0) for one in (request_, swapped))
    assert usual["judges"]["named"]["score"]["role"] == ""
    roles = mixed["judges"]["roles"]
    assert roles["pixels"] == {"steering": ("score",), "witness": "heldout"}
    assert roles["vqgan"] == {"steering": ("heldout",), "witness": "score"}
    assert mixed["judges"]["named"]["score"]["label"] == "First judge"


def test_a_finished_run_is_told_where_it_lies_among_measured_ones(store, request_, monkeypatch):
    told = story_from(story_data(pack_hash="hash"))
    monkeypatch.setattr(story_place, "read_story", lambda: told)
    run = store.submit(request_, "hash")
    assert run_state.describe_run(run, 0)["place"] == ""
    paint(store, run)
    store.queue.finish(run.id, "done")
    state = run_state.describe_run(store.get(run.id), 0)
    assert state["place"].startswith("Among 6 measured runs of 3 drawn prompts (Judge only)")
    assert len(state["others"]["points"]) == 3 * 6
    assert "others" not in run_state.describe_run(store.get(run.id), 1, is_known=True)
    told = story_from(story_data(pack_hash="another"))
    state = run_state.describe_run(store.get(run.id), 0)
    assert (state["place"], state["others"]) == ("", None)
