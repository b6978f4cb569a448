"""`python -m core lesson noise`: computes the first state of the page Noise on purpose."""

from argparse import ArgumentParser, Namespace

from core.cli import options
from core.cli.lesson.precompute import write_first_states
from core.lesson import real_pictures


def add_arguments(parser: ArgumentParser) -> None:
    """Which pack."""
    options.add_pack(parser)


def run(arguments: Namespace) -> None:
    """The default picture into noise and back."""
    write_first_states(arguments.pack, "noise", [{"scene": real_pictures.DEFAULT_SCENE}])
