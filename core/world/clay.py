"""Clay: the primitives that models are built of, as rows of numbers that `core.world.shapes` reads.

Object space: x forward, y up from the ground at 0, z to the side. A row has 21 numbers:
[kind, centre x y z, rotation (3x3, local = rotation · (point − centre)), five sizes, smoothness,
material, bounding radius]. The sizes of every kind are named in its constructor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Point = Sequence[float] | np.ndarray  # three numbers
KINDS = range(6)
CONE, BOX, ELLIPSOID, COLUMN, TRIANGLE, TORUS = KINDS
MAIN, DARK, WHITE, WOOD, GLASS, ORANGE, ROOF, EYE, PINK, GREY, LAMP, LEAF, TAN = range(13)

# linear RGB; MAIN is replaced by the scene's colour
MATERIALS = np.array(
    [
        (0.5, 0.5, 0.5),
        (0.05, 0.045, 0.045),
        (0.85, 0.83, 0.78),
        (0.22, 0.12, 0.06),
        (0.25, 0.42, 0.52),
        (0.90, 0.36, 0.03),
        (0.33, 0.12, 0.07),
        (0.012, 0.012, 0.016),
        (0.85, 0.30, 0.38),
        (0.42, 0.42, 0.43),
        (0.95, 0.80, 0.35),
        (0.07, 0.26, 0.05),
        (0.62, 0.44, 0.27),
    ]
)


def rotation(x: float, y: float, z: float) -> np.ndarray:
    """3x3 matrix that turns by degrees about x, then y, then z."""
    (a, b, c), (s, t, u) = np.cos(np.deg2rad((x, y, z))), np.sin(np.deg2rad((x, y, z)))
    about_x = np.array([(1, 0, 0), (0, a, -s), (0, s, a)])
    about_y = np.array([(b, 0, t), (0, 1, 0), (-t, 0, b)])
    return np.array([(c, -u, 0), (u, c, 0), (0, 0, 1)]) @ about_y @ about_x


def _row(
    kind: int, centre: Point, turn: np.ndarray, sizes: Point, radius: float, material: int, k: float
) -> np.ndarray:
    five_sizes = (*sizes, 0, 0, 0, 0)[:5]
    return np.array([kind, *centre, *np.ravel(turn.T), *five_sizes, k, material, radius], dtype=float)


def cone(a: Point, b: Point, r1: float, r2: float, material: int = MAIN, k: float = 0.04) -> np.ndarray:
    """Round cone from a (radius r1) to b (radius r2). Sizes: r1, r2, length."""
    a = np.array(a, float)
    b = np.array(b, float)
    length = float(np.linalg.norm(b - a))
    y = (b - a) / length
    x = np.cross(y, (0, 0, 1) if abs(y[2]) < 0.9 else (1, 0, 0))
    x /= np.linalg.norm(x)
    turn = np.stack([x, y, np.cross(x, y)], 1)
    return _row(CONE, (a + b) / 2, turn, (r1, r2, length), length / 2 + max(r1, r2), material, k)


def ellipsoid(
    centre: Point, radii: Point, material: int = MAIN, k: float = 0.04, turn: Point = (0, 0, 0)
) -> np.ndarray:
    """Sizes: the three radii."""
    return _row(ELLIPSOID, centre, rotation(*turn), radii, max(radii), material, k)


def ball(centre: Point, r: float, material: int = MAIN, k: float = 0.03) -> np.ndarray:
    """An ellipsoid with equal radii."""
    return ellipsoid(centre, (r, r, r), material, k)


def box(
    centre: Point,
    half: Point,
    rounding: float = 0.04,
    material: int = MAIN,
    k: float = 0.0,
    turn: Point = (0, 0, 0),
) -> np.ndarray:
    """Sizes: three half lengths, rounding of the edges."""
    return _row(BOX, centre, rotation(*turn), (*half, rounding), float(np.linalg.norm(half)), material, k)


def disc(
    centre: Point,
    half_height: float,
    r1: float,
    r2: float,
    rounding: float = 0.02,
    material: int = MAIN,
    k: float = 0.0,
    turn: Point = (0, 0, 0),
) -> np.ndarray:
    """Capped cone around its centre, axis y, r1 below. Sizes: half height, r1, r2, rounding."""
    radius = float(np.hypot(half_height, max(r1, r2)))
    return _row(COLUMN, centre, rotation(*turn), (half_height, r1, r2, rounding), radius, material, k)


def column(
    foot: Point,
    height: float,
    r1: float,
    r2: float,
    rounding: float = 0.02,
    material: int = MAIN,
    k: float = 0.0,
) -> np.ndarray:
    """Upright capped cone standing on `foot`; r1 below, r2 above."""
    centre = (foot[0], foot[1] + height / 2, foot[2])
    return disc(centre, height / 2, r1, r2, rounding, material, k)


def wheel(centre: Point, radius: float, half_width: float, material: int = DARK) -> np.ndarray:
    """Disc whose axle is z."""
    return disc(centre, half_width, radius, radius, 0.03, material, 0.0, (90, 0, 0))


def triangle(
    centre: Point,
    half_width: float,
    height: float,
    apex: float,
    half_depth: float,
    material: int = WHITE,
    turn: Point = (0, 0, 0),
) -> np.ndarray:
    """Prism with a triangle in the x-y plane: base at −height/2, apex at x = `apex`; half_depth along z.

    Sizes: half width, height, apex, half depth, rounding.
    """
    radius = np.sqrt(max(half_width, abs(apex)) ** 2 + height**2 / 4 + half_depth**2) + 0.015
    sizes = (half_width, height, apex, half_depth, 0.015)
    return _row(TRIANGLE, centre, rotation(*turn), sizes, radius, material, 0.0)


def ring(
    centre: Point,
    radius: float,
    thickness: float,
    material: int = MAIN,
    k: float = 0.0,
    turn: Point = (0, 0, 0),
) -> np.ndarray:
    """Torus in the x-y plane. Sizes: radius, radius of the tube."""
    sizes = (radius, thickness)
    return _row(TORUS, centre, rotation(*turn), sizes, radius + thickness, material, k)


def both(
    make: Callable[..., np.ndarray], x: float, y: float, z: float, *rest: Any, **options: Any
) -> list[np.ndarray]:
    """A primitive at (x, y, z) and one at (x, y, −z)."""
    return [make((x, y, z), *rest, **options), make((x, y, -z), *rest, **options)]


def pair(a: Point, b: Point, r1: float, r2: float, **options: Any) -> list[np.ndarray]:
    """A round cone and its mirror image in z."""
    return [cone((a[0], a[1], side * a[2]), (b[0], b[1], side * b[2]), r1, r2, **options) for side in (1, -1)]


def eyes(x: float, y: float, z: float, r: float) -> list[np.ndarray]:
    """Two white eyeballs with dark pupils that look forward and to the side."""
    whites = both(ball, x, y, z, r, WHITE, k=0.0)
    pupils = both(ball, x + 0.5 * r, y + 0.1 * r, z + 0.35 * r, 0.72 * r, EYE, k=0.0)
    return [*whites, *pupils]


def reach(rows: np.ndarray, direction: np.ndarray) -> float:
    """How far n×21 rows extend along a unit vector: the largest p · direction over all their points."""
    local = np.einsum("nij,j->ni", rows[:, 4:13].reshape(-1, 3, 3), direction)
    x, y, z = np.abs(local).T
    a, b, c, d, e = rows[:, 13:18].T
    flat = np.sqrt(np.maximum(1 - y * y, 0))
    corner = np.maximum(a * x, c * local[:, 0] + b * local[:, 1]) - b * local[:, 1] / 2
    extent = np.select(
        [rows[:, 0] == kind for kind in KINDS],
        [
            np.maximum(c / 2 * local[:, 1] + b, a - c / 2 * local[:, 1]),
            a * x + b * y + c * z,
            np.sqrt((a * x) ** 2 + (b * y) ** 2 + (c * z) ** 2),
            np.maximum(a * local[:, 1] + c * flat, b * flat - a * local[:, 1]),
            corner + d * z + e,
            a * np.hypot(x, y) + b,
        ],
    )
    return float((rows[:, 1:4] @ direction + extent).max())


def placed(rows: np.ndarray, heading: float, x: float, z: float) -> np.ndarray:
    """Rows turned so that forward points to (sin heading, 0, cos heading), and moved along the ground."""
    s, c = np.sin(heading), np.cos(heading)
    turn = np.array([(s, 0, -c), (0, 1, 0), (c, 0, s)])
    moved = rows.copy()
    moved[:, 1:4] = rows[:, 1:4] @ turn.T + (x, 0, z)
    moved[:, 4:13] = (rows[:, 4:13].reshape(-1, 3, 3) @ turn.T).reshape(-1, 9)
    return moved
