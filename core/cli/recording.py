"""A run as the command line records it: folder, extras, sequence of pictures, progress bars, figure.

No torch.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from core.base.errors import OutputError, UserError
from core.base.files import write_bytes
from core.base.images import write_png
from core.base.request import RunRequest
from core.base.settings import PAINTER_LABELS, PAINTERS
from core.storage import frame_extras, picture_sequence, run_folder
from core.storage.start_pictures import StartPictures

if TYPE_CHECKING:
    from tqdm import tqdm

    from core.base.frame import Frame, Measurement
    from core.execute import Recorder

FIGURE_FILE = "figure.png"
LOCK_FILE = ".painting.lock"  # there while a command paints into the folder
STOPPED_REASON = "Stopped from the keyboard."


@contextlib.contextmanager
def record_into(
    request: RunRequest,
    out: Path,
    size: int,
    frames: str | None,
    extras: bool,
    force: bool,
    starts: StartPictures,
    pack_hash: str,
) -> Iterator[tuple[Recorder, run_folder.FolderRecorder]]:
    """Record a run into a folder, in place of what a run left there.

    The block gets (recorder, FolderRecorder below it).

    Args:
        request: the run.
        out: the folder.
        size: of a picture, pixels.
        frames: folder of a sequence to be written besides, or None.
        extras: whether to write what else the painters show.
        force: whether another run that the folder holds may go.
        starts: pictures that it starts from, to be kept beside its frames.
        pack_hash: of the pack it is painted with.

    Raises:
        OutputError: a folder cannot be written, or another program paints into it.
    """
    with recorded(out, request, force, starts, pack_hash, figure=True) as folder:
        recorder: Recorder = ExtrasRecorder(folder, out) if extras else folder
        if frames:
            recorder = picture_sequence.SequenceRecorder(recorder, Path(frames).expanduser(), request, size)
        with ProgressBarRecorder(recorder, request) as recorder:
            yield recorder, folder


def extras_at_every_step(request: RunRequest, extras: bool) -> int:
    """What `core.execute.execute` is told to show extras at every step, if they are wanted."""
    return max(settings.steps for settings in request.settings.values()) if extras else 0


def finish(recorder: run_folder.FolderRecorder, status: str) -> None:
    """End a run's folder: "done", or "stopped" by Ctrl-C."""
    recorder.finish(status, STOPPED_REASON if status == "stopped" else "")


class ExtrasRecorder:
    """Recorder that also writes a frame's extras, as extras/<painter>/<step>-<name>.png."""

    def __init__(self, recorder: Recorder, out: Path) -> None:
        self.recorder = recorder
        self.out = out

    def record(self, frame: Frame, measurement: Measurement) -> None:
        """Record a frame with its extras."""
        self.recorder.record(frame, measurement)
        folder = self.out / frame_extras.EXTRAS_FOLDER / frame.painter
        for name, image in frame.extras.items():
            write_png(folder / f"{frame.step:05d}-{name}.png", image)


class ProgressBarRecorder:
    """Recorder that also moves one progress bar per painter, on a terminal only."""

    def __init__(self, recorder: Recorder, request: RunRequest) -> None:
        self.recorder = recorder
        self.bars: dict[str, tqdm] = {}
        if sys.stderr.isatty():
            self._add_bars(request)

    def _add_bars(self, request: RunRequest) -> None:
        from tqdm import tqdm

        width = max(len(PAINTER_LABELS[painter]) for painter in request.painters)
        for position, painter in enumerate(request.painters):
            label = PAINTER_LABELS[painter].ljust(width)
            total = request.settings[painter].steps
            self.bars[painter] = tqdm(total=total, desc=label, position=position, unit="step")

    def record(self, frame: Frame, measurement: Measurement) -> None:
        """Record a frame and move its painter's bar."""
        self.recorder.record(frame, measurement)
        bar = self.bars.get(frame.painter)
        if bar is not None:
            figures = {"score": f"{measurement.score:.2f}", "realism": f"{measurement.realism:.2f}"}
            bar.set_postfix(figures, refresh=False)
            bar.update(frame.step - bar.n)

    def __enter__(self) -> ProgressBarRecorder:
        return self

    def __exit__(self, *_: object) -> None:
        for bar in self.bars.values():
            bar.close()


def check_output(out: Path, request: RunRequest, force: bool) -> None:
    """Raise OutputError unless `out` can be written and takes this run without losing another one's files."""
    if not force:
        _check_nothing_is_lost(out, request)
    made = [path for path in (out, *out.parents) if not os.path.exists(path)]
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
        for path in made:  # so that bad input found later leaves no empty folder behind
            path.rmdir()
    except OSError as error:
        advice = "Choose a folder you may write to, on a disk with free space."
        raise OutputError(f"Cannot write to the folder {out}: {error.strerror or error}. {advice}") from error


def _check_nothing_is_lost(out: Path, request: RunRequest) -> None:
    """Raise OutputError if `out` holds another run, or files with the names of a run's."""
    if os.path.exists(out / run_folder.RUN_FILE):
        another = OutputError(
            f"{out} already holds another run. Choose another folder, or replace it with --force."
        )
        try:
            held = json.loads(run_folder.run_text(out))
            same = RunRequest.from_dict(held).canonical() == request.canonical()
        except (OSError, ValueError, UserError) as error:
            raise another from error
        if not same:  # the same run may replace itself: it computes the same files again
            raise another
    elif any(os.path.exists(out / name) for name in (run_folder.METRICS_FILE, FIGURE_FILE, "frames")):
        advice = "Choose another folder, or replace them with --force."
        raise OutputError(f"{out} holds files with the names of a run's. {advice}")


@contextlib.contextmanager
def recorded(
    out: Path, request: RunRequest, force: bool, starts: StartPictures, pack_hash: str, figure: bool = False
) -> Iterator[run_folder.FolderRecorder]:
    """The recorder of a run's folder, emptied of the run that was there. As `record_into`, no more.

    Args:
        figure: whether to draw figure.png at the end, before another command may paint into the folder.
    """
    with _emptied(out, request, force):
        with run_folder.FolderRecorder(out, request, pack_hash) as folder:
            StartPictures(out).copy_from(starts, request.settings.values())
            yield folder
        if figure and any((out / "frames").glob("*/*.png")):
            draw_figure(out)


@contextlib.contextmanager
def _emptied(out: Path, request: RunRequest, force: bool) -> Iterator[None]:
    """As `alone_in`; at the start of the block, the run that was there is removed.

    Another command may have begun or painted a run there since `check_output` looked, so it is asked again.

    Raises:
        OutputError: another program paints into it, or it now holds another run and `force` is not given.
    """
    with contextlib.suppress(OSError):  # whether it can be written shows in a moment
        out.mkdir(parents=True, exist_ok=True)
    with alone_in(out, ", or choose another folder"):
        if not force:
            _check_nothing_is_lost(out, request)
        clear_run(out)
        yield


@contextlib.contextmanager
def alone_in(folder: Path, or_else: str = "") -> Iterator[None]:
    """Until the block ends, no other command paints into the folder.

    Args:
        or_else: what else one can do if another does, as the end of a sentence.

    Raises:
        OutputError: another one paints into it already.
    """
    lock = FileLock(folder / LOCK_FILE, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        busy = f"Another command is painting into {folder} now. Wait until it has finished{or_else}."
        raise OutputError(busy) from error
    except (OSError, NotImplementedError):
        pass  # a disk without locks
    try:
        yield
    finally:
        if lock.is_locked:
            with contextlib.suppress(OSError):  # Windows removes no open file
                (folder / LOCK_FILE).unlink()
            lock.release()


def draw_figure(folder: Path) -> Path:
    """Draw figure.png of a run folder; returns where it is."""
    from core.exports.figure import figure_png, read_figure_data

    path = folder / FIGURE_FILE
    write_bytes(path, figure_png(read_figure_data(folder)))
    return path


def clear_run(out: Path) -> None:
    """Remove a run's files, and only those."""
    for painter in PAINTERS:
        for path in (out / "frames" / painter).glob("*.png"):
            if run_folder.FRAME_NAME.fullmatch(path.name):
                path.unlink(missing_ok=True)
        for path in (out / frame_extras.EXTRAS_FOLDER / painter).glob("[0-9]*-*.*"):
            if frame_extras.EXTRA_FILE.fullmatch(path.name):
                path.unlink(missing_ok=True)
    for name in (run_folder.RUN_FILE, run_folder.METRICS_FILE, FIGURE_FILE):
        (out / name).unlink(missing_ok=True)
