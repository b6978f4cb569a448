"""A painter process whose painting is done on a Ray cluster, with `tests.support.fake_pack`; no torch.

`python -m tests.support.fake_ray STORE WORKERS GATE` is that process.
"""

import functools
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import core.execute
from core.base.frame import Frame
from tests.support.fake_pack import FakePack, FakePainter, painters

HELD_AT = 3


class HeldPainter(FakePainter):
    """Every step from HELD_AT on waits until there is no file `gate` any more."""

    gate: Path

    def frames(self) -> Iterator[Frame]:
        for frame in super().frames():
            while frame.step >= HELD_AT and self.gate.exists():
                time.sleep(0.02)
            yield frame


def load(_name: str, gate: str) -> FakePack:
    """What a worker calls to load a pack."""
    held = {"name": "pixels", "delay": 0.01, "gate": Path(gate)}
    fakes = painters(pixels=type("pixels", (HeldPainter,), held))
    core.execute.painter_classes = lambda: fakes
    return FakePack()


def loading(gate: str | Path) -> Callable[[str], FakePack]:
    """`load` with a gate, as it can be sent to a worker."""
    from tests.support import fake_ray  # by its importable name, also where this file is the program

    return functools.partial(fake_ray.load, gate=str(gate))


if __name__ == "__main__":
    from core.service.painter_process import main

    sys.exit(main(sys.argv[1], "fake", loading(sys.argv[3]), sys.argv[2]))
