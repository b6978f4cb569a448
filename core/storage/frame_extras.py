"""What the judge saw: the extras of a run's frames, as files beside its frames. No torch.

`<run's folder>/extras/<painter>/<step>-<name>.webp`; the command line writes .png there, both are read.
They are recorded while a run is painted, at EXTRAS_PER_PAINTER steps of each painter: that costs 2 to 4 % of
a default run's time and a tenth of its disk space (at every step it would be 6 %), while a repeat on demand
would keep the painter process from the next run for half as long as the run took.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from core.base.errors import OutputError
from core.base.files import write_bytes
from core.base.frame import Frame, Measurement
from core.base.images import encode_webp, read_image
from core.storage.run_folder import frame_file

EXTRAS_PER_PAINTER = 20
LONGEST_SIDE = 512  # of a sheet of cutouts, pixels
EXTRAS_FOLDER = "extras"
EXTRA_NAMES = ("cutouts", "gradient", "noisy", "x0")
EXTRA_FILE = re.compile(rf"(\d{{5,6}})-({'|'.join(EXTRA_NAMES)})\.(webp|png)")


def write_extras(folder: Path, frame: Frame) -> None:
    """Write the extras of one frame, if it has any.

    Args:
        folder: of the run.

    Raises:
        OutputError: a picture cannot be written, for example because the disk is full.
    """
    for name, picture in frame.extras.items():
        path = _stem(folder, frame.painter, frame.step, name).with_suffix(".webp")
        write_bytes(path, encode_webp(_smaller(picture)))


def extras_index(folder: Path, painters: Iterable[str]) -> dict[str, dict[int, list[str]]]:
    """Which extras there are: painter → step → names in EXTRA_NAMES' order."""
    return {painter: _extras_of(folder / EXTRAS_FOLDER / painter) for painter in painters}


def _extras_of(folder: Path) -> dict[int, list[str]]:
    """One painter's: step → names, from the first step to the last."""
    files = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    steps: dict[int, set[str]] = {}
    for match in filter(None, map(EXTRA_FILE.fullmatch, files)):
        steps.setdefault(int(match[1]), set()).add(match[2])
    return {step: [name for name in EXTRA_NAMES if name in steps[step]] for step in sorted(steps)}


def find_extra(folder: Path, painter: str, step: int, name: str) -> Path | None:
    """File of one extra, or None. `painter` and `name` are known ones, `step` is a whole number."""
    stem = _stem(folder, painter, step, name)
    paths = (stem.with_suffix(suffix) for suffix in (".webp", ".png"))
    return next((path for path in paths if path.is_file()), None)


class RepaintRecorder:
    """Recorder that adds extras to the frames in a run's folder, while the run is painted a second time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def record(self, frame: Frame, _: Measurement) -> None:
        """Write the extras of a frame that the folder has.

        Raises:
            OutputError: it comes out different now, so the extras would not belong to it; or they cannot be
                written.
        """
        path = frame_file(self.folder, frame.painter, frame.step)
        if not path.is_file():
            return
        if not np.array_equal(read_image(path), frame.image):
            raise OutputError(
                f"Step {frame.step} of {frame.painter} comes out different from the picture in "
                f"{self.folder}: "
                "it was painted by other code, other models or another machine. "
                "Paint the run again with `run --extras`."
            )
        write_extras(self.folder, frame)


def _stem(folder: Path, painter: str, step: int, name: str) -> Path:
    return folder / EXTRAS_FOLDER / painter / f"{step:05d}-{name}"


def _smaller(picture: np.ndarray) -> np.ndarray:
    """uint8 H×W×3, averaged over whole blocks of pixels until the longest side is at most LONGEST_SIDE."""
    height, width = picture.shape[:2]
    factor = -(-max(height, width) // LONGEST_SIDE)
    if factor == 1:
        return picture
    cut = picture[: height // factor * factor, : width // factor * factor]
    blocks = cut.reshape(height // factor, factor, width // factor, factor, 3)
    return blocks.mean((1, 3)).round().astype(np.uint8)
