"""`python -m core lesson story`: ships what `bench story` has painted into a folder."""

from argparse import ArgumentParser, Namespace
from pathlib import Path


def add_arguments(parser: ArgumentParser) -> None:
    """The folder of the bench."""
    parser.add_argument("folder", metavar="DIR", help="what `python -m core bench story --out DIR` painted")


def run(arguments: Namespace) -> None:
    """Write figures and pictures, and print how many bytes they have."""
    from core.bench.story_shipped import write_story
    from core.lesson.story_data import FOLDER

    written = write_story(Path(arguments.folder), FOLDER)
    print(f"{FOLDER}: {len(written)} files, {sum(path.stat().st_size for path in written):,} bytes")
