"""Harmless re-encodings: what happens to real pictures on their way to a screen.

They belong to the realism reference, so that a slightly soft, noisy or compressed
photograph still counts as one.
"""

import io

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter


def blur(image, sigma):
    """Gaussian blur of `sigma` px."""
    return _rounded(gaussian_filter(image.astype(np.float32), (sigma, sigma, 0), mode="mirror"))


def jpeg(image, quality):
    """JPEG and back, quality 1 … 95."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=int(quality))
    return np.array(Image.open(buffer))


def resize(image, factor):
    """Shrink by `factor` < 1 and enlarge back to the same size, bicubic."""
    height, width = image.shape[:2]
    small = (max(round(width * factor), 1), max(round(height * factor), 1))
    picture = Image.fromarray(image).resize(small, Image.Resampling.BICUBIC)
    return np.array(picture.resize((width, height), Image.Resampling.BICUBIC))


def noise(image, sigma, rng):
    """Independent Gaussian noise, `sigma` as a fraction of full scale."""
    return _rounded(image + rng.normal(0, 255 * sigma, image.shape))


def _rounded(image):
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


# What a realism reference is made to forgive: (image, rng) → image, each with a strength drawn by `rng`.
KINDS = (
    lambda image, rng: blur(image, rng.uniform(0.2, 1.5)),
    lambda image, rng: jpeg(image, rng.integers(30, 96)),
    lambda image, rng: jpeg(image, rng.integers(30, 96)),  # twice: nearly every photograph has been through it
    lambda image, rng: resize(image, rng.uniform(0.4, 0.9)),
    lambda image, rng: noise(image, rng.uniform(0.002, 0.03), rng),
)
