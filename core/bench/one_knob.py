"""What it costs to change one knob of one painter of a stored run, beside the whole run.

`python -m core.bench.one_knob PACK PROMPT` is the process that paints, as warm as a server's painter process;
`one_knob_rows` starts it. No torch until then.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.base.errors import PainterError
from core.base.request import RunRequest
from core.base.settings import PAINTER_LABELS, PAINTERS
from core.bench.report import ReportRow, at_most

if TYPE_CHECKING:
    from core.packs.pack import ModelPack

ROOT = Path(__file__).parents[2]
KNOBS = {"pixels": "learning_rate", "vqgan": "learning_rate", "diffusion": "guidance_strength"}
TURNED = 0.9  # times its default
MOST_SECONDS_WHOLE = 10.0
MOST_SECONDS = {"pixels": 1.5, "vqgan": 3.0, "diffusion": 2.5}
WARM_UP = {painter: {"steps": 2} for painter in PAINTERS}
WHOLE = "whole run"


def one_knob_rows(prompt: str, pack: str) -> list[ReportRow]:
    """Seconds from Run to the last stored frame: of a default run, and after one knob was changed."""
    command = [sys.executable, "-m", "core.bench.one_knob", str(pack), prompt]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        return [ReportRow("knob", "one knob changed", "failed", "painted", False, reason)]
    return rows_of(json.loads(done.stdout.splitlines()[-1]))


def rows_of(seconds: dict[str, float]) -> list[ReportRow]:
    """The report of what `measure` returns."""
    whole = seconds[WHOLE]
    rows = [at_most("run", "default run in a warm process, s", whole, MOST_SECONDS_WHOLE)]
    for painter, setting in KNOBS.items():
        name = f"{PAINTER_LABELS[painter]}, {setting.replace('_', ' ')} changed, s"
        note = f"{seconds[painter] / whole:.0%} of the whole run"
        rows.append(at_most("knob", name, seconds[painter], MOST_SECONDS[painter], note))
    return rows


def changed_request(request: RunRequest, painter: str, turned: float = TURNED) -> RunRequest:
    """The request with one knob of one painter at so many times its value."""
    data = request.to_dict()
    setting = KNOBS[painter]
    data["settings"][painter][setting] = turned * getattr(request.settings[painter], setting)
    return RunRequest.from_dict(data)


def measure(prompt: str, pack: str, load: Callable[[str], ModelPack] | None = None) -> dict[str, float]:
    """WHOLE and painter → seconds from asking for a run until its last frame is stored.

    Args:
        load: pack name → pack with its models loaded; the painter process's own by default.

    Raises:
        UserError.
    """
    from core.packs import pack_hash, read_manifest
    from core.service.heartbeat import Heartbeat
    from core.service.painter_loop import PainterLoop, load_pack
    from core.storage.run_store import RunStore

    with tempfile.TemporaryDirectory() as folder, RunStore(folder) as store:
        loop = PainterLoop(store, Heartbeat(store, "bench"), threading.Event(), load or load_pack)
        named = pack_hash(read_manifest(pack)) if load is None else load(pack).hash
        _seconds(loop, RunRequest.make(prompt, 1, pack, **WARM_UP), named)
        whole = RunRequest.make(prompt, 0, pack)
        seconds = {WHOLE: _seconds(loop, whole, named)}
        return seconds | {
            painter: _seconds(loop, changed_request(whole, painter), named) for painter in KNOBS
        }


def _seconds(loop: Any, request: RunRequest, pack_hash: str) -> float:
    """Ask for a run and paint it. Raises PainterError: it did not come to its end."""
    began = time.perf_counter()
    asked = loop.store.submit(request, pack_hash)
    taken = loop.store.queue.take_next("bench")
    status, reason = loop.paint(taken)
    loop.store.queue.finish(asked.id, status, reason)
    if status != "done":
        raise PainterError(reason)
    return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[2], sys.argv[1])))
