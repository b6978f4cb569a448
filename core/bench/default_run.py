"""What a default run costs: `python -m core run` in a fresh process.

No torch, so that its peak memory can be told.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from core.base.errors import StoreError
from core.base.settings import PAINTER_LABELS
from core.bench.report import ReportRow, at_most
from core.storage import run_folder

MOST_SECONDS = 15.0
ROOT = Path(__file__).parents[2]


def default_run(prompt: str, pack: str) -> dict[str, Any]:
    """`python -m core run` at default settings in a fresh process.

    Returns:
        {"status": exit status, "seconds": wall time, "megabytes": peak resident memory or None where
        the system does not tell, "painters": painter → own seconds, "error": text}.
    """
    with tempfile.TemporaryDirectory() as out, tempfile.TemporaryFile("w+") as errors:
        command = [sys.executable, "-m", "core", "run", "--prompt", prompt, "--pack", str(pack), "--out", out]
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=errors)
        status, megabytes = _wait(process)
        seconds = time.perf_counter() - began
        errors.seek(0)
        return {
            "status": status,
            "seconds": seconds,
            "megabytes": megabytes,
            "painters": _painters_seconds(Path(out)),
            "error": errors.read().strip(),
        }


def default_run_text(result: dict[str, Any]) -> str:
    """The figures of `bench run`, one a line."""
    if result["status"]:
        return f"The run failed with exit status {result['status']}: {result['error']}"
    megabytes = result["megabytes"]
    memory = f"{megabytes:.0f} MB" if megabytes else "not told by this system"
    lines = [f"whole process {result['seconds']:.1f} s, peak memory {memory}"]
    lines += [
        f"{PAINTER_LABELS[painter]:<18} {seconds:.1f} s" for painter, seconds in result["painters"].items()
    ]
    return "\n".join(lines)


def cold_row(result: dict[str, Any]) -> ReportRow:
    """The report of what `default_run` returns, of a run that did not fail."""
    return at_most("run", "default run in a fresh process, s", result["seconds"], MOST_SECONDS)


def _wait(process: subprocess.Popen) -> tuple[int, float | None]:
    """(exit status, peak resident memory in MB or None) of a child, once it has ended.

    Linux counts what this process held when it started the child, so it must stay small: no torch here.
    """
    if not hasattr(os, "wait4"):
        return process.wait(), None
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return process.returncode, usage.ru_maxrss * unit / 1e6


def _painters_seconds(folder: Path) -> dict[str, float]:
    try:
        _, rows = run_folder.read_run(folder)
    except StoreError:
        return {}
    return {row.painter: row.seconds for row in rows}
