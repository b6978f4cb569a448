"""Processes that are killed or refused memory, and a server that starts in trouble: no computed step lost,
the next run works.
"""

import signal
import subprocess
import sys

import pytest

from core.base.files import UNFINISHED_PREFIX
from core.base.machine import is_out_of_memory
from core.base.process_lock import FolderLock
from core.service.supervisor import ROOT, DeferredSupervisor, Supervisor
from core.storage.database import LockedError
from core.storage.queue import MAX_INTERRUPTIONS
from tests.storage.test_faults_store import at_step, paint, request, whole
from tests.support.serving import wait_for

# Memory


class OutOfMemoryError(RuntimeError):
    """Named as torch's own."""


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OutOfMemoryError("CUDA out of memory."),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: …"),
    ],
)
def test_memory_that_is_refused_ends_the_run_with_advice_and_the_next_one_works(
    runs, painting, monkeypatch, error
):
    def refuse():
        raise error

    at_step(monkeypatch, 2, refuse)
    run = paint(runs, painting)
    assert (
        run.status == "failed"
        and "memory did not suffice at step 1 of 6 of Pixel ascent" in run.reason
        and "cutouts" in run.reason
    )
    assert whole(runs, run.id) == [0, 1]
    assert paint(runs, painting, seed=1).status == "done" and paint(runs, painting).status == "done"


@pytest.mark.parametrize(
    "error", [RuntimeError("a bug"), ValueError("can't allocate memory"), KeyError("memory")]
)
def test_other_errors_are_not_taken_for_it(error):
    assert not is_out_of_memory(error)


GREEDY = """
import resource, sys, numpy as np, core.execute
from core.service.painter_process import main
from tests.support.fake_pack import FakePack, painters
class Greedy(painters(0.01)["pixels"]):
    def frames(self):
        for frame in super().frames():
            if frame.step == 3 and self.seed == 0:
                used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
                resource.setrlimit(resource.RLIMIT_AS, (used + 200_000_000, resource.RLIM_INFINITY))
                np.ones((1 << 30,))
            yield frame
    def __init__(self, models, target, settings, seed, extras=0, start=None):
        super().__init__(models, target, settings, seed, extras, start)
        self.seed = seed
core.execute.painter_classes = lambda: {"pixels": Greedy}
sys.exit(main(sys.argv[1], "fake", lambda name: FakePack()))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits a process's memory as Linux does")
def test_a_real_process_that_gets_no_more_memory_says_so_and_goes_on(runs):
    greedy, following = runs.submit(request(), "fake-hash"), runs.submit(request(seed=1), "fake-hash")
    with Supervisor(runs, command=[sys.executable, "-c", GREEDY, str(runs.folder)]) as watching:
        wait_for(lambda: not runs.get(following.id).active, what="the end of both runs")
        pid = watching.process.pid
        assert (
            runs.get(greedy.id).status == "failed"
            and "memory did not suffice at step 2" in runs.get(greedy.id).reason
        )
        assert (
            runs.get(following.id).status == "done" and runs.queue.painter_state().pid == pid
        )  # the same process
    assert whole(runs, greedy.id) == [0, 1, 2]


# Everything killed at once


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_whenever_everything_is_killed_nothing_half_written_is_shown(runs):
    """As a container is killed: no process is left to tidy up. The run is taken up again by whoever comes
    next.
    """
    run = runs.submit(request(steps=60), "fake-hash")
    seen = {}
    moments = [
        lambda step=7 * n + 3: runs.progress(run.id)["pixels"].step >= step for n in range(MAX_INTERRUPTIONS)
    ]
    for moment in (*moments, lambda: runs.get(run.id).status == "done"):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.fake_pack", str(runs.folder), "0.005"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
        )
        try:
            wait_for(moment, what="its steps")
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdin.close()
        steps = whole(runs, run.id)
        assert set(seen) <= set(steps), "a step that was there is there"
        seen |= {row.step: row.score for row in runs.rows(run.id)}
        assert [row.score for row in runs.rows(run.id)] == [seen[row.step] for row in runs.rows(run.id)]
    assert steps == list(range(61)) and not FolderLock(runs.folder).is_held()


def test_what_was_only_begun_is_never_shown_and_goes_with_the_next_attempt(runs, painting):
    run = paint(runs, painting)
    begun = runs.frame_path(run.id, "pixels", 0).with_name(f"{UNFINISHED_PREFIX}abc")
    begun.write_bytes(b"half a pict")
    assert runs.frame_path(run.id, "pixels", "3") and runs.frame_path(run.id, "pixels", begun.name) is None
    runs.queue.set_status(run.id, "failed")
    with runs.database.transaction() as db:
        db.execute("UPDATE paintings SET complete = 0")  # as if the process had died in the middle
    assert paint(runs, painting).status == "done" and not begun.exists()


# A store in trouble when the server starts


def test_a_server_started_while_its_store_is_in_trouble_paints_as_soon_as_it_is_not(runs, capfd):
    tries = []
    run = runs.submit(request(), "fake-hash")

    def make():
        tries.append(1)
        if len(tries) < 3:
            raise LockedError("The run store is locked by another program.")
        return Supervisor(runs, command=[sys.executable, "-m", "tests.support.fake_pack", str(runs.folder)])

    with DeferredSupervisor(make, pause=0.01) as waiting:
        wait_for(lambda: runs.get(run.id).status == "done", what="the run")
    assert waiting.supervisor.process.poll() is not None and runs.queue.painter_state().state == "off"
    assert capfd.readouterr().err.count("locked by another program") == 1  # said once, not every time


def test_a_server_ends_while_its_store_is_still_in_trouble():
    def make():
        raise LockedError("The run store is locked by another program.")

    with DeferredSupervisor(make) as waiting:
        pass
    assert waiting.supervisor is None and not waiting._thread.is_alive()
