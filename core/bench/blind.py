"""Changes on which the proxy and a person's eye may part: which are wrong at a glance, and which are fine."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from core import reencode
from core.bench.corruptions import shuffle


def glued(image, other):
    """The left half of one picture and the right half of another."""
    half = image.shape[1] // 2
    return np.concatenate([image[:, :half], other[:, half:]], axis=1)


def lettered(image):
    """A word across the middle, in white."""
    picture = Image.fromarray(image)
    height, width = image.shape[:2]
    font = ImageFont.load_default(height // 5)
    ImageDraw.Draw(picture).text((width // 2, height // 2), "REAL", fill=(255, 255, 255), font=font, anchor="mm")
    return np.array(picture)


def framed(image):
    """A white frame, a sixteenth of the side wide."""
    width = image.shape[0] // 16
    framed = np.full_like(image, 255)
    framed[width:-width, width:-width] = image[width:-width, width:-width]
    return framed


def drawn(image):
    """Four tones per colour after smoothing, like a poster."""
    return np.array(ImageOps.posterize(Image.fromarray(reencode.blur(image, 1)), 2))


def grey(image):
    """Black and white."""
    return np.repeat(np.array(Image.fromarray(image).convert("L"))[..., None], 3, axis=2)


# name → (what was done, whether a person sees at once that it is wrong, (image, another, rng) → image)
BLIND_SPOTS = {
    "four patches": ("cut into four, put back in random order", True, lambda image, other, rng: shuffle(image, 2, rng)),
    "sixteen patches": ("cut into sixteen, put back in random order", True, lambda image, other, rng: shuffle(image, 4, rng)),
    "pasted text": ("a word written across the picture", True, lambda image, other, rng: lettered(image)),
    "upside down": ("turned by half a turn", True, lambda image, other, rng: np.ascontiguousarray(image[::-1, ::-1])),
    "glued": ("the left half of one picture, the right half of another", True, lambda image, other, rng: glued(image, other)),
    "negative": ("every tone replaced by its opposite", True, lambda image, other, rng: 255 - image),
    "poster": ("smoothed, then four tones per colour: a style, not a photograph", True, lambda image, other, rng: drawn(image)),
    "out of focus": ("blurred by 3 px, as a lens may", False, lambda image, other, rng: reencode.blur(image, 3)),
    "black and white": ("without colour", False, lambda image, other, rng: grey(image)),
    "white frame": ("with a white frame around it", False, lambda image, other, rng: framed(image)),
    "half as bright": ("every value halved", False, lambda image, other, rng: image // 2),
    "strong JPEG": ("JPEG of quality 15", False, lambda image, other, rng: reencode.jpeg(image, 15)),
    "grainy": ("noise of 8 % of full scale, as at night", False, lambda image, other, rng: reencode.noise(image, 0.08, rng)),
}
