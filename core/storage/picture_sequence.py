"""A run as a growing folder of numbered pictures, for programs that play such a folder while it grows.

TouchDesigner's Movie File In TOP plays a folder as one film: every picture in it is a frame, in the order of
their names, and all must have one size. So the folder holds nothing else, painters stand side by side in one
picture, and a picture appears under its name only when it is whole. No torch.
"""

import re
from pathlib import Path

import numpy as np
from PIL import Image

from core.base.errors import OutputError
from core.base.frame import Frame, Measurement, Recorder
from core.base.images import write_png
from core.base.request import RunRequest

PICTURE_NAME = re.compile(r"\d{6}\.png")
EMPTY_FOLDER_ADVICE = "Choose an empty folder for --frames."


class SequenceRecorder:
    """Recorder that also adds one picture to the sequence per frame, once every painter has shown its start.

    A sequence that is there already goes on: several runs into one folder make one film.

    Args:
        recorder: the one that is told first.
        folder: of the sequence; made if it does not exist.
        size: side of one painter's picture, pixels.

    Raises:
        OutputError: the folder holds something else; also while recording, when it cannot be written.
    """

    def __init__(self, recorder: Recorder, folder: Path | str, request: RunRequest, size: int) -> None:
        self.recorder = recorder
        self.folder = Path(folder)
        self._painters = request.painters
        self._newest: dict[str, np.ndarray] = {}
        self._next = next_picture_number(folder, len(request.painters), size)

    def record(self, frame: Frame, measurement: Measurement) -> None:
        """Tell the recorder, then write the newest pictures of all painters side by side."""
        self.recorder.record(frame, measurement)
        self._newest[frame.painter] = frame.image
        if len(self._newest) == len(self._painters):
            pictures = [self._newest[painter] for painter in self._painters]
            write_png(self.folder / f"{self._next:06d}.png", np.concatenate(pictures, axis=1))
            self._next += 1


def next_picture_number(folder: Path | str, painters: int, size: int) -> int:
    """Number of the next picture of a sequence, 0 for a new one.

    Args:
        folder: of the sequence. painters: how many stand side by side. size: of each, pixels.

    Raises:
        OutputError: the folder holds something else, pictures of another size, or cannot be read.
    """
    folder = Path(folder)
    try:
        files = folder.iterdir() if folder.exists() else ()
        names = sorted(path.name for path in files if not path.name.startswith("."))
        others = [name for name in names if not PICTURE_NAME.fullmatch(name)]
        if others:
            raise OutputError(
                f"{folder} holds {others[0]}, which would become part of the film. {EMPTY_FOLDER_ADVICE}"
            )
        if not names:
            return 0
        with Image.open(folder / names[-1]) as last:
            width, height = last.size
    except OSError as error:
        raise OutputError(
            f"Cannot read the folder {folder}: {error.strerror or error}. {EMPTY_FOLDER_ADVICE}"
        ) from error
    if (width, height) != (painters * size, size):
        raise OutputError(
            f"{folder} holds pictures of {width} × {height} pixels, this run's have {painters * size} × "
            f"{size}. "
            f"{EMPTY_FOLDER_ADVICE}"
        )
    return int(names[-1].removesuffix(".png")) + 1
