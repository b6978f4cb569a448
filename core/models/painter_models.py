"""What a painter is allowed to hold: the judge it climbs and its own prior. Nothing that measures it,
unless its settings ask to optimise realism too: then also a loss made of what measures it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from core.models.diffusion import Denoiser
    from core.models.judge import Judge, JudgePair
    from core.models.optimised import LeanVqgan
    from core.models.taming import Vqgan


@dataclass(frozen=True)
class PainterModels:
    """Frozen models of one painter, all on one device.

    Args:
        judge: the one that is climbed, or two of them. Whoever is held out never comes here.
        size: side of the pictures, pixels.
        vqgan: for the painter that needs it.
        denoiser: for the painter that needs it.
        proxy: pictures B×3×H×W in [0, 1] → loss, a scalar: `core.measures.differentiable_realism`, for a
            painter whose settings ask for it; else None.
        device: torch device name.
    """

    judge: Judge | JudgePair
    size: int
    vqgan: Vqgan | LeanVqgan | None = None
    denoiser: Denoiser | None = None
    proxy: Callable[[torch.Tensor], torch.Tensor] | None = None
    device: str = "cpu"
