"""`python -m core bench scale`: how much faster a sweep is done by more workers of a Ray cluster."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace

from core.base.errors import SettingError
from core.base.machine import usable_cores
from core.cli import options
from core.cli.terminal import tell_on_terminal

MOST_WORKERS = 64


def add_arguments(parser: ArgumentParser) -> None:
    """How many workers, and what they paint."""
    add = parser.add_argument
    workers = "numbers of workers to compare (default: 1, 2 and this machine's cores)"
    add("--workers", metavar="1,2,4", help=workers)
    add("--cells", type=int, default=8, metavar="N", help="runs of the sweep (default: %(default)s)")
    add("--steps", type=int, default=40, metavar="N", help="steps of every run (default: %(default)s)")
    rounds = "turns of each number of workers (default: %(default)s)"
    add("--rounds", type=int, default=3, metavar="N", help=rounds)
    cluster = "ray, or HOST:PORT of a cluster's head (default: %(default)s)"
    add("--on", default="ray", metavar="WHO", help=cluster)
    options.add_pack(parser)
    options.add_json(parser)


def run(arguments: Namespace) -> None:
    """Measure and print.

    Raises:
        SettingError: a number out of range. WorkersError: no Ray, or fewer workers than asked for.
    """
    from core.bench import scale

    counts = _counts(arguments.workers) if arguments.workers else sorted({1, 2, usable_cores()})
    options.check_at_least(arguments, cells=1, steps=1, rounds=1)
    sweep = scale.Workload(arguments.pack, arguments.cells, arguments.steps, arguments.rounds)
    result = scale.measure_scaling(sweep, counts, arguments.on, tell_on_terminal)
    print(json.dumps(result, indent=2) if arguments.json else scale.scaling_text(result))


def _counts(given: str) -> list[int]:
    """Numbers of workers in "1,2,4", in order."""
    try:
        counts = sorted({int(part) for part in given.split(",")})
        if not 1 <= counts[0] <= counts[-1] <= MOST_WORKERS:
            raise ValueError
    except ValueError:
        wanted = f"it takes numbers from 1 to {MOST_WORKERS}, such as 1,2,4"
        raise SettingError(f"--workers is {given!r}; {wanted}.") from None
    return counts
