"""The tree of commands. The module of a command is imported only when that command is asked for."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from core.base.errors import SettingError


@dataclass(frozen=True)
class Group:
    """Commands that share their first word.

    Args:
        help: what they are for, in the list of commands.
        title: heading of their own list.
        commands: name → what it does; `python -m core packs list` lives in core.cli.packs.list.
    """

    help: str
    title: str
    commands: Mapping[str, str]


BENCH = Group(
    "measure the story, or a default run's time and memory",
    "benchmarks",
    {
        "story": "three painters on drawn prompts, compared with real pictures",
        "guidance": "how the judge should guide: candidates for the defaults side by side",
        "equal-terms": "which rate suits each painter best with equal cutouts and evaluations",
        "judges": "every painter following every judge: what happens to score, held-out score and realism",
        "realism": "checks of the realism proxy, with what each must reach",
        "pack": "what the models can do on fresh scenes, with what each figure must reach",
        "load": "a class on one server: first page, live updates, memory",
        "speed": "a step of each painter at full size beside the usual method",
        "scale": "sweep throughput against workers of a Ray cluster",
        "run": "wall time and peak memory of a default run in a fresh process",
    },
)
PACKS = Group(
    "list, get, check, describe or remove model packs",
    "what to do",
    {
        "list": "the packs that are here, and those that can be downloaded",
        "get": "download a pack of the catalogue, or resume its download",
        "verify": "check the hash of every file of a pack and load it",
        "describe": "write the manifest of a folder with published weights",
        "remove": "remove a pack of the catalogue and the files that no other needs",
    },
)
LESSON = Group(
    "make again what the lesson pages show",
    "what to make",
    {
        "scenes": "the renderings that the judge ranks",
        "pictures": "the real pictures that the pages Noise on purpose and The codebook start from; "
        "then make those two again",
        "signs": "where real pictures lie on the signs of the page The opening failure",
        "noise": "the first state of the page Noise on purpose",
        "codebook": "the first states of the page The codebook",
        "example": "the run that comes with a pack",
        "story": "the figures and pictures of the page Where does the gap come from?",
    },
)
# Name → what it does, or a group; `python -m core run` lives in core.cli.run.
COMMANDS: dict[str, str | Group] = {
    "run": "paint one prompt into a folder",
    "sweep": "paint one prompt for every value of one or two settings",
    "bench": BENCH,
    "packs": PACKS,
    "export": "a run as HTML page, video, contact sheet, figure or table",
    "rank": "order the pictures of a folder by how well they fit a prompt",
    "lesson": LESSON,
    "exercises": "goals of the exercises, what was measured for them, and solutions",
    "figure": "draw figure.png of a run folder again",
    "extras": "add what the judge saw to a run folder, by painting it again",
    "check": "whether pack, store, disk, port, address and fonts are ready for a class",
    "worker": "the painter process: paints the queued runs of a store",
    "backup": "a whole copy of the run store, even while the app runs",
    "train": "train the miniature world's models: see `train --help`",
}
OWN_PARSER = "train"  # reads what follows it by itself


class Parser(argparse.ArgumentParser):
    """argparse that answers bad input with one line and exit status 2."""

    def error(self, message: str) -> NoReturn:
        raise SettingError(f"{message}. See {self.prog} --help.")


class CommandParser(Parser):
    """Parser of one command, whose module adds its arguments when it is asked for; a group has no module."""

    module = ""

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> Any:
        if self.module and self.get_default("command") is None:
            command = importlib.import_module(self.module)
            command.add_arguments(self)
            self.set_defaults(command=command.run)
        return super().parse_known_args(args, namespace)


def build_parser() -> Parser:
    """The whole tree of commands; each sets `command`: parsed arguments → exit status."""
    about = "Can the judge paint? Three painters, one judge."
    parser = Parser(prog="python -m core", description=about, allow_abbrev=False)
    found = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=CommandParser
    )
    for name, entry in COMMANDS.items():
        if isinstance(entry, Group):
            _add_group(found, name, entry)
        else:
            _add_command(found, name, entry, f"core.cli.{name}")
    return parser


def _add_group(parsers: Any, name: str, group: Group) -> None:
    parser = parsers.add_parser(name, help=group.help, allow_abbrev=False)
    kinds = parser.add_subparsers(
        title=group.title, metavar="NAME", required=True, parser_class=CommandParser
    )
    for kind, text in group.commands.items():
        _add_command(kinds, kind, text, f"core.cli.{name}.{kind.replace('-', '_')}")


def _add_command(parsers: Any, name: str, text: str, module: str) -> None:
    parser = parsers.add_parser(name, help=text, allow_abbrev=False, add_help=name != OWN_PARSER)
    parser.module = module
