"""What the judge saw: the extras of a run's frames, as files beside its frames. No torch.

`<run's folder>/extras/<painter>/<step>-<name>.webp`; the command line writes .png there, both are read.
They are recorded while a run is painted, at PICTURES steps of each painter: that costs 2 to 4 % of a default run's
time and a tenth of its disk space (at every step it would be 6 %), while a repeat on demand would keep the painter
process from the next run for half as long as the run took.
"""

import re

import numpy as np

from core.errors import OutputError
from core.folder import frame_file
from core.images import encode_webp, read_image, write_bytes

PICTURES = 20
LONGEST_SIDE = 512  # of a sheet of cutouts, pixels
FOLDER = "extras"
NAMES = ("cutouts", "gradient", "noisy", "x0")
FILE = re.compile(rf"(\d{{5,6}})-({'|'.join(NAMES)})\.(webp|png)")


def write(folder, frame):
    """Write the extras of one frame, if it has any.

    Args:
        folder: of the run.
        frame: core.frame.Frame.

    Raises:
        OutputError: a picture cannot be written, for example because the disk is full.
    """
    for name, picture in frame.extras.items():
        write_bytes(_stem(folder, frame.painter, frame.step, name).with_suffix(".webp"), encode_webp(_smaller(picture)))


def index(folder, painters):
    """Which extras there are: painter → step → names in NAMES' order."""
    found = {}
    for painter in painters:
        steps = {}
        place = folder / FOLDER / painter
        for path in place.iterdir() if place.is_dir() else ():
            match = FILE.fullmatch(path.name)
            if match:
                steps.setdefault(int(match[1]), set()).add(match[2])
        found[painter] = {step: [name for name in NAMES if name in steps[step]] for step in sorted(steps)}
    return found


def find(folder, painter, step, name):
    """File of one extra, or None. `painter` and `name` are known ones, `step` is a whole number."""
    stem = _stem(folder, painter, step, name)
    return next((path for suffix in (".webp", ".png") if (path := stem.with_suffix(suffix)).is_file()), None)


class Again:
    """Recorder that adds extras to the frames in a run's folder, while the run is painted a second time."""

    def __init__(self, folder):
        self.folder = folder

    def record(self, frame, _):
        """Write the extras of a frame that the folder has.

        Raises:
            OutputError: it comes out different now, so the extras would not belong to it; or they cannot be written.
        """
        path = frame_file(self.folder, frame.painter, frame.step)
        if not path.is_file():
            return
        if not np.array_equal(read_image(path), frame.image):
            raise OutputError(
                f"Step {frame.step} of {frame.painter} comes out different from the picture in {self.folder}: it was painted by "
                "other code, other models or another machine. Paint the run again with `run --extras`."
            )
        write(self.folder, frame)


def _stem(folder, painter, step, name):
    return folder / FOLDER / painter / f"{step:05d}-{name}"


def _smaller(picture):
    """Average whole blocks of pixels until the longest side is at most LONGEST_SIDE."""
    height, width = picture.shape[:2]
    factor = -(-max(height, width) // LONGEST_SIDE)
    if factor == 1:
        return picture
    cut = picture[: height // factor * factor, : width // factor * factor]
    blocks = cut.reshape(height // factor, factor, width // factor, factor, 3)
    return blocks.mean((1, 3)).round().astype(np.uint8)
