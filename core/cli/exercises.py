"""`python -m core exercises`: goals of the exercises, what was measured for them, and solutions."""

from argparse import ArgumentParser, Namespace

from core import packs
from core.base.errors import StoreError
from core.cli import options
from core.cli.terminal import tell_on_terminal


def add_arguments(parser: ArgumentParser) -> None:
    """Whether to measure, and how much."""
    measure = "paint starting settings and solutions, and write the goals' ranges"
    parser.add_argument("--measure", action="store_true", help=measure)
    prompts = "of the pack's examples (default: %(default)s)"
    parser.add_argument("--prompts", type=int, default=3, metavar="N", help=prompts)
    parser.add_argument(
        "--seeds", type=int, default=2, metavar="N", help="runs per prompt (default: %(default)s)"
    )
    steps = "steps of every painter (default: each painter's own)"
    parser.add_argument("--steps", type=int, metavar="N", help=steps)
    options.add_pack(parser)


def run(arguments: Namespace) -> int:
    """Print the table.

    Returns 1 if a goal is missed by its solution or reached by the starting settings, else 0.

    Raises:
        UserError: unknown pack, too few of something, or an unreadable file.
    """
    from core.lesson import exercise_ranges
    from core.lesson.exercises import COMMAND, read_ranges

    options.check_at_least(arguments, prompts=1, seeds=1)
    if arguments.steps is not None:
        options.check_at_least(arguments, steps=1)
    manifest = packs.read_manifest(arguments.pack)
    if arguments.measure:
        _measure(arguments, manifest["examples"][: arguments.prompts])
    ranges = read_ranges()
    if ranges is None:
        raise StoreError(f"The exercises have not been measured yet; run {COMMAND}.")
    print(exercise_ranges.exercises_table(ranges, manifest["reference"]))
    faults = exercise_ranges.goal_faults(ranges, manifest["reference"])
    for fault in faults:
        print(f"\n{fault}")
    return 1 if faults else 0


def _measure(arguments: Namespace, prompts: list[str]) -> None:
    from core.lesson import exercise_ranges

    pack = packs.open_pack_limited(arguments.pack)
    seeds = range(arguments.seeds)
    exercise_ranges.write_ranges(
        exercise_ranges.measure_exercises(pack, prompts, seeds, arguments.steps, tell_on_terminal)
    )
