"""What runs on a worker: paints one run at a time and yields its frames. Knows nothing of Ray."""

from __future__ import annotations

import os
import platform
import traceback
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from core.base.errors import PackError, SettingError, UserError, WorkersError
from core.base.frame import Frame, Measurement
from core.base.machine import is_out_of_memory, peak_memory_bytes, reset_peak_memory, usable_cores
from core.base.request import RunRequest
from core.base.revision import MEASURING_REVISION, PAINTING_REVISION
from core.storage.start_pictures import NOT_HERE

if TYPE_CHECKING:
    from core.packs.pack import ModelPack


@dataclass(frozen=True)
class RunTask:
    """A run to be painted.

    Args:
        id: names it.
        request: what to paint.
        pack_hash: the pack it was asked for under; the worker's own must be the same.
        code_revision, measuring_revision: likewise, of the code that paints and of the code that measures.
        extras: as for `core.execute.execute`.
        starts: hash → picture, uint8 H×W×3, of those that it starts from.
        token: names this attempt at it.
    """

    id: str
    request: RunRequest
    pack_hash: str
    code_revision: str = PAINTING_REVISION
    measuring_revision: str = MEASURING_REVISION
    extras: int = 0
    starts: dict[str, np.ndarray] = field(default_factory=dict, repr=False)
    token: str = field(default_factory=lambda: uuid.uuid4().hex)

    def start(self, digest: str) -> np.ndarray:
        """The picture of a hash. Raises SettingError: it did not come along."""
        if digest not in self.starts:
            raise SettingError(NOT_HERE)
        return self.starts[digest]


@dataclass(frozen=True)
class RunEnding:
    """How a run ended on a worker.

    Args:
        status: "done", "stopped" or "failed".
        reason: one sentence for people if it failed.
        peak: bytes resident at most, 0 if not known.
        trace: the traceback of a bug, "" otherwise.
        lacked_memory: whether memory was refused.
    """

    status: str
    reason: str = ""
    peak: int = 0
    trace: str = ""
    lacked_memory: bool = False


class PaintingActor:
    """One worker. `stop` may be called while `paint` goes on; everything else takes turns.

    Args:
        load: pack name → pack with its models loaded; `core.service.painter_loop.load_pack` by default.
        cpus: how many the worker may use.
    """

    def __init__(self, load: Callable[[str], ModelPack] | None = None, cpus: int = 1):
        # Read by `core.base.machine.limit_threads` when a pack is loaded.
        os.environ["CTJP_THREADS"] = str(max(1, min(cpus, usable_cores())))
        self._load = load or _load_pack
        self._packs: dict[str, ModelPack] = {}
        self._stopped = ""

    def greet(self, pack: str) -> tuple[str, int]:
        """Load a pack before the first run; returns (host name, process id).

        A broken pack does not stop the worker: it fails the runs that ask for it.
        """
        try:
            self._pack(pack)
        except UserError:
            pass
        return platform.node(), os.getpid()

    def stop(self, token: str) -> None:
        """End the run of that token before its next step."""
        self._stopped = token

    def paint(self, task: RunTask) -> Iterator[tuple[Frame, Measurement] | RunEnding]:
        """Paint a run: every frame with its measurement, and a RunEnding at the end. Raises nothing."""
        from core.execute import measured_frames

        try:
            pack = self._pack_of(task)
            reset_peak_memory()
            for painted in measured_frames(task.request, pack, task.extras, starts=task.start):
                yield painted
                if self._stopped == task.token:
                    yield RunEnding("stopped", peak=peak_memory_bytes())
                    return
            yield RunEnding("done", peak=peak_memory_bytes())
        except UserError as error:
            yield RunEnding("failed", str(error))
        except Exception as error:
            name, trace = type(error).__name__, traceback.format_exc()
            yield RunEnding("failed", name, trace=trace, lacked_memory=is_out_of_memory(error))

    def _pack_of(self, task: RunTask) -> ModelPack:
        where = f"The worker on {platform.node()}"
        if (task.code_revision, task.measuring_revision) != (PAINTING_REVISION, MEASURING_REVISION):
            raise WorkersError(
                f"{where} has another version of this program than the server, or of torch, open_clip or "
                "diffusers. Bring both to the same versions and press Run again."
            )
        try:
            pack = self._pack(task.request.pack)
        except PackError as error:
            raise PackError(f"{where} cannot load the pack: {error}") from error
        if pack.hash != task.pack_hash:
            raise PackError(
                f"{where} has another model pack {task.request.pack!r} than the server. "
                "Copy the server's pack there and press Run again."
            )
        return pack

    def _pack(self, name: str) -> ModelPack:
        if name not in self._packs:
            self._packs = {name: self._load(name)}  # one at a time: memory is what users run out of
        return self._packs[name]


def _load_pack(name: str) -> ModelPack:
    from core.service.painter_loop import load_pack

    return load_pack(name)
