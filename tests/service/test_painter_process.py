"""The painter process and its supervisor, as real processes: killed, hung, cancelled, orphaned."""

import os
import signal
import subprocess
import sys
import time

import pytest

from core.base.process_lock import FolderLock
from core.base.request import RunRequest
from core.service.supervisor import EXIT_STORE_TAKEN, LOG_FILE, NAME_VARIABLE, ROOT, Supervisor
from core.storage.run_store import RunStore

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")


def fake_command(runs, seconds=0.02):
    """A painter process without torch, each step taking so long."""
    return [sys.executable, "-m", "tests.support.fake_pack", str(runs.folder), str(seconds)]


def supervisor(runs, seconds=0.02, **options):
    return Supervisor(runs, command=fake_command(runs, seconds), **options)


def submit(runs, steps=4, seed=0, secret=""):
    asked = RunRequest.make("a red fox", seed=seed, painters=("pixels",), pixels={"steps": steps})
    return runs.submit(asked, "fake-hash", secret)


def wait_for(condition, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(0.01)
    return value


def ended(runs, run_id):
    return wait_for(lambda: (run := runs.get(run_id)) and not run.active and run, "the end of the run")


def some_rows(runs, run_id, number=3):
    return wait_for(lambda: len(rows := runs.rows(run_id)) >= number and rows, "the first rows")


def test_queued_runs_are_painted_one_after_the_other(runs):
    asked = [submit(runs, seed=n).id for n in range(3)]
    with supervisor(runs, 0):
        assert [ended(runs, run_id).status for run_id in asked] == ["done"] * 3
        assert [r.step for r in runs.rows(asked[0])] == list(range(5))
        assert runs.frame_path(asked[2], "pixels", 4)
        starts = [runs.get(run_id).started for run_id in asked]
        assert starts == sorted(starts)
        state = wait_for(
            lambda: (s := runs.queue.painter_state()).state == "ready" and s, "an idle painter process"
        )
        assert state.pid > 0 and state.run == ""
    assert runs.queue.painter_state().state == "off"


def test_a_killed_process_fails_its_run_with_the_reason_and_the_next_run_works(runs):
    run, following = submit(runs, steps=500), submit(runs, seed=1)
    with supervisor(runs) as watching:
        some_rows(runs, run.id)
        os.kill(watching.process.pid, signal.SIGKILL)
        failed = ended(runs, run.id)
        assert failed.status == "failed"
        rows = runs.rows(run.id)
        assert (
            f"killed by signal 9 (often for lack of memory) at step {rows[-1].step} of 500 of Pixel ascent"
            in failed.reason
        )
        assert "press Run" in failed.reason
        assert all(runs.frame_path(run.id, "pixels", row.step) for row in rows)
        assert ended(runs, following.id).status == "done"
        assert len(runs.rows(run.id)) == len(rows)
        again = submit(runs, steps=500)
        assert (again.id, again.status) == (run.id, "queued")
        wait_for(lambda: runs.progress(run.id)["pixels"].step >= 1, "the second attempt")
        assert runs.get(run.id).attempt == 2


def test_a_hung_process_is_replaced(runs):
    run, following = submit(runs, steps=500), submit(runs, seed=1)
    with supervisor(runs, hang_seconds=3.0) as watching:
        some_rows(runs, run.id)
        # Until its first sign of life after loading it would have as long as loading may take.
        wait_for(
            lambda: (state := runs.queue.painter_state()) and state.state in ("ready", "painting"),
            "a sign of life",
        )
        hung = watching.process
        os.kill(hung.pid, signal.SIGSTOP)
        failed = ended(runs, run.id)
        assert failed.status == "failed" and "made no progress for 3 s at step" in failed.reason
        assert hung.returncode == -signal.SIGKILL
        assert ended(runs, following.id).status == "done"


def test_a_slow_but_living_process_is_left_alone(runs):
    run = submit(runs, steps=4)
    with supervisor(runs, 0.9, hang_seconds=3.0) as watching:
        wait_for(lambda: watching.process, "the start")
        pid = watching.process.pid
        assert ended(runs, run.id).status == "done"  # 4.5 s in all, each step under the limit
        assert watching.process.pid == pid
        idle = runs.queue.painter_state().ticks
        wait_for(lambda: runs.queue.painter_state().ticks > idle, "a tick while idle")


def test_cancelling_takes_under_a_second(runs):
    took = []
    with supervisor(runs):
        for seed in range(3):  # a busy machine may be late once
            run = submit(runs, steps=500, seed=seed, secret="mine")
            some_rows(runs, run.id)
            began = time.monotonic()
            assert runs.queue.request_cancel(run.id, "mine")
            seen = runs.last_row(run.id).step
            stopped = ended(runs, run.id)
            took.append(time.monotonic() - began)
            last = runs.last_row(run.id)
            assert stopped.status == "stopped" and f"Stopped at step {last.step} of 500" in stopped.reason
            assert last.step <= seen + 1  # the step that was under way
            if took[-1] < 1.0:
                return
    raise AssertionError(f"cancelling took {took} s")


def test_a_server_that_stops_leaves_its_run_to_the_next_one(runs):
    run = submit(runs, steps=40)
    with supervisor(runs) as watching:
        some_rows(runs, run.id)
    assert watching.process.returncode == 0  # ended by itself, between two steps
    left = runs.get(run.id)
    assert left.status == "interrupted" and "taken up again" in left.reason
    kept = runs.rows(run.id)
    with supervisor(runs):
        wait_for(lambda: runs.get(run.id).status == "done", "the end of the run")
    after = {row.step: row.score for row in runs.rows(run.id)}
    assert len(after) == 41 and all(after[row.step] == row.score for row in kept)


@pytest.mark.parametrize("hung", [False, True])
def test_no_process_outlives_a_killed_server(runs, hung):
    """The server is a process of its own here, so that it can be killed like one."""
    run = submit(runs, steps=500)
    code = (
        "import sys, time; from core.storage.run_store import RunStore; from core.service.supervisor import "
        f"Supervisor\ns = Supervisor(RunStore({str(runs.folder)!r}), "
        f"command={fake_command(runs)!r}).start()\ntime.sleep(600)"
    )
    server = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    try:
        some_rows(runs, run.id)
        painter = runs.queue.painter_state().pid
        if hung:
            os.kill(painter, signal.SIGSTOP)
        server.kill()
        server.wait()
        if hung:
            os.kill(painter, signal.SIGCONT)
        wait_for(lambda: not FolderLock(runs.folder).is_held(), "the end of the painter process", 20)
    finally:
        server.kill()
        server.wait()
    assert wait_for(lambda: runs.get(run.id), "the run").status == "interrupted"
    assert len(runs.rows(run.id)) >= 3


def test_a_second_server_waits_for_the_first_ones_painter(runs):
    with supervisor(runs) as first:
        wait_for(
            lambda: (s := runs.queue.painter_state()) and s.state == "ready", "the first painter process"
        )
        with supervisor(runs) as second, RunStore(runs.folder) as other_tab:
            run = submit(other_tab, steps=20)
            assert ended(other_tab, run.id).status == "done"
            assert second.process is None
            first.stop()
            wait_for(lambda: second.process, "the second painter process")
            assert ended(runs, submit(runs, seed=5).id).status == "done"


def test_a_second_process_by_hand_is_refused(runs):
    lock = FolderLock(runs.folder)
    assert lock.acquire()
    result = subprocess.run(
        fake_command(runs), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    lock.release()
    assert result.returncode == EXIT_STORE_TAKEN and "already has a painter process" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_by_hand_it_ends_between_two_steps_when_asked(runs, number):
    run = submit(runs, steps=500)
    environment = {name: value for name, value in os.environ.items() if name != NAME_VARIABLE}
    process = subprocess.Popen(fake_command(runs), cwd=ROOT, env=environment, stdin=subprocess.DEVNULL)
    try:
        some_rows(runs, run.id)
        process.send_signal(number)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
    assert runs.get(run.id).status == "interrupted"


def test_a_process_that_cannot_start_is_reported_and_tried_more_slowly(runs, capsys):
    watching = Supervisor(runs, command=[sys.executable, "-c", "raise SystemExit('no torch here')"])
    run = submit(runs)
    with watching:
        first = wait_for(lambda: runs.queue.painter_state(), "a report")
        wait_for(lambda: runs.queue.painter_state().beat > first.beat, "a second try")
    assert first.state == "restarting" and "exit code 1" in first.message and LOG_FILE in first.message
    assert "no torch here" in (runs.folder / LOG_FILE).read_text()
    assert runs.get(run.id).status == "queued"  # it waits; nothing is lost
    with supervisor(runs, 0):
        assert ended(runs, run.id).status == "done"


def test_a_long_log_is_put_aside(runs):
    (runs.folder / LOG_FILE).write_text("old\n" * 300_000)
    with supervisor(runs, 0):
        assert ended(runs, submit(runs).id).status == "done"
    assert (runs.folder / LOG_FILE).stat().st_size < 10_000
    assert (runs.folder / "painter.log.1").read_text().startswith("old")


def test_the_real_command_paints_with_real_tiny_models(runs, tiny_pack, monkeypatch):
    monkeypatch.setenv("CTJP_THREADS", "1")
    settings = {"pixels": {"steps": 3}, "vqgan": {"steps": 2}, "diffusion": {"steps": 2}}
    asked = RunRequest.make("a red fox in snow", pack=str(tiny_pack.folder), **settings)
    run = runs.submit(asked, tiny_pack.hash)
    with Supervisor(runs, pack=str(tiny_pack.folder)):
        done = wait_for(lambda: (r := runs.get(run.id)) and not r.active and r, "the end of the run", 180)
    assert (done.status, done.reason) == ("done", "")
    assert {p: v.step for p, v in runs.progress(run.id).items()} == {"pixels": 3, "vqgan": 2, "diffusion": 2}
