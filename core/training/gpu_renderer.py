"""The miniature world rendered on an NVIDIA GPU: the CPU's own kernels, compiled once more, a thread to a
pixel.

Composition, light and film stay on the CPU, so a rendering agrees with `core.world.renderer.render` to
rounding. Needs the package numba-cuda, which is none of the project's requirements: without it, or without a
GPU, the CPU renders.
"""

from __future__ import annotations

import math
import types
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from numba import cuda

from core.world import renderer
from core.world.air import Air
from core.world.shading import Stage, radiance

if TYPE_CHECKING:
    from core.world.grammar import Scene

NEAR = 64  # clay rows of two subjects: 62 at most
AIR = (3, 3, 3, 3, 3, 3, 1, 1, 1, 1, 5)  # numbers in the fields of Air
BLOCK = (1, 8, 16)  # pictures, rows, columns: rays of neighbouring pixels run alike

# numpy's functions of single numbers, which numba knows on the GPU by these names only
MATHS = types.ModuleType("maths")
MATHS.__dict__.update(
    sqrt=math.sqrt, floor=math.floor, sin=math.sin, cos=math.cos, exp=math.exp, arctan2=math.atan2
)  # fmt: skip


def on_device(function: Any, made: Any = None) -> Any:
    """A function compiled for the CPU, and all that it calls, compiled for the GPU."""
    made = {} if made is None else made
    if function not in made:
        names = {**function.py_func.__globals__, "np": MATHS}
        for name in function.py_func.__code__.co_names:
            if hasattr(names.get(name), "py_func"):
                names[name] = on_device(names[name], made)
        plain = types.FunctionType(function.py_func.__code__, names, function.__name__)
        made[function] = cuda.jit(device=True, fastmath=True)(plain)
    return made[function]


_radiance = on_device(radiance)


def _look(
    n: Any,
    u: Any,
    v: Any,
    rows: Any,
    counts: Mapping[str, int],
    camera: Any,
    colours: Any,
    finishes: Any,
    lamps: Any,
    grounds: Any,
    airs: Any,
    near: Any,
    value: Any,
    spare: Any,
) -> None:
    """Linear RGB of picture n at the image point (u, v), into value[:3]."""
    a = airs[n]
    air = Air(a[0:3], a[3:6], a[6:9], a[9:12], a[12:15], a[15:18], a[18], a[19], a[20], a[21], a[22:27])
    scene = Stage(rows[n, : counts[n]], near, colours[n], finishes[n], lamps[n], grounds[n], air)
    _radiance(u, v, camera[n], scene, value, spare)


_look_device = cuda.jit(device=True, fastmath=True)(_look)


@cuda.jit(fastmath=True)
def _once(
    rows: Any,
    counts: Mapping[str, int],
    camera: Any,
    colours: Any,
    finishes: Any,
    lamps: Any,
    grounds: Any,
    airs: Any,
    pictures: np.ndarray,
) -> None:
    """Every pixel sampled once."""
    n = cuda.blockIdx.z
    i, j = cuda.grid(2)
    size = pictures.shape[1]
    if i < size and j < size:
        near = cuda.local.array(NEAR, numba.int64)
        value = cuda.local.array(3, numba.float64)
        spare = cuda.local.array(3, numba.float64)
        u = (2 * j + 1) / size - 1
        v = 1 - (2 * i + 1) / size
        _look_device(
            n, u, v, rows, counts, camera, colours, finishes, lamps, grounds, airs, near, value, spare
        )
        for c in range(3):
            pictures[n, i, j, c] = value[c]


@cuda.jit(device=True, fastmath=True)
def _contrast(pictures: np.ndarray, n: int, i: int, j: int) -> float:
    """How much a pixel of picture n differs from its neighbours."""
    size = pictures.shape[1]
    contrast = 0.0
    for k in range(4):
        y = min(max(i + (k == 1) - (k == 3), 0), size - 1)
        x = min(max(j + (k == 0) - (k == 2), 0), size - 1)
        for c in range(3):
            p = pictures[n, i, j, c]
            q = pictures[n, y, x, c]
            contrast = max(contrast, abs(p - q) / (0.12 + p + q))
    return contrast


@cuda.jit(fastmath=True)
def _again(
    rows: Any,
    counts: Mapping[str, int],
    camera: Any,
    colours: Any,
    finishes: Any,
    lamps: Any,
    grounds: Any,
    airs: Any,
    pictures: np.ndarray,
    smooth: Any,
) -> None:
    """Pixels that differ from a neighbour, sampled four times more."""
    n = cuda.blockIdx.z
    i, j = cuda.grid(2)
    size = pictures.shape[1]
    if i < size and j < size:
        for c in range(3):
            smooth[n, i, j, c] = pictures[n, i, j, c]
        if _contrast(pictures, n, i, j) >= 0.10:
            near = cuda.local.array(NEAR, numba.int64)
            value = cuda.local.array(3, numba.float64)
            spare = cuda.local.array(3, numba.float64)
            for k in range(4):
                a = -0.375 + 0.25 * k
                b = 0.125 if k == 0 else (-0.375 if k == 1 else (0.375 if k == 2 else -0.125))
                u = (2 * (j + a) + 1) / size - 1
                v = 1 - (2 * (i + b) + 1) / size
                _look_device(
                    n, u, v, rows, counts, camera, colours, finishes, lamps, grounds, airs, near, value, spare
                )
                for c in range(3):
                    smooth[n, i, j, c] += value[c]
            for c in range(3):
                smooth[n, i, j, c] /= 5


def _packed(stages: Any) -> Any:
    """Sets of n pictures as arrays with a row to each: the arguments of the kernels before the pictures."""
    most = max(len(stage.rows) for stage in stages)
    kinds = max(len(stage.colours) for stage in stages)

    def padded(arrays: Sequence[np.ndarray], length: int) -> np.ndarray:
        out = np.zeros((len(arrays), length, *arrays[0].shape[1:]))
        for row, array in zip(out, arrays, strict=True):
            row[: len(array)] = array
        return out

    airs = np.array([np.concatenate([np.ravel(field) for field in stage.air]) for stage in stages], float)
    return (
        padded([stage.rows for stage in stages], most),
        np.array([len(stage.rows) for stage in stages]),
        padded([stage.colours for stage in stages], kinds),
        padded([stage.finishes for stage in stages], kinds),
        padded([stage.lamp for stage in stages], kinds),
        np.array([stage.ground for stage in stages]),
        airs,
    )


def render_many(
    scenes: Sequence[Scene], seeds: Sequence[int], size: int = 128, spread: float = 1.0
) -> np.ndarray:
    """Renderings of scenes, uint8 n×size×size×3, as `core.world.renderer.render` makes them one by one."""
    rngs = [renderer.generator(scene, seed) for scene, seed in zip(scenes, seeds, strict=True)]
    arranged = [renderer.arrange(scene, rng, spread) for scene, rng in zip(scenes, rngs, strict=True)]
    cameras = [camera for camera, _ in arranged]
    stages = [stage for _, stage in arranged]
    rows, counts, *rest = _packed(stages)
    arguments = [cuda.to_device(a) for a in (rows, counts, np.stack(cameras), *rest)]
    once, smooth = (cuda.device_array((len(scenes), size, size, 3)) for _ in range(2))
    grid = (-(-size // BLOCK[1]), -(-size // BLOCK[2]), len(scenes))
    _once[grid, (BLOCK[1], BLOCK[2], 1)](*arguments, once)
    _again[grid, (BLOCK[1], BLOCK[2], 1)](*arguments, once, smooth)
    linear = smooth.copy_to_host()
    airs = [stage.air for stage in stages]
    developed = zip(linear, scenes, airs, rngs, strict=True)
    return np.stack([renderer.develop(*each) for each in developed])


def agrees(tolerance: float = 1.0) -> bool:
    """Whether this GPU renders what the CPU does, to a mean difference of `tolerance` 8-bit steps."""
    from core.training.worlds import WORLDS

    scenes = WORLDS["test"].scenes(0, 4)
    seeds = WORLDS["test"].seeds(0, 4)
    ours = render_many(scenes, seeds, 64).astype(float)
    theirs = np.stack([renderer.render(scene, seed, 64) for scene, seed in zip(scenes, seeds, strict=True)])
    return float(np.abs(ours - theirs).mean()) < tolerance
