"""A pack and painters without torch: grey pictures that brighten. For tests of what lies around the painting.

`python -m tests.support.fake_pack STORE [SECONDS]` is a painter process with it, each step taking so long.
"""

import sys
import time
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

import core.execute
from core.base.frame import Frame
from core.base.settings import PAINTER_LABELS

SIZE = 8


class FakePainter:
    """Step n of N is uniformly 255·n/N. `delay` seconds per step."""

    name = ""
    delay = 0.0

    def __init__(
        self, models: None, target: str, settings: Any, seed: int, extras: int = 0, start: Any = None
    ):
        self.settings, self.extras = settings, extras

    def frames(self) -> Iterator[Frame]:
        total = self.settings.steps
        for step in range(total + 1):
            time.sleep(self.delay)
            image = np.full((SIZE, SIZE, 3), 255 * step // total, np.uint8)
            shown = {"gradient": image} if self.extras and step % self.extras == 0 else {}
            yield Frame(self.name, step, total, image, shown, 2 * step)


def painters(delay: float = 0.0, **others: type) -> dict[str, type]:
    """Painter classes by name; `others` replace some of them."""
    made = {name: type(name, (FakePainter,), {"name": name, "delay": delay}) for name in PAINTER_LABELS}
    return made | others


class FakeJudge:
    """A picture's score is its brightness."""

    def encode(self, prompt: str) -> str:
        return prompt

    def score(self, image: np.ndarray, target: str) -> float:
        return float(image.mean()) / 255

    def scores(self, images: np.ndarray, target: str) -> list[float]:
        return [self.score(image, target) for image in images]


class FakeRealism:
    """A picture's realism is its darkness."""

    def score(self, image: np.ndarray) -> types.SimpleNamespace:
        value = 1 - float(image.mean()) / 255
        return types.SimpleNamespace(
            realism=value,
            statistics=value,
            manifold=1.0,
            p_value=0.5,
            too_typical=False,
            groups={"colour": value},
        )


    def scores(self, images: np.ndarray) -> list[types.SimpleNamespace]:
        return [self.score(image) for image in images]


class FakePack:
    """A pack without models."""

    name = "fake"
    hash = "fake-hash"
    size = SIZE
    side_by_side = small_networks = False

    def __init__(self):
        self.judge = FakeJudge()
        self.heldout = FakeJudge()
        self.robust = None
        self.realism = FakeRealism()

    def steering_judge(self, settings: Any = None) -> FakeJudge:
        return self.judge

    def painter_models(self, painter: str, settings: Any = None) -> None:
        return None


if __name__ == "__main__":
    from core.service.painter_process import main

    fakes = painters(float(sys.argv[2]) if len(sys.argv) > 2 else 0.0)
    core.execute.painter_classes = lambda: fakes
    sys.exit(main(sys.argv[1], "fake", lambda name: FakePack()))
