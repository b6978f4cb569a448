"""The app as a person starts it, on a free port of this machine alone: for whoever measures or tests it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
END_SECONDS = 30


@contextlib.contextmanager
def running_server(
    environment: Mapping[str, str], output: IO[bytes]
) -> Iterator[tuple[int, subprocess.Popen]]:
    """Start `streamlit run app/main.py` and end it afterwards, by force if need be: (port, process).

    It paints nothing ahead unless it is told to.

    Args:
        environment: of the process.
        output: open file for what it says.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = [f"--server.port={port}", "--server.address=127.0.0.1"]
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", *address]
    environment = {"CTJP_PAINT_AHEAD": "0", **environment}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL
    )
    try:
        yield port, process
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
