"""Ladders of growing damage, pictures without content, and raw ascent from a picture.

A picture is uint8 H×W×3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from core.base.settings import painter_settings
from core.measures import reencodings
from core.painters.pixels import PixelPainter

if TYPE_CHECKING:
    from core.base.frame import Frame
    from core.models.judge import EncodedPrompt
    from core.models.painter_models import PainterModels
    from core.packs.pack import ModelPack

Damage = Callable[[np.ndarray, Any, np.random.Generator], np.ndarray]  # (image, level, rng) → image
Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def shuffle(image: np.ndarray, parts: int, rng: np.random.Generator) -> np.ndarray:
    """Cut into parts×parts squares and move each to another's place; what does not fit at the edges stays."""
    side = min(image.shape[:2]) // parts
    edge = side * parts
    squares = image[:edge, :edge].reshape(parts, side, parts, side, 3).swapaxes(1, 2)
    squares = squares.reshape(parts * parts, side, side, 3)
    order = rng.permutation(parts * parts)
    moved = np.empty_like(squares)
    moved[order] = squares[np.roll(order, 1)]  # one cycle through all: no square stays
    shuffled = image.copy()
    rows = moved.reshape(parts, parts, side, side, 3).swapaxes(1, 2)  # row, y, column, x, RGB
    shuffled[:edge, :edge] = rows.reshape(edge, -1, 3)
    return shuffled


# name → (what a level means, levels from mild to heavy, what does the damage)
LADDERS: dict[str, tuple[str, tuple[float, ...], Damage]] = {
    "noise": ("σ in shares of full scale", (0.03, 0.06, 0.12, 0.25, 0.5), reencodings.noise),
    "blur": ("σ in px", (1, 2, 3, 5, 8), lambda image, level, _: reencodings.blur(image, level)),
    "JPEG": ("quality", (50, 30, 15, 8, 3), lambda image, level, _: reencodings.jpeg(image, level)),
    "patch shuffle": ("squares per side", (2, 4, 8, 16, 32), shuffle),
}


def benign_kinds() -> dict[str, Change]:
    """The re-encodings that must do no harm."""
    return {
        "blur .6": lambda image, _: reencodings.blur(image, 0.6),
        "noise .02": lambda image, rng: reencodings.noise(image, 0.02, rng),
        "62 % resize": lambda image, _: reencodings.resize(image, 0.62),
        "JPEG 90": lambda image, _: reencodings.jpeg(image, 90),
    }


def empty_pictures(n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Pictures that show nothing, n×n: name → uint8 n×n×3."""
    y, x = np.mgrid[:n, :n]
    single = np.full((n, n, 3), 90, np.uint8)
    single[n // 2, n // 2] = 255
    return {
        "grey": _grey(0 * x + 127),
        "ramp": _grey(x * 255 / (n - 1)),
        "black": _grey(0 * x),
        "one colour": np.tile(np.array([200, 10, 50], np.uint8), (n, n, 1)),
        "checkerboard": _grey((x + y) % 2 * 255),
        "a single pixel": single,
        "single-pixel noise": rng.integers(0, 256, (n, n, 3), dtype=np.uint8),
    }


def _grey(plane: np.ndarray) -> np.ndarray:
    """n×n numbers from 0 to 255 → uint8 n×n×3."""
    return np.repeat(plane.astype(np.uint8)[..., None], 3, axis=2)


def pixel_ascent(
    picture: np.ndarray | None, models: PainterModels, target: EncodedPrompt, settings: Any, seed: int
) -> PixelPainter:
    """Pixel ascent that starts from a given picture at the pack's size, or from noise if it is None."""
    return PixelPainter(models, target, settings, seed, start=picture)


def last_frame(frames: Iterator[Frame]) -> Frame:
    """What a painter ends with."""
    *_, last = frames
    return last


def ascend(pack: ModelPack, prompt: str, seed: int, picture: np.ndarray | None = None) -> np.ndarray:
    """Last picture of raw ascent at default settings, from noise or from `picture`."""
    models = pack.painter_models("pixels")
    target = pack.judge.encode(prompt)
    painter = pixel_ascent(picture, models, target, painter_settings("pixels", {}), seed)
    return last_frame(painter.frames()).image
