"""`python -m core bench realism`: the checks of the realism proxy, or what the page Realism shows."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace

from core import packs
from core.base.errors import SettingError
from core.cli import options
from core.cli.bench.ending import end_with_report
from core.cli.terminal import tell_on_terminal


def add_arguments(parser: ArgumentParser) -> None:
    """Of which pack, and which checks."""
    options.add_json(parser)
    options.add_seed(parser, "draws the pictures")
    options.add_pack(parser)
    only = "only these checks, for example calibration,ladders"
    parser.add_argument("--only", metavar="A,B", help=only)
    page = "make what the page Realism shows instead, and put it into the pack"
    parser.add_argument("--page", action="store_true", help=page)


def run(arguments: Namespace) -> int:
    """Measure and print. Returns 1 if a check falls short."""
    from core.bench import page, realism
    from core.bench.material import RealismTest
    from core.bench.photographs import photograph_folder

    options.check_at_least(arguments, seed=0)
    only = _chosen(arguments.only, [check.__name__ for check in realism.CHECKS])
    pack = packs.open_pack_limited(arguments.pack)
    test = RealismTest(pack, arguments.seed, photograph_folder(), tell_on_terminal)
    if arguments.page:
        print(page.make_realism_page(test))
        return 0
    began = time.perf_counter()
    rows = realism.run(test, only)
    seconds = time.perf_counter() - began
    about = {"pack": pack.name, "pack_hash": pack.hash, "seed": test.seed, "seconds": seconds}
    subject = f"Pack {pack.name} {pack.hash[:16]}, seed {test.seed}"
    return end_with_report(rows, about, subject, arguments.json, noun="check")


def _chosen(only: str | None, known: list[str]) -> list[str]:
    chosen = only.split(",") if only else known
    if unknown := [name for name in chosen if name not in known]:
        raise SettingError(f"--only is {', '.join(unknown)}; choose from {', '.join(known)}.")
    return chosen
