"""Made pictures for the realism proxy: stand-ins for real ones, noise of a known spectrum, and an encoder."""

import numpy as np

SIZE = 64
PROJECTION = np.random.default_rng(99).normal(size=(8 * 8 * 3, 24))
CONE = np.full(24, 8.0)


def field(n: int, alpha: float, rng: np.random.Generator) -> np.ndarray:
    """n×n noise with power 1/f^alpha, mean 0, standard deviation 1."""
    radius = np.hypot(np.fft.fftfreq(n)[:, None], np.fft.fftfreq(n)[None])
    radius[0, 0] = np.inf
    plane = np.fft.ifft2(np.fft.fft2(rng.normal(size=(n, n))) * radius ** (-alpha / 2)).real
    return plane / plane.std()


def to_picture(plane: np.ndarray) -> np.ndarray:
    """Grey levels → uint8."""
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)


def real(rng: np.random.Generator, n: int = SIZE) -> np.ndarray:
    """A stand-in for a real picture: smooth light on overlapping coloured discs, a little grain."""
    y, x = np.mgrid[:n, :n]
    picture = np.tile(rng.uniform(60, 200, 3), (n, n, 1))
    for _ in range(rng.integers(5, 12)):
        centre, radius = rng.uniform(0, n, 2), n * rng.uniform(0.06, 0.35)
        inside = np.hypot(y - centre[0], x - centre[1]) < radius
        picture[inside] = rng.uniform(20, 235) + rng.normal(0, 25, 3)
    picture *= 1 + 0.2 * field(n, 2.4, rng)[..., None]
    return to_picture(picture + rng.normal(0, 2, (n, n, 1)))


def static(rng: np.random.Generator, n: int = SIZE) -> np.ndarray:
    """uint8 n×n×3 white noise."""
    return rng.integers(0, 256, (n, n, 3), dtype=np.uint8)


def features(views: np.ndarray) -> np.ndarray:
    """Fixed projection of each picture's 8×8 thumbnail into a cone, as encoders do."""
    n = views.shape[1] // 8
    thumbnails = views.reshape(len(views), 8, n, 8, n, 3).mean(axis=(2, 4)) / 255 - 0.5
    return thumbnails.reshape(len(views), -1) @ PROJECTION + CONE
