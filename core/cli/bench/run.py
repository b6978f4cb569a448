"""`python -m core bench run`: what a default run takes in a fresh process, and one changed knob after it."""

from argparse import ArgumentParser, Namespace

from core.cli import options


def add_arguments(parser: ArgumentParser) -> None:
    """What is painted."""
    parser.add_argument("--prompt", default="a red fox in snow")
    options.add_pack(parser)


def run(arguments: Namespace) -> int:
    """Paint it, print what it took. Returns the run's exit status, or 1 if a figure falls short."""
    # No torch in this process: a child's peak memory counts what its parent held when it was started.
    from core.bench.default_run import cold_row, default_run, default_run_text
    from core.bench.one_knob import one_knob_rows
    from core.bench.report import report_table, rows_that_fall_short

    result = default_run(arguments.prompt, arguments.pack)
    print(default_run_text(result))
    if result["status"]:
        return result["status"]
    rows = [cold_row(result), *one_knob_rows(arguments.prompt, arguments.pack)]
    warm = "In a warm process: from Run to the last stored frame."
    print(f"\n{report_table(rows)}\n{warm}")
    return 1 if rows_that_fall_short(rows) else 0
