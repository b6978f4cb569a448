"""Ladders of growing damage, pictures without content, and raw ascent from a picture."""

import numpy as np
import torch

from core import reencode
from core.canvas import make_canvas
from core.images import to_tensor
from core.painters.pixels import PixelPainter
from core.settings import painter_settings


def shuffle(image, parts, rng):
    """Cut into parts×parts squares and move every one to another's place; what does not fit at the right and below stays."""
    side = min(image.shape[:2]) // parts
    squares = image[: side * parts, : side * parts].reshape(parts, side, parts, side, 3).swapaxes(1, 2)
    squares = squares.reshape(parts * parts, side, side, 3)
    order = rng.permutation(parts * parts)
    moved = np.empty_like(squares)
    moved[order] = squares[np.roll(order, 1)]  # one cycle through all: no square stays
    shuffled = image.copy()
    shuffled[: side * parts, : side * parts] = moved.reshape(parts, parts, side, side, 3).swapaxes(1, 2).reshape(side * parts, -1, 3)
    return shuffled


# name → (what a level means, levels from mild to heavy, (image, level, rng) → image)
LADDERS = {
    "noise": ("σ in shares of full scale", (0.03, 0.06, 0.12, 0.25, 0.5), reencode.noise),
    "blur": ("σ in px", (1, 2, 3, 5, 8), lambda image, level, _: reencode.blur(image, level)),
    "JPEG": ("quality", (50, 30, 15, 8, 3), lambda image, level, _: reencode.jpeg(image, level)),
    "patch shuffle": ("squares per side", (2, 4, 8, 16, 32), shuffle),
}


def benign_kinds(reconstruct=None):
    """The re-encodings that must do no harm: name → (image, rng) → image."""
    kinds = {
        "blur .6": lambda image, _: reencode.blur(image, 0.6),
        "noise .02": lambda image, rng: reencode.noise(image, 0.02, rng),
        "62 % resize": lambda image, _: reencode.resize(image, 0.62),
        "JPEG 90": lambda image, _: reencode.jpeg(image, 90),
    }
    return kinds | ({"own reconstruction": lambda image, _: reconstruct(image)} if reconstruct else {})


def empty_pictures(n, rng):
    """Pictures that show nothing, n×n: name → uint8 n×n×3."""
    y, x = np.mgrid[:n, :n]
    grey = lambda plane: np.repeat(plane.astype(np.uint8)[..., None], 3, axis=2)  # noqa: E731
    single = np.full((n, n, 3), 90, np.uint8)
    single[n // 2, n // 2] = 255
    return {
        "grey": grey(0 * x + 127),
        "ramp": grey(x * 255 / (n - 1)),
        "black": grey(0 * x),
        "one colour": np.tile(np.array([200, 10, 50], np.uint8), (n, n, 1)),
        "checkerboard": grey((x + y) % 2 * 255),
        "a single pixel": single,
        "single-pixel noise": rng.integers(0, 256, (n, n, 3), dtype=np.uint8),
    }


def pixel_ascent(picture, *arguments):
    """Pixel ascent that starts from a given picture, uint8 H×W×3 at the pack's size, or from noise if it is None."""

    def canvas(*drawn):
        made = make_canvas(*drawn)
        if picture is not None:
            with torch.no_grad():
                made.pixels.copy_(to_tensor(picture))
        return made

    return PixelPainter(*arguments, canvas=canvas)


def ascend(pack, prompt, seed, picture=None):
    """Last picture of raw ascent at default settings, from noise or from `picture`: uint8 H×W×3."""
    arguments = (pack.painter_models("pixels"), pack.judge.encode(prompt), painter_settings("pixels", {}), seed)
    *_, last = pixel_ascent(picture, *arguments).frames()
    return last.image
