"""Photographs of the miniature world: sphere tracing of signed distances (Hart 1996), on one CPU core.

A subject stands at the origin of a ground plane; camera, sun, clay and grain are drawn from the
seed. Soft shadows and ambient occlusion follow Quilez' distance-field approximations. Pixels whose
neighbours differ are sampled five times, the others once.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from core.world.subjects import MAIN, MATERIALS, primitives
from core.world.grammar import COLOURS, GROUNDS

FAST = {"fastmath": True, "cache": True, "nogil": True}

ALBEDO = {
    "red": (0.62, 0.035, 0.03),
    "orange": (0.85, 0.24, 0.02),
    "yellow": (0.88, 0.66, 0.04),
    "green": (0.05, 0.30, 0.06),
    "blue": (0.03, 0.11, 0.55),
    "purple": (0.24, 0.05, 0.42),
    "white": (0.86, 0.86, 0.86),
    "black": (0.022, 0.022, 0.025),
}
# zenith, horizon, light colour, ambient sky, ambient ground, exposure
SKIES = {
    "day": ((0.10, 0.30, 0.75), (0.62, 0.76, 0.90), (2.6, 2.4, 2.1), (0.42, 0.52, 0.68), (0.20, 0.19, 0.17), 1.0),
    "sunset": ((0.20, 0.16, 0.42), (1.00, 0.50, 0.28), (2.4, 1.35, 0.72), (0.40, 0.36, 0.46), (0.18, 0.14, 0.12), 1.0),
    "night": ((0.006, 0.010, 0.040), (0.035, 0.055, 0.14), (0.42, 0.50, 0.75), (0.055, 0.075, 0.15), (0.02, 0.025, 0.04), 1.25),
}
ELEVATIONS = {"day": (0.60, 1.05), "sunset": (0.22, 0.38), "night": (0.55, 1.0)}


@njit(**FAST)
def _hash(i, j):
    """Integer lattice point → [0, 1)."""
    n = (i * 374761393 + j * 668265263) & 0xFFFFFFFF
    n = ((n ^ (n >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((n ^ (n >> 16)) & 0xFFFFFF) / 16777216.0


@njit(**FAST)
def _noise(x, y):
    """Value noise with smooth interpolation, [0, 1]."""
    fx, fy = np.floor(x), np.floor(y)
    i, j = int(fx), int(fy)
    u, v = x - fx, y - fy
    u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
    a = _hash(i, j) * (1 - u) + _hash(i + 1, j) * u
    b = _hash(i, j + 1) * (1 - u) + _hash(i + 1, j + 1) * u
    return a * (1 - v) + b * v


@njit(**FAST)
def _fbm(x, y):
    return 0.5 * _noise(x, y) + 0.3 * _noise(2.1 * x + 7.3, 2.1 * y + 1.7) + 0.2 * _noise(4.3 * x + 3.1, 4.3 * y + 9.2)


@njit(**FAST)
def _round_cone(px, py, pz, q):
    """Distance to a round cone (Quilez 2018)."""
    bax, bay, baz = q[4] - q[1], q[5] - q[2], q[6] - q[3]
    pax, pay, paz = px - q[1], py - q[2], pz - q[3]
    l2 = bax * bax + bay * bay + baz * baz
    rr = q[7] - q[8]
    a2 = l2 - rr * rr
    il2 = 1.0 / l2
    y = pax * bax + pay * bay + paz * baz
    z = y - l2
    wx, wy, wz = pax * l2 - bax * y, pay * l2 - bay * y, paz * l2 - baz * y
    x2 = wx * wx + wy * wy + wz * wz
    y2, z2 = y * y * l2, z * z * l2
    k = np.sign(rr) * rr * rr * x2
    if np.sign(z) * a2 * z2 > k:
        return np.sqrt(x2 + z2) * il2 - q[8]
    if np.sign(y) * a2 * y2 < k:
        return np.sqrt(x2 + y2) * il2 - q[7]
    return (np.sqrt(x2 * a2 * il2) + y * rr) * il2 - q[7]


@njit(**FAST)
def _primitive(px, py, pz, q):
    kind = int(q[0])
    if kind == 0:
        return _round_cone(px, py, pz, q)
    x, y, z = px - q[1], py - q[2], pz - q[3]
    if kind == 2:  # ellipsoid
        k0 = np.sqrt((x / q[4]) ** 2 + (y / q[5]) ** 2 + (z / q[6]) ** 2)
        k1 = np.sqrt((x / q[4] ** 2) ** 2 + (y / q[5] ** 2) ** 2 + (z / q[6] ** 2) ** 2)
        return k0 * (k0 - 1.0) / max(k1, 1e-6)
    if kind == 1:  # rounded box
        r = q[7]
        dx, dy, dz = abs(x) - q[4] + r, abs(y) - q[5] + r, abs(z) - q[6] + r
        out = np.sqrt(max(dx, 0.0) ** 2 + max(dy, 0.0) ** 2 + max(dz, 0.0) ** 2)
        return out + min(max(dx, max(dy, dz)), 0.0) - r
    if kind == 3:  # capped cone, a bound
        radius = np.sqrt(x * x + z * z)
        t = min(max(y / q[5], 0.0), 1.0)
        slope = (q[7] - q[8]) / q[5]
        side = (radius - (q[7] + (q[8] - q[7]) * t)) / np.sqrt(1 + slope * slope)
        dx, dy = side + q[4], abs(y - 0.5 * q[5]) - 0.5 * q[5] + q[4]
        return np.sqrt(max(dx, 0.0) ** 2 + max(dy, 0.0) ** 2) + min(max(dx, dy), 0.0) - q[4]
    if kind == 4:  # gable
        n = 1.0 / np.sqrt(q[4] * q[4] + q[5] * q[5])
        slope = (abs(x) * q[5] + (y - q[5]) * q[4]) * n
        return max(max(slope, -y), abs(z) - q[6]) - q[7]
    if kind == 5:  # disc with axle z
        dx, dy = np.sqrt(x * x + y * y) - q[7] + q[8], abs(z) - q[6] + q[8]
        return np.sqrt(max(dx, 0.0) ** 2 + max(dy, 0.0) ** 2) + min(max(dx, dy), 0.0) - q[8]
    x = x * np.sign(q[4])  # right triangle
    w, h = abs(q[4]), q[5]
    slope = (x * h + (y - h) * w) / np.sqrt(w * w + h * h)
    return max(max(max(slope, -y), -x), abs(z) - q[6]) - q[7]


@njit(**FAST)
def _distance(px, py, pz, prims):
    """Distance to the subject and the material of its nearest part."""
    d, nearest, material = 1e9, 1e9, 0
    for n in range(prims.shape[0]):
        q = prims[n]
        e = _primitive(px, py, pz, q)
        if e < nearest:
            nearest, material = e, int(q[10])
        k = q[9]
        if k > 0 and abs(d - e) < k:
            h = 1.0 - abs(d - e) / k
            d = min(d, e) - h * h * k * 0.25
        else:
            d = min(d, e)
    return d, material


@njit(**FAST)
def _sphere_span(ox, oy, oz, dx, dy, dz, bound):
    """Where a ray enters and leaves the bounding sphere; enter > leave if it misses."""
    cx, cy, cz = ox - bound[0], oy - bound[1], oz - bound[2]
    b = cx * dx + cy * dy + cz * dz
    c = cx * cx + cy * cy + cz * cz - bound[3] * bound[3]
    h = b * b - c
    if h <= 0:
        return 1.0, 0.0
    h = np.sqrt(h)
    return max(-b - h, 0.0), -b + h


@njit(**FAST)
def _trace(ox, oy, oz, dx, dy, dz, prims, bound):
    """Sphere tracing; distance along the ray, or −1 for a miss."""
    t, leave = _sphere_span(ox, oy, oz, dx, dy, dz, bound)
    for _ in range(72):
        if t >= leave:
            return -1.0
        d, _m = _distance(ox + t * dx, oy + t * dy, oz + t * dz, prims)
        if d < 0.0015:
            return t
        t += d * 0.9
    return -1.0


@njit(**FAST)
def _shadow(ox, oy, oz, light, prims, bound):
    """Soft shadow: 1 lit … 0 dark; the penumbra is a sun of about 4 degrees."""
    t, leave = _sphere_span(ox, oy, oz, light[0], light[1], light[2], bound)
    if t >= leave:
        return 1.0
    t = max(t, 0.02)
    lit = 1.0
    for _ in range(40):
        d, _m = _distance(ox + t * light[0], oy + t * light[1], oz + t * light[2], prims)
        lit = min(lit, 0.5 + 0.5 * d / (0.07 * t))
        if lit <= 0.02:
            return 0.0
        t += min(max(d, 0.015), 0.15)
        if t >= leave:
            break
    return lit * lit * (3 - 2 * lit)


@njit(**FAST)
def _occlusion(x, y, z, nx, ny, nz, prims, bound):
    """Ambient occlusion from five distances along the normal: 1 open … 0 closed."""
    gap = np.sqrt((x - bound[0]) ** 2 + (y - bound[1]) ** 2 + (z - bound[2]) ** 2) - bound[3]
    if gap > 0.55:
        return 1.0
    total, weight = 0.0, 1.0
    for i in range(1, 6):
        h = 0.09 * i
        d, _m = _distance(x + h * nx, y + h * ny, z + h * nz, prims)
        d = min(d, y + h * ny + (0.0 if ny < 0.5 else h))  # the ground occludes too
        total += weight * max(h - d, 0.0)
        weight *= 0.72
    return min(max(1.0 - 1.5 * total, 0.0), 1.0)


@njit(**FAST)
def _sky(dx, dy, dz, look, light, out):
    """Sky radiance: gradient, clouds, glow around sun or moon, stars, hills on the horizon."""
    up = max(dy, 0.0)
    blend = min(up * 1.9, 1.0) ** 0.6
    facing = max(dx * light[0] + dy * light[1] + dz * light[2], 0.0)
    glow = 0.35 * facing**8 + 1.6 * facing**400
    night = look[18] < 0.5
    cloud = 0.0
    if dy > 0.03:
        cloud = _fbm(1.4 * dx / (dy + 0.18) + look[19], 1.4 * dz / (dy + 0.18) + look[20])
        cloud = min(max((cloud - 0.5) * 3.2, 0.0), 1.0) * min(up * 5, 1.0)
    for c in range(3):
        value = look[3 + c] * (1 - blend) + look[c] * blend
        value += cloud * (0.10 if night else 0.45) * (look[3 + c] * 1.15 + 0.12 * look[6 + c] - value)
        out[c] = value + glow * look[6 + c] * (0.12 if night else 0.28)
    if night and dy > 0.1:
        a, b = np.floor(dx / (dy + 0.3) * 90), np.floor(dz / (dy + 0.3) * 90)
        if _hash(int(a), int(b) + 71) > 0.985:
            for c in range(3):
                out[c] += 0.35 * (1 - cloud)
    angle = np.arctan2(dx, dz)
    ridge = 0.025 + 0.085 * _noise(angle * 3.1 + look[21], 3.0) + 0.02 * _noise(angle * 11 + look[21], 9.0)
    cover = min(max((ridge - dy) / 0.012 + 0.5, 0.0), 1.0)
    for c in range(3):
        hill = 0.62 * look[3 + c] + 0.20 * look[9 + c]
        out[c] = out[c] * (1 - cover) + hill * cover


@njit(**FAST)
def _ground_height(kind, x, z, far):
    """Height of the small relief that only bends the normal; fades with distance."""
    if kind == 0:  # snow
        return far * (0.10 * _fbm(1.3 * x, 1.3 * z) + 0.010 * _noise(14 * x, 14 * z))
    if kind == 1:  # grass
        return far * (0.05 * _fbm(2 * x, 2 * z) + 0.035 * _noise(26 * x, 26 * z) + 0.03 * _noise(47 * x, 13 * z))
    if kind == 2:  # sand
        wave = np.sin(9.0 * (x * 0.8 + z * 0.6) + 3.0 * _fbm(0.8 * x, 0.8 * z))
        return far * (0.020 * wave + 0.05 * _fbm(x, z) + 0.006 * _noise(40 * x, 40 * z))
    if kind == 3:  # water
        return far * (0.035 * _fbm(3.1 * x + 0.6 * z, 2.4 * z) + 0.012 * np.sin(7 * x + 4 * z + 4 * _noise(x, z)))
    edge, _tone = _cobble(x, z)
    return far * (0.06 * min(edge * 4.0, 1.0) + 0.012 * _noise(22 * x, 22 * z))


@njit(**FAST)
def _cobble(x, z):
    """Worley cells: distance to the nearest border, and a tone per stone."""
    x, z = 3.4 * x, 3.4 * z
    i, j = int(np.floor(x)), int(np.floor(z))
    first, second, tone = 9.0, 9.0, 0.0
    for a in range(-1, 2):
        for b in range(-1, 2):
            cx = i + a + 0.15 + 0.7 * _hash(i + a, j + b)
            cz = j + b + 0.15 + 0.7 * _hash(j + b + 31, i + a + 17)
            d = np.sqrt((x - cx) ** 2 + (z - cz) ** 2)
            if d < first:
                first, second, tone = d, first, _hash(i + a + 5, j + b + 9)
            elif d < second:
                second = d
    return second - first, tone


@njit(**FAST)
def _ground_albedo(kind, x, z, far, out):
    patch = _fbm(0.9 * x + 4.0, 0.9 * z)
    fine = 0.5 + far * (_noise(30 * x, 30 * z) - 0.5)
    if kind == 0:
        out[0], out[1], out[2] = 0.86, 0.89, 0.94
    elif kind == 1:
        blade = 0.45 + 0.65 * fine + 0.3 * patch
        out[0], out[1], out[2] = 0.10 * blade + 0.06 * patch, 0.26 * blade, 0.035 * blade
    elif kind == 2:
        grain = 0.88 + 0.2 * fine
        out[0], out[1], out[2] = 0.66 * grain, 0.46 * grain + 0.03 * patch, 0.25 * grain
    elif kind == 3:
        out[0], out[1], out[2] = 0.015, 0.085 + 0.03 * patch, 0.125 + 0.03 * patch
    else:
        edge, tone = _cobble(x, z)
        joint = min(edge * 5.0 + 0.25 + (1 - far), 1.0)
        value = (0.20 + 0.16 * tone + 0.06 * fine) * joint
        out[0], out[1], out[2] = value * 1.04, value, value * 0.95


@njit(**FAST)
def _subject_colour(x, y, z, vx, vy, vz, material, prims, bound, colours, light, look, shadowed, out):
    """Clay: wrapped diffuse, sky and bounce light, a soft highlight."""
    e = 0.003
    d0, _m = _distance(x, y, z, prims)
    nx = _distance(x + e, y, z, prims)[0] - d0
    ny = _distance(x, y + e, z, prims)[0] - d0
    nz = _distance(x, y, z + e, prims)[0] - d0
    bump = 0.0007
    nx += bump * (_noise(19 * x + 3, 19 * y + 11 * z) - 0.5)
    ny += bump * (_noise(17 * y + 5, 19 * z + 13 * x) - 0.5)
    nz += bump * (_noise(23 * z + 7, 19 * x + 9 * y) - 0.5)
    length = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
    nx, ny, nz = nx / length, ny / length, nz / length
    facing = nx * light[0] + ny * light[1] + nz * light[2]
    lit, open_sky = 1.0, 1.0
    if shadowed:
        lit = _shadow(x + 0.012 * nx, y + 0.012 * ny, z + 0.012 * nz, light, prims, bound)
        open_sky = _occlusion(x, y, z, nx, ny, nz, prims, bound)
    diffuse = max((facing + 0.15) / 1.15, 0.0) * lit
    hx, hy, hz = light[0] - vx, light[1] - vy, light[2] - vz
    half = np.sqrt(hx * hx + hy * hy + hz * hz)
    shine = max((nx * hx + ny * hy + nz * hz) / half, 0.0) ** 36 * lit * look[22]
    rim = (1 - max(-(nx * vx + ny * vy + nz * vz), 0.0)) ** 3
    smudge = 0.94 + 0.12 * _noise(7 * x + 2 * z, 7 * y + 5)
    for c in range(3):
        albedo = colours[material, c] * smudge
        ambient = look[9 + c] * (0.5 + 0.5 * ny) + look[12 + c] * (0.5 - 0.5 * ny) + 0.12 * look[3 + c] * rim
        out[c] = albedo * (diffuse * look[6 + c] + ambient * open_sky) + 0.16 * shine * look[6 + c]
        if material == 10 and look[18] < 0.5:
            out[c] += 0.5 * colours[material, c]  # lit windows and headlights at night


@njit(**FAST)
def _ground_colour(x, z, t, dx, dy, dz, kind, prims, bound, colours, light, look, out, spare):
    far = 1.0 / (1.0 + 0.012 * t * t)
    e = 0.02
    h = _ground_height(kind, x, z, far)
    nx, nz = -(_ground_height(kind, x + e, z, far) - h) / e, -(_ground_height(kind, x, z + e, far) - h) / e
    length = np.sqrt(nx * nx + 1.0 + nz * nz)
    nx, ny, nz = nx / length, 1.0 / length, nz / length
    lit = _shadow(x, 0.01, z, light, prims, bound)
    open_sky = _occlusion(x, 0.0, z, 0.0, 1.0, 0.0, prims, bound)
    diffuse = max(nx * light[0] + ny * light[1] + nz * light[2], 0.0) * lit
    _ground_albedo(kind, x, z, far, spare)
    for c in range(3):
        out[c] = spare[c] * (diffuse * look[6 + c] + look[9 + c] * open_sky)
    if kind == 3:  # water mirrors sky and subject
        nx, nz = 0.35 * nx, 0.35 * nz
        k = -2.0 * (dx * nx + dy + dz * nz)
        rx, ry, rz = dx + k * nx, dy + k, dz + k * nz
        length = np.sqrt(rx * rx + ry * ry + rz * rz)
        rx, ry, rz = rx / length, max(ry / length, 0.01), rz / length
        fresnel = 0.06 + 0.85 * (1 - max(ry, 0.0)) ** 4
        s = _trace(x, 0.005, z, rx, ry, rz, prims, bound)
        if s > 0:
            px, py, pz = x + s * rx, 0.005 + s * ry, z + s * rz
            _d, material = _distance(px, py, pz, prims)
            _subject_colour(px, py, pz, rx, ry, rz, material, prims, bound, colours, light, look, False, spare)
            fresnel = min(fresnel + 0.12, 1.0)
        else:
            _sky(rx, ry, rz, look, light, spare)
        for c in range(3):
            out[c] = out[c] * (1 - fresnel) + spare[c] * fresnel


@njit(**FAST)
def _radiance(u, v, camera, prims, bound, colours, light, look, kind, out, spare):
    """Linear RGB along the ray through the image point (u, v) in [−1, 1]."""
    dx = camera[3] + u * camera[6] + v * camera[9]
    dy = camera[4] + u * camera[7] + v * camera[10]
    dz = camera[5] + u * camera[8] + v * camera[11]
    length = np.sqrt(dx * dx + dy * dy + dz * dz)
    dx, dy, dz = dx / length, dy / length, dz / length
    t = _trace(camera[0], camera[1], camera[2], dx, dy, dz, prims, bound)
    ground = -camera[1] / dy if dy < -1e-4 else 1e9
    if 0 < t < ground:
        x, y, z = camera[0] + t * dx, camera[1] + t * dy, camera[2] + t * dz
        _d, material = _distance(x, y, z, prims)
        _subject_colour(x, y, z, dx, dy, dz, material, prims, bound, colours, light, look, True, out)
    elif ground < 60:
        t = ground
        _ground_colour(camera[0] + t * dx, camera[2] + t * dz, t, dx, dy, dz, kind, prims, bound, colours, light, look, out, spare)
    else:
        t = 60.0
        _sky(dx, dy, dz, look, light, out)
        haze = look[16] * np.exp(-6.0 * max(dy, 0.0))
        for c in range(3):
            out[c] = out[c] * (1 - haze) + look[3 + c] * haze
        return
    haze = 1 - np.exp(-((max(t - look[23], 0.0) * look[15]) ** 1.2))
    for c in range(3):
        out[c] = out[c] * (1 - haze) + look[3 + c] * haze


@njit(**FAST)
def _photograph(size, camera, prims, bound, colours, light, look, kind):
    """size×size×3 linear RGB with adaptive anti-aliasing."""
    picture = np.empty((size, size, 3))
    out, spare = np.empty(3), np.empty(3)
    for i in range(size):
        for j in range(size):
            u, v = (2 * j + 1) / size - 1, 1 - (2 * i + 1) / size
            _radiance(u, v, camera, prims, bound, colours, light, look, kind, out, spare)
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
            for a, b in ((0.125, 0.375), (0.375, -0.125), (-0.125, -0.375), (-0.375, 0.125)):
                u, v = (2 * (j + a) + 1) / size - 1, 1 - (2 * (i + b) + 1) / size
                _radiance(u, v, camera, prims, bound, colours, light, look, kind, out, spare)
                total += out
            smooth[i, j] = total / 5
    return smooth


@njit(**FAST)
def _flakes(picture, places, brightness):
    """Blend soft snowflakes (row, column, radius, opacity) over the picture."""
    size = picture.shape[0]
    for n in range(places.shape[0]):
        y, x, r, alpha = places[n]
        for i in range(max(int(y - 2 * r), 0), min(int(y + 2 * r) + 2, size)):
            for j in range(max(int(x - 2 * r), 0), min(int(x + 2 * r) + 2, size)):
                w = alpha * np.exp(-(((i - y) ** 2 + (j - x) ** 2) / (r * r)))
                for c in range(3):
                    picture[i, j, c] = picture[i, j, c] * (1 - w) + brightness[c] * w


def _bounding_sphere(prims):
    """Centre and radius of a sphere around every primitive."""
    low, high = np.full(3, 1e9), np.full(3, -1e9)
    for q in prims:
        kind, a, b, pad = int(q[0]), q[1:4], q[4:7], max(q[7], q[8])
        if kind == 0:
            points, reach = np.stack([a, b]), np.full(3, pad)
        elif kind in (1, 2):
            points, reach = a[None], b
        elif kind == 3:
            points, reach = np.stack([a, a + (0, q[5], 0)]), np.array([pad, 0.02, pad])
        elif kind == 4:
            points, reach = np.stack([a, a + (0, q[5], 0)]), np.array([q[4], 0.03, q[6] + 0.03])
        elif kind == 5:
            points, reach = a[None], np.array([q[7], q[7], q[6]])
        else:
            points, reach = np.stack([a, a + (q[4], q[5], 0)]), np.full(3, q[6] + 0.01)
        low, high = np.minimum(low, (points - reach).min(0)), np.maximum(high, (points + reach).max(0))
    centre = (low + high) / 2
    return np.array([*centre, np.linalg.norm(high - centre) * 1.01])


def _camera(rng, bound):
    """Position, forward, right and up (scaled by the tangent of half the view angle): 12 numbers."""
    azimuth = rng.uniform(-0.85, 0.85) + (0 if rng.random() < 0.5 else np.pi)
    elevation = rng.uniform(0.12, 0.42)
    half = np.tan(np.deg2rad(rng.uniform(15, 20)))
    distance = bound[3] / half * rng.uniform(1.12, 1.75)
    direction = np.array(
        [np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)]
    )
    target = bound[:3] + (0, rng.uniform(-0.10, 0.25) * bound[3], 0)
    position = target + distance * direction
    position[1] = max(position[1], 0.25)
    forward = target - position
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, (0.0, 1.0, 0.0))
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    shift = rng.uniform(-0.35, 0.35) * bound[3]
    return np.concatenate([position + shift * right, forward, right * half, up * half]), azimuth


def _look(scene, rng):
    """Everything about light and air: 24 numbers, read by index in the kernels above."""
    zenith, horizon, sun, ambient, bounce, exposure = (np.array(part) for part in SKIES[scene.time])
    look = np.zeros(24)
    tint = 1 + 0.06 * rng.standard_normal(3)
    look[0:3], look[3:6] = zenith * tint, horizon * tint
    look[6:9] = sun * rng.uniform(0.85, 1.15)
    look[9:12], look[12:15] = ambient, bounce
    look[15], look[16], look[23] = 0.018, 0.25, 6.0  # fog per unit of distance, haze over the sky, where fog begins
    if scene.weather == "fog":
        look[15], look[16], look[23] = rng.uniform(0.085, 0.12), 0.97, 2.0
        look[6:9] *= 0.45
        grey = look[3:6].mean() * np.array([0.96, 1.0, 1.04])
        look[3:6] = 0.45 * look[3:6] + 0.55 * grey
    elif scene.weather == "snowfall":
        look[15], look[16], look[23] = rng.uniform(0.03, 0.05), 0.7, 3.0
        look[6:9] *= 0.6
        grey = look[3:6].mean() * np.array([0.97, 1.0, 1.03])
        look[3:6] = 0.6 * look[3:6] + 0.4 * grey
    look[17] = exposure * rng.uniform(0.9, 1.1)
    look[18] = 0.0 if scene.time == "night" else 1.0
    look[19:22] = rng.uniform(0, 50, 3)
    look[22] = rng.uniform(0.3, 1.6)
    return look


def _develop(picture, scene, look, rng):
    """Linear light → 8-bit picture: flakes, vignette, filmic curve (Hable-like), grain."""
    size = picture.shape[0]
    if scene.weather == "snowfall":
        count = int(rng.integers(90, 170))
        places = np.column_stack(
            [
                rng.uniform(0, size, count),
                rng.uniform(0, size, count),
                size / 128 * rng.gamma(4.0, 0.28, count),
                rng.uniform(0.45, 0.95, count),
            ]
        )
        bright = 0.55 * look[3:6] + 0.45 * (look[6:9] * 0.5 + look[9:12])
        _flakes(picture, places, np.maximum(bright * 1.5, look[3:6] * 1.5))
    axis = np.linspace(-1, 1, size)
    picture *= (1 - 0.10 * (axis[:, None] ** 2 + axis**2))[..., None]
    x = picture * look[17]
    x = (x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14)  # Narkowicz 2015, ACES fit
    x = np.clip(x, 0, 1) ** (1 / 2.2)
    grain = rng.standard_normal((size, size, 1)) * 0.006 + rng.standard_normal((size, size, 3)) * 0.004
    return (np.clip(x + grain, 0, 1) * 255 + 0.5).astype(np.uint8)


def render(scene, seed, size=128):
    """Photograph one scene.

    Args:
        scene: `core.world.grammar.Scene`.
        seed: whole number ≥ 0; draws camera, sun, clay tone, weather and grain.
        size: width and height in pixels.

    Returns:
        uint8 size×size×3 RGB. The same scene, seed and size give the same bytes.
    """
    words = [scene.subject, scene.colour, scene.ground, scene.time, scene.weather]
    rng = np.random.default_rng([seed, *"-".join(words).encode()])
    prims = primitives(scene.subject)
    prims[:, 1:9] *= rng.uniform(0.9, 1.1)
    bound = _bounding_sphere(prims)
    camera, azimuth = _camera(rng, bound)
    elevation = rng.uniform(*ELEVATIONS[scene.time])
    side = azimuth + rng.uniform(0.5, 1.5) * rng.choice((-1, 1))  # beside the camera, never behind the subject
    light = np.array([np.sin(side) * np.cos(elevation), np.sin(elevation), np.cos(side) * np.cos(elevation)])
    colours = MATERIALS.copy()
    colours[MAIN] = np.clip(np.array(ALBEDO[scene.colour]) * (1 + 0.10 * rng.standard_normal(3)), 0.01, 0.92)
    look = _look(scene, rng)
    kind = list(GROUNDS).index(scene.ground)
    picture = _photograph(size, camera, prims, bound, colours, light, look, kind)
    return _develop(picture, scene, look, rng)
