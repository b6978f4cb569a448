"""`python -m core lesson pictures`: renders the real pictures that two pages start from."""

from argparse import ArgumentParser, Namespace

from core.cli import options


def add_arguments(parser: ArgumentParser) -> None:
    """Which pack."""
    options.add_pack(parser)


def run(_: Namespace) -> None:
    """Render them, and print where they are."""
    from core.lesson import real_pictures

    print(real_pictures.write_scenes())
