"""In which order the files of tests run, so that two processes share few servers and end together.

By itself pytest-xdist starts with the files of most tests. The files of tests/browser are then far from each
other, and a process starts their browser and server anew for each; and a long file of one test may come last.
"""

from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
# Below tests/: folders whose files share what is slow to start, then files that take long, the longest first.
FIRST = ("browser", "training", "service", "cli/test_sweep_grid.py", "test_notebook.py", "app/test_server.py")


def keep_order(config: pytest.Config) -> None:
    """Let pytest-xdist hand out the files in the order in which they are collected."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def order_files(items: list[pytest.Item], first: tuple[str, ...] = FIRST, tests: Path = TESTS) -> None:
    """Move the tests of these folders and files to the front; the others stay in their order."""
    places = [tests / name for name in first]

    def rank(item: pytest.Item) -> int:
        found = (number for number, place in enumerate(places) if item.path.is_relative_to(place))
        return next(found, len(places))

    items.sort(key=rank)
