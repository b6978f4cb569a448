"""Where subjects and camera stand: composition of the photograph."""

import numpy as np

from core.world.clay import MATERIALS, placed, reach
from core.world.subjects import MODELS, primitives

UP = np.array([0.0, 1.0, 0.0])


def compose(scene, rng):
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


def _turned(subject, azimuth, rng):
    """Rows of a subject seen from one of its good sides, a little smaller or larger than usual."""
    side = np.deg2rad(rng.uniform(*MODELS[subject][1])) * rng.choice((-1, 1))
    rows = placed(primitives(subject), azimuth + side, 0.0, 0.0)
    rows[:, [1, 2, 3, *range(13, 19), 20]] *= rng.uniform(0.92, 1.08)
    return rows


def _apart(relation, rows, second, right, towards, rng):
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


def _frame(rows, azimuth, elevation, right, rng):
    """Camera that shows the rows large: (12 numbers, azimuth, distance)."""
    half = np.tan(np.deg2rad(rng.uniform(15, 20)))
    back = np.array([np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)])
    up = np.cross(back, right)
    spans = [(reach(rows, axis), -reach(rows, -axis)) for axis in (right, up, back)]
    centre = sum((high + low) / 2 * axis for (high, low), axis in zip(spans, (right, up, back), strict=True))
    width, tall = spans[0][0] - spans[0][1], spans[1][0] - spans[1][1]
    fill_x, fill_y = rng.uniform(0.76, 0.92), rng.uniform(0.58, 0.74)  # share of the frame that is filled at most
    distance = max(width / fill_x, tall / fill_y) / (2 * half) + 0.23 * (spans[2][0] - spans[2][1])  # near parts look larger
    spare_x, spare_y = 1 - width / (2 * half * distance), 1 - tall / (2 * half * distance)
    centre = centre + half * distance * (rng.uniform(-0.4, 0.4) * spare_x * right + rng.uniform(-0.2, 0.5) * spare_y * up)
    position = centre + distance * back
    position[1] = max(position[1], 0.25)
    forward = (centre - position) / np.linalg.norm(centre - position)
    right = np.cross(forward, UP)
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    return np.concatenate([position, forward, right * half, up * half]), azimuth, distance
