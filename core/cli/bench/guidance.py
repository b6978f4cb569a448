"""`python -m core bench guidance`: how the judge should guide, settings side by side."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from core import packs
from core.base.errors import SettingError
from core.cli import options
from core.cli.terminal import tell_on_terminal


def add_arguments(parser: ArgumentParser) -> None:
    """How much is painted."""
    add = parser.add_argument
    add("--prompts", type=int, default=6, metavar="N", help="how many prompts, of seeds 0 to 99 (default: 6)")
    rows = "only candidates whose name contains this, for example VQGAN"
    add("--rows", default="", metavar="TEXT", help=rows)
    add("--sheet", type=Path, metavar="FILE", help="write all pictures as one PNG, a row for each candidate")
    options.add_pack(parser)


def run(arguments: Namespace) -> None:
    """Paint and print the table. Raises SettingError: a number or name is not accepted."""
    from core.base.images import write_png
    from core.bench import guidance

    options.check_at_least(arguments, prompts=1)
    if arguments.prompts > guidance.CHOOSING_SEEDS:
        most = f"it takes {guidance.CHOOSING_SEEDS} or fewer"
        raise SettingError(f"--prompts is {arguments.prompts}; {most}.")
    rows = [row for row in guidance.CANDIDATES if arguments.rows.lower() in row.lower()]
    if not rows:
        named = "; ".join(guidance.CANDIDATES)
        raise SettingError(f"--rows is {arguments.rows!r}, but no candidate's name contains it: {named}.")
    pack = packs.open_pack_limited(arguments.pack)
    result = guidance.measure_guidance(pack, arguments.prompts, rows, tell_on_terminal)
    print(f"Pack {pack.name} {pack.hash[:16]}\n\n{guidance.guidance_text(result)}")
    if arguments.sheet:
        write_png(arguments.sheet, guidance.guidance_sheet(result))
