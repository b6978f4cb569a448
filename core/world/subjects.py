"""What stands in the miniature world: the clay model of each subject, and the side it is best seen from."""

import numpy as np

from core.world import animals, things
from core.world.clay import reach

# Builder, and the degrees between the subject's front and the camera: 0 is a front view, 90 a side view.
MODELS = {
    "fox": (animals.fox, (40, 85)),
    "rabbit": (animals.rabbit, (35, 80)),
    "bear": (animals.bear, (5, 50)),
    "duck": (animals.duck, (45, 90)),
    "elephant": (animals.elephant, (40, 80)),
    "giraffe": (animals.giraffe, (45, 90)),
    "turtle": (animals.turtle, (40, 85)),
    "snail": (animals.snail, (60, 95)),
    "penguin": (animals.penguin, (5, 50)),
    "car": (things.car, (40, 80)),
    "train": (things.train, (45, 80)),
    "boat": (things.boat, (55, 95)),
    "airplane": (things.airplane, (35, 65)),
    "rocket": (things.rocket, (0, 35)),
    "house": (things.house, (15, 50)),
    "tower": (things.tower, (0, 45)),
    "windmill": (things.windmill, (5, 40)),
    "tree": (things.tree, (0, 90)),
    "flower": (things.flower, (0, 40)),
    "mushroom": (things.mushroom, (0, 90)),
    "cactus": (things.cactus, (0, 35)),
    "ball": (things.sphere, (40, 90)),
    "cube": (things.cube, (15, 75)),
    "chair": (things.chair, (25, 65)),
    "teapot": (things.teapot, (60, 100)),
    "cake": (things.cake, (0, 90)),
}


def primitives(subject: str) -> np.ndarray:
    """float64 n×21 rows of one subject, scaled to a height of 1.2 or, if it is long, to a length of 1.4."""
    rows = np.array(MODELS[subject][0]())
    x, y, z = np.eye(3)
    length = max(reach(rows, axis) + reach(rows, -axis) for axis in (x, z))
    scale = min(1.2 / reach(rows, y), 1.4 / length)
    rows[:, [1, 2, 3, *range(13, 19), 20]] *= scale
    return rows
