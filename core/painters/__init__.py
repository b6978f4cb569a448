"""The painters by name: what climbs the judge's score. One file and one visible loop each."""

from core.painters.base import Painter, PainterModels
from core.painters.diffusion import DiffusionPainter
from core.painters.pixels import PixelPainter
from core.painters.vqgan import VqganPainter

PAINTERS = {painter.name: painter for painter in (PixelPainter, VqganPainter, DiffusionPainter)}

__all__ = ["PAINTERS", "DiffusionPainter", "Painter", "PainterModels", "PixelPainter", "VqganPainter"]
