"""`python -m core export`: a run as something to show elsewhere."""

from __future__ import annotations

import argparse
import re
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from core.base.environment import store_folder
from core.base.errors import SettingError
from core.base.ids import is_id
from core.cli import options
from core.cli.terminal import tell_version
from core.exports.kinds import EXPORT_KINDS

if TYPE_CHECKING:
    from core.exports.source import ExportedRun
    from core.storage.run_store import RunStore


def add_arguments(parser: ArgumentParser) -> None:
    """Which run, as what, and where to."""
    add = parser.add_argument
    run = "a folder that `run` wrote, or the id of a run or a sweep in the app's store"
    add("run", type=options.path, metavar="RUN", help=run)
    kinds = f"one of {', '.join(EXPORT_KINDS)}"
    add("--as", dest="kind", required=True, choices=EXPORT_KINDS, metavar="KIND", help=kinds)
    add("--out", required=True, type=options.path, metavar="FILE", help="where to write it")
    at = "percent of the run, for a figure or a picture (default: 100)"
    add("--at", type=float, default=100.0, metavar="N", help=at)
    add("--link", default="", metavar="ADDRESS", help="printed on a hand-out, with a QR code: opens the run")
    # A number 0 … 1 a line, for the server that starts an export.
    add("--tell", action="store_true", help=argparse.SUPPRESS)


def run(arguments: Namespace) -> None:
    """Write the export.

    Raises:
        UserError: there is no such run, nothing is painted yet, or the file cannot be written.
    """
    from core.base.files import write_bytes

    if not 0 <= arguments.at <= 100:
        raise SettingError(f"--at is {arguments.at:g}; it takes 0 to 100, in percent of the run.")
    if arguments.link and not re.fullmatch(r"https?://\S{1,1000}", arguments.link):
        raise SettingError("--link takes an address that starts with http:// or https://, without spaces.")
    write_bytes(Path(arguments.out).expanduser(), _export(arguments))
    if not arguments.tell:
        print(arguments.out)


def _export(arguments: Namespace) -> bytes:
    from core.exports import source
    from core.storage.run_store import RunStore
    from core.storage.sweep_store import get_sweep

    if is_id(arguments.run) and not Path(arguments.run).exists():
        with RunStore(store_folder()) as store:
            if store.get(arguments.run) is None and get_sweep(store, arguments.run) is not None:
                return _export_sweep(store, arguments)
            return _tell_and_export(source.run_in_store(store, arguments.run), arguments)
    return _tell_and_export(source.run_in_folder(Path(arguments.run).expanduser()), arguments)


def _export_sweep(store: RunStore, arguments: Namespace) -> bytes:
    from core.exports.kinds import sweep_export_bytes
    from core.exports.sweep_source import sweep_in_store

    sweep, tell = sweep_in_store(store, arguments.run), _progress(arguments.tell)
    return sweep_export_bytes(sweep, arguments.kind, arguments.at / 100, tell)


def _tell_and_export(run: ExportedRun, arguments: Namespace) -> bytes:
    from core.exports.kinds import export_bytes

    if not arguments.tell:
        tell_version(run)
    return export_bytes(run, arguments.kind, arguments.at / 100, _progress(arguments.tell), arguments.link)


def _progress(tell: bool) -> Callable[[float], None]:
    """What hears how far an export is: the server that started it, a person at a terminal, or nobody."""
    if tell:
        return _print_share
    if not sys.stderr.isatty():
        return _tell_nobody
    from tqdm import tqdm

    form = "{desc}{percentage:3.0f}%|{bar}| {elapsed}"
    bar = tqdm(total=100, unit="%", bar_format=form, leave=False)

    def move(share: float) -> None:
        bar.update(round(100 * share) - bar.n)

    return move


def _print_share(share: float) -> None:
    print(f"{share:.3f}", flush=True)


def _tell_nobody(share: float) -> None:
    pass
