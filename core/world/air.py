"""Light and air of the miniature world: what time of day and weather make of sky, sun and fog."""

from typing import NamedTuple

import numpy as np

from core.world.grammar import Scene


class Air(NamedTuple):
    """Light and air of one rendering; colours are linear RGB. The kernels of `core.world.shading` read it."""

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


Colour = tuple[float, float, float]  # linear RGB


class TimeOfDay(NamedTuple):
    """Usual light at one time of day."""

    zenith: Colour
    horizon: Colour
    sun: Colour
    above: Colour  # ambient light from the sky
    below: Colour  # and from the ground
    elevation: tuple[float, float]  # of the sun, lowest and highest, in radians
    exposure: float


TIMES = {
    "morning": TimeOfDay(
        zenith=(0.34, 0.52, 0.86),
        horizon=(1.00, 0.84, 0.48),
        sun=(2.5, 2.05, 1.2),
        above=(0.40, 0.44, 0.54),
        below=(0.20, 0.18, 0.15),
        elevation=(0.30, 0.48),
        exposure=1.0,
    ),
    "day": TimeOfDay(
        zenith=(0.05, 0.24, 0.78),
        horizon=(0.42, 0.66, 0.95),
        sun=(2.8, 2.65, 2.35),
        above=(0.40, 0.48, 0.62),
        below=(0.20, 0.19, 0.17),
        elevation=(0.70, 1.10),
        exposure=0.92,
    ),
    "sunset": TimeOfDay(
        zenith=(0.16, 0.10, 0.36),
        horizon=(0.98, 0.34, 0.16),
        sun=(2.3, 1.02, 0.46),
        above=(0.36, 0.27, 0.38),
        below=(0.17, 0.12, 0.10),
        elevation=(0.24, 0.40),
        exposure=1.0,
    ),
    "night": TimeOfDay(
        zenith=(0.006, 0.012, 0.050),
        horizon=(0.040, 0.065, 0.17),
        sun=(0.52, 0.64, 1.05),
        above=(0.09, 0.12, 0.22),
        below=(0.04, 0.045, 0.06),
        elevation=(0.55, 1.0),
        exposure=1.3,
    ),
}


def exposure(scene: Scene, rng: np.random.Generator) -> float:
    """Factor from linear light to the film."""
    return TIMES[scene.time].exposure * rng.uniform(0.9, 1.1)


def make_air(scene: Scene, rng: np.random.Generator, azimuth: float, far: float) -> Air:
    """The air of a scene.

    Args:
        azimuth: of the camera, in radians; the sun stands beside the camera, never behind the subject.
        far: distance from camera to subject, so that fog hides as much of it wherever the camera stands.
    """
    usual = TIMES[scene.time]
    tint = 1 + 0.05 * rng.standard_normal(3)
    zenith = np.array(usual.zenith) * tint
    horizon = np.array(usual.horizon) * tint
    sun = np.array(usual.sun) * rng.uniform(0.85, 1.15)
    elevation = rng.uniform(*usual.elevation)
    side = azimuth + rng.uniform(0.5, 1.4) * rng.choice((-1, 1))
    level = np.cos(elevation)
    light = np.array([np.sin(side) * level, np.sin(elevation), np.cos(side) * level])
    night = float(scene.time == "night")
    density, begin, haze = 0.08, 1.6, 0.25
    if scene.weather == "fog":
        density, begin, haze = rng.uniform(0.9, 1.3), 0.62, 0.98
        horizon = _greyer(horizon, 0.5) * (1 + 1.6 * night)
        sun = sun * 0.45
    elif scene.weather == "snowfall":
        density, begin, haze = rng.uniform(0.25, 0.4), 0.8, 0.75
        horizon = _greyer(horizon, 0.4)
        sun = sun * 0.6
    return Air(
        zenith=zenith,
        horizon=horizon,
        sun=sun,
        light=light,
        above=np.array(usual.above),
        below=np.array(usual.below),
        night=night,
        density=density / far,
        begin=begin * far,
        haze=haze,
        drift=rng.uniform(0, 50, 5),
    )


def _greyer(colour: np.ndarray, part: float) -> np.ndarray:
    return (1 - part) * colour + part * colour.mean() * np.array([0.96, 1.0, 1.04])
