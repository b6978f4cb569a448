"""A run of the command line as it is recorded: folder, extras, sequence of pictures, progress bars. No torch."""

import contextlib
import sys
from pathlib import Path

from core import folder, lens, sequence
from core.images import write_png
from core.settings import LABELS, PAINTERS

FIGURE_FILE = "figure.png"
EXTRAS = "extras"


@contextlib.contextmanager
def recording(request, out, size, frames, extras, pack_hash):
    """Record a run into a folder, in place of what a run left there. The block gets (recorder, FolderRecorder below it).

    Args:
        request: core.settings.RunRequest.
        out: the folder.
        size: of a picture, pixels.
        frames: folder of a sequence to be written besides, or None.
        extras: whether to write what else the painters show.
        pack_hash: of the pack it is painted with.

    Raises:
        OutputError: a folder cannot be written.
    """
    _clear(out)
    with folder.FolderRecorder(out, request, pack_hash) as recorder:
        shown = Extras(recorder, out) if extras else recorder
        if frames:
            shown = sequence.Sequence(shown, Path(frames).expanduser(), request, size)
        with Progress(shown, request) as shown:
            yield shown, recorder


def every_step(request, extras):
    """What `core.runs.execute` is told to show extras at every step, if they are wanted."""
    return max(settings.steps for settings in request.settings.values()) if extras else 0


class Extras:
    """Recorder that also writes a frame's extras, as extras/<painter>/<step>-<name>.png."""

    def __init__(self, recorder, out):
        self.recorder, self.out = recorder, out

    def record(self, frame, measurement):
        self.recorder.record(frame, measurement)
        for name, image in frame.extras.items():
            write_png(self.out / EXTRAS / frame.painter / f"{frame.step:05d}-{name}.png", image)


class Progress:
    """Recorder that also moves one progress bar per painter, on a terminal only."""

    def __init__(self, recorder, request):
        self.recorder, self.bars = recorder, {}
        if sys.stderr.isatty():
            from tqdm import tqdm

            width = max(len(LABELS[p]) for p in request.painters)
            for position, painter in enumerate(request.painters):
                total = request.settings[painter].steps
                self.bars[painter] = tqdm(total=total, desc=LABELS[painter].ljust(width), position=position, unit="step")

    def record(self, frame, measurement):
        self.recorder.record(frame, measurement)
        bar = self.bars.get(frame.painter)
        if bar is not None:
            bar.set_postfix(score=f"{measurement.score:.2f}", realism=f"{measurement.realism:.2f}", refresh=False)
            bar.update(frame.step - bar.n)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for bar in self.bars.values():
            bar.close()


def _clear(out):
    """Remove a run's files, and only those."""
    frames = [f for p in PAINTERS for f in (out / "frames" / p).glob("*.png") if folder.FRAME_NAME.fullmatch(f.name)]
    extras = [f for p in PAINTERS for f in (out / EXTRAS / p).glob("[0-9]*-*.*") if lens.FILE.fullmatch(f.name)]
    for path in (*frames, *extras, *(out / name for name in (folder.RUN_FILE, folder.METRICS_FILE, FIGURE_FILE))):
        path.unlink(missing_ok=True)
