"""Painting on a real Ray cluster of three nodes on this machine: a node killed, a dispatcher killed, runs
cancelled.
"""

import contextlib
import os
import signal
import sys

import numpy as np
import pytest

from core.base.images import read_image
from core.base.request import RunRequest
from core.base.sweep_plan import SweepAxis, SweepPlan
from core.execute import execute
from core.service.cluster import run_folders
from core.service.supervisor import LOG_FILE, Supervisor
from core.storage import run_folder, sweep_store
from core.storage.run_folder import FolderRecorder
from tests.support import fake_pack
from tests.support.fake_ray import HELD_AT, loading
from tests.support.serving import wait_for

if sys.platform == "win32":
    pytest.skip("Ray's clusters of several nodes on one machine are not for Windows", allow_module_level=True)
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
pytest.importorskip(
    "ray", reason="Ray is an optional extra: pip install -r core/service/cluster/requirements.txt"
)
STEPS, MANY = 6, 500


@pytest.fixture(scope="module")
def cluster():
    """A head without CPUs, as beside a server, and two nodes with one each."""
    from ray.cluster_utils import Cluster

    small = {"object_store_memory": 80_000_000}
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, **small})
    try:
        for _ in range(2):
            made.add_node(num_cpus=1, **small)
        yield made
    finally:
        made.shutdown()


@pytest.fixture
def gate(tmp_path):
    """While this file is there, no run gets beyond step HELD_AT − 1."""
    path = tmp_path / "gate"
    path.touch()
    return path


def dispatcher(runs, cluster, gate):
    command = [sys.executable, "-m", "tests.support.fake_ray", str(runs.folder), cluster.address, str(gate)]
    return Supervisor(runs, command=command, paints_on_cluster=True)


def request(seed=0, steps=STEPS):
    return RunRequest.make("a red fox", seed=seed, pack="fake", painters=("pixels",), pixels={"steps": steps})


def held(runs):
    """Ids of the runs that wait at the gate."""
    running, _ = runs.queue.running_and_waiting()
    return [run_id for run_id in running if (row := runs.last_row(run_id)) and row.step == HELD_AT - 1]


def check_whole(runs, run_id, steps=STEPS):
    """Every step is there once, of one attempt, with its picture."""
    run, rows = runs.get(run_id), runs.rows(run_id)
    assert (run.status, run.reason) == ("done", "")
    assert [row.step for row in rows] == list(range(steps + 1)) and {row.attempt for row in rows} == {
        run.attempt
    }
    assert all(
        int(read_image(runs.frame_path(run_id, "pixels", row.step)).mean()) == 255 * row.step // steps
        for row in rows
    )


def all_ended(runs, ids, log):
    def ended():
        return not any(runs.get(run_id).active for run_id in ids)

    wait_for(ended, 180, f"the end of all runs ({log.read_text()[-1000:] if log.exists() else 'no log'})")


def test_a_sweep_survives_a_node_that_is_killed_and_a_cancelled_run_stops(runs, cluster, gate):
    plan = SweepPlan.make(
        "a red fox",
        "pixels",
        SweepAxis("seed", tuple(range(4))),
        None,
        0,
        "fake",
        {"pixels": {"steps": STEPS}},
    )
    sweep = sweep_store.start_sweep(runs, plan, "fake-hash", "me")
    with dispatcher(runs, cluster, gate):
        wait_for(lambda: len(held(runs)) == 2, 120, "a run on each of the two nodes")
        cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)
        lost = wait_for(
            lambda: [run for run in sweep.runs if runs.get(run).attempt > 1], 120, "a run that was lost"
        )
        assert len(runs.rows(lost[0])) == HELD_AT, "what the lost node painted stays visible"
        gate.unlink()
        all_ended(runs, sweep.runs, runs.folder / LOG_FILE)
        for run_id in sweep.runs:
            check_whole(runs, run_id)

        gate.touch()
        cancelled = runs.submit(request(99, MANY), "fake-hash", "mine")
        wait_for(lambda: cancelled.id in held(runs), 120, "the run")
        assert runs.queue.request_cancel(cancelled.id, "mine")
        gate.unlink()
        # The worker hears of it while it paints on: how many steps that takes is not for a test to say.
        wait_for(lambda: runs.get(cancelled.id).status == "stopped", 60, "the run to stop")
        assert (
            HELD_AT <= runs.last_row(cancelled.id).step < MANY
            and "Stopped at step" in runs.get(cancelled.id).reason
        )
    assert runs.queue.painter_state().state == "off"


def test_runs_of_a_killed_dispatcher_are_taken_up_again(runs, cluster, gate):
    run = runs.submit(request(), "fake-hash", "mine")
    with dispatcher(runs, cluster, gate) as watching:
        wait_for(lambda: run.id in held(runs), 120, "the run")
        os.kill(watching.process.pid, signal.SIGKILL)
        wait_for(lambda: runs.get(run.id).attempt == 2, 120, "the second attempt")
        gate.unlink()
        all_ended(runs, [run.id], runs.folder / LOG_FILE)
    check_whole(runs, run.id)


def test_the_command_line_records_what_it_would_record_here(cluster, tmp_path, monkeypatch):
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("core.execute.painter_classes", fake_pack.painters)

    def job(seed):
        @contextlib.contextmanager
        def opened():
            with FolderRecorder(tmp_path / str(seed), request(seed, 4), "fake-hash") as recorder:
                yield recorder, recorder

        return run_folders.FolderRun(request(seed, 4), "fake-hash", opened)

    assert (
        run_folders.paint_on_cluster(
            [job(seed) for seed in range(3)], cluster.address, load=loading(tmp_path / "none")
        )
        == 3
    )
    with FolderRecorder(tmp_path / "here", request(2, 4), "fake-hash") as recorder:
        execute(request(2, 4), fake_pack.FakePack(), recorder)
    (description, there), (_, here) = (
        run_folder.read_run(tmp_path / "2"),
        run_folder.read_run(tmp_path / "here"),
    )
    assert description.status == "done" and [(row.step, row.score, row.realism) for row in there] == [
        (row.step, row.score, row.realism) for row in here
    ]
    pictures = [read_image(run_folder.frame_file(tmp_path / name, "pixels", 3)) for name in ("2", "here")]
    assert np.array_equal(*pictures)
    assert signal.getsignal(signal.SIGTERM) is before, (
        "Ray's handler would end a painter process in the middle of a step"
    )
