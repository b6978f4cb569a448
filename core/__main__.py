"""Command line: `python -m core …`.

Finds the command and tells how it ended; each command lives in `core.cli`.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from core.base.errors import UserError
from core.cli.command_line import OWN_PARSER, build_parser

# Read when torch is loaded: how long its threads spin while they wait for each other before they sleep (GNU
# OpenMP). Long spinning wins nothing on an idle machine and costs several times the time beside other busy
# programs (measured by `python tests/bench/waiting.py`).
os.environ.setdefault("GOMP_SPINCOUNT", "3000")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit status: 0 fine, 1 a bug, 2 bad input, 130 stopped by Ctrl-C."""
    _print_whatever_comes()
    try:
        return _call(sys.argv[1:] if argv is None else list(argv)) or 0
    except UserError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`… | head`); let the interpreter's own flush not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if os.environ.get("CTJP_DEBUG"):
            raise
        what = " ".join(f"{type(error).__name__}: {error}".split())
        print(f"Unexpected error: {what}. Rerun with CTJP_DEBUG=1 for the traceback.", file=sys.stderr)
        return 1


def _print_whatever_comes() -> None:
    """A console that has no such character (cp1252 on Windows) shows a question mark; it ends no command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _call(argv: list[str]) -> int | None:
    if argv[:1] == [OWN_PARSER]:
        from core.cli.train import main as train

        return train(argv[1:])
    arguments = build_parser().parse_args(argv)
    return arguments.command(arguments)


if __name__ == "__main__":
    sys.exit(main())
