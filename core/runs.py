"""`execute`: the only place that wires painters, judges, realism and a recorder together."""

import math
import time
from typing import Protocol

from core.errors import PainterError
from core.folder import FolderRecorder
from core.frame import Frame, Measurement
from core.settings import LABELS, PAINTERS, knobs

__all__ = ["FolderRecorder", "Recorder", "execute", "measure"]

# What to lower when a painter's numbers overflow.
RUNAWAY_KNOB = {"pixels": "learning_rate", "vqgan": "learning_rate", "diffusion": "guidance_strength"}


class Recorder(Protocol):
    """Where measured frames go."""

    def record(self, frame: Frame, measurement: Measurement) -> None:
        """Keep one frame; may raise OutputError or StoreError, which end the run."""


def execute(request, pack, recorder, should_stop=lambda: False, extras=0):
    """Paint a run: advance the painter that is least far, measure its frame, record it, repeat.

    Args:
        request: core.settings.RunRequest.
        pack: core.packs.ModelPack.
        recorder: Recorder; gets every frame of every painter, in the order they are made.
        should_stop: asked before every step.
        extras: at so many evenly spaced steps of each painter, also show gradients, cutouts and the like in
            `Frame.extras`; 0 for none.

    Returns:
        "done", or "stopped" if `should_stop` said so.

    Raises:
        PromptError: no word of the prompt is known. PainterError: a picture or figure is no longer finite.
        PackError, OutputError, StoreError.
    """
    target = pack.judge.encode(request.prompt)
    measure = _Meter(request.prompt, pack, target)
    lanes = [_Lane(painter, request, pack, target, extras) for painter in request.painters]
    while lanes:
        if should_stop():
            return "stopped"
        lane = min(lanes, key=lambda lane: lane.fraction)
        frame = lane.advance()
        if frame is None:
            lanes.remove(lane)
        else:
            measurement = measure(frame, lane.seconds)
            _check_finite(request, frame, measurement)
            recorder.record(frame, measurement)
    return "done"


def measure(image, prompt, pack):
    """Figures of a picture that no painter made, as for a painter's frame.

    Args:
        image: uint8 H×W×3 at the size of the pack.

    Returns:
        core.frame.Measurement with 0 seconds.

    Raises:
        PromptError, PackError. UserError: the picture has another size.
    """
    target = pack.judge.encode(prompt)
    return _Meter(prompt, pack, target)(Frame("", 0, 1, image), 0.0)


def painter_classes():
    """core.painters.PAINTERS, imported late because it brings torch."""
    from core.painters import PAINTERS as classes

    return classes


class _Lane:
    """One painter with how far it is and the time it has taken itself."""

    def __init__(self, painter, request, pack, target, extras):
        self.painter, self.request, self.pack, self.target = painter, request, pack, target
        self.extras_every = math.ceil(request.settings[painter].steps / extras) if extras else 0
        self.seconds = 0.0
        self.fraction = -1.0  # before the start, so that every painter shows its start first
        self._frames, self._next_step = None, 0

    def advance(self):
        """Next Frame, or None when the painter has finished. Raises PainterError."""
        # Models are loaded from disk once per process, so their time is not the painter's.
        models = self.pack.painter_models(self.painter, self.request.settings[self.painter]) if self._frames is None else None
        began = time.perf_counter()
        if self._frames is None:
            painter = painter_classes()[self.painter]
            settings = self.request.settings[self.painter]
            self._frames = painter(models, self.target, settings, self.request.seed, self.extras_every).frames()
        try:
            frame = next(self._frames, None)
        except FloatingPointError as error:
            raise _runaway(self.request, self.painter, self._next_step, "the picture became NaN or infinite") from error
        self.seconds += time.perf_counter() - began
        if frame is not None:
            self.fraction, self._next_step = frame.step / frame.total, frame.step + 1
        return frame


class _Meter:
    """Measures frames as anyone would see them: the 8-bit picture, after the fact."""

    def __init__(self, prompt, pack, target):
        self.judge, self.heldout, self.realism = pack.judge, pack.heldout, pack.realism
        self.target, self.heldout_target = target, pack.heldout.encode(prompt)

    def __call__(self, frame, seconds):
        reading = self.realism.score(frame.image)
        components = {
            "statistics": reading.statistics,
            "manifold": reading.manifold,
            "p_value": reading.p_value,
            "too_typical": reading.too_typical,
            **reading.groups,
        }
        return Measurement(
            seconds=seconds,
            score=float(self.judge.score(frame.image, self.target)),
            heldout=float(self.heldout.score(frame.image, self.heldout_target)),
            realism=float(reading.realism),
            components={name: float(value) for name, value in components.items()},
        )


def _check_finite(request, frame, measurement):
    for name in ("score", "heldout", "realism"):
        value = getattr(measurement, name)
        if not math.isfinite(value):
            raise _runaway(request, frame.painter, frame.step, f"the {name} became {value}")


def _runaway(request, painter, step, what):
    """PainterError that names the knob to lower."""
    settings = request.settings[painter]
    knob = next(k for k in knobs(PAINTERS[painter]) if k.name == RUNAWAY_KNOB[painter])
    return PainterError(
        f"{LABELS[painter]}: {what} at step {step} of {settings.steps}. "
        f"Lower {knob.label.lower()} (now {getattr(settings, knob.name):g}) and run again."
    )
