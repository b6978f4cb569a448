"""A painter process whose painting is done on a Ray cluster, with the fake pack of `tests.fake_pack`; no torch.

`python -m tests.fake_ray STORE WORKERS GATE` is that process.
"""

import functools
import sys
import time
from pathlib import Path

import core.runs
from tests.fake_pack import FakePack, FakePainter, painters

HELD_AT = 3


class HeldPainter(FakePainter):
    """Every step from HELD_AT on waits until there is no file `gate` any more."""

    gate = None

    def frames(self):
        for frame in super().frames():
            while frame.step >= HELD_AT and self.gate.exists():
                time.sleep(0.02)
            yield frame


def load(_name, gate):
    """What a worker calls to load a pack."""
    fakes = painters(pixels=type("pixels", (HeldPainter,), {"name": "pixels", "delay": 0.01, "gate": Path(gate)}))
    core.runs.painter_classes = lambda: fakes
    return FakePack()


def loading(gate):
    """`load` with a gate, as it can be sent to a worker."""
    from tests import fake_ray  # by its importable name, also where this file is the program

    return functools.partial(fake_ray.load, gate=str(gate))


if __name__ == "__main__":
    from core.worker import main

    sys.exit(main(sys.argv[1], "fake", loading(sys.argv[3]), sys.argv[2]))
