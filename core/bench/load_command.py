"""What `python -m core bench load` does."""

import json
import sys
import time

from core.bench.load import load
from core.bench.rows import table
from core.errors import SettingError


def bench_load(arguments):
    """`bench load`: a class on one server. Returns 1 if a figure falls short.

    Raises:
        SettingError: a number out of range, or a package is missing. StoreError: the server does not come up.
    """
    for option, low, high in (("minutes", 0.1, 120), ("sessions", 2, 200), ("runs", 1, 5000)):
        if not low <= getattr(arguments, option) <= high:
            raise SettingError(f"--{option} is {getattr(arguments, option):g}; it takes {low:g} to {high:g}.")
    began = time.perf_counter()

    def tell(text):
        print(f"{time.perf_counter() - began:5.0f} s  {text}", file=sys.stderr, flush=True)

    rows = load(arguments.minutes, arguments.sessions, arguments.runs, arguments.pack, tell)
    short, seconds = [row for row in rows if row.ok is False], time.perf_counter() - began
    if arguments.json:
        about = {"sessions": arguments.sessions, "minutes": arguments.minutes, "runs": arguments.runs, "seconds": seconds}
        print(json.dumps({**about, "rows": [row.as_dict() for row in rows], "short": len(short)}, indent=2))
    else:
        outcome = f"{len(short)} fall short: {'; '.join(row.name for row in short)}" if short else "no figure falls short"
        print(f"{table(rows)}\n\n{arguments.sessions} sessions, {seconds:.0f} s: {outcome}.")
    return 1 if short else 0
