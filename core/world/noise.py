"""Value noise on the integer lattice, compiled."""

import numpy as np
from numba import njit

FAST = {"fastmath": True, "cache": True, "nogil": True}


@njit(**FAST)
def lattice(i: int, j: int) -> float:
    """Integer lattice point → [0, 1)."""
    n = (i * 374761393 + j * 668265263) & 0xFFFFFFFF
    n = ((n ^ (n >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((n ^ (n >> 16)) & 0xFFFFFF) / 16777216.0


@njit(**FAST)
def noise(x: float, y: float) -> float:
    """Value noise with smooth interpolation, [0, 1]."""
    fx, fy = np.floor(x), np.floor(y)
    i, j = int(fx), int(fy)
    u, v = x - fx, y - fy
    u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
    a = lattice(i, j) * (1 - u) + lattice(i + 1, j) * u
    b = lattice(i, j + 1) * (1 - u) + lattice(i + 1, j + 1) * u
    return a * (1 - v) + b * v


@njit(**FAST)
def cloudy(x: float, y: float) -> float:
    """Three octaves of noise, [0, 1]."""
    return (
        0.5 * noise(x, y)
        + 0.3 * noise(2.1 * x + 7.3, 2.1 * y + 1.7)
        + 0.2 * noise(4.3 * x + 3.1, 4.3 * y + 9.2)
    )
