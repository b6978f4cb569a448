"""The few real pictures of the miniature world that the lesson pages start from: rendered once, kept beside
this file.

No torch; numba only to render.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from core.base.errors import SettingError
from core.base.files import write_bytes
from core.base.images import encode_png, read_image

FOLDER = Path(__file__).parent / "pictures"
SIZE = 128  # pixels; other packs get them resized
FIRST_FRESH_SEED = 2**43  # training and benchmarks draw their seeds below 2**42
# Key → the scene's words and the seed of its rendering. The first is where the pages open.
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
DEFAULT_SCENE = next(iter(SCENES))


def check_scene(key: object) -> str:
    """The key of a scene as it is. Raises SettingError."""
    if not isinstance(key, str) or key not in SCENES:
        raise SettingError(f"Unknown picture {str(key)[:40]!r}; choose from {', '.join(SCENES)}.")
    return key


def check_seed(seed: object, count: int) -> int:
    """A seed as it is, if it is one of `count`. Raises SettingError."""
    if type(seed) is not int or not 0 <= seed < count:
        raise SettingError(f"The seed is {str(seed)[:40]!r}; give a whole number from 0 to {count - 1}.")
    return seed


def load_scene(key: str, size: int) -> np.ndarray:
    """The rendering of a scene: uint8 size×size×3. Raises SettingError: unknown key."""
    picture = read_image(scene_file(key))
    if len(picture) != size:
        picture = np.array(Image.fromarray(picture).resize((size, size), Image.Resampling.LANCZOS))
    return picture


def scene_file(key: str) -> Path:
    """Where a scene's rendering lies. Raises SettingError."""
    return FOLDER / f"{check_scene(key)}.png"


def write_scenes() -> Path:
    """Render every scene again (brings numba). Returns the folder."""
    from core.world.grammar import Scene
    from core.world.renderer import render

    for key, (words, seed) in SCENES.items():
        write_bytes(scene_file(key), encode_png(render(Scene(**words), seed, SIZE)))
    return FOLDER


def fresh_renderings(count: int, size: int, seed: int = 0) -> Iterator[np.ndarray]:
    """Real pictures that no model was trained on: uint8 size×size×3 (brings numba)."""
    from core.world.grammar import sample_scene
    from core.world.renderer import render

    rng = np.random.default_rng([seed, 8])
    for number in range(count):
        yield render(sample_scene(rng), FIRST_FRESH_SEED + seed * 2**20 + number, size)
