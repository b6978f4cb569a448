"""The app under load, with a store of its own: started, and awaited until it can paint."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from core.base.errors import StoreError
from core.bench.server import running_server
from core.storage.run_store import RunStore

START_SECONDS = 180.0


@contextlib.contextmanager
def serving(folder: str | Path, pack: str | Path) -> Iterator[tuple[int, subprocess.Popen]]:
    """The app with its store in `folder`, once it serves: (port, process)."""
    usual = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CTJP_") or name == "CTJP_THREADS"
    }
    environment = usual | {"CTJP_STORE": str(folder), "CTJP_PACK": str(pack)}
    with tempfile.TemporaryFile() as output, running_server(environment, output) as (port, process):
        _wait_for_server(port, process, output)
        yield port, process


def _wait_for_server(port: int, process: subprocess.Popen, output: IO[bytes]) -> None:
    address = f"http://127.0.0.1:{port}/healthz"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=10) as answer:
            if json.load(answer)["status"] == "ok":
                return
        time.sleep(0.1)
    output.seek(0)
    raise StoreError(f"The server did not come up: {output.read().decode(errors='replace')[-800:]}")


def wait_for_painter(store: RunStore, process: subprocess.Popen) -> None:
    """Until the painter process has loaded its models. StoreError if it does not."""
    deadline = time.monotonic() + START_SECONDS
    while not ((state := store.queue.painter_state()) and state.state == "ready"):
        if process.poll() is not None or time.monotonic() > deadline:
            late = f"The painter process was not ready within {START_SECONDS:.0f} s"
            raise StoreError(f"{late}; see `painter.log` of a server started by hand.")
        time.sleep(0.2)
