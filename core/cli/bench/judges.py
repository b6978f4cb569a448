"""`python -m core bench judges`: every painter following every judge of the pack."""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from core import packs
from core.base.files import write_bytes
from core.cli import options
from core.cli.terminal import tell_on_terminal


def add_arguments(parser: ArgumentParser) -> None:
    """How much is painted."""
    prompts = "prompts drawn from the world, each painted for every choice (default: 4)"
    parser.add_argument("--prompts", type=int, default=4, metavar="N", help=prompts)
    out = "also write the medians to this file as JSON"
    parser.add_argument("--out", metavar="FILE", help=out)
    options.add_seed(parser, "draws the prompts")
    options.add_pack(parser)
    options.add_json(parser, "a table")


def run(arguments: Namespace) -> None:
    """Paint, and print the medians. Raises UserError."""
    from core.bench.judges import judges_text, measure_judges

    options.check_at_least(arguments, prompts=1)
    pack = packs.open_pack_limited(arguments.pack)
    result = measure_judges(pack, arguments.prompts, arguments.seed, tell_on_terminal)
    if arguments.out:
        kept = {name: value for name, value in result.items() if name not in ("runs", "seconds")}
        write_bytes(Path(arguments.out), (json.dumps(kept, indent=1) + "\n").encode())
    print(json.dumps(result, indent=2) if arguments.json else judges_text(result))
