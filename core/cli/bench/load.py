"""`python -m core bench load`: a class on one server."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from core.base.errors import SettingError
from core.bench.report import ReportRow
from core.cli import options
from core.cli.bench.ending import end_with_report

RANGES = {"minutes": (0.1, 120), "sessions": (2, 200), "runs": (1, 5000)}


def add_arguments(parser: ArgumentParser) -> None:
    """How many people, and for how long."""
    add = parser.add_argument
    options.add_json(parser)
    minutes = "of asking for runs, at least (default: %(default)g)"
    add("--minutes", type=float, default=10.0, metavar="M", help=minutes)
    sessions = "pages that are open at once (default: %(default)s)"
    add("--sessions", type=int, default=30, metavar="N", help=sessions)
    runs = "small runs that are asked for (default: %(default)s)"
    add("--runs", type=int, default=200, metavar="R", help=runs)
    options.add_pack(parser)


def run(arguments: Namespace) -> int:
    """Measure and print. Returns 1 if a figure falls short.

    Raises:
        SettingError: a number out of range, or a package is missing. StoreError: the server does not come up.
    """
    for option, (low, high) in RANGES.items():
        value = getattr(arguments, option)
        if not low <= value <= high:
            raise SettingError(f"--{option} is {value:g}; it takes {low:g} to {high:g}.")
    load_test = _load_test()
    began = time.perf_counter()

    def tell(text: str) -> None:
        print(f"{time.perf_counter() - began:5.0f} s  {text}", file=sys.stderr, flush=True)

    rows = load_test(arguments.minutes, arguments.sessions, arguments.runs, arguments.pack, tell)
    about = {option: getattr(arguments, option) for option in ("sessions", "minutes", "runs")}
    about["seconds"] = time.perf_counter() - began
    return end_with_report(rows, about, f"{arguments.sessions} sessions", arguments.json)


def _load_test() -> Callable[..., list[ReportRow]]:
    try:
        from core.bench.load import load_test
    except ModuleNotFoundError as error:
        advice = "install it with `pip install -r requirements.txt`"
        raise SettingError(f"`bench load` needs the package {error.name}; {advice}.") from error
    return load_test
