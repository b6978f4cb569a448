"""The app as a person starts it, on a free port of the loopback interface: for whoever measures or tests it."""

import contextlib
import socket
import subprocess
import sys

from core.supervisor import ROOT

END_SECONDS = 30


@contextlib.contextmanager
def started(environment, output):
    """Start `streamlit run app/main.py` and end it afterwards, by force if need be: (port, process).

    Args:
        environment: of the process. output: open file for what it says.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", f"--server.port={port}", "--server.address=127.0.0.1"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        yield port, process
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
