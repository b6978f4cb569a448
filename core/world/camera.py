"""Where subjects and camera stand: composition of the picture."""

from typing import Any

import numpy as np

from core.world.clay import MATERIALS, placed, reach
from core.world.grammar import Scene
from core.world.subjects import MODELS, primitives

UP = np.array([0.0, 1.0, 0.0])


class Narrow:
    """A numpy Generator whose uniform() keeps to the middle `spread` of its range; a full turn stays whole.

    Args:
        spread: 0 … 1.
    """

    def __init__(self, rng: np.random.Generator, spread: float) -> None:
        self.rng = rng
        self.spread = spread

    def uniform(self, low: float, high: float) -> float:
        """A number from the middle of low … high."""
        if high - low >= 2 * np.pi:  # the camera's direction decides where the sun stands, not what is seen
            return self.rng.uniform(low, high)
        middle = (low + high) / 2
        half = (high - low) / 2
        return self.rng.uniform(middle - self.spread * half, middle + self.spread * half)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rng, name)


def compose(scene: Scene, rng: np.random.Generator | Narrow) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Place subjects and camera.

    Returns:
        (rows n×21, camera of 12 numbers, azimuth of the camera in radians, its distance). The camera
        is position, forward, right and up, the last two times the tangent of half the view angle.
        Materials of the second subject are numbered after those of the first.
    """
    azimuth = rng.uniform(-np.pi, np.pi)
    towards = np.array([np.sin(azimuth), 0.0, np.cos(azimuth)])
    right = np.array([np.cos(azimuth), 0.0, -np.sin(azimuth)])
    rows = _turned(scene.subject, azimuth, rng)
    elevation = rng.uniform(0.10, 0.34)
    if scene.relation:
        second = _turned(scene.second, azimuth, rng)
        second[:, 19] += len(MATERIALS)
        shift = _apart(scene.relation, rows, second, right, towards, rng)
        second[:, 1:4] += shift
        rows = np.concatenate([rows, second])
        elevation = rng.uniform(0.22, 0.36)
    return rows, *_frame(rows, azimuth, elevation, right, rng)


def _turned(subject: str, azimuth: float, rng: np.random.Generator | Narrow) -> np.ndarray:
    """Rows of a subject seen from one of its good sides, a little smaller or larger than usual."""
    side = np.deg2rad(rng.uniform(*MODELS[subject][1])) * rng.choice((-1, 1))
    rows = placed(primitives(subject), azimuth + side, 0.0, 0.0)
    rows[:, [1, 2, 3, *range(13, 19), 20]] *= rng.uniform(0.92, 1.08)
    return rows


def _apart(
    relation: str,
    rows: np.ndarray,
    second: np.ndarray,
    right: np.ndarray,
    towards: np.ndarray,
    rng: np.random.Generator | Narrow,
) -> np.ndarray:
    """How far the second subject stands from the first."""
    side = rng.choice((-1, 1)) * right
    if relation == "next to":
        gap = rng.uniform(-0.05, 0.12)
        return (reach(rows, side) + reach(second, -side) + gap) * side + rng.uniform(-0.25, 0.25) * towards
    # the one behind is half hidden at most
    front, back = (rows, second) if relation == "in front of" else (second, rows)
    depth = reach(front, -towards) + reach(back, towards) + rng.uniform(0.05, 0.25)
    across = 1.2 * reach(front, side) + rng.uniform(0.05, 0.4) * reach(back, -side)
    offset = across * side - depth * towards
    return offset if relation == "in front of" else -offset


def _frame(
    rows: np.ndarray, azimuth: float, elevation: float, right: np.ndarray, rng: np.random.Generator | Narrow
) -> tuple[np.ndarray, float, float]:
    """Camera that shows the rows large: (12 numbers, azimuth, distance)."""
    half = np.tan(np.deg2rad(rng.uniform(15, 20)))
    level = np.cos(elevation)
    back = np.array([np.sin(azimuth) * level, np.sin(elevation), np.cos(azimuth) * level])
    up = np.cross(back, right)
    spans = [(reach(rows, axis), -reach(rows, -axis)) for axis in (right, up, back)]
    centre = sum((high + low) / 2 * axis for (high, low), axis in zip(spans, (right, up, back), strict=True))
    width, tall, deep = (high - low for high, low in spans)
    fill_x = rng.uniform(0.76, 0.92)  # share of the frame's width that is filled at most
    fill_y = rng.uniform(0.58, 0.74)  # and of its height
    distance = max(width / fill_x, tall / fill_y) / (2 * half) + 0.23 * deep  # near parts look larger
    spare_x = 1 - width / (2 * half * distance)
    spare_y = 1 - tall / (2 * half * distance)
    across = rng.uniform(-0.4, 0.4) * spare_x * right
    upwards = rng.uniform(-0.2, 0.5) * spare_y * up
    centre = centre + half * distance * (across + upwards)
    position = centre + distance * back
    position[1] = max(position[1], 0.25)
    forward = (centre - position) / np.linalg.norm(centre - position)
    right = np.cross(forward, UP)
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    return np.concatenate([position, forward, right * half, up * half]), azimuth, distance
