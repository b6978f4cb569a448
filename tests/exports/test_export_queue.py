"""The server's exports: made once, joined, replaced, removed, and never without end."""

import threading

import pytest

from app.jobs import export_files
from app.jobs import exports as jobs
from core.base.errors import OutputError
from core.storage.run_store import RunStore
from tests.support.serving import example_request, wait_for


@pytest.fixture
def made(stored):
    """(Exports, run, let) whose files are written by the test: let() writes the next one."""
    store, run = stored
    gate = threading.Semaphore(0)
    ready = jobs.ExportQueue(store)

    def make(job):
        job.share = 0.5
        assert gate.acquire(timeout=60)
        if job.kind == "svg":
            raise OutputError("The disk is full; free some space.")
        job.path.parent.mkdir(parents=True, exist_ok=True)
        job.path.write_bytes(job.kind.encode())
        ready.files.tidy(job.path, f"{job.kind}-{job.percent:g}-*")

    ready._make = make
    yield ready, run, gate.release
    for _ in range(50):
        gate.release()


def test_an_export_is_made_once_and_joined(made):
    ready, run, let = made
    stamp = ready.state_stamp(run)
    job = ready.request(run, "gif", stamp=stamp)
    assert isinstance(job, jobs.ExportJob) and ready.request(run, "gif", 40.0, stamp) is job, (
        "a movie does not depend on the step"
    )
    later = ready.request(run, "html", stamp=stamp)
    assert wait_for(lambda: job.share) and ready.jobs_ahead(later) == 1 and not job.path.exists()
    let()
    path = wait_for(
        lambda: not isinstance(made := ready.request(run, "gif", stamp=stamp), jobs.ExportJob) and made
    )
    assert path.read_bytes() == b"gif"


def test_a_run_that_goes_on_gets_a_new_export(made, stored):
    ready, run, let = made
    stamp = ready.state_stamp(run)
    ready.request(run, "gif")
    let()
    old = wait_for(
        lambda: not isinstance(made := ready.request(run, "gif", stamp=stamp), jobs.ExportJob) and made
    )
    stored[0].queue.set_status(run.id, "stopped", "Stopped by a test.")
    newer = ready.request(stored[0].get(run.id), "gif")
    assert isinstance(newer, jobs.ExportJob) and newer.path != old
    let()
    wait_for(newer.path.exists)
    wait_for(lambda: not old.exists(), what="removal of the export that was replaced")


def test_a_failure_is_told_once_and_can_be_tried_again(made):
    ready, run, let = made
    job = ready.request(run, "svg", 40.0)
    let()
    assert wait_for(lambda: job.error) == "The disk is full; free some space."
    assert ready.request(run, "svg", 40.0) is job and ready.request(run, "svg", 40.0) is not job


def test_nobody_can_make_the_server_draw_without_end(made):
    ready, run, _ = made
    for percent in range(jobs.MAX_WAITING):
        ready.request(run, "png", float(percent))
    with pytest.raises(jobs.TooManyExportsError, match="Try again"):
        ready.request(run, "png", 99.0)


def test_one_person_leaves_room_for_the_others_and_alone_meets_no_cap(made):
    ready, run, _ = made
    for percent in range(jobs.MAX_OF_ONE + 2):
        ready.request(run, "png", float(percent), owner="mine")
    ready.request(run, "png", 50.0, owner="yours")
    with pytest.raises(jobs.TooManyExportsError, match="You already have"):
        ready.request(run, "png", 99.0, owner="mine")
    assert ready.request(run, "png", 50.0, owner="mine").owner == "yours", "joining costs nothing"
    assert isinstance(ready.request(run, "png", 98.0, owner="theirs"), jobs.ExportJob)
    assert isinstance(ready.request(run, "png", 97.0), jobs.ExportJob)


def test_exports_of_runs_that_are_gone_and_the_oldest_are_removed(made, monkeypatch):
    ready, run, let = made
    gone = ready.files.folder / ("b" * 26) / "gif-100-0.gif"
    gone.parent.mkdir(parents=True)
    gone.write_bytes(b"x")
    old = ready.files.folder / run.id / "webp-100-0.webp"
    old.parent.mkdir()
    old.write_bytes(b"x" * 1000)
    monkeypatch.setattr(export_files, "MAX_STORED_BYTES", 500)
    ready.request(run, "gif")
    let()
    wait_for(lambda: not gone.exists() and not old.exists())


def test_a_process_of_its_own_makes_the_file(stored):
    store, run = stored
    ready = jobs.ExportQueue(store)
    stamp = ready.state_stamp(run)
    ready.request(run, "svg", 50.0, stamp)
    path = wait_for(
        lambda: not isinstance(made := ready.request(run, "svg", 50.0, stamp), jobs.ExportJob) and made, 120
    )
    assert "step 10 of 20" in path.read_text("utf-8")


def test_what_the_command_says_reaches_the_visitor(tiny_pack, tmp_path):
    with RunStore(tmp_path / "store") as store:
        run = store.submit(example_request(tiny_pack.folder), "ab" * 32)  # nothing is painted yet
        ready = jobs.ExportQueue(store)
        job = ready.request(run, "svg")
        assert "nothing to draw" in wait_for(lambda: job.error, 120)
        assert not list(ready.files.folder.glob("*/*"))
