"""The few real world pictures that the lesson pages start from: rendered once, kept beside this file. No torch, no numba."""

from pathlib import Path

import numpy as np
from PIL import Image

from core.errors import SettingError
from core.images import encode_png, read_image, write_bytes

FOLDER = Path(__file__).parent / "pictures"
SIZE = 128  # pixels; other packs get them resized
FRESH = 2**43  # training and benchmarks draw their seeds below 2**42
# Key → the scene's words and the seed of its photograph. The first is where the pages open.
SCENES = {
    "fox": ({"subject": "fox", "colour": "red", "ground": "snow", "time": "day"}, 1),
    "duck": ({"subject": "duck", "colour": "yellow", "ground": "water", "time": "sunset"}, 1),
    "rocket": ({"subject": "rocket", "colour": "purple", "ground": "stone", "time": "night"}, 1),
    "house": ({"subject": "house", "colour": "orange", "ground": "grass", "time": "day"}, 1),
}
PROMPTS = {
    "fox": "a red fox in snow",
    "duck": "a yellow duck on the lake at sunset",
    "rocket": "a purple rocket on stone at night",
    "house": "an orange house on grass",
}
DEFAULT = next(iter(SCENES))


def check_scene(key):
    """The key of a scene as it is. Raises SettingError."""
    if not isinstance(key, str) or key not in SCENES:
        raise SettingError(f"Unknown picture {str(key)[:40]!r}; choose from {', '.join(SCENES)}.")
    return key


def load(key, size):
    """The photograph of a scene: uint8 size×size×3. Raises SettingError: unknown key."""
    picture = read_image(file(key))
    if len(picture) != size:
        picture = np.array(Image.fromarray(picture).resize((size, size), Image.Resampling.LANCZOS))
    return picture


def file(key):
    """Where a scene's photograph lies. Raises SettingError."""
    return FOLDER / f"{check_scene(key)}.png"


def write():
    """Render every scene again (brings numba). Returns the folder."""
    from core.world.grammar import Scene
    from core.world.renderer import render

    for key, (words, seed) in SCENES.items():
        write_bytes(file(key), encode_png(render(Scene(**words), seed, SIZE)))
    return FOLDER


def fresh(count, size, seed=0):
    """Real pictures that no model was trained on: generator of uint8 size×size×3 (brings numba)."""
    from core.world.grammar import sample_scene
    from core.world.renderer import render

    rng = np.random.default_rng([seed, 8])
    for number in range(count):
        yield render(sample_scene(rng), FRESH + seed * 2**20 + number, size)
