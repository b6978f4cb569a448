"""`python -m core bench story`: the three painters, every prior and number of cutouts, and real pictures."""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from core import packs
from core.cli import options
from core.cli.terminal import tell_on_terminal


def add_arguments(parser: ArgumentParser) -> None:
    """How much is painted, and where it is kept."""
    add = parser.add_argument
    add("--prompts", type=int, default=24, metavar="N", help="prompts drawn from the world (default: 24)")
    add("--seeds", type=int, default=3, metavar="N", help="runs per prompt on every terms (default: 3)")
    cells = "the first prompts, also painted once with every prior and number of cutouts (default: 12)"
    add("--cells", type=int, default=12, metavar="N", help=cells)
    add("--real", type=int, default=8, metavar="N", help="real pictures of each prompt (default: 8)")
    keeps = "folder that keeps every finished picture; the same command again goes on where it ended"
    add("--out", metavar="DIR", help=keeps)
    options.add_seed(parser, "draws the prompts")
    options.add_terms(parser)
    options.add_steps(parser)
    options.add_pack(parser)
    options.add_json(parser, "tables")


def run(arguments: Namespace) -> None:
    """Paint, count and print what happened, whatever it is."""
    from core.base.terms import preset_settings
    from core.bench import story, story_report
    from core.lesson.story_setups import SETUPS

    options.check_at_least(arguments, prompts=1, seeds=1, cells=0, real=1)
    if arguments.terms is not None:
        preset_settings(arguments.terms)  # raises SettingError: there are none of this name
    steps = None if arguments.steps is None else options.number(arguments.steps)
    numbers = (arguments.prompts, arguments.seeds, arguments.cells, arguments.real, arguments.seed)
    result = story.measure_story(
        packs.open_pack_limited(arguments.pack),
        story.Amount(*numbers, steps),
        tuple(SETUPS) if arguments.terms is None else (arguments.terms,),
        None if arguments.out is None else Path(arguments.out),
        tell_on_terminal,
    )
    print(json.dumps(result, indent=2) if arguments.json else story_report.story_text(result))
