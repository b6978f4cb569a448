"""In the wild: every command, link and hook that the page shows does what it says."""

import argparse
import shlex

import pytest

from core.__main__ import build_parser
from core.base import links
from core.base.request import RunRequest
from core.base.settings import PAINTERS
from core.lesson.in_the_wild import NEWEST_PICTURE_EXPRESSION, OUTSIDE_TOOLS
from tests.support.navigation import navigation


def parsed(command: str) -> argparse.Namespace:
    """Arguments of a command as the page shows it."""
    python, dash_m, core, *rest = shlex.split(command)
    assert (python, dash_m, core) == ("python", "-m", "core")
    return build_parser().parse_args(rest)


COMMANDS = [command for place in OUTSIDE_TOOLS for command in place.commands]
LINKS = [link for place in OUTSIDE_TOOLS for link in place.links]


def test_each_place_has_something_that_does_its_job():
    assert len(OUTSIDE_TOOLS) == 5 and all(place.commands or place.code for place in OUTSIDE_TOOLS)


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_are_accepted(command):
    arguments = parsed(command)
    assert callable(arguments.command)
    if "run" in command.split():
        from core.cli.run import request_from

        assert isinstance(request_from(arguments), RunRequest)


@pytest.mark.parametrize(("label", "path", "parameters"), LINKS)
def test_links_lead_somewhere_and_nothing_in_them_is_refused(label, path, parameters):
    assert path in {"", *navigation()} and links.read_link(parameters).ignored == ()


def test_the_notebooks_link_and_its_command_ask_for_the_same():
    from core.cli.run import request_from

    (notebook,) = (place for place in OUTSIDE_TOOLS if "notebooks" in place.name)
    link = links.read_link(notebook.links[0][2])
    request = request_from(parsed(notebook.commands[0]))
    assert (link.prompt, link.painters, link.seed) == (request.prompt, request.painters, request.seed)
    assert links.request_parameters(request) == notebook.links[0][2] and set(PAINTERS) - set(link.painters)


def test_touchdesigners_expression_is_an_expression():
    class Table(dict):
        numRows = 3

    names = {"op": lambda name: Table({(2, "path"): f"{name}/2.png"})}
    assert eval(NEWEST_PICTURE_EXPRESSION, names) == "folder1/2.png"
