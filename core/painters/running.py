"""A painter at work, advanced frame by frame, with how far it is and the time it has taken."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.base.errors import PainterError
from core.base.frame import Frame
from core.base.request import RunRequest
from core.base.settings import PAINTER_LABELS, PAINTERS, settings_of

if TYPE_CHECKING:
    import numpy as np

    from core.models.judge import EncodedPair, EncodedPrompt
    from core.models.painter_models import PainterModels
    from core.painters.painter import Painter

# What to lower when a painter's numbers overflow.
SETTING_TO_LOWER = {"pixels": "learning_rate", "vqgan": "learning_rate", "diffusion": "guidance_strength"}


class RunningPainter:
    """One painter of a run.

    Args:
        painter: its class.
        models: what it may hold.
        target: the prompt, encoded by the judge in `models`.
        start: the picture that its settings say to start from, or None.
        extras: at so many evenly spaced steps it also shows gradients, cutouts and the like; 0 for none.

    Attributes:
        seconds: what making its frames has taken so far, without the loading of models.
        fraction: how far it is, 0 … 1; negative before its start, so that every painter shows its start
            first.
    """

    def __init__(
        self,
        painter: type[Painter],
        models: PainterModels,
        target: EncodedPrompt | EncodedPair,
        request: RunRequest,
        name: str,
        extras: int,
        start: np.ndarray | None = None,
    ) -> None:
        self.name, self.request = name, request
        settings = request.settings[name]
        extras_every = math.ceil(settings.steps / extras) if extras else 0
        self.seconds = 0.0
        self.fraction = -1.0
        made = painter(models, target, settings, request.seed, extras_every, start)
        self._frames: Iterator[Frame] = made.frames()
        self._next_step = 0

    def advance(self) -> Frame | None:
        """Next Frame, or None when the painter has finished. Raises PainterError."""
        began = time.perf_counter()
        try:
            frame = next(self._frames, None)
        except FloatingPointError as error:
            what = "the picture became NaN or infinite"
            raise not_finite_error(self.request, self.name, self._next_step, what) from error
        self.seconds += time.perf_counter() - began
        if frame is not None:
            self.fraction, self._next_step = frame.step / frame.total, frame.step + 1
        return frame

    def close(self) -> None:
        """End without the remaining frames."""


def not_finite_error(request: RunRequest, painter: str, step: int, what: str) -> PainterError:
    """PainterError that names the setting to lower."""
    settings = request.settings[painter]
    setting = next(s for s in settings_of(PAINTERS[painter]) if s.name == SETTING_TO_LOWER[painter])
    return PainterError(
        f"{PAINTER_LABELS[painter]}: {what} at step {step} of {settings.steps}. "
        f"Lower {setting.label.lower()} (now {getattr(settings, setting.name):g}) and run again."
    )
