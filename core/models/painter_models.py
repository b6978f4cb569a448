"""What a painter is allowed to hold: the judge it climbs and its own prior. Nothing that measures it,

unless its settings ask for the gaming lab: then also a loss made of what measures it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class PainterModels:
    """Frozen models of one painter, all on one device.

    Args:
        judge: the `core.judge.Judge` that is climbed; the held-out judge never comes here.
        size: side of the pictures, pixels.
        vqgan: `core.models.taming.Vqgan`, for the painter that needs it.
        denoiser: `core.models.diffusion.Denoiser`, for the painter that needs it.
        proxy: `core.gaming.Proxy`, images → loss, for a painter whose settings ask for it; else None.
        device: torch device name.
    """

    judge: object
    size: int
    vqgan: object | None = None
    denoiser: object | None = None
    proxy: object | None = None
    device: str = "cpu"
