"""The run store: names, queue, rows, cancelling, import and export."""

import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from core import migrations, store
from core.frame import Frame, Measurement
from core.images import read_image
from core.queue import MAX_INTERRUPTIONS
from core.settings import RunRequest
from core.store import RunStore


def request(prompt="a red fox", steps=4, **more):
    return RunRequest.make(prompt, painters=("pixels", "vqgan"), pixels={"steps": steps}, vqgan={"steps": 2}, **more)


def paint(runs, run_id, painter="pixels", steps=range(5), total=4, seconds=0.0):
    recorder = runs.recorder(run_id)
    for step in steps:
        image = np.full((8, 8, 3), step, np.uint8)
        recorder.record(Frame(painter, step, total, image, {}, step), Measurement(seconds + step, 0.25 * step, 0.2, 0.3, {"a": 1.5}))


def test_a_run_is_named_by_everything_that_determines_it(runs, tmp_path, monkeypatch):
    run = runs.submit(request(), "hash", "secret")
    assert len(run.id) == 26 and set(run.id) <= set("abcdefghijklmnopqrstuvwxyz234567")
    assert (run.status, run.request, run.pack_hash) == ("queued", request(), "hash")
    assert runs.submit(request(), "hash", "another secret").id == run.id
    others = {
        runs.submit(request(prompt="a blue fox"), "hash").id,
        runs.submit(request(seed=1), "hash").id,
        runs.submit(request(steps=5), "hash").id,
        runs.submit(request(), "other hash").id,
    }
    with RunStore(tmp_path / "another") as another:
        others.add(another.submit(request(), "hash").id)  # so that nobody can compute an id and look
    monkeypatch.setattr(store, "CODE_REVISION", "other code")
    others.add(runs.submit(request(), "hash").id)
    assert len(others | {run.id}) == 7


def test_a_store_opened_again_has_the_same_names_and_rows(runs):
    run = runs.submit(request(), "hash")
    runs.take_next("w")
    paint(runs, run.id)
    with RunStore(runs.folder) as again:
        assert again.submit(request(), "hash").id == run.id
        assert again.rows(run.id) == runs.rows(run.id) and len(again.rows(run.id)) == 5


@pytest.mark.parametrize("status, after", [("done", "done"), ("failed", "queued"), ("stopped", "queued"), ("interrupted", "queued")])
def test_asking_again_shows_what_is_done_and_repeats_what_is_not(runs, status, after):
    run = runs.submit(request(), "hash")
    runs.take_next("w")
    paint(runs, run.id)
    runs.set_status(run.id, status, "because")
    assert (runs.get(run.id).status, runs.get(run.id).reason) == (status, "because")
    assert runs.submit(request(), "hash").status == after
    assert len(runs.rows(run.id)) == 5 and runs.frame_path(run.id, "pixels", 4)


def test_runs_are_taken_in_order_each_once_by_many_takers(runs):
    asked = [runs.submit(request(seed=n), "hash").id for n in range(12)]
    assert [runs.position(run_id) for run_id in asked] == list(range(12))
    assert runs.take_next("first").id == asked[0]
    assert runs.position(asked[0]) is None and runs.position(asked[3]) == 3  # the one being painted counts
    taken = []

    def take(worker):
        with RunStore(runs.folder) as mine:
            while (run := mine.take_next(worker)) is not None:
                taken.append((run.id, run.worker, worker))

    threads = [threading.Thread(target=take, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(run_id for run_id, _, _ in taken) == sorted(asked[1:])
    assert all(stored == worker for _, stored, worker in taken)
    assert runs.take_next("w") is None


def test_a_repeated_run_waits_behind_the_others(runs):
    first, second = runs.submit(request(seed=1), "hash"), runs.submit(request(seed=2), "hash")
    runs.set_status(first.id, "failed")
    runs.submit(request(seed=1), "hash")
    assert runs.position(second.id) == 0 and runs.position(first.id) == 1


def test_rows_after_a_sequence_number_are_the_new_ones(runs):
    run, other = runs.submit(request(), "hash"), runs.submit(request(seed=1), "hash")
    runs.take_next("w")
    paint(runs, run.id, steps=range(2))
    paint(runs, other.id, steps=range(3))
    seen = runs.rows(run.id)
    assert [(r.painter, r.step, r.total, r.evaluations) for r in seen] == [("pixels", 0, 4, 0), ("pixels", 1, 4, 1)]
    assert (seen[1].seconds, seen[1].score, seen[1].heldout, seen[1].realism) == (1.0, 0.25, 0.2, 0.3)
    assert seen[1].components == {"a": 1.5} and seen[1].has_frame
    assert runs.rows(run.id, after=seen[-1].seq) == []
    paint(runs, run.id, "vqgan", [0])
    new = runs.rows(run.id, after=seen[-1].seq)
    assert [(r.painter, r.step) for r in new] == [("vqgan", 0)]
    assert new[0].seq > max(r.seq for r in runs.rows(other.id))  # grows over the whole store


def test_a_second_attempt_replaces_rows_and_its_progress_starts_over(runs):
    run = runs.submit(request(), "hash")
    runs.take_next("w")
    paint(runs, run.id, steps=range(4))
    runs.set_status(run.id, "failed")
    assert runs.submit(request(), "hash").attempt == 2
    runs.take_next("w")
    last = runs.rows(run.id)[-1].seq
    assert {p: v.step for p, v in runs.progress(run.id).items()} == {"pixels": -1, "vqgan": -1}
    paint(runs, run.id, steps=range(2), seconds=10)
    assert sorted(r.step for r in runs.rows(run.id)) == [0, 1, 2, 3]  # none vanishes before it is replaced
    assert [(r.step, r.seconds) for r in runs.rows(run.id, after=last)] == [(0, 10), (1, 11)]
    progress = runs.progress(run.id)["pixels"]
    assert (progress.step, progress.total, progress.seconds) == (1, 4, 11)
    assert runs.last_row(run.id).step == 1


def test_only_the_one_who_started_a_run_can_cancel_it(runs):
    run = runs.submit(request(), "hash", "mine")
    runs.submit(request(), "hash", "a second viewer's")
    runs.take_next("w")
    for secret in ("a second viewer's", "", "Mine"):
        assert not runs.request_cancel(run.id, secret)
    assert not runs.cancel_requested(run.id)
    assert runs.request_cancel(run.id, "mine")
    assert runs.cancel_requested(run.id) and runs.get(run.id).status == "running"
    runs.set_status(run.id, "stopped")
    assert not runs.request_cancel(run.id, "mine")
    runs.submit(request(), "hash", "next owner")
    assert not runs.cancel_requested(run.id) and runs.get(run.id).status == "queued"
    assert not runs.request_cancel(run.id, "mine")
    assert runs.request_cancel(run.id, "next owner")
    assert runs.get(run.id).status == "stopped" and runs.take_next("w") is None


def test_nobody_can_cancel_a_run_without_an_owner(runs):
    run = runs.submit(request(), "hash")
    assert not runs.request_cancel(run.id, "") and not runs.request_cancel(run.id, "x")


def test_secrets_are_not_in_the_store(runs):
    runs.submit(request(), "hash", "a-very-secret-word")
    runs.close()
    assert all(b"a-very-secret-word" not in file.read_bytes() for file in runs.folder.rglob("*") if file.is_file())


def test_frames_are_found_and_odd_addresses_are_not(runs):
    run = runs.submit(request(), "hash")
    paint(runs, run.id)
    path = runs.frame_path(run.id, "pixels", "3")
    assert path == runs.folder / "frames" / run.id / "pixels" / "00003.png" and (read_image(path) == 3).all()
    (runs.folder / "00003.png").write_bytes(path.read_bytes())
    for odd in [(run.id, "pixels", 5), (run.id, "vqgan", 3), (run.id, "..", 3), ("..", ".", 3), ("a" * 26, "pixels", 3)]:
        assert runs.frame_path(*odd) is None
    for step in ("../3", "-1", "³", "", "3.0"):
        assert runs.frame_path(run.id, "pixels", step) is None
    assert runs.frame_path(f"../frames/{run.id}", "pixels", 3) is None


def test_recent_has_the_newest_first_and_survives_settings_that_are_no_longer_accepted(runs):
    old, new = runs.submit(request(seed=1), "hash"), runs.submit(request(seed=2), "hash")
    assert [r.id for r in runs.recent()] == [new.id, old.id]
    assert [r.id for r in runs.recent(1)] == [new.id]
    with runs.database.transaction() as db:
        db.execute("UPDATE runs SET request = replace(request, '\"steps\":4', '\"steps\":-4') WHERE id = ?", (old.id,))
    assert [r.id for r in runs.recent()] == [new.id]
    assert runs.get(old.id) is None
    assert runs.take_next("w").id == new.id  # the unreadable one is failed on the way
    assert runs.database.read("SELECT status FROM runs WHERE id = ?", old.id)[0]["status"] == "failed"


def test_a_dead_workers_run_is_ended_unless_it_has_moved_on(runs):
    run = runs.submit(request(), "hash")
    runs.take_next("dead")
    assert runs.end_running("another", "failed", lambda run: "no") == []
    assert runs.end_running("dead", "failed", lambda run: f"It died with seed {run.request.seed}.") == [run.id]
    assert (runs.get(run.id).status, runs.get(run.id).reason) == ("failed", "It died with seed 0.")
    assert runs.end_running("dead", "interrupted", lambda run: "") == []
    runs.submit(request(), "hash")
    runs.take_next("dead")

    def moves_on(run):
        runs.set_status(run.id, "done")
        return "too late"

    assert runs.end_running("dead", "failed", moves_on) == []
    assert (runs.get(run.id).status, runs.get(run.id).reason) == ("done", "")


def test_interrupted_runs_are_taken_up_again_but_not_forever(runs):
    run, waiting = runs.submit(request(), "hash"), runs.submit(request(seed=1), "hash")
    for _ in range(MAX_INTERRUPTIONS):
        assert runs.take_next("w").id == run.id  # in its old place, before the one that waits
        paint(runs, run.id, steps=range(2))
        runs.recover()
        assert runs.get(run.id).status == "queued" and len(runs.rows(run.id)) == 2
    runs.take_next("w")
    runs.recover()
    ended = runs.get(run.id)
    assert ended.status == "interrupted" and "press Run" in ended.reason and len(runs.rows(run.id)) == 2
    assert runs.take_next("w").id == waiting.id
    assert runs.submit(request(), "hash").status == "queued"
    runs.recover()
    assert runs.get(run.id).status == "queued"


def test_an_interrupted_run_of_other_code_is_left_as_it_is(runs, monkeypatch):
    monkeypatch.setattr(store, "CODE_REVISION", "older")
    run = runs.submit(request(), "hash")
    runs.take_next("w")
    runs.recover()
    ended = runs.get(run.id)
    assert ended.status == "interrupted" and "code of the painters has changed" in ended.reason


def test_the_painter_process_is_seen(runs):
    assert runs.painter_state() is None
    runs.beat("w", 12, "painting", "some run", 7)
    state = runs.painter_state()
    assert (state.worker, state.pid, state.state, state.run, state.ticks) == ("w", 12, "painting", "some run", 7)
    assert abs(state.beat - time.time()) < 60


def test_many_threads_write_and_read_at_once(runs):
    ids = [runs.submit(request(seed=n), "hash").id for n in range(4)]
    errors = []

    def work(run_id):
        try:
            for step in range(25):
                paint(runs, run_id, steps=[step], total=25)
                assert len(runs.rows(run_id)) == step + 1
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(run_id,)) for run_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    seqs = [row.seq for run_id in ids for row in runs.rows(run_id)]
    assert len(set(seqs)) == 100


# Migrations and imports


def test_migrations_run_once_each_and_a_failing_one_leaves_no_trace(runs, monkeypatch):
    run = runs.submit(request(), "hash")
    good = (*migrations.MIGRATIONS, ("a note", ("ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT 'x'",)))
    bad = (*migrations.MIGRATIONS, ("bad", ("ALTER TABLE runs ADD COLUMN note TEXT", "ALTER TABLE nonsense ADD COLUMN a")))
    for number, change in enumerate((bad, good, good)):
        monkeypatch.setattr(migrations, "MIGRATIONS", change)
        if number == 0:
            with pytest.raises(Exception, match="nonsense"):
                RunStore(runs.folder)
            assert "note" not in runs.database.read("SELECT * FROM runs")[0].keys()
        else:
            with RunStore(runs.folder) as again:
                assert again.database.read("SELECT note FROM runs WHERE id = ?", run.id)[0]["note"] == "x"
                assert [r["number"] for r in again.database.read("SELECT number FROM migrations")] == list(range(1, len(good) + 1))


def test_two_processes_may_open_a_new_store_together(tmp_path):
    errors = []

    def opening():
        try:
            RunStore(tmp_path / "new").close()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=opening) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with RunStore(tmp_path / "new") as runs:
        assert len(runs.database.read("SELECT * FROM migrations")) == len(migrations.MIGRATIONS)


@pytest.mark.parametrize(
    "module", ["core.store", "core.queue", "core.supervisor", "core.worker", "core.runs", "core.folder", "core.places"]
)
def test_the_servers_side_imports_no_torch(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
