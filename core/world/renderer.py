"""Renderings of the miniature world: sphere tracing of signed distances, on one CPU core.

Subjects stand on a ground plane; camera, sun, clay, air and grain are drawn from the seed. Pixels
whose neighbours differ are sampled five times, the others once.
"""

import numpy as np
from numba import njit

from core.world.air import Air, exposure, make_air
from core.world.camera import Narrow, compose
from core.world.clay import LAMP, MAIN, MATERIALS
from core.world.colours import ALBEDO
from core.world.grammar import GROUNDS, Scene
from core.world.noise import FAST
from core.world.shading import Stage, radiance

# bump of the normal, strength and exponent of the highlight, knitted relief, wood grain of the colour
FINISHES = {
    "clay": (0.23, 0.8, 36.0, 0.0, 0.0),
    "glaze": (0.05, 2.6, 110.0, 0.0, 0.0),
    "knit": (0.15, 0.1, 20.0, 0.2, 0.0),
    "wood": (0.10, 0.5, 40.0, 0.0, 0.35),
}


@njit(**FAST)
def _trace_all(size: int, camera: np.ndarray, stage: Stage) -> np.ndarray:
    """size×size×3 linear RGB with adaptive anti-aliasing."""
    picture = np.empty((size, size, 3))
    out, spare = np.empty(3), np.empty(3)
    for i in range(size):
        for j in range(size):
            radiance((2 * j + 1) / size - 1, 1 - (2 * i + 1) / size, camera, stage, out, spare)
            picture[i, j] = out
    smooth = picture.copy()
    for i in range(size):
        for j in range(size):
            contrast = 0.0
            for a, b in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                k, m = min(max(i + a, 0), size - 1), min(max(j + b, 0), size - 1)
                for c in range(3):
                    p, q = picture[i, j, c], picture[k, m, c]
                    contrast = max(contrast, abs(p - q) / (0.12 + p + q))
            if contrast < 0.10:
                continue
            total = picture[i, j].copy()
            for x, y in ((0.125, 0.375), (0.375, -0.125), (-0.125, -0.375), (-0.375, 0.125)):
                u, v = (2 * (j + x) + 1) / size - 1, 1 - (2 * (i + y) + 1) / size
                radiance(u, v, camera, stage, out, spare)
                total += out
            smooth[i, j] = total / 5
    return smooth


@njit(**FAST)
def _flakes(picture: np.ndarray, places: np.ndarray, brightness: np.ndarray) -> None:
    """Blend soft snowflakes (row, column, radius, opacity) over the picture."""
    size = picture.shape[0]
    for n in range(places.shape[0]):
        y, x, r, alpha = places[n]
        for i in range(max(int(y - 2 * r), 0), min(int(y + 2 * r) + 2, size)):
            for j in range(max(int(x - 2 * r), 0), min(int(x + 2 * r) + 2, size)):
                w = alpha * np.exp(-(((i - y) ** 2 + (j - x) ** 2) / (r * r)))
                for c in range(3):
                    picture[i, j, c] = picture[i, j, c] * (1 - w) + brightness[c] * w


def develop(picture: np.ndarray, scene: Scene, air: Air, rng: np.random.Generator) -> np.ndarray:
    """Linear light n×n×3 → uint8 picture: flakes, vignette, filmic curve, grain."""
    size = picture.shape[0]
    if scene.weather == "snowfall":
        count = int(rng.integers(90, 170))
        columns = [
            rng.uniform(0, size, (count, 2)),
            size / 128 * rng.gamma(4.0, 0.28, (count, 1)),
            rng.uniform(0.45, 0.95, (count, 1)),
        ]
        bright = 0.55 * air.horizon + 0.45 * (air.sun * 0.5 + air.above)
        _flakes(picture, np.concatenate(columns, 1), np.maximum(bright, air.horizon) * 1.5)
    axis = np.linspace(-1, 1, size)
    picture *= (1 - 0.10 * (axis[:, None] ** 2 + axis**2))[..., None]
    x = picture * exposure(scene, rng)
    x = (x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14)  # Narkowicz 2015, ACES fit
    x = np.clip(x, 0, 1) ** (1 / 2.2)
    grain = rng.standard_normal((size, size, 1)) * 0.006 + rng.standard_normal((size, size, 3)) * 0.004
    return (np.clip(x + grain, 0, 1) * 255 + 0.5).astype(np.uint8)


def _materials(scene: Scene, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(colours m×3, finishes m×5, lamps m) of one or two subjects, each with its own colour and finish."""
    colours: list[np.ndarray] = []
    finishes: list[np.ndarray] = []
    lamps: list[np.ndarray] = []
    for colour in (scene.colour, scene.second_colour) if scene.relation else (scene.colour,):
        palette = MATERIALS.copy()
        palette[MAIN] = np.clip(np.array(ALBEDO[colour]) * (1 + 0.08 * rng.standard_normal(3)), 0.01, 0.92)
        finish = np.tile(FINISHES["clay"], (len(palette), 1))
        finish[MAIN] = FINISHES[rng.choice(list(FINISHES), p=(0.55, 0.2, 0.13, 0.12))]
        colours.append(palette)
        finishes.append(finish)
        lamps.append(np.where(np.arange(len(palette)) == LAMP, 0.5, 0.0))
    return np.concatenate(colours), np.concatenate(finishes), np.concatenate(lamps)


def generator(scene: Scene, seed: int) -> np.random.Generator:
    """What draws everything in the rendering of a scene; `seed` is a whole number ≥ 0."""
    return np.random.default_rng([seed, *"-".join(vars(scene).values()).encode()])


def arrange(scene: Scene, rng: np.random.Generator, spread: float = 1.0) -> tuple[np.ndarray, Stage]:
    """Place subjects, camera and light.

    Args:
        spread: share of every range of the composition that is used, around its middle; 1 is the
            ordinary world.

    Returns:
        (camera of 12 numbers, what the rays see).
    """
    rows, camera, azimuth, distance = compose(scene, rng if spread == 1 else Narrow(rng, spread))
    air = make_air(scene, rng, azimuth, distance)
    near = np.zeros(len(rows), np.int64)
    return camera, Stage(rows, near, *_materials(scene, rng), list(GROUNDS).index(scene.ground), air)


def render(scene: Scene, seed: int, size: int = 128, spread: float = 1.0) -> np.ndarray:
    """Render one scene.

    Args:
        scene: what it shows.
        seed: whole number ≥ 0; draws camera, sun, clay, air and grain.
        size: width and height in pixels.
        spread: see `arrange`.

    Returns:
        uint8 size×size×3 RGB. The same scene, seed, size and spread give the same bytes.
    """
    rng = generator(scene, seed)
    camera, stage = arrange(scene, rng, spread)
    return develop(_trace_all(size, camera, stage), scene, stage.air, rng)
