"""`python -m core extras`: adds to a run's folder what the judge saw, by painting the run once more."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from core import packs
from core.cli import options
from core.cli.recording import alone_in
from core.cli.terminal import StopOnInterrupt
from core.storage import frame_extras, run_folder
from core.storage.start_pictures import StartPictures


def add_arguments(parser: ArgumentParser) -> None:
    """Which folder."""
    text = "a folder that `run` wrote or the app exported; its pictures stay"
    parser.add_argument("folder", type=options.path, metavar="DIR", help=text)


def run(arguments: Namespace) -> int:
    """Paint it again. Returns 0, or 130 when stopped by Ctrl-C.

    Raises:
        UserError: the folder holds no run, another command paints into it, or its pictures come out
            different now.
    """
    folder = Path(arguments.folder).expanduser()
    run_folder.read_run(folder)  # before a lock is left in a folder that holds none
    with alone_in(folder):
        status = _add_extras(folder)
    return 130 if status == "stopped" else 0


def _add_extras(folder: Path) -> str:
    """Paint the folder's run once more; returns what `execute` returns."""
    from core.execute import execute

    request = run_folder.read_run(folder)[0].request
    pack = packs.open_pack_limited(request.pack)
    starts = StartPictures(folder).picture
    recorder = frame_extras.RepaintRecorder(folder)
    with StopOnInterrupt() as should_stop:
        return execute(request, pack, recorder, should_stop, frame_extras.EXTRAS_PER_PAINTER, starts=starts)
