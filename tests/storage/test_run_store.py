"""The run store: names, queue, rows, cancelling, import and export."""

import subprocess
import sys
import threading

import numpy as np
import pytest

from core.base.frame import Frame, Measurement
from core.base.images import read_image
from core.base.request import RunRequest
from core.storage import run_store
from core.storage.run_store import RunStore


def request(prompt="a red fox", steps=4, **more):
    return RunRequest.make(
        prompt, painters=("pixels", "vqgan"), pixels={"steps": steps}, vqgan={"steps": 2}, **more
    )


def paint(runs, run_id, painter="pixels", steps=range(5), total=4, seconds=0.0):
    recorder = runs.recorder(run_id)
    for step in steps:
        image = np.full((8, 8, 3), step, np.uint8)
        recorder.record(
            Frame(painter, step, total, image, {}, step),
            Measurement(seconds + step, 0.25 * step, 0.2, 0.3, {"a": 1.5}),
        )


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
    monkeypatch.setattr(run_store, "PAINTING_REVISION", "other code")
    others.add(runs.submit(request(), "hash").id)
    assert len(others | {run.id}) == 7


def test_a_store_opened_again_has_the_same_names_and_rows(runs):
    run = runs.submit(request(), "hash")
    runs.queue.take_next("w")
    paint(runs, run.id)
    with RunStore(runs.folder) as again:
        assert again.submit(request(), "hash").id == run.id
        assert again.rows(run.id) == runs.rows(run.id) and len(again.rows(run.id)) == 5


@pytest.mark.parametrize(
    "status, after",
    [("done", "done"), ("failed", "queued"), ("stopped", "queued"), ("interrupted", "queued")],
)
def test_asking_again_shows_what_is_done_and_repeats_what_is_not(runs, status, after):
    run = runs.submit(request(), "hash")
    runs.queue.take_next("w")
    paint(runs, run.id)
    runs.queue.set_status(run.id, status, "because")
    assert (runs.get(run.id).status, runs.get(run.id).reason) == (status, "because")
    assert runs.submit(request(), "hash").status == after
    assert len(runs.rows(run.id)) == 5 and runs.frame_path(run.id, "pixels", 4)


def test_rows_after_a_sequence_number_are_the_new_ones(runs):
    run, other = runs.submit(request(), "hash"), runs.submit(request(seed=1), "hash")
    runs.queue.take_next("w")
    paint(runs, run.id, steps=range(2))
    paint(runs, other.id, steps=range(3))
    seen = runs.rows(run.id)
    assert [(r.painter, r.step, r.total, r.evaluations) for r in seen] == [
        ("pixels", 0, 4, 0),
        ("pixels", 1, 4, 1),
    ]
    assert (seen[1].seconds, seen[1].score, seen[1].heldout, seen[1].realism) == (1.0, 0.25, 0.2, 0.3)
    assert seen[1].components == {"a": 1.5} and seen[1].has_frame
    assert runs.rows(run.id, after=seen[-1].seq) == []
    paint(runs, run.id, "vqgan", [0])
    new = runs.rows(run.id, after=seen[-1].seq)
    assert [(r.painter, r.step) for r in new] == [("vqgan", 0)]
    assert new[0].seq > max(r.seq for r in runs.rows(other.id))  # grows over the whole store


def test_a_second_attempt_replaces_rows_and_its_progress_starts_over(runs):
    run = runs.submit(request(), "hash")
    runs.queue.take_next("w")
    paint(runs, run.id, steps=range(4))
    runs.queue.set_status(run.id, "failed")
    assert runs.submit(request(), "hash").attempt == 2
    runs.queue.take_next("w")
    last = runs.rows(run.id)[-1].seq
    assert {p: v.step for p, v in runs.progress(run.id).items()} == {"pixels": -1, "vqgan": -1}
    paint(runs, run.id, steps=range(2), seconds=10)
    assert sorted(r.step for r in runs.rows(run.id)) == [0, 1, 2, 3]  # none vanishes before it is replaced
    assert [(r.step, r.seconds) for r in runs.rows(run.id, after=last)] == [(0, 10), (1, 11)]
    progress = runs.progress(run.id)["pixels"]
    assert (progress.step, progress.total, progress.seconds) == (1, 4, 11)
    assert runs.last_row(run.id).step == 1


def test_secrets_are_not_in_the_store(runs):
    runs.submit(request(), "hash", "a-very-secret-word")
    runs.close()
    assert all(
        b"a-very-secret-word" not in file.read_bytes() for file in runs.folder.rglob("*") if file.is_file()
    )


def test_frames_are_found_and_odd_addresses_are_not(runs):
    run = runs.submit(request(), "hash")
    paint(runs, run.id)
    path = runs.frame_path(run.id, "pixels", "3")
    assert path.is_relative_to(runs.folder / "frames") and path.parts[-2:] == ("pixels", "00003.png")
    assert (read_image(path) == 3).all()
    (runs.folder / "00003.png").write_bytes(path.read_bytes())
    for odd in [
        (run.id, "pixels", 5),
        (run.id, "vqgan", 3),
        (run.id, "..", 3),
        ("..", ".", 3),
        ("a" * 26, "pixels", 3),
    ]:
        assert runs.frame_path(*odd) is None
    for step in ("../3", "-1", "³", "", "3.0"):
        assert runs.frame_path(run.id, "pixels", step) is None
    assert runs.frame_path(f"../frames/{run.id}", "pixels", 3) is None


def test_recent_has_the_newest_first_and_survives_settings_that_are_no_longer_accepted(runs):
    old, new = runs.submit(request(seed=1), "hash"), runs.submit(request(seed=2), "hash")
    assert [r.id for r in runs.recent()] == [new.id, old.id]
    assert [r.id for r in runs.recent(1)] == [new.id]
    with runs.database.transaction() as db:
        db.execute(
            "UPDATE runs SET request = replace(request, '\"steps\":4', '\"steps\":-4') WHERE id = ?",
            (old.id,),
        )
    assert [r.id for r in runs.recent()] == [new.id]
    assert runs.get(old.id) is None
    assert runs.queue.take_next("w").id == new.id  # the unreadable one is failed on the way
    assert runs.database.read("SELECT status FROM runs WHERE id = ?", old.id)[0]["status"] == "failed"


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


@pytest.mark.parametrize(
    "module",
    [
        "core.storage.run_store",
        "core.storage.queue",
        "core.service.supervisor",
        "core.service.painter_process",
        "core.execute",
        "core.storage.run_folder",
        "core.base.environment",
    ],
)
def test_the_servers_side_imports_no_torch(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
