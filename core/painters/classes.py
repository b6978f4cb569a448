"""The painters by name."""

from core.painters.diffusion import DiffusionPainter
from core.painters.painter import Painter
from core.painters.pixels import PixelPainter
from core.painters.vqgan import VqganPainter

PAINTER_CLASSES: dict[str, type[Painter]] = {
    painter.name: painter for painter in (PixelPainter, VqganPainter, DiffusionPainter)
}
