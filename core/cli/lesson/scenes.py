"""`python -m core lesson scenes`: renders the scenes that the page Rank it yourself shows."""

from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """Takes none."""


def run(_: Namespace) -> None:
    """Render them, and print what was made."""
    from core.lesson import ranking_scenes

    print(ranking_scenes.make_scene_sheet())
