"""`python -m core bench pack`: what the pack's models can do on fresh scenes."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from core import packs
from core.base.errors import PackError, SettingError
from core.cli import options
from core.cli.bench.ending import end_with_report
from core.cli.terminal import tell_on_terminal

if TYPE_CHECKING:
    from core.packs.pack import ModelPack

MOST_PROMPTS = 1000  # as many scenes are drawn


def add_arguments(parser: ArgumentParser) -> None:
    """Of which pack, and how much is painted."""
    add = parser.add_argument
    options.add_json(parser)
    options.add_seed(parser, "draws scenes, prompts and runs")
    add("--prompts", type=int, default=48, metavar="N", help="prompts for the painters (default: 48)")
    add("--seeds", type=int, default=3, metavar="N", help="runs per prompt and painter (default: 3)")
    options.add_pack(parser)
    card = "also write the pack's model card: README.md and sheet.webp in its folder"
    add("--card", action="store_true", help=card)


def run(arguments: Namespace) -> int:
    """Measure and print. Returns 1 if a figure falls short.

    Raises:
        SettingError: a number out of range.
        PackError: the pack knows no miniature world, or `--card` cannot be written.
    """
    options.check_at_least(arguments, seed=0, prompts=1, seeds=1)
    if arguments.prompts > MOST_PROMPTS:
        most = f"it takes at most {MOST_PROMPTS}, the number of scenes drawn"
        raise SettingError(f"--prompts is {arguments.prompts}; {most}.")
    from core.bench import card, pack

    opened = packs.open_pack_limited(arguments.pack)
    _check_words(opened)
    began = time.perf_counter()
    test = pack.PackTest(opened, arguments.seed, arguments.prompts, arguments.seeds, tell_on_terminal)
    rows = pack.run(test)
    seconds = time.perf_counter() - began
    if arguments.card:
        card.write_card(test, rows, opened.folder)
    about = {
        "pack": opened.name,
        "pack_hash": opened.hash,
        "seed": test.seed,
        "prompts": test.prompts,
        "seeds": test.seeds,
        "seconds": seconds,
    }
    runs = f"{test.prompts} x {test.seeds} runs"
    subject = f"Pack {opened.name} {opened.hash[:16]}, seed {test.seed}, {runs}"
    return end_with_report(rows, about, subject, arguments.json)


def _check_words(pack: ModelPack) -> None:
    """Raise PackError unless the pack knows every word of the miniature world."""
    from core.world import grammar

    words = {word for text in grammar.every_text() for word in text.split()}
    if unknown := sorted(words - set(pack.manifest.get("words") or ())):
        raise PackError(
            f"Pack {pack.name!r} does not know the miniature world's words ({', '.join(unknown[:3])}, …); "
            "only its packs can be measured."
        )
