"""How much of a run is not model arithmetic: a default run into a store, with a watch on every network.

Model arithmetic is the time inside the networks' forward passes and, from the gradient of their output to that of their
input, their backward passes, and the search of the VQGAN's codebook: of the painters, of both judges' scores, and of the
encoder of realism. Everything else counts as rest: cutouts, preprocessing, optimisers, samplers, conversions, the
statistics and distances of realism, picture files (what the judge sees too), database.
"""

import tempfile
import time
from dataclasses import dataclass

import torch

from core.bench.fullsize import FullSize
from core.lens import PICTURES
from core.runs import execute
from core.settings import PAINTERS, RunRequest
from core.store import RunStore


@dataclass(frozen=True)
class Share:
    """Of one run: seconds in all; as shares of them what is no model arithmetic, and of that measuring and storing.

    `judging` is the share of the networks that only measure (both judges' scores, the encoder of realism): arithmetic of
    models, yet nothing that painting needs. Whoever counts it as a cost of the programme reads `rest + judging`.
    """

    total: float
    rest: float
    measuring: float
    storing: float
    judging: float


class Watch:
    """Adds up the time inside modules, forwards and backwards. Use it as a context manager.

    Args:
        modules: networks that are not part of each other; what gives no tensor (a UNet's) is watched forwards only.
    """

    def __init__(self, modules):
        self.modules, self.seconds, self._handles, self._began = modules, 0.0, [], 0.0

    def __enter__(self):
        for module in self.modules:
            self._handles += [module.register_forward_pre_hook(self._start), module.register_forward_hook(self._stop)]
            if not hasattr(module, "time_embedding"):
                self._handles += [
                    module.register_full_backward_pre_hook(self._start),
                    module.register_full_backward_hook(self._stop),
                ]
        return self

    def __exit__(self, *_):
        for handle in self._handles:
            handle.remove()

    def of(self, function):
        """The function, watched too."""

        def call(*arguments):
            self._start()
            result = function(*arguments)
            self._stop()
            return result

        return call

    def _start(self, *_):
        self._began = _now()

    def _stop(self, *_):
        self.seconds += _now() - self._began


class Rest:
    """Adds up the time inside calls: `seconds` that is not a watched network's, `networks` that is. `of(function)` wraps one."""

    def __init__(self, watch):
        self.watch, self.seconds, self.networks = watch, 0.0, 0.0

    def of(self, function):
        def call(*arguments):
            began, watched = _now(), self.watch.seconds
            result = function(*arguments)
            networks = self.watch.seconds - watched
            self.seconds += _now() - began - networks
            self.networks += networks
            return result

        return call


def measure(pack, steps):
    """Paint a run with all painters and measure it as the painter process does.

    What happens once per run is left out: time counts from where every painter has shown its start.

    Args:
        pack: a ModelPack, or core.bench.fullsize.FullSize.
        steps: painter → steps; in the proportion of the defaults they give a default run's share.
    """
    settings = {painter: {"steps": number} for painter, number in steps.items()}
    request = RunRequest.make("a red fox in snow", 0, painters=tuple(steps), **settings)
    # What the judge sees is kept as often as in a default run.
    often = max(1, round(PICTURES * sum(steps.values()) / sum(PAINTERS[painter]().steps for painter in steps)))
    networks, measurers = _networks(pack, request), (pack.judge, pack.heldout, pack.realism)
    with tempfile.TemporaryDirectory() as folder, RunStore(folder) as store, Watch(networks) as watch:
        measuring, storing = Rest(watch), Rest(watch)
        recorder = store.recorder(store.submit(request, "bench").id)
        record, began = storing.of(recorder.record), _now()

        def record_and_start(frame, measurement):
            nonlocal began
            record(frame, measurement)
            if frame.step == 0:
                watch.seconds = measuring.seconds = measuring.networks = storing.seconds = 0.0
                began = _now()

        recorder.record = record_and_start
        for part in measurers:
            part.score = measuring.of(part.score)
        pack.vqgan.nearest = watch.of(pack.vqgan.nearest)
        try:
            execute(request, pack, recorder, extras=often)
            total = _now() - began
        finally:
            for part in measurers:
                del part.score  # the class's own again
            del pack.vqgan.nearest
    parts = (measuring.seconds, storing.seconds, measuring.networks)
    return Share(total, 1 - watch.seconds / total, *(part / total for part in parts))


def _networks(pack, request):
    """Every network that the run will use, the painters' own copies included."""
    painters = [pack.painter_models(name, settings) for name, settings in request.settings.items()]
    judges = [pack.judge, pack.heldout, getattr(pack.realism, "encoder", pack.heldout), *(models.judge for models in painters)]
    found = [judge.tower for judge in judges] + [judge.clip.transformer for judge in judges]
    found += [models.vqgan.decoder for models in painters if models.vqgan]
    found += [models.denoiser.unet for models in painters if models.denoiser]
    # what a denoiser decodes with hides behind its `decode`
    found += [pack.kl.decoder, pack.tiny.decoder] if isinstance(pack, FullSize) else [pack.vqgan.decoder]
    return list({id(module): module for module in found}.values())


def _now():
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()
    return time.perf_counter()
