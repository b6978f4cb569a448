"""Runs the real app for tests: `streamlit run app/main.py` in a process of its own, and the data it shows."""

import contextlib
import hashlib
import math
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from core.base.frame import Frame, Measurement
from core.base.request import RunRequest
from core.bench.server import running_server
from core.storage.run_folder import FolderRecorder
from core.storage.run_store import RunStore

ROOT = Path(__file__).parents[2]
STEPS = {"pixels": 20, "vqgan": 12, "diffusion": 10}
TRENDS = {"pixels": (0.9, -0.1, 0.02), "vqgan": (0.6, 0.3, 0.3), "diffusion": (0.5, 0.4, 0.9)}


def example_request(pack, prompt="a red fox in snow", seed=0):
    """A short run of all three painters."""
    return RunRequest.make(
        prompt, seed, str(pack), **{painter: {"steps": steps} for painter, steps in STEPS.items()}
    )


def invented_steps(request, size=16):
    """(Frame, Measurement) of a run that nobody painted: every picture and figure is known in advance."""
    for number, painter in enumerate(request.painters):
        total = request.settings[painter].steps
        for step in range(total + 1):
            share = step / total
            image = np.full((size, size, 3), 40 + round(200 * share), np.uint8)
            image[..., number] //= 2
            score, heldout, realism = (goal * math.sqrt(share) for goal in TRENDS[painter])
            yield (
                Frame(painter, step, total, image, {}, step),
                Measurement(0.1 * step, score, heldout, realism),
            )


def invented_run(
    store: RunStore,
    request: RunRequest,
    status: str = "done",
    reason: str = "",
    share: float = 1.0,
    owner: str = "",
    pack_hash: str = "",
    steps: Callable[[RunRequest], Iterable[tuple[Frame, Measurement]]] = invented_steps,
) -> str:
    """Store a run that nobody painted, in the state asked for; returns its id.

    Args:
        share: how far its painters have come, 0 … 1.
        pack_hash: by default one of each file of tests, so that files that share a server share no run.
        steps: its frames and measurements.
    """
    file = os.environ.get("PYTEST_CURRENT_TEST", "").partition("::")[0]
    pack_hash = pack_hash or hashlib.sha256(f"invented for {file}".encode()).hexdigest()
    run_id = store.submit(request, pack_hash, owner).id
    store.queue.set_status(run_id, "failed")  # so that no painter takes it
    for frame, measurement in steps(request):
        if frame.step <= share * frame.total:
            store.record(run_id, frame, measurement)
    store.queue.set_status(run_id, status, reason)
    return run_id


def pack_with_example(source, folder):
    """Copy a pack's folder and put an invented example run into it; returns the folder."""
    shutil.copytree(source, folder)
    request = example_request(folder)
    with FolderRecorder(folder / "example", request, "none") as recorder:
        for frame, measurement in invented_steps(request):
            recorder.record(frame, measurement)
        recorder.finish("done")
    return folder


def wait_for(condition, seconds=60.0, what="the condition"):
    """Poll until `condition()` is true; returns its value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what} did not come true within {seconds:.0f} s"
        time.sleep(0.05)
    return value


def fetch(address):
    """(status, headers, body) of an address, whatever the status."""
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


@contextlib.contextmanager
def serving(store, pack, log, base="", **settings):
    """The app on a free port, as a person starts it: (address, process). `settings`: of the environment.

    Args:
        base: "" or "/prefix", below which the server answers; it is part of the address.
    """
    if base:
        settings["STREAMLIT_SERVER_BASE_URL_PATH"] = base.strip("/")
    environment = (
        os.environ | {"CTJP_STORE": str(store), "CTJP_PACK": str(pack), "CTJP_GALLERY": "everyone"} | settings
    )
    with open(log, "wb") as output, running_server(environment, output) as (port, process):
        address = f"http://127.0.0.1:{port}{base}"

        def healthy():
            assert process.poll() is None, f"the server ended: {Path(log).read_text()}"
            with contextlib.suppress(OSError):
                return fetch(f"{address}/_stcore/health")[0] == 200

        wait_for(healthy, what="the server")
        yield address, process
