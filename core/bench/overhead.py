"""How much of a run is not model arithmetic: a default run into a store, with a timer on every network.

Model arithmetic is the time inside the networks' forward passes and, from the gradient of their output to
that of their input, their backward passes, and the search of the VQGAN's codebook: of the painters, of the
judges' scores, and of the encoder of realism. Everything else counts as rest: cutouts, preprocessing,
optimisers, samplers, conversions, the statistics and distances of realism, picture files (what the judge sees
too), database.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from core.base.request import RunRequest
from core.base.settings import PAINTERS
from core.bench.full_size_models import FullSize
from core.execute import execute
from core.storage.frame_extras import EXTRAS_PER_PAINTER
from core.storage.run_store import RunStore

if TYPE_CHECKING:
    from torch import nn

    from core.base.frame import Frame, Measurement
    from core.execute import Recorder

PROMPT = "a red fox in snow"


@dataclass(frozen=True)
class OverheadShare:
    """Of one run: seconds in all, and as shares of them all but model arithmetic, with measuring and storing.

    `judging` is the share of the networks that only measure (the judges' scores, the encoder of realism):
    arithmetic of models, yet nothing that painting needs. Whoever counts it as a cost of the program reads
    `rest + judging`.
    """

    total: float
    rest: float
    measuring: float
    storing: float
    judging: float


class NetworkTimer:
    """Adds up the time inside modules, forwards and backwards. Use it as a context manager.

    Args:
        modules: networks that are not part of each other; what gives no tensor (a UNet's) is timed forwards
            only.
    """

    def __init__(self, modules: list[nn.Module]) -> None:
        self.modules = modules
        self.seconds = 0.0
        self._handles: list[Any] = []
        self._began = 0.0

    def __enter__(self) -> NetworkTimer:
        for module in self.modules:
            self._handles.append(module.register_forward_pre_hook(self._start))
            self._handles.append(module.register_forward_hook(self._stop))
            if not hasattr(module, "time_embedding"):
                self._handles.append(module.register_full_backward_pre_hook(self._start))
                self._handles.append(module.register_full_backward_hook(self._stop))
        return self

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            handle.remove()

    def timed(self, function: Callable) -> Callable:
        """The function, timed too."""

        def call(*arguments: Any) -> Any:
            self._start()
            result = function(*arguments)
            self._stop()
            return result

        return call

    def _start(self, *_: Any) -> None:
        self._began = _now()

    def _stop(self, *_: Any) -> None:
        self.seconds += _now() - self._began


class CallTimer:
    """Adds up the time inside calls.

    `seconds` is what the timed networks did not take, `networks` what they did.
    """

    def __init__(self, timer: NetworkTimer) -> None:
        self.timer = timer
        self.seconds = 0.0
        self.networks = 0.0

    def timed(self, function: Callable) -> Callable:
        """The function, timed."""

        def call(*arguments: Any) -> Any:
            began = _now()
            before = self.timer.seconds
            result = function(*arguments)
            networks = self.timer.seconds - before
            self.seconds += _now() - began - networks
            self.networks += networks
            return result

        return call


class OverheadRecorder:
    """Records into a store, and starts all timers when every painter has shown its start."""

    def __init__(self, recorder: Recorder, timer: NetworkTimer) -> None:
        self.timer = timer
        self.measuring = CallTimer(timer)
        self.storing = CallTimer(timer)
        self._record = self.storing.timed(recorder.record)
        self._began = _now()

    def record(self, frame: Frame, measurement: Measurement) -> None:
        """Store it; a start also starts the clock again."""
        self._record(frame, measurement)
        if frame.step == 0:
            self.timer.seconds = 0.0
            self.storing.seconds = 0.0
            self.measuring.seconds = 0.0
            self.measuring.networks = 0.0
            self._began = _now()

    def shares(self) -> OverheadShare:
        """What it came to since then."""
        total = _now() - self._began
        return OverheadShare(
            total=total,
            rest=1 - self.timer.seconds / total,
            measuring=self.measuring.seconds / total,
            storing=self.storing.seconds / total,
            judging=self.measuring.networks / total,
        )


def measure_overhead(pack: Any, steps: dict[str, int]) -> OverheadShare:
    """Paint a run with all painters and measure it as the painter process does.

    What happens once per run is left out: time counts from where every painter has shown its start. The
    painters work one after the other, so that every second belongs to one of them.

    Args:
        pack: a ModelPack, or `FullSize`: whose models paint.
        steps: painter → steps; in the proportion of the defaults they give a default run's share.
    """
    settings: dict[str, Any] = {painter: {"steps": number} for painter, number in steps.items()}
    request = RunRequest.make(PROMPT, 0, painters=tuple(steps), **settings)
    # What the judge sees is kept as often as in a default run.
    usual_steps = sum(PAINTERS[painter]().steps for painter in steps)
    extras = max(1, round(EXTRAS_PER_PAINTER * sum(steps.values()) / usual_steps))
    with contextlib.ExitStack() as stack:
        store = stack.enter_context(RunStore(stack.enter_context(tempfile.TemporaryDirectory())))
        timer = stack.enter_context(NetworkTimer(_networks(pack, request)))
        recorder = OverheadRecorder(store.recorder(store.submit(request, "bench").id), timer)
        stack.enter_context(_timed_pack(pack, timer, recorder.measuring))
        execute(request, pack, recorder, extras=extras)
        return recorder.shares()


@contextlib.contextmanager
def _timed_pack(pack: Any, timer: NetworkTimer, measuring: CallTimer) -> Iterator[None]:
    """Time a pack's scores and its search of the codebook meanwhile, with one painter after the other."""
    side_by_side, pack.side_by_side = pack.side_by_side, False
    measurers = [*_scoring(pack), pack.realism]
    for part in measurers:
        part.scores = measuring.timed(part.scores)
    pack.vqgan.nearest = timer.timed(pack.vqgan.nearest)
    try:
        yield
    finally:
        pack.side_by_side = side_by_side
        for part in measurers:
            del part.scores  # the class's own again
        del pack.vqgan.nearest


def _scoring(pack: Any) -> list[Any]:
    """The judges that measure every frame."""
    return [judge for judge in (pack.judge, pack.heldout, pack.robust) if judge]


def _networks(pack: Any, request: RunRequest) -> list[nn.Module]:
    """Every network that the run will use, the painters' own copies included."""
    painters = [pack.painter_models(name, settings) for name, settings in request.settings.items()]
    judges = [*_scoring(pack), *(models.judge for models in painters)]
    encoder = getattr(pack.realism, "encoder", None) or pack.encoder
    found = [judge.tower for judge in judges] + [judge.clip.transformer for judge in judges]
    found.append(getattr(encoder, "tower", encoder))
    found += [models.vqgan.decoder for models in painters if models.vqgan]
    found += [models.denoiser.unet for models in painters if models.denoiser]
    # What a denoiser decodes with hides behind its `decode`.
    found += [pack.kl.decoder, pack.tiny.decoder] if isinstance(pack, FullSize) else [pack.vqgan.decoder]
    return list({id(module): module for module in found}.values())


def _now() -> float:
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()
    return time.perf_counter()
