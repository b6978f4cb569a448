"""Harmless re-encodings: what happens to real pictures on their way to a screen.

They belong to the realism reference, so that a slightly soft, noisy or compressed picture still counts as
real.
"""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

Reencoding = Callable[[np.ndarray, np.random.Generator], np.ndarray]  # uint8 H×W×3 → the same


def blur(image: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian blur of `sigma` px."""
    return _rounded(gaussian_filter(image.astype(np.float32), (sigma, sigma, 0), mode="mirror"))


def jpeg(image: np.ndarray, quality: int | np.signedinteger) -> np.ndarray:
    """JPEG and back, quality 1 … 95."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=int(quality))
    return np.array(Image.open(buffer))


def resize(image: np.ndarray, factor: float) -> np.ndarray:
    """Shrink by `factor` < 1 and enlarge back to the same size, bicubic."""
    height, width = image.shape[:2]
    small = (max(round(width * factor), 1), max(round(height * factor), 1))
    picture = Image.fromarray(image).resize(small, Image.Resampling.BICUBIC)
    return np.array(picture.resize((width, height), Image.Resampling.BICUBIC))


def noise(image: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Independent Gaussian noise, `sigma` as a fraction of full scale."""
    return _rounded(image + rng.normal(0, 255 * sigma, image.shape))


def _rounded(image: np.ndarray) -> np.ndarray:
    """Numbers H×W×3 → uint8."""
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


# What a realism reference is made to forgive, in words, each with a strength drawn by the generator.
# JPEG comes twice: nearly every photograph has been through it.
KINDS: dict[str, Reencoding] = {
    "blurred by 0.2 to 1.5 px": lambda image, rng: blur(image, rng.uniform(0.2, 1.5)),
    "as JPEG of quality 30 to 95": lambda image, rng: jpeg(image, rng.integers(30, 96)),
    "as JPEG once more": lambda image, rng: jpeg(image, rng.integers(30, 96)),
    "reduced to 0.4 to 0.9 of the size and enlarged again": lambda image, rng: resize(
        image, rng.uniform(0.4, 0.9)
    ),
    "with noise of 0.002 to 0.03 of full scale": lambda image, rng: noise(
        image, rng.uniform(0.002, 0.03), rng
    ),
}
REENCODINGS: tuple[Reencoding, ...] = tuple(KINDS.values())
