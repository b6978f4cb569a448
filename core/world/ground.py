"""The grounds of the miniature world: relief that bends the normal, and colour, compiled.

`kind` is the place of the ground in `core.world.grammar.GROUNDS`; x and z are lengths on the
ground; `far` is 1 nearby and falls towards 0 with distance, where detail would only flicker.
"""

import numpy as np
from numba import njit

from core.world.noise import FAST, cloudy, lattice, noise

SNOW, GRASS, SAND, WATER, STONE, WOOD = range(6)


@njit(**FAST)
def height(kind: int, x: float, z: float, far: float) -> float:
    """Height of the relief."""
    if kind == SNOW:
        return far * (0.14 * cloudy(1.3 * x, 1.3 * z) + 0.010 * noise(14 * x, 14 * z))
    if kind == GRASS:
        return far * (
            0.05 * cloudy(2 * x, 2 * z) + 0.035 * noise(26 * x, 26 * z) + 0.03 * noise(47 * x, 13 * z)
        )
    if kind == SAND:
        wave = np.sin(9.0 * (x * 0.8 + z * 0.6) + 3.0 * cloudy(0.8 * x, 0.8 * z))
        return far * (0.024 * wave + 0.05 * cloudy(x, z) + 0.006 * noise(40 * x, 40 * z))
    if kind == WATER:
        return far * (
            0.035 * cloudy(3.1 * x + 0.6 * z, 2.4 * z) + 0.012 * np.sin(7 * x + 4 * z + 4 * noise(x, z))
        )
    if kind == STONE:
        edge, _tone = _cobble(x, z)
        return far * (0.06 * min(edge * 4.0, 1.0) + 0.012 * noise(22 * x, 22 * z))
    edge, _tone = _plank(x, z)
    return far * (0.02 * min(edge * 16.0, 1.0) + 0.004 * noise(2 * x, 40 * z))


@njit(**FAST)
def _cobble(x: float, z: float) -> tuple[float, float]:
    """Worley cells: distance to the nearest border, and a tone per stone."""
    x, z = 3.4 * x, 3.4 * z
    i, j = int(np.floor(x)), int(np.floor(z))
    first, second, tone = 9.0, 9.0, 0.0
    for a in range(-1, 2):
        for b in range(-1, 2):
            cx = i + a + 0.15 + 0.7 * lattice(i + a, j + b)
            cz = j + b + 0.15 + 0.7 * lattice(j + b + 31, i + a + 17)
            d = np.sqrt((x - cx) ** 2 + (z - cz) ** 2)
            if d < first:
                first, second, tone = d, first, lattice(i + a + 5, j + b + 9)
            elif d < second:
                second = d
    return second - first, tone


@njit(**FAST)
def _plank(x: float, z: float) -> tuple[float, float]:
    """Boards along x, 0.3 wide and 2.2 long: distance to the nearest gap, and a tone per board."""
    row = np.floor(z / 0.3)
    along = x / 2.2 + lattice(int(row), 3)
    board = np.floor(along)
    across = z / 0.3 - row
    edge = min(0.3 * min(across, 1 - across), 2.2 * min(along - board, 1 - along + board))
    return edge, lattice(int(board), int(row) + 11)


@njit(**FAST)
def albedo(kind: int, x: float, z: float, far: float, out: np.ndarray) -> None:
    """Linear RGB into `out`."""
    patch = cloudy(0.9 * x + 4.0, 0.9 * z)
    fine = 0.5 + far * (noise(30 * x, 30 * z) - 0.5)
    if kind == SNOW:
        out[0], out[1], out[2] = 0.76, 0.80, 0.87
    elif kind == GRASS:
        blade = 0.45 + 0.65 * fine + 0.3 * patch
        out[0], out[1], out[2] = 0.10 * blade + 0.06 * patch, 0.26 * blade, 0.035 * blade
    elif kind == SAND:
        grain = 0.88 + 0.2 * fine
        out[0], out[1], out[2] = 0.66 * grain, 0.46 * grain + 0.03 * patch, 0.25 * grain
    elif kind == WATER:
        out[0], out[1], out[2] = 0.015, 0.085 + 0.03 * patch, 0.125 + 0.03 * patch
    elif kind == STONE:
        edge, tone = _cobble(x, z)
        joint = min(edge * 5.0 + 0.25 + (1 - far), 1.0)
        value = (0.20 + 0.16 * tone + 0.06 * fine) * joint
        out[0], out[1], out[2] = value * 1.04, value, value * 0.95
    else:
        edge, tone = _plank(x, z)
        joint = min(edge * 30.0 + 0.15 + 1.5 * (1 - far), 1.0)
        grain = (0.72 + 0.45 * tone + 0.3 * far * (noise(3 * x, 34 * z) - 0.5)) * joint
        out[0], out[1], out[2] = 0.34 * grain, 0.155 * grain, 0.07 * grain
