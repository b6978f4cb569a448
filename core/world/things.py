"""Vehicles, buildings, plants and things of the miniature world, in clay."""

import numpy as np

from core.world.clay import (
    DARK,
    GLASS,
    GREY,
    LAMP,
    LEAF,
    ORANGE,
    PINK,
    ROOF,
    WHITE,
    WOOD,
    ball,
    both,
    box,
    column,
    cone,
    disc,
    ellipsoid,
    ring,
    triangle,
    wheel,
)

Rows = list[np.ndarray]  # primitives of 21 numbers, see core.world.clay


def _wheels(x: float, y: float, z: float, radius: float) -> Rows:
    """A pair of wheels with bright hubs."""
    return [*both(wheel, x, y, z, radius, 0.09), *both(wheel, x, y, z + 0.06, 0.5 * radius, 0.05, WHITE)]


def car() -> Rows:
    """A car."""
    return [
        box((0, 0.40, 0), (0.86, 0.20, 0.42), 0.12),
        box((-0.12, 0.76, 0), (0.48, 0.24, 0.36), 0.12),
        box((-0.12, 0.76, 0), (0.36, 0.13, 0.375), 0.03, GLASS),
        box((-0.12, 0.76, 0), (0.495, 0.12, 0.27), 0.03, GLASS),
        box((-0.12, 0.76, 0), (0.05, 0.2, 0.38), 0.02),
        *_wheels(0.50, 0.24, 0.38, 0.25),
        *_wheels(-0.52, 0.24, 0.38, 0.25),
        *both(ball, 0.83, 0.46, 0.26, 0.10, LAMP, k=0.0),
        box((0.0, 0.27, 0), (0.92, 0.05, 0.34), 0.03, GREY),
    ]


def train() -> Rows:
    """A steam engine."""
    return [
        box((0, 0.36, 0), (0.92, 0.09, 0.34), 0.03, DARK),
        disc((0.26, 0.76, 0), 0.58, 0.31, 0.31, 0.04, turn=(0, 0, 90)),
        box((-0.58, 0.86, 0), (0.34, 0.46, 0.38), 0.04),
        box((-0.58, 1.36, 0), (0.44, 0.06, 0.46), 0.04, DARK),
        box((-0.58, 1.04, 0), (0.20, 0.15, 0.395), 0.02, GLASS),
        box((-0.58, 1.04, 0), (0.355, 0.15, 0.24), 0.02, GLASS),
        column((0.58, 1.02, 0), 0.42, 0.10, 0.19, 0.02, DARK),
        ball((0.14, 1.06, 0), 0.13, LAMP, k=0.0),
        disc((0.84, 0.76, 0), 0.03, 0.25, 0.25, 0.02, DARK, turn=(0, 0, 90)),
        ball((0.88, 0.80, 0), 0.10, LAMP, k=0.0),
        triangle((0.98, 0.24, 0), 0.20, 0.36, -0.18, 0.34, GREY),
        *[p for x in (-0.62, 0.0, 0.52) for p in _wheels(x, 0.24, 0.36, 0.24)],
    ]


def boat() -> Rows:
    """A sailing boat."""
    return [
        box((-0.24, 0.26, 0), (0.64, 0.26, 0.36), 0.10),
        triangle((0.66, 0.26, 0), 0.36, 0.60, 0.0, 0.25, 0, turn=(90, 90, 0)),
        box((-0.24, 0.52, 0), (0.58, 0.03, 0.30), 0.02, WOOD),
        column((0.0, 0.3, 0), 1.45, 0.045, 0.035, 0.01, WOOD),
        triangle((-0.38, 1.12, 0), 0.32, 0.98, 0.32, 0.025),
        triangle((0.36, 1.04, 0), 0.28, 0.82, -0.28, 0.025),
        triangle((-0.14, 1.76, 0), 0.08, 0.30, 0.0, 0.02, ORANGE, turn=(0, 0, 90)),
        *[p for x in (-0.6, -0.2) for p in both(ball, x, 0.32, 0.35, 0.07, WHITE, k=0.0)],
    ]


def airplane() -> Rows:
    """An airplane."""
    return [
        cone((0.50, 0.86, 0), (-0.90, 0.94, 0), 0.25, 0.07),
        box((0.16, 0.80, 0), (0.24, 0.045, 1.10), 0.04),
        box((-0.82, 0.98, 0), (0.14, 0.035, 0.42), 0.03),
        triangle((-0.86, 1.18, 0), 0.20, 0.42, -0.18, 0.03, 0),
        *both(box, 0.16, 0.80, 0.78, (0.245, 0.05, 0.09), 0.04, WHITE),
        ellipsoid((0.22, 1.06, 0), (0.26, 0.16, 0.16), GLASS, k=0.0),
        *[
            p
            for x in (-0.14, -0.36, -0.56)
            for p in both(ball, x, 0.96, 0.15 + 0.07 * x, 0.055, WHITE, k=0.0)
        ],
        ball((0.76, 0.86, 0), 0.09, ORANGE, k=0.0),
        box((0.80, 0.86, 0), (0.025, 0.38, 0.055), 0.02, DARK, turn=(35, 0, 0)),
        column((0, 0, 0), 0.70, 0.05, 0.05, 0.01, GREY),
        column((0, 0, 0), 0.07, 0.34, 0.30, 0.02, GREY),
    ]


def rocket() -> Rows:
    """A rocket."""
    fins = [(np.cos(a), np.sin(a), np.rad2deg(a)) for a in np.arange(4) * np.pi / 2 + np.pi / 4]
    return [
        ellipsoid((0, 0.98, 0), (0.34, 0.80, 0.34)),
        cone((0, 1.52, 0), (0, 1.90, 0), 0.19, 0.02, ORANGE, k=0.0),
        *[
            triangle((0.42 * c, 0.40, 0.42 * s), 0.26, 0.72, -0.24, 0.045, DARK, turn=(0, -a, 0))
            for c, s, a in fins
        ],
        column((0, 0.08, 0), 0.22, 0.24, 0.16, 0.02, GREY),
        *[
            p
            for y in (1.22, 0.84)
            for p in (ball((0.27, y, 0), 0.135, WHITE, k=0.0), ball((0.31, y, 0), 0.11, GLASS, k=0.0))
        ],
    ]


def house() -> Rows:
    """A house."""
    return [
        box((0, 0.44, 0), (0.46, 0.44, 0.54), 0.02),
        triangle((0, 1.06, 0), 0.70, 0.52, 0.0, 0.52, ROOF, turn=(0, 90, 0)),
        triangle((0, 1.02, 0), 0.56, 0.44, 0.0, 0.545, 0, turn=(0, 90, 0)),
        box((-0.18, 1.26, 0.34), (0.09, 0.26, 0.09), 0.01, GREY),
        box((0.46, 0.30, 0), (0.03, 0.30, 0.13), 0.01, WOOD),
        ball((0.50, 0.30, 0.08), 0.03, LAMP, k=0.0),
        *both(box, 0.46, 0.50, 0.34, (0.03, 0.14, 0.11), 0.01, WHITE),
        *both(box, 0.475, 0.50, 0.34, (0.03, 0.11, 0.08), 0.01, LAMP),
        *both(box, 0.0, 0.48, 0.54, (0.17, 0.15, 0.03), 0.01, WHITE),
        *both(box, 0.0, 0.48, 0.555, (0.14, 0.12, 0.03), 0.01, LAMP),
        ball((0.55, 1.02, 0), 0.10, LAMP, k=0.0),
    ]


def tower() -> Rows:
    """A tower."""
    circle = [(np.cos(a), np.sin(a), np.rad2deg(a)) for a in np.arange(7) * 2 * np.pi / 7]
    return [
        column((0, 0, 0), 1.24, 0.46, 0.36),
        column((0, 1.20, 0), 0.20, 0.38, 0.52),
        *[box((0.45 * c, 1.50, 0.45 * s), (0.07, 0.13, 0.12), 0.02, turn=(0, -a, 0)) for c, s, a in circle],
        box((0.44, 0.24, 0), (0.05, 0.26, 0.14), 0.04, WOOD),
        box((0.39, 0.84, 0), (0.05, 0.14, 0.07), 0.03, LAMP),
        *both(box, 0, 0.70, 0.40, (0.07, 0.14, 0.05), 0.03, DARK),
        column((0, 1.3, 0), 0.75, 0.03, 0.03, 0.01, WOOD),
        triangle((0.0, 1.92, 0.17), 0.12, 0.32, 0.0, 0.02, WHITE, turn=(0, 90, -90)),
    ]


def _sail(angle: float) -> Rows:
    """One of four sails of the windmill, turned by degrees about its axle."""
    out = np.array([0, np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])
    axle = np.array([0.48, 1.16, 0])
    return [
        box(axle + 0.44 * out, (0.02, 0.40, 0.025), 0.01, WOOD, turn=(angle, 0, 0)),
        box(axle + 0.50 * out, (0.012, 0.32, 0.12), 0.01, WHITE, turn=(angle, 0, 0)),
    ]


def windmill() -> Rows:
    """A windmill."""
    return [
        column((0, 0, 0), 1.12, 0.46, 0.30),
        ellipsoid((0, 1.14, 0), (0.36, 0.28, 0.36), ROOF, k=0.0),
        cone((0.2, 1.16, 0), (0.50, 1.16, 0), 0.05, 0.07, DARK, k=0.0),
        *[part for angle in (45, 135, 225, 315) for part in _sail(angle)],
        box((0.43, 0.24, 0), (0.05, 0.24, 0.12), 0.03, WOOD),
        *both(box, 0.05, 0.62, 0.37, (0.08, 0.11, 0.04), 0.02, LAMP),
    ]


def tree() -> Rows:
    """A fir tree."""
    return [
        column((0, 0, 0), 0.5, 0.13, 0.11, 0.02, WOOD),
        column((0, 0.34, 0), 0.52, 0.58, 0.12, 0.04),
        column((0, 0.70, 0), 0.48, 0.46, 0.09, 0.04),
        column((0, 1.04, 0), 0.52, 0.34, 0.01, 0.03),
    ]


def flower() -> Rows:
    """A flower."""
    petals = []
    for angle in np.arange(8) * 45.0:
        y, z = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
        petals.append(
            ellipsoid((0.06, 1.15 + 0.37 * y, 0.37 * z), (0.06, 0.26, 0.155), k=0.0, turn=(angle, 0, 0))
        )
    return [
        cone((-0.05, 0.0, 0), (0, 1.10, 0), 0.05, 0.045, LEAF),
        *petals,
        ellipsoid((0.08, 1.15, 0), (0.10, 0.19, 0.19), WOOD, k=0.0),
        ellipsoid((0, 0.40, 0.28), (0.12, 0.06, 0.28), LEAF, k=0.0, turn=(-28, 0, 0)),
        ellipsoid((0, 0.30, -0.28), (0.12, 0.06, 0.28), LEAF, k=0.0, turn=(28, 0, 0)),
    ]


def mushroom() -> Rows:
    """A mushroom."""
    spots = [
        (0.0, 1.22, 0.0),
        (0.40, 1.06, 0.12),
        (-0.33, 1.08, 0.20),
        (0.12, 1.08, -0.40),
        (0.22, 1.00, 0.46),
    ]
    spots += [(-0.30, 1.00, -0.36), (0.50, 0.92, -0.24), (0.55, 0.88, 0.32)]
    return [
        column((0, 0, 0), 0.80, 0.25, 0.17, 0.05, WHITE),
        ellipsoid((0, 0.84, 0), (0.64, 0.40, 0.64), k=0.0),
        disc((0, 0.66, 0), 0.09, 0.50, 0.60, 0.03, WHITE),
        *[ball(spot, 0.10, WHITE, k=0.0) for spot in spots],
    ]


def cactus() -> Rows:
    """A cactus in a pot."""
    return [
        column((0, 0, 0), 0.36, 0.28, 0.38, 0.03, ROOF),
        column((0, 0.32, 0), 0.10, 0.42, 0.42, 0.03, ROOF),
        cone((0, 0.40, 0), (0, 1.42, 0), 0.22, 0.20),
        cone((0, 0.76, 0), (0, 0.78, 0.46), 0.12, 0.12),
        cone((0, 0.78, 0.46), (0, 1.22, 0.48), 0.12, 0.11),
        cone((0, 0.96, 0), (0, 0.98, -0.44), 0.11, 0.11),
        cone((0, 0.98, -0.44), (0, 1.34, -0.46), 0.11, 0.10),
        ball((0, 1.63, 0), 0.12, PINK, k=0.0),
        ball((0, 1.36, 0.48), 0.08, PINK, k=0.0),
    ]


def sphere() -> Rows:
    """A ball with a stripe."""
    return [
        ball((0, 0.55, 0), 0.55),
        disc((0, 0.55, 0), 0.085, 0.557, 0.557, 0.01, WHITE, turn=(0, 0, 28)),
    ]


def cube() -> Rows:
    """A cube with rounded edges."""
    return [box((0, 0.5, 0), (0.5, 0.5, 0.5), 0.05)]


def chair() -> Rows:
    """A chair with a cushion."""
    return [
        *[column((x, 0, z), 0.56, 0.065, 0.065, 0.01) for x in (-0.32, 0.32) for z in (-0.32, 0.32)],
        box((0, 0.58, 0), (0.42, 0.07, 0.42), 0.03),
        box((0.02, 0.68, 0), (0.34, 0.05, 0.34), 0.05, WHITE),
        *[box((-0.37, y, 0), (0.045, 0.09, 0.38), 0.03) for y in (0.94, 1.28)],
        *both(column, -0.37, 0.56, 0.34, 0.86, 0.06, 0.06, 0.01),
    ]


def teapot() -> Rows:
    """A teapot."""
    return [
        column((0, 0, 0), 0.12, 0.30, 0.34, 0.02, WHITE),
        ellipsoid((0, 0.50, 0), (0.52, 0.42, 0.52)),
        cone((0.40, 0.40, 0), (0.74, 0.58, 0), 0.16, 0.10),
        cone((0.74, 0.58, 0), (0.92, 0.92, 0), 0.10, 0.07),
        ring((-0.58, 0.54, 0), 0.25, 0.065, k=0.03),
        ellipsoid((0, 0.88, 0), (0.30, 0.10, 0.30), WHITE, k=0.0),
        ball((0, 1.04, 0), 0.10, k=0.0),
    ]


def cake() -> Rows:
    """A birthday cake with candles."""
    candles = [(0.17, 0.0), (-0.10, 0.17), (-0.10, -0.17)]
    berries = [(0.50 * np.cos(a), 0.50 * np.sin(a)) for a in np.arange(8) * np.pi / 4]
    return [
        column((0, 0, 0), 0.07, 0.55, 0.80, 0.02, WHITE),
        column((0, 0.06, 0), 0.42, 0.62, 0.62, 0.05),
        ring((0, 0.48, 0), 0.56, 0.09, WHITE, turn=(90, 0, 0)),
        column((0, 0.44, 0), 0.38, 0.38, 0.38, 0.05),
        ring((0, 0.82, 0), 0.32, 0.08, WHITE, turn=(90, 0, 0)),
        *[ball((x, 0.58, z), 0.07, PINK, k=0.0) for x, z in berries],
        *[column((x, 0.80, z), 0.36, 0.04, 0.04, 0.01, WHITE) for x, z in candles],
        *[cone((x, 1.21, z), (x, 1.32, z), 0.055, 0.01, ORANGE, k=0.0) for x, z in candles],
    ]
