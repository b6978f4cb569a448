"""A run as a growing folder of numbered pictures, for programs that play such a folder while it grows.

TouchDesigner's Movie File In TOP plays a folder as one film: every picture in it is a frame, in the order of their names,
and all must have one size. So the folder holds nothing else, painters stand side by side in one picture, and a picture
appears under its name only when it is whole. No torch.
"""

import re
from pathlib import Path

import numpy as np
from PIL import Image

from core.errors import OutputError
from core.images import write_png

NAME = re.compile(r"\d{6}\.png")
EMPTY = "Choose an empty folder for --frames."


class Sequence:
    """Recorder that also adds one picture to the sequence per frame, once every painter has shown its start.

    A sequence that is there already goes on: several runs into one folder make one film.

    Args:
        recorder: the one that is told first.
        folder: of the sequence; made if it does not exist.
        request: core.settings.RunRequest. size: side of one painter's picture, pixels.

    Raises:
        OutputError: the folder holds something else; also while recording, when it cannot be written.
    """

    def __init__(self, recorder, folder, request, size):
        self.recorder, self.folder = recorder, Path(folder)
        self._newest = dict.fromkeys(request.painters)
        self._next = check(folder, len(request.painters), size)

    def record(self, frame, measurement):
        """Tell the recorder, then write the newest pictures of all painters side by side."""
        self.recorder.record(frame, measurement)
        self._newest[frame.painter] = frame.image
        if all(image is not None for image in self._newest.values()):
            write_png(self.folder / f"{self._next:06d}.png", np.concatenate(list(self._newest.values()), axis=1))
            self._next += 1


def check(folder, painters, size):
    """Number of the next picture of a sequence, 0 for a new one.

    Args:
        folder: of the sequence. painters: how many stand side by side. size: of each, pixels.

    Raises:
        OutputError: the folder holds something else, pictures of another size, or cannot be read.
    """
    folder, size = Path(folder), (painters * size, size)
    try:
        names = sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) if folder.exists() else []
        others = [name for name in names if not NAME.fullmatch(name)]
        if others:
            raise OutputError(f"{folder} holds {others[0]}, which would become part of the film. {EMPTY}")
        if not names:
            return 0
        with Image.open(folder / names[-1]) as last:
            found = last.size
    except OSError as error:
        raise OutputError(f"Cannot read the folder {folder}: {error.strerror or error}. {EMPTY}") from error
    if found != size:
        raise OutputError(f"{folder} holds pictures of {found[0]} × {found[1]} pixels, this run's have {size[0]} × {size[1]}. {EMPTY}")
    return int(names[-1].removesuffix(".png")) + 1
