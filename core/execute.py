"""`execute`: the only place that wires painters, judges, realism and a recorder together."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.base.errors import SettingError
from core.base.frame import Frame, Measurement, Recorder
from core.base.judges import NETWORKS
from core.base.request import RunRequest
from core.base.start import start_of
from core.measures.measurer import Measurer, frames_together
from core.storage.run_folder import FolderRecorder

if TYPE_CHECKING:
    from core.base.settings import PainterSettings
    from core.base.start import Starts
    from core.packs.pack import ModelPack
    from core.painters.painter import Painter
    from core.painters.painting_thread import PaintingThread
    from core.painters.running import RunningPainter

__all__ = ["FolderRecorder", "Recorder", "execute", "measure_picture", "measured_frames"]


def execute(
    request: RunRequest,
    pack: ModelPack,
    recorder: Recorder,
    should_stop: Callable[[], bool] = lambda: False,
    extras: int = 0,
    is_wanted: Callable[[str], bool] = lambda painter: True,
    starts: Starts | None = None,
) -> str:
    """Paint a run: advance the painter that is least far, measure its frame, record it, repeat.

    Args:
        recorder: gets every frame of every painter, in the order they are made.
        should_stop: asked before every step.
        extras: at so many evenly spaced steps of each painter, also show gradients, cutouts and the like in
            `Frame.extras`; 0 for none.
        is_wanted: asked before every step of a painter: whether it is still to go on.
        starts: hash → picture, for painters whose settings say to start from one.

    Returns:
        "done", or "stopped" if `should_stop` said so.

    Raises:
        PromptError: no word of the prompt is known. PainterError: a picture or figure is no longer finite.
        PackError, SettingError, OutputError, StoreError.
    """
    with contextlib.closing(measured_frames(request, pack, extras, is_wanted, starts)) as frames:
        while not should_stop():
            measured = next(frames, None)
            if measured is None:
                return "done"
            recorder.record(*measured)
    return "stopped"


def measured_frames(
    request: RunRequest,
    pack: ModelPack,
    extras: int = 0,
    is_wanted: Callable[[str], bool] = lambda painter: True,
    starts: Starts | None = None,
) -> Generator[tuple[Frame, Measurement]]:
    """Every frame of a run with its measurement, in the order they are made; otherwise as `execute`."""
    measurer = _measurer(request.prompt, pack)
    painters = _running_painters(request, pack, extras, starts)
    running = list(painters)
    try:
        while running:
            painter = min(running, key=lambda painter: painter.fraction)
            frames, error = _next_frames(painter, pack) if is_wanted(painter.name) else ([], None)
            for (frame, _), measurement in zip(frames, measurer.measure(frames), strict=True):
                _check_finite(request, frame, measurement)
                yield frame, measurement
            if error is not None:
                raise error
            if not frames:
                running.remove(painter)
                painter.close()
    finally:
        for painter in painters:
            painter.close()


def _next_frames(
    painter: RunningPainter | PaintingThread, pack: ModelPack
) -> tuple[list[tuple[Frame, float]], Exception | None]:
    """Frames to be measured together, each with the seconds so far; and what ended the painter early."""
    frames: list[tuple[Frame, float]] = []
    try:
        while (frame := painter.advance()) is not None:
            frames.append((frame, painter.seconds))
            first = frames[0][0]
            if len(frames) >= frames_together(first.step, first.total, pack.small_networks):
                break
    except Exception as error:  # what was painted before it is still measured and kept
        return frames, error
    return frames, None


def _running_painters(
    request: RunRequest, pack: ModelPack, extras: int, starts: Starts | None
) -> Sequence[RunningPainter | PaintingThread]:
    """The painters of a run, in threads of their own where the pack's networks are small enough for that."""
    from core.painters.painting_thread import PaintingThread
    from core.painters.running import RunningPainter

    classes = painter_classes()
    painters = [
        # Models are loaded from disk once per process, so their time is not the painter's.
        RunningPainter(
            classes[name],
            pack.painter_models(name, settings),
            pack.steering_judge(settings).encode(request.prompt),
            request,
            name,
            extras,
            start_picture(settings, starts),
        )
        for name, settings in request.settings.items()
    ]
    if not pack.side_by_side:
        return painters
    return [PaintingThread(painter) for painter in painters]


def start_picture(settings: PainterSettings, starts: Starts | None) -> np.ndarray | None:
    """The picture that a painter's settings say to start from, uint8 H×W×3, or None.

    Raises:
        SettingError: it is not here.
    """
    start = start_of(settings)
    if not start.is_picture:
        return None
    if starts is None or not start.digest:
        raise SettingError(f"The start {start} has not been looked up; ask for the run where it is kept.")
    return starts(start.digest)


def measure_picture(image: np.ndarray, prompt: str, pack: ModelPack) -> Measurement:
    """The measurement of a picture that no painter made, as of a painter's frame, with 0 seconds.

    Args:
        image: uint8 H×W×3 at the size of the pack.

    Raises:
        PromptError, PackError. UserError: the picture has another size.
    """
    return _measurer(prompt, pack).measure([(Frame("", 0, 1, image), 0.0)])[0]


def painter_classes() -> dict[str, type[Painter]]:
    """core.painters.classes.PAINTER_CLASSES, imported late because it brings torch."""
    from core.painters.classes import PAINTER_CLASSES

    return PAINTER_CLASSES


def _measurer(prompt: str, pack: ModelPack) -> Measurer:
    judges = {"score": pack.judge, "heldout": pack.heldout, "robust": pack.robust}
    return Measurer(prompt, {name: judge for name, judge in judges.items() if judge}, pack.realism)


def _check_finite(request: RunRequest, frame: Frame, measurement: Measurement) -> None:
    """Raise PainterError unless every headline number is finite."""
    from core.painters.running import not_finite_error

    for name in (*NETWORKS, "realism"):
        value = getattr(measurement, name)
        if value is not None and not math.isfinite(value):
            raise not_finite_error(request, frame.painter, frame.step, f"the {name} became {value}")
