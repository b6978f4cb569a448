"""`python -m core figure`: draws figure.png of a run folder again."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from core.cli import options
from core.cli.recording import draw_figure
from core.cli.terminal import tell_version
from core.storage.run_folder import read_run


def add_arguments(parser: ArgumentParser) -> None:
    """Which folder."""
    parser.add_argument("folder", type=options.path, metavar="DIR", help="a folder that `run` wrote")


def run(arguments: Namespace) -> None:
    """Draw it and print where it is."""
    folder = Path(arguments.folder).expanduser()
    print(draw_figure(folder))
    tell_version(read_run(folder)[0])
