"""What a ray sees in the miniature world: clay, ground, water, sky and fog, compiled."""

from typing import NamedTuple

import numpy as np
from numba import njit

from core.world.air import Air
from core.world.ground import WATER, albedo, height
from core.world.noise import FAST, cloudy, lattice, noise
from core.world.shapes import normal, occlusion, shadow, trace


class Stage(NamedTuple):
    """Everything in front of the camera."""

    rows: np.ndarray  # n×21 clay rows
    near: np.ndarray  # n integers, scratch of the rays
    colours: np.ndarray  # m×3 linear RGB per material
    finishes: np.ndarray  # m×5 per material: bump, shine, gloss, knit, grain
    lamp: np.ndarray  # m, light that a material gives at night
    ground: int  # kind, see core.world.ground
    air: Air


@njit(**FAST)
def _sky(dx: float, dy: float, dz: float, air: Air, out: np.ndarray) -> None:
    """Sky radiance: gradient, clouds, glow around sun or moon, stars, hills on the horizon."""
    up = max(dy, 0.0)
    blend = min(up * 1.9, 1.0) ** 0.6
    facing = max(dx * air.light[0] + dy * air.light[1] + dz * air.light[2], 0.0)
    glow = 0.35 * facing**8 + 1.6 * facing**400
    night = air.night > 0.5
    cloud = 0.0
    if dy > 0.03:
        cloud = cloudy(1.4 * dx / (dy + 0.18) + air.drift[0], 1.4 * dz / (dy + 0.18) + air.drift[1])
        cloud = min(max((cloud - 0.5) * 3.2, 0.0), 1.0) * min(up * 5, 1.0)
    for c in range(3):
        value = air.horizon[c] * (1 - blend) + air.zenith[c] * blend
        value += cloud * (0.10 if night else 0.45) * (air.horizon[c] * 1.15 + 0.12 * air.sun[c] - value)
        out[c] = value + glow * air.sun[c] * (0.12 if night else 0.28)
    if night and dy > 0.1:
        a, b = np.floor(dx / (dy + 0.3) * 90), np.floor(dz / (dy + 0.3) * 90)
        if lattice(int(a), int(b) + 71) > 0.985:
            for c in range(3):
                out[c] += 0.35 * (1 - cloud)
    angle = np.arctan2(dx, dz)
    ridge = (
        0.025 + 0.085 * noise(angle * 3.1 + air.drift[2], 3.0) + 0.02 * noise(angle * 11 + air.drift[2], 9.0)
    )
    cover = min(max((ridge - dy) / 0.012 + 0.5, 0.0), 1.0)
    for c in range(3):
        hill = 0.62 * air.horizon[c] + 0.20 * air.above[c]
        out[c] = out[c] * (1 - cover) + hill * cover


@njit(**FAST)
def _clay(
    x: float, y: float, z: float, vx: float, vy: float, vz: float,
    material: int, stage: Stage, shadowed: bool, out: np.ndarray, spare: np.ndarray,
) -> None:
    """Clay seen along (vx, vy, vz): wrapped diffuse, sky and bounce light, a highlight.

    Its finish is smooth, knitted or grained.
    """
    air, finish = stage.air, stage.finishes[material]
    normal(x, y, z, stage.rows, stage.near, spare)
    knit = finish[3] * np.sin(70 * y) * np.sin(45 * x + 3 * np.sin(35 * y)) * np.sin(45 * z)
    nx = spare[0] + finish[0] * (noise(19 * x + 3, 19 * y + 11 * z) - 0.5) + knit
    ny = spare[1] + finish[0] * (noise(17 * y + 5, 19 * z + 13 * x) - 0.5) + finish[3] * np.cos(70 * y)
    nz = spare[2] + finish[0] * (noise(23 * z + 7, 19 * x + 9 * y) - 0.5) - knit
    length = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
    nx, ny, nz = nx / length, ny / length, nz / length
    facing = nx * air.light[0] + ny * air.light[1] + nz * air.light[2]
    lit, open_sky = 1.0, 1.0
    if shadowed:
        if facing > -0.15:
            lit = shadow(x + 0.012 * nx, y + 0.012 * ny, z + 0.012 * nz, air.light, stage.rows, stage.near)
        open_sky = occlusion(x, y, z, nx, ny, nz, stage.rows, stage.near)
    diffuse = max((facing + 0.15) / 1.15, 0.0) * lit
    hx, hy, hz = air.light[0] - vx, air.light[1] - vy, air.light[2] - vz
    half = np.sqrt(hx * hx + hy * hy + hz * hz)
    shine = max((nx * hx + ny * hy + nz * hz) / half, 0.0) ** finish[2] * lit * finish[1]
    rim = (1 - max(-(nx * vx + ny * vy + nz * vz), 0.0)) ** 3
    smudge = 0.94 + 0.12 * noise(7 * x + 2 * z, 7 * y + 5) + finish[4] * (noise(2 * x + 3 * z, 30 * y) - 0.5)
    for c in range(3):
        ambient = (
            air.above[c] * (0.5 + 0.5 * ny) + air.below[c] * (0.5 - 0.5 * ny) + 0.12 * air.horizon[c] * rim
        )
        out[c] = (
            stage.colours[material, c] * smudge * (diffuse * air.sun[c] + ambient * open_sky)
            + 0.16 * shine * air.sun[c]
        )
        out[c] += air.night * stage.lamp[material] * stage.colours[material, c]


@njit(**FAST)
def _floor(
    x: float, z: float, t: float, dx: float, dy: float, dz: float,
    stage: Stage, out: np.ndarray, spare: np.ndarray,
) -> None:
    """The ground, t away from the camera."""
    air, kind = stage.air, stage.ground
    far = 1.0 / (1.0 + 0.012 * t * t)
    e = 0.02
    u, v = x + air.drift[3], z + air.drift[4]
    h = height(kind, u, v, far)
    nx, nz = -(height(kind, u + e, v, far) - h) / e, -(height(kind, u, v + e, far) - h) / e
    length = np.sqrt(nx * nx + 1.0 + nz * nz)
    nx, ny, nz = nx / length, 1.0 / length, nz / length
    lit = shadow(x, 0.01, z, air.light, stage.rows, stage.near)
    open_sky = occlusion(x, 0.0, z, 0.0, 1.0, 0.0, stage.rows, stage.near)
    diffuse = max(nx * air.light[0] + ny * air.light[1] + nz * air.light[2], 0.0) * lit
    albedo(kind, u, v, far, spare)
    for c in range(3):
        out[c] = spare[c] * (diffuse * air.sun[c] + air.above[c] * open_sky)
    if kind == WATER:  # mirrors sky and subject
        nx, nz = 0.35 * nx, 0.35 * nz
        k = -2.0 * (dx * nx + dy + dz * nz)
        rx, ry, rz = dx + k * nx, dy + k, dz + k * nz
        length = np.sqrt(rx * rx + ry * ry + rz * rz)
        rx, ry, rz = rx / length, max(ry / length, 0.01), rz / length
        fresnel = 0.06 + 0.85 * (1 - max(ry, 0.0)) ** 4
        red, green, blue = out[0], out[1], out[2]
        s, material = trace(x, 0.005, z, rx, ry, rz, stage.rows, stage.near)
        if s > 0:
            _clay(x + s * rx, 0.005 + s * ry, z + s * rz, rx, ry, rz, material, stage, False, out, spare)
            fresnel = min(fresnel + 0.12, 1.0)
        else:
            _sky(rx, ry, rz, air, out)
        out[0] = red * (1 - fresnel) + out[0] * fresnel
        out[1] = green * (1 - fresnel) + out[1] * fresnel
        out[2] = blue * (1 - fresnel) + out[2] * fresnel


@njit(**FAST)
def radiance(
    u: float, v: float, camera: np.ndarray, stage: Stage, out: np.ndarray, spare: np.ndarray
) -> None:
    """Linear RGB along the ray through image point (u, v) in [−1, 1], into out[:3]; spare[:3] is scratch."""
    air = stage.air
    dx = camera[3] + u * camera[6] + v * camera[9]
    dy = camera[4] + u * camera[7] + v * camera[10]
    dz = camera[5] + u * camera[8] + v * camera[11]
    length = np.sqrt(dx * dx + dy * dy + dz * dz)
    dx, dy, dz = dx / length, dy / length, dz / length
    t, material = trace(camera[0], camera[1], camera[2], dx, dy, dz, stage.rows, stage.near)
    ground = -camera[1] / dy if dy < -1e-4 else 1e9
    if 0 < t < ground:
        _clay(
            camera[0] + t * dx,
            camera[1] + t * dy,
            camera[2] + t * dz,
            dx,
            dy,
            dz,
            material,
            stage,
            True,
            out,
            spare,
        )
    elif ground < 60:
        t = ground
        _floor(camera[0] + t * dx, camera[2] + t * dz, t, dx, dy, dz, stage, out, spare)
    else:
        _sky(dx, dy, dz, air, out)
        fog = air.haze * np.exp(-6.0 * max(dy, 0.0))
        for c in range(3):
            out[c] = out[c] * (1 - fog) + air.horizon[c] * fog
        return
    fog = 1 - np.exp(-((max(t - air.begin, 0.0) * air.density) ** 1.2))
    for c in range(3):
        out[c] = out[c] * (1 - fog) + air.horizon[c] * fog
