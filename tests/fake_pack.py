"""A pack and painters without torch: grey pictures that brighten. For tests of what lies around the painting.

`python -m tests.fake_pack STORE [SECONDS]` is a painter process with it, each step taking so long.
"""

import sys
import time
import types

import numpy as np

import core.runs
from core.frame import Frame
from core.settings import LABELS

SIZE = 8


class FakePainter:
    """Step n of N is uniformly 255·n/N. `delay` seconds per step."""

    name = ""
    delay = 0.0

    def __init__(self, models, target, settings, seed, extras=0):
        self.settings, self.extras = settings, extras

    def frames(self):
        total = self.settings.steps
        for step in range(total + 1):
            time.sleep(self.delay)
            image = np.full((SIZE, SIZE, 3), 255 * step // total, np.uint8)
            shown = {"gradient": image} if self.extras and step % self.extras == 0 else {}
            yield Frame(self.name, step, total, image, shown, 2 * step)


def painters(delay=0.0, **others):
    """Painter classes by name; `others` replace some of them."""
    return {name: type(name, (FakePainter,), {"name": name, "delay": delay}) for name in LABELS} | others


class FakeJudge:
    def encode(self, prompt):
        return prompt

    def score(self, image, target):
        return float(image.mean()) / 255


class FakeRealism:
    def score(self, image):
        value = 1 - float(image.mean()) / 255
        return types.SimpleNamespace(
            realism=value, statistics=value, manifold=1.0, p_value=0.5, too_typical=False, groups={"colour": value}
        )


class FakePack:
    name, hash, size = "fake", "fake-hash", SIZE

    def __init__(self):
        self.judge, self.heldout, self.realism = FakeJudge(), FakeJudge(), FakeRealism()

    def painter_models(self, painter, settings=None):
        return None


if __name__ == "__main__":
    from core.worker import main

    fakes = painters(float(sys.argv[2]) if len(sys.argv) > 2 else 0.0)
    core.runs.painter_classes = lambda: fakes
    sys.exit(main(sys.argv[1], "fake", lambda name: FakePack()))
