"""Light and air of the miniature world: what time of day and weather make of sky, sun and fog."""

from typing import NamedTuple

import numpy as np


class Air(NamedTuple):
    """Light and air of one photograph; colours are linear RGB. Read by the compiled kernels of `core.world.shading`."""

    zenith: np.ndarray
    horizon: np.ndarray
    sun: np.ndarray  # colour of sun or moon
    light: np.ndarray  # unit vector towards it
    above: np.ndarray  # ambient light from the sky
    below: np.ndarray  # and from the ground
    night: float  # 1 at night, else 0
    density: float  # fog per unit of distance
    begin: float  # distance from the camera at which fog begins
    haze: float  # fog over the sky, 0-1
    drift: np.ndarray  # where in the noise clouds (2), hills (1) and ground (2) lie


# zenith, horizon, sun, ambient from above and from below, elevation of the sun in radians, exposure
TIMES = {
    "morning": (
        (0.34, 0.52, 0.86), (1.00, 0.84, 0.48), (2.5, 2.05, 1.2), (0.40, 0.44, 0.54), (0.20, 0.18, 0.15), (0.30, 0.48), 1.0
    ),
    "day": (
        (0.05, 0.24, 0.78), (0.42, 0.66, 0.95), (2.8, 2.65, 2.35), (0.40, 0.48, 0.62), (0.20, 0.19, 0.17), (0.70, 1.10), 0.92
    ),
    "sunset": (
        (0.16, 0.10, 0.36), (0.98, 0.34, 0.16), (2.3, 1.02, 0.46), (0.36, 0.27, 0.38), (0.17, 0.12, 0.10), (0.24, 0.40), 1.0
    ),
    "night": (
        (0.006, 0.012, 0.050), (0.040, 0.065, 0.17), (0.52, 0.64, 1.05), (0.09, 0.12, 0.22), (0.04, 0.045, 0.06), (0.55, 1.0), 1.3
    ),
}  # fmt: skip


def exposure(scene, rng):
    """Factor from linear light to the film."""
    return TIMES[scene.time][6] * rng.uniform(0.9, 1.1)


def make_air(scene, rng, azimuth, far):
    """The air of a scene.

    Args:
        azimuth: of the camera, in radians; the sun stands beside the camera, never behind the subject.
        far: distance from camera to subject, so that fog hides as much of it wherever the camera stands.
    """
    zenith, horizon, sun, above, below, elevations, _ = (np.array(part) for part in TIMES[scene.time])
    tint = 1 + 0.05 * rng.standard_normal(3)
    zenith, horizon, sun = zenith * tint, horizon * tint, sun * rng.uniform(0.85, 1.15)
    elevation = rng.uniform(*elevations)
    side = azimuth + rng.uniform(0.5, 1.4) * rng.choice((-1, 1))
    light = np.array([np.sin(side) * np.cos(elevation), np.sin(elevation), np.cos(side) * np.cos(elevation)])
    night = float(scene.time == "night")
    density, begin, haze = 0.08, 1.6, 0.25
    if scene.weather == "fog":
        density, begin, haze = rng.uniform(0.9, 1.3), 0.62, 0.98
        horizon, sun = _grey(horizon, 0.5) * (1 + 1.6 * night), sun * 0.45
    elif scene.weather == "snowfall":
        density, begin, haze = rng.uniform(0.25, 0.4), 0.8, 0.75
        horizon, sun = _grey(horizon, 0.4), sun * 0.6
    return Air(zenith, horizon, sun, light, above, below, night, density / far, begin * far, haze, rng.uniform(0, 50, 5))


def _grey(colour, part):
    return (1 - part) * colour + part * colour.mean() * np.array([0.96, 1.0, 1.04])
