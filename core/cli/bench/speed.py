"""`python -m core bench speed`: each painter beside the usual method, or what each shortcut changes."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser, Namespace

from core import packs
from core.base.errors import SettingError
from core.cli import options
from core.cli.bench.ending import end_with_report
from core.cli.terminal import tell_on_terminal


def add_arguments(parser: ArgumentParser) -> None:
    """Which rows, and how long."""
    add = parser.add_argument
    options.add_json(parser)
    add("--only", metavar="A,B", help="only these rows, some of a,b,c,d,e")
    short = "as few repeats as there can be, for trying it out"
    add("--short", action="store_true", help=short)
    quality = "instead: what each shortcut does to the figures, on the miniature pack"
    add("--quality", action="store_true", help=quality)
    prompts = "with --quality: prompts (default: %(default)s)"
    add("--prompts", type=int, default=4, metavar="N", help=prompts)
    seeds = "with --quality: runs per prompt (default: %(default)s)"
    add("--seeds", type=int, default=2, metavar="N", help=seeds)


def run(arguments: Namespace) -> int:
    """Measure and print. Returns 1 if a figure falls short. SettingError: `--only` names no row."""
    import torch

    from core.base.machine import limit_threads
    from core.bench import speed

    if arguments.quality:
        return _measure_quality(arguments)
    only = None if arguments.only is None else options.names_in(arguments.only)
    if unknown := [name for name in only or () if name not in speed.CHECKS]:
        known = ", ".join(speed.CHECKS)
        raise SettingError(f"--only names {unknown[0]!r}; it takes some of {known}.")
    threads = limit_threads()
    began = time.perf_counter()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    rows = speed.run(speed.SpeedTest(device, arguments.short, tell_on_terminal), only)
    about = {
        "device": speed.device_name(device),
        "threads": threads,
        "dtype": speed.dtype_name(device),
        "seconds": time.perf_counter() - began,
    }
    subject = f"{about['device']}, {threads} threads, ours in {about['dtype']}"
    return end_with_report(rows, about, subject, arguments.json)


def _measure_quality(arguments: Namespace) -> int:
    """`--quality`: print what each shortcut does to the figures. Returns 0.

    SettingError: a number out of range.
    """
    options.check_at_least(arguments, prompts=1, seeds=1)
    from core.bench import quality

    pack = packs.open_pack_limited("miniature")
    effects = quality.measure_effects(pack, arguments.prompts, arguments.seeds, tell=tell_on_terminal)
    if arguments.json:
        print(json.dumps([effect.as_dict() for effect in effects], indent=2))
    else:
        print(quality.effects_table(effects))
    return 0
