"""`python -m core backup`: a whole copy of the run store, even while the app runs."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from core.base.environment import store_folder
from core.cli import options


def add_arguments(parser: ArgumentParser) -> None:
    """From where to where."""
    text = "a new folder, or an earlier copy to bring up to date"
    parser.add_argument("folder", type=options.path, metavar="DIR", help=text)
    options.add_store(parser)


def run(arguments: Namespace) -> None:
    """Copy, and print how many files that took."""
    from core.storage.backup import backup

    folder = Path(arguments.folder).expanduser()
    store = Path(arguments.store).expanduser() if arguments.store else store_folder()
    copied = backup(store, folder)
    print(f"{copied} files copied; {folder} is a whole run store.")
