"""Signed distances of clay rows, and rays through them: sphere tracing (Hart 1996), compiled.

Rows are described in `core.world.clay`. Every ray first picks the rows whose bounding spheres it
passes (`near`, `count`), so that a march costs only the few parts that can matter. Distances of
round cones and ellipsoids, soft shadows and ambient occlusion follow Quilez' articles (2008-2018).
"""

import numpy as np
from numba import njit

from core.world.clay import BOX, COLUMN, CONE, ELLIPSOID, TRIANGLE
from core.world.noise import FAST


@njit(**FAST)
def _round_cone(x: float, y: float, z: float, q: np.ndarray) -> float:
    b = min(max((q[13] - q[14]) / q[15], -0.999), 0.999)
    a = np.sqrt(1 - b * b)
    r, h = np.sqrt(x * x + z * z), y + 0.5 * q[15]
    along = a * h - b * r
    if along < 0:
        return np.sqrt(r * r + h * h) - q[13]
    if along > a * q[15]:
        return np.sqrt(r * r + (h - q[15]) ** 2) - q[14]
    return a * r + b * h - q[13]


@njit(**FAST)
def _rounded_box(x: float, y: float, z: float, q: np.ndarray) -> float:
    r = q[16]
    dx, dy, dz = abs(x) - q[13] + r, abs(y) - q[14] + r, abs(z) - q[15] + r
    out = np.sqrt(max(dx, 0.0) ** 2 + max(dy, 0.0) ** 2 + max(dz, 0.0) ** 2)
    return out + min(max(dx, max(dy, dz)), 0.0) - r


@njit(**FAST)
def _ellipsoid(x: float, y: float, z: float, q: np.ndarray) -> float:
    ux, uy, uz = x / q[13], y / q[14], z / q[15]
    k0 = np.sqrt(ux * ux + uy * uy + uz * uz)
    k1 = np.sqrt((ux / q[13]) ** 2 + (uy / q[14]) ** 2 + (uz / q[15]) ** 2)
    return k0 * (k0 - 1.0) / max(k1, 1e-6)


@njit(**FAST)
def _capped_cone(x: float, y: float, z: float, q: np.ndarray) -> float:
    height = 2 * q[13]
    t = min(max(y / height + 0.5, 0.0), 1.0)
    slope = (q[14] - q[15]) / height
    side = (np.sqrt(x * x + z * z) - (q[14] + (q[15] - q[14]) * t)) / np.sqrt(1 + slope * slope)
    dx, dy = side + q[16], abs(y) - q[13] + q[16]
    return np.sqrt(max(dx, 0.0) ** 2 + max(dy, 0.0) ** 2) + min(max(dx, dy), 0.0) - q[16]


@njit(**FAST)
def _prism(x: float, y: float, z: float, q: np.ndarray) -> float:
    """Triangular; its base at −height/2."""
    h = q[14]
    y += 0.5 * h
    left, right = q[15] + q[13], q[13] - q[15]  # how far the apex is from either end of the base
    a = (y * left - (x + q[13]) * h) / np.sqrt(left * left + h * h)
    b = (y * right + (x - q[13]) * h) / np.sqrt(right * right + h * h)
    return max(max(max(a, b), -y), abs(z) - q[16]) - q[17]


@njit(**FAST)
def _torus(x: float, y: float, z: float, q: np.ndarray) -> float:
    return np.sqrt((np.sqrt(x * x + y * y) - q[13]) ** 2 + z * z) - q[14]


@njit(**FAST)
def _part(px: float, py: float, pz: float, q: np.ndarray) -> float:
    """Distance to one row, or a lower bound near enough."""
    px, py, pz = px - q[1], py - q[2], pz - q[3]
    x = q[4] * px + q[5] * py + q[6] * pz
    y = q[7] * px + q[8] * py + q[9] * pz
    z = q[10] * px + q[11] * py + q[12] * pz
    kind = int(q[0])
    if kind == CONE:
        return _round_cone(x, y, z, q)
    if kind == BOX:
        return _rounded_box(x, y, z, q)
    if kind == ELLIPSOID:
        return _ellipsoid(x, y, z, q)
    if kind == COLUMN:
        return _capped_cone(x, y, z, q)
    if kind == TRIANGLE:
        return _prism(x, y, z, q)
    return _torus(x, y, z, q)


@njit(**FAST)
def distance(
    px: float, py: float, pz: float, rows: np.ndarray, near: np.ndarray, count: int
) -> tuple[float, int]:
    """Smooth union of the rows near[:count]: (distance, material of the nearest part)."""
    d, nearest, material = 1e9, 1e9, 0
    for n in range(count):
        q = rows[near[n]]
        e = _part(px, py, pz, q)
        if e < nearest:
            nearest, material = e, int(q[19])
        k = q[18]
        if k > 0 and abs(d - e) < k:
            h = 1.0 - abs(d - e) / k
            d = min(d, e) - h * h * k * 0.25
        else:
            d = min(d, e)
    return d, material


@njit(**FAST)
def _along(
    ox: float,
    oy: float,
    oz: float,
    dx: float,
    dy: float,
    dz: float,
    rows: np.ndarray,
    near: np.ndarray,
    spread: float,
) -> tuple[int, float, float]:
    """(count, first, last distance) of rows whose spheres, wider by `spread` per distance, meet the ray."""
    count, first, last = 0, 1e9, 0.0
    for n in range(rows.shape[0]):
        q = rows[n]
        cx, cy, cz = q[1] - ox, q[2] - oy, q[3] - oz
        b = cx * dx + cy * dy + cz * dz
        r = q[20] + q[18] + spread * max(b, 0.0)
        if b > -r and cx * cx + cy * cy + cz * cz - b * b < r * r:
            near[count] = n
            count += 1
            first, last = min(first, b - r), max(last, b + r)
    return count, max(first, 0.0), last


@njit(**FAST)
def around(x: float, y: float, z: float, rows: np.ndarray, near: np.ndarray, margin: float) -> int:
    """Rows whose bounding spheres come within `margin` of a point: their count."""
    count = 0
    for n in range(rows.shape[0]):
        q = rows[n]
        r = q[20] + q[18] + margin
        if (x - q[1]) ** 2 + (y - q[2]) ** 2 + (z - q[3]) ** 2 < r * r:
            near[count] = n
            count += 1
    return count


@njit(**FAST)
def trace(
    ox: float, oy: float, oz: float, dx: float, dy: float, dz: float, rows: np.ndarray, near: np.ndarray
) -> tuple[float, int]:
    """Sphere tracing: (distance along the ray or −1 for a miss, material)."""
    count, t, leave = _along(ox, oy, oz, dx, dy, dz, rows, near, 0.0)
    if count == 0:
        return -1.0, 0
    for _ in range(72):
        if t >= leave:
            return -1.0, 0
        d, material = distance(ox + t * dx, oy + t * dy, oz + t * dz, rows, near, count)
        if d < 0.0015:
            return t, material
        t += d * 0.9
    return -1.0, 0


@njit(**FAST)
def shadow(ox: float, oy: float, oz: float, light: np.ndarray, rows: np.ndarray, near: np.ndarray) -> float:
    """Soft shadow: 1 lit … 0 dark; the penumbra is a sun of about 4 degrees."""
    count, t, leave = _along(ox, oy, oz, light[0], light[1], light[2], rows, near, 0.04)
    if count == 0:
        return 1.0
    t = max(t, 0.02)
    lit = 1.0
    for _ in range(48):
        if t >= leave:
            break
        d, _m = distance(ox + t * light[0], oy + t * light[1], oz + t * light[2], rows, near, count)
        lit = min(lit, 0.5 + 0.5 * d / (0.07 * t))
        if lit <= 0.02:
            return 0.0
        t += min(max(d, 0.015), 0.15)
    return lit * lit * (3 - 2 * lit)


@njit(**FAST)
def occlusion(
    x: float, y: float, z: float, nx: float, ny: float, nz: float, rows: np.ndarray, near: np.ndarray
) -> float:
    """Ambient occlusion from four distances along the normal: 1 open … 0 closed."""
    count = around(x + 0.2 * nx, y + 0.2 * ny, z + 0.2 * nz, rows, near, 0.45)
    total, weight = 0.0, 1.0
    for i in range(1, 5):
        h = 0.11 * i
        d, _m = distance(x + h * nx, y + h * ny, z + h * nz, rows, near, count)
        d = min(d, y + h * ny + (0.0 if ny < 0.5 else h))  # the ground occludes too
        total += weight * max(h - d, 0.0)
        weight *= 0.68
    return min(max(1.0 - 1.5 * total, 0.0), 1.0)


@njit(**FAST)
def normal(x: float, y: float, z: float, rows: np.ndarray, near: np.ndarray, out: np.ndarray) -> None:
    """Unnormalised gradient of the distance at a surface point (about 1 long), into out[:3]."""
    count = around(x, y, z, rows, near, 0.05)
    e = 0.003
    d, _m = distance(x, y, z, rows, near, count)
    out[0] = (distance(x + e, y, z, rows, near, count)[0] - d) / e
    out[1] = (distance(x, y + e, z, rows, near, count)[0] - d) / e
    out[2] = (distance(x, y, z + e, rows, near, count)[0] - d) / e
