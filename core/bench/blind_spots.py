"""Changes on which the proxy and a person's eye may part: which are wrong at a glance, and which are fine.

A picture is uint8 H×W×3 throughout.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from core.bench.corruptions import shuffle
from core.measures import reencodings


class BlindSpot(NamedTuple):
    """What was done, whether a person sees at once that it is wrong, and (image, another, rng) → image."""

    text: str
    wrong: bool
    change: Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


def glued(image: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The left half of one picture and the right half of another."""
    half = image.shape[1] // 2
    return np.concatenate([image[:, :half], other[:, half:]], axis=1)


def lettered(image: np.ndarray) -> np.ndarray:
    """A word across the middle, in white."""
    picture = Image.fromarray(image)
    height, width = image.shape[:2]
    font = ImageFont.load_default(height // 5)
    middle = (width // 2, height // 2)
    ImageDraw.Draw(picture).text(middle, "REAL", fill=(255, 255, 255), font=font, anchor="mm")
    return np.array(picture)


def framed(image: np.ndarray) -> np.ndarray:
    """A white frame, a sixteenth of the side wide."""
    width = image.shape[0] // 16
    picture = np.full_like(image, 255)
    picture[width:-width, width:-width] = image[width:-width, width:-width]
    return picture


def drawn(image: np.ndarray) -> np.ndarray:
    """Four tones per colour after smoothing, like a poster."""
    return np.array(ImageOps.posterize(Image.fromarray(reencodings.blur(image, 1)), 2))


def grey(image: np.ndarray) -> np.ndarray:
    """Black and white."""
    return np.repeat(np.array(Image.fromarray(image).convert("L"))[..., None], 3, axis=2)


WRONG = {
    "four patches": ("cut into four, put back in random order", lambda image, _, rng: shuffle(image, 2, rng)),
    "sixteen patches": (
        "cut into sixteen, put back in random order",
        lambda image, _, rng: shuffle(image, 4, rng),
    ),
    "pasted text": ("a word written across the picture", lambda image, *_: lettered(image)),
    "upside down": ("turned by half a turn", lambda image, *_: np.ascontiguousarray(image[::-1, ::-1])),
    "glued": (
        "the left half of one picture, the right half of another",
        lambda image, other, _: glued(image, other),
    ),
    "negative": ("every tone replaced by its opposite", lambda image, *_: 255 - image),
    "poster": (
        "smoothed, then four tones per colour: a style that no real picture has",
        lambda image, *_: drawn(image),
    ),
}
FINE = {
    "out of focus": ("blurred by 3 px, as a lens may", lambda image, *_: reencodings.blur(image, 3)),
    "black and white": ("without colour", lambda image, *_: grey(image)),
    "white frame": ("with a white frame around it", lambda image, *_: framed(image)),
    "half as bright": ("every value halved", lambda image, *_: image // 2),
    "strong JPEG": ("JPEG of quality 15", lambda image, *_: reencodings.jpeg(image, 15)),
    "grainy": (
        "noise of 8 % of full scale, as at night",
        lambda image, _, rng: reencodings.noise(image, 0.08, rng),
    ),
}
BLIND_SPOTS = {
    name: BlindSpot(text, wrong, change)
    for spots, wrong in ((WRONG, True), (FINE, False))
    for name, (text, change) in spots.items()
}
