"""The clay models: each subject as a list of signed-distance primitives.

Object space: x forward, y up from the ground at 0, z to the side; a subject is about 1.2 high.
A primitive is one row of 12 numbers, read by `core.world.renderer`:
[kind, ax, ay, az, bx, by, bz, r1, r2, smoothness, material, 0].
"""

import numpy as np

CONE, BOX, ELLIPSOID, COLUMN, GABLE, WHEEL, TRIANGLE = range(7)
MAIN, DARK, WHITE, WOOD, GLASS, ORANGE, ROOF, EYE, PINK, GREY, LAMP = range(11)

# linear RGB; MAIN is replaced by the scene's colour
MATERIALS = np.array(
    [
        (0.5, 0.5, 0.5),
        (0.05, 0.045, 0.045),
        (0.85, 0.83, 0.78),
        (0.22, 0.12, 0.06),
        (0.25, 0.38, 0.45),
        (0.85, 0.35, 0.04),
        (0.33, 0.14, 0.08),
        (0.015, 0.015, 0.02),
        (0.85, 0.30, 0.38),
        (0.42, 0.42, 0.43),
        (0.95, 0.80, 0.35),
    ]
)


def cone(a, b, r1, r2, material=MAIN, k=0.04):
    """Round cone from a (radius r1) to b (radius r2)."""
    return [CONE, *a, *b, r1, r2, k, material, 0]


def ball(a, r, material=MAIN, k=0.03):
    return [ELLIPSOID, *a, r, r, r, 0, 0, k, material, 0]


def ellipsoid(a, radii, material=MAIN, k=0.04):
    return [ELLIPSOID, *a, *radii, 0, 0, k, material, 0]


def box(a, half, rounding=0.04, material=MAIN, k=0.0):
    return [BOX, *a, *half, rounding, 0, k, material, 0]


def column(a, height, r1, r2, rounding=0.02, material=MAIN, k=0.0):
    """Upright capped cone standing on a; r1 below, r2 above."""
    return [COLUMN, *a, rounding, height, 0, r1, r2, k, material, 0]


def gable(a, half_width, height, half_length, material=ROOF):
    """Roof with its ridge along z, standing on a."""
    return [GABLE, *a, half_width, height, half_length, 0.02, 0, 0, material, 0]


def wheel(a, radius, half_length, material=DARK):
    """Disc whose axle is z."""
    return [WHEEL, *a, 0, 0, half_length, radius, 0.03, 0, material, 0]


def triangle(a, leg_x, leg_y, thickness, material=WHITE):
    """Right-angled triangle in the x-y plane with its right angle at a."""
    return [TRIANGLE, *a, leg_x, leg_y, thickness, 0.01, 0, 0, material, 0]


def both(make, x, y, z, *rest, **options):
    """A primitive and its mirror image in z."""
    return [make((x, y, z), *rest, **options), make((x, y, -z), *rest, **options)]


def pair(a, b, r1, r2, **options):
    """A round cone and its mirror image in z."""
    mirror = lambda p: (p[0], p[1], -p[2])
    return [cone(a, b, r1, r2, **options), cone(mirror(a), mirror(b), r1, r2, **options)]


def fox():
    return [
        cone((-0.42, 0.50, 0), (0.32, 0.52, 0), 0.19, 0.21),
        cone((0.32, 0.55, 0), (0.52, 0.80, 0), 0.16, 0.15),
        cone((0.55, 0.84, 0), (0.84, 0.74, 0), 0.20, 0.06),
        cone((0.74, 0.72, 0), (0.84, 0.70, 0), 0.08, 0.05, WHITE),
        ball((0.91, 0.75, 0), 0.04, EYE),
        *pair((0.50, 0.98, 0.10), (0.46, 1.20, 0.15), 0.085, 0.015),
        *both(ball, 0.68, 0.89, 0.125, 0.032, EYE, k=0.0),
        *pair((0.28, 0.45, 0.12), (0.30, 0.22, 0.12), 0.085, 0.06),
        *pair((0.30, 0.22, 0.12), (0.31, 0.05, 0.12), 0.062, 0.055, material=DARK),
        *pair((-0.40, 0.45, 0.12), (-0.42, 0.22, 0.12), 0.10, 0.06),
        *pair((-0.42, 0.22, 0.12), (-0.41, 0.05, 0.12), 0.062, 0.055, material=DARK),
        cone((-0.55, 0.52, 0), (-0.92, 0.72, 0), 0.09, 0.17),
        cone((-1.0, 0.78, 0), (-1.18, 0.92, 0), 0.145, 0.03, WHITE),
        ball((0.42, 0.52, 0), 0.165, WHITE),
    ]


def rabbit():
    return [
        ellipsoid((0, 0.40, 0), (0.44, 0.37, 0.31)),
        ball((0.40, 0.76, 0), 0.24),
        *pair((0.34, 0.95, 0.09), (0.18, 1.48, 0.15), 0.075, 0.06),
        *pair((0.39, 1.02, 0.095), (0.26, 1.40, 0.15), 0.035, 0.03, material=PINK),
        ball((-0.46, 0.36, 0), 0.13, WHITE),
        *pair((-0.12, 0.12, 0.24), (0.20, 0.08, 0.24), 0.12, 0.08),
        *pair((0.34, 0.32, 0.13), (0.44, 0.07, 0.13), 0.09, 0.065),
        *both(ball, 0.56, 0.83, 0.14, 0.038, EYE, k=0.0),
        ball((0.635, 0.73, 0), 0.035, PINK),
        ball((0.33, 0.42, 0), 0.20, WHITE),
    ]


def bear():
    return [
        ellipsoid((0, 0.52, 0), (0.40, 0.50, 0.38)),
        ball((0.10, 1.15, 0), 0.31),
        *both(ball, 0.04, 1.42, 0.23, 0.12),
        ellipsoid((0.36, 1.07, 0), (0.14, 0.12, 0.15), WHITE),
        ball((0.49, 1.12, 0), 0.05, EYE),
        *both(ball, 0.36, 1.24, 0.13, 0.038, EYE, k=0.0),
        *pair((0.06, 0.80, 0.34), (0.36, 0.52, 0.44), 0.14, 0.12),
        *pair((0.12, 0.17, 0.24), (0.50, 0.14, 0.30), 0.17, 0.14),
        *both(ellipsoid, 0.62, 0.15, 0.31, (0.05, 0.10, 0.10), WHITE, k=0.0),
        ellipsoid((0.30, 0.50, 0), (0.13, 0.28, 0.22), WHITE),
    ]


def duck():
    return [
        ellipsoid((0, 0.36, 0), (0.54, 0.33, 0.34)),
        cone((-0.38, 0.45, 0), (-0.66, 0.68, 0), 0.16, 0.04),
        cone((0.32, 0.50, 0), (0.38, 0.85, 0), 0.17, 0.15),
        ball((0.40, 0.98, 0), 0.235),
        ellipsoid((0.68, 0.93, 0), (0.17, 0.045, 0.12), ORANGE, k=0.0),
        *both(ellipsoid, -0.06, 0.44, 0.30, (0.33, 0.19, 0.08), k=0.01),
        *both(ball, 0.53, 1.07, 0.155, 0.04, EYE, k=0.0),
        *both(ellipsoid, 0.12, 0.05, 0.14, (0.16, 0.05, 0.09), ORANGE, k=0.0),
    ]


def elephant():
    return [
        ellipsoid((-0.05, 0.76, 0), (0.58, 0.43, 0.40)),
        *pair((0.26, 0.55, 0.21), (0.27, 0.10, 0.21), 0.16, 0.14),
        *pair((-0.40, 0.55, 0.21), (-0.41, 0.10, 0.21), 0.16, 0.14),
        ball((0.55, 1.02, 0), 0.31),
        cone((0.80, 0.95, 0), (0.98, 0.52, 0), 0.14, 0.10),
        cone((0.98, 0.52, 0), (1.10, 0.24, 0), 0.10, 0.075),
        cone((1.10, 0.24, 0), (1.26, 0.26, 0), 0.075, 0.06),
        *both(ellipsoid, 0.42, 1.05, 0.37, (0.09, 0.30, 0.22), k=0.02),
        *pair((0.75, 0.80, 0.14), (1.0, 0.72, 0.17), 0.045, 0.015, material=WHITE, k=0.0),
        *both(ball, 0.78, 1.14, 0.18, 0.036, EYE, k=0.0),
        cone((-0.60, 0.85, 0), (-0.74, 0.50, 0), 0.04, 0.03),
    ]


def car():
    return [
        box((0, 0.36, 0), (0.84, 0.17, 0.38), 0.09),
        box((-0.10, 0.66, 0), (0.44, 0.17, 0.32), 0.08),
        box((-0.10, 0.67, 0), (0.36, 0.11, 0.335), 0.02, GLASS),
        box((-0.10, 0.67, 0), (0.455, 0.10, 0.25), 0.02, GLASS),
        *both(wheel, 0.48, 0.20, 0.36, 0.20, 0.08),
        *both(wheel, -0.50, 0.20, 0.36, 0.20, 0.08),
        *both(wheel, 0.48, 0.20, 0.42, 0.09, 0.04, GREY),
        *both(wheel, -0.50, 0.20, 0.42, 0.09, 0.04, GREY),
        *both(ball, 0.83, 0.42, 0.24, 0.075, LAMP, k=0.0),
        box((0.0, 0.24, 0), (0.88, 0.035, 0.30), 0.02, GREY),
    ]


def boat():
    return [
        ellipsoid((0, 0.22, 0), (0.88, 0.26, 0.34)),
        box((-0.05, 0.36, 0), (0.62, 0.03, 0.22), 0.03, WOOD),
        box((-0.42, 0.46, 0), (0.16, 0.12, 0.15), 0.03),
        column((0.02, 0.3, 0), 1.2, 0.035, 0.03, 0.01, WOOD),
        triangle((-0.05, 0.56, 0), -0.52, 0.84, 0.015),
        triangle((0.09, 0.56, 0), 0.50, 0.74, 0.015),
        triangle((-0.01, 1.42, 0), -0.22, 0.14, 0.012, MAIN),
    ]


def rocket():
    return [
        ellipsoid((0, 0.88, 0), (0.29, 0.70, 0.29)),
        cone((0, 1.42, 0), (0, 1.62, 0), 0.11, 0.02, WHITE),
        *both(ellipsoid, 0, 0.34, 0.30, (0.05, 0.30, 0.16), DARK, k=0.01),
        ellipsoid((0.30, 0.34, 0), (0.16, 0.30, 0.05), DARK, k=0.01),
        ellipsoid((-0.30, 0.34, 0), (0.16, 0.30, 0.05), DARK, k=0.01),
        column((0, 0.06, 0), 0.20, 0.20, 0.14, 0.02, GREY),
        *both(ball, 0, 1.05, 0.22, 0.11, GLASS, k=0.0),
        ball((0.22, 1.05, 0), 0.11, GLASS, k=0.0),
        ball((-0.22, 1.05, 0), 0.11, GLASS, k=0.0),
    ]


def house():
    return [
        box((0, 0.40, 0), (0.50, 0.40, 0.44), 0.02),
        gable((0, 0.78, 0), 0.68, 0.52, 0.54),
        box((0.30, 1.12, 0.20), (0.09, 0.24, 0.09), 0.01, GREY),
        *both(box, 0.0, 0.28, 0.45, (0.11, 0.26, 0.02), 0.01, WOOD),
        *both(box, 0.31, 0.48, 0.45, (0.09, 0.11, 0.02), 0.01, LAMP),
        *both(box, -0.31, 0.48, 0.45, (0.09, 0.11, 0.02), 0.01, LAMP),
        box((0.50, 0.46, 0), (0.02, 0.13, 0.16), 0.01, LAMP),
        box((-0.50, 0.46, 0), (0.02, 0.13, 0.16), 0.01, LAMP),
    ]


def tower():
    merlons = [
        box((0.38 * np.cos(a), 1.36, 0.38 * np.sin(a)), (0.09, 0.11, 0.09), 0.02) for a in np.arange(6) * np.pi / 3
    ]
    return [
        column((0, 0, 0), 1.12, 0.42, 0.34),
        column((0, 1.10, 0), 0.16, 0.46, 0.47),
        *merlons,
        *both(box, 0, 0.20, 0.38, (0.10, 0.22, 0.05), 0.04, DARK),
        *both(box, 0, 0.80, 0.35, (0.05, 0.11, 0.05), 0.03, DARK),
        box((0.36, 0.70, 0), (0.05, 0.11, 0.05), 0.03, DARK),
        box((-0.36, 0.70, 0), (0.05, 0.11, 0.05), 0.03, DARK),
    ]


def tree():
    return [
        column((0, 0, 0), 0.4, 0.11, 0.09, 0.02, WOOD),
        column((0, 0.28, 0), 0.50, 0.54, 0.10, 0.03),
        column((0, 0.62, 0), 0.46, 0.42, 0.08, 0.03),
        column((0, 0.95, 0), 0.48, 0.30, 0.01, 0.03),
    ]


def mushroom():
    spots = [(0.0, 1.17, 0.0), (0.38, 1.02, 0.12), (-0.33, 1.04, 0.18), (0.10, 1.03, -0.38), (0.05, 0.98, 0.44), (-0.30, 0.97, -0.33), (0.46, 0.88, -0.22)]
    return [
        column((0, 0, 0), 0.75, 0.21, 0.15, 0.04, WHITE),
        ellipsoid((0, 0.82, 0), (0.58, 0.36, 0.58), k=0.02),
        *[ball(spot, 0.085, WHITE, k=0.0) for spot in spots],
    ]


def cactus():
    return [
        cone((0, 0.10, 0), (0, 1.22, 0), 0.21, 0.19),
        cone((0, 0.50, 0), (0, 0.52, 0.46), 0.12, 0.12),
        cone((0, 0.52, 0.46), (0, 0.95, 0.48), 0.12, 0.11),
        cone((0, 0.68, 0), (0, 0.70, -0.42), 0.11, 0.11),
        cone((0, 0.70, -0.42), (0, 1.05, -0.44), 0.11, 0.10),
        ball((0, 1.44, 0), 0.08, PINK, k=0.0),
        ball((0, 1.08, 0.48), 0.06, PINK, k=0.0),
    ]


def sphere():
    return [ball((0, 0.55, 0), 0.55)]


def cube():
    return [box((0, 0.47, 0), (0.47, 0.47, 0.47), 0.05)]


def chair():
    legs = [column((x, 0, z), 0.52, 0.055, 0.055, 0.01) for x in (-0.32, 0.32) for z in (-0.32, 0.32)]
    return [
        *legs,
        box((0, 0.56, 0), (0.40, 0.06, 0.40), 0.03),
        box((-0.36, 1.28, 0), (0.045, 0.10, 0.38), 0.03),
        box((-0.36, 0.95, 0), (0.04, 0.08, 0.36), 0.03),
        *both(column, -0.36, 0.56, 0.34, 0.78, 0.05, 0.05, 0.01),
    ]


BUILDERS = {
    "fox": fox,
    "rabbit": rabbit,
    "bear": bear,
    "duck": duck,
    "elephant": elephant,
    "car": car,
    "boat": boat,
    "rocket": rocket,
    "house": house,
    "tower": tower,
    "tree": tree,
    "mushroom": mushroom,
    "cactus": cactus,
    "ball": sphere,
    "cube": cube,
    "chair": chair,
}


def primitives(subject):
    """float64 n×12 rows of one subject."""
    return np.array(BUILDERS[subject](), dtype=np.float64)
