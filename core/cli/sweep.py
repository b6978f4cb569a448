"""`python -m core sweep`: one run per value of one or two settings, each in its own folder, and a grid."""

from __future__ import annotations

import contextlib
import functools
import re
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core import packs
from core.base.errors import SettingError, StoreError
from core.base.settings import PAINTERS
from core.base.sweep_plan import SweepAxis, SweepCell, SweepPlan, parse_axis
from core.cli import options, sweep_results
from core.cli.prompt_notes import tell_about_prompt
from core.cli.recording import check_output, finish, recorded
from core.cli.terminal import StopOnInterrupt, tell_on_terminal
from core.packs.support import check_supported
from core.storage.run_folder import FolderRecorder, read_run
from core.storage.start_pictures import StartPictures


def add_arguments(parser: ArgumentParser) -> None:
    """The prompt, the axes, and what is the same in every cell."""
    add = parser.add_argument
    add("--prompt", required=True, help=options.PROMPT_HELP)
    add("--painter", required=True, metavar="NAME", help=f"one of {', '.join(PAINTERS)}")
    x = 'setting and its values, or "seed" or "painter", across'
    add("--x", required=True, metavar="NAME=A,B,C", help=x)
    add("--y", metavar="NAME=A,B,C", help="the same for a second setting, down")
    options.add_terms(parser)
    same = "a setting that is the same in every cell"
    add("--set", action="append", default=[], metavar="NAME=VALUE", help=same)
    add("--seed", default="0", metavar="N", help="same seed, same pictures (default: 0)")
    options.add_pack(parser)
    out = "folder for sweep.png, sweep.csv, tradeoff.png (one setting) and one folder per cell"
    add("--out", required=True, type=options.path, metavar="DIR", help=out)
    options.add_workers(parser)
    add("--force", action="store_true", help="replace other runs that the cells' folders hold")


def run(arguments: Namespace) -> int:
    """Paint every cell that its folder does not hold yet. Returns 0, or 130 when stopped by Ctrl-C.

    Raises:
        UserError: bad input; nothing has been written then.
    """
    with tempfile.TemporaryDirectory() as place:
        return _run(arguments, StartPictures(place))


def _run(arguments: Namespace, pictures: StartPictures) -> int:
    """The same; `pictures` keeps what cells start from until they have folders."""
    from core.cli import starts

    plan = starts.resolver(pictures).plan(_plan(arguments))
    out = Path(arguments.out).expanduser()
    manifest = packs.read_manifest(plan.pack)  # an unknown pack is named at once, before the slow imports
    for cell in plan.cells():
        check_supported(cell.request.settings, manifest)
    tell_about_prompt(plan.prompt, plan.pack, manifest)
    folders = [out / _folder_name(number, cell) for number, cell in enumerate(plan.cells())]
    for folder, cell in zip(folders, plan.cells(), strict=True):
        check_output(folder, cell.request, arguments.force)
    stopped = _paint(plan, folders, arguments, pictures)
    state = sweep_results.write_results(plan, folders, out)
    tell_on_terminal(f"{state['done']} of {state['total']} cells are in {out}.")
    return 130 if stopped else 0


def _plan(arguments: Namespace) -> SweepPlan:
    painter = arguments.painter
    if painter not in PAINTERS:
        raise SettingError(f"Unknown painter {painter!r}; choose from {', '.join(PAINTERS)}.")
    x = _axis(arguments.x, painter)
    y = _axis(arguments.y, painter) if arguments.y is not None else None
    chosen = dict(_pair(text, "--set") for text in arguments.set)
    terms = options.terms_settings(arguments, PAINTERS)
    settings = {name: own | chosen for name, own in terms.items()}
    seed: Any = options.number(arguments.seed)  # what is no whole number is refused with the plan
    return SweepPlan.make(arguments.prompt, painter, x, y, seed, arguments.pack, settings)


def _axis(text: str, painter: str) -> SweepAxis:
    return parse_axis(*_pair(text, "An axis"), painter)


def _pair(text: str, owner: str) -> tuple[str, str]:
    name, equals, values = text.partition("=")
    if not equals:
        raise SettingError(f"{owner} is {text!r}; it takes NAME=VALUE, such as cutouts=1,4,16.")
    return name.strip(), values.strip()


def _folder_name(number: int, cell: SweepCell) -> str:
    values = [str(value) for value in (cell.x, cell.y) if value is not None]
    return re.sub(r"[^\w.-]+", "-", "-".join([f"{number:02d}", *values]))


def _paint(plan: SweepPlan, folders: list[Path], arguments: Namespace, pictures: StartPictures) -> bool:
    """Paint the cells that are not done; whether Ctrl-C ended it."""
    pack_hash = packs.pack_hash(packs.read_manifest(plan.pack))
    cells = zip(folders, plan.cells(), strict=True)
    waiting = [(folder, cell) for folder, cell in cells if not _is_done(folder, cell, pack_hash)]
    if not waiting:
        return False
    if arguments.workers:
        return _paint_on_cluster(waiting, arguments.workers, arguments.force, pictures)
    return _paint_here(plan, waiting, len(folders), arguments.force, pictures)


def _is_done(folder: Path, cell: SweepCell, pack_hash: str) -> bool:
    """Whether a folder holds this very cell: the same request, painted with the same pack."""
    try:
        description, _ = read_run(folder)
    except StoreError:
        return False
    same_run = description.request.canonical() == cell.request.canonical()
    return description.status == "done" and same_run and description.pack_hash == pack_hash


def _paint_here(
    plan: SweepPlan,
    waiting: list[tuple[Path, SweepCell]],
    total: int,
    force: bool,
    pictures: StartPictures,
) -> bool:
    """Paint (folder, cell) pairs in this process; whether Ctrl-C ended it."""
    from core.execute import execute

    pack = packs.open_pack_limited(plan.pack)
    pack.judge.encode(plan.prompt)  # a prompt without a known word leaves no folder behind
    with StopOnInterrupt() as should_stop:
        for done, (folder, cell) in enumerate(waiting, total - len(waiting)):
            tell_on_terminal(f"{done} of {total}: {folder.name}")
            with recorded(folder, cell.request, force, pictures, pack.hash) as recorder:
                status = execute(cell.request, pack, recorder, should_stop, starts=pictures.picture)
                finish(recorder, status)
            if status == "stopped":
                return True
    return False


def _paint_on_cluster(
    waiting: list[tuple[Path, SweepCell]], workers: str, force: bool, pictures: StartPictures
) -> bool:
    """Paint (folder, cell) pairs on a cluster; whether Ctrl-C ended it."""
    from core.service.cluster.run_folders import FolderRun, check_request, paint_on_cluster

    pack_hash = check_request(waiting[0][1].request)

    @contextlib.contextmanager
    def opened(folder: Path, cell: SweepCell) -> Iterator[tuple[FolderRecorder, FolderRecorder]]:
        tell_on_terminal(folder.name)
        with recorded(folder, cell.request, force, pictures, pack_hash) as recorder:
            yield recorder, recorder

    jobs = [
        FolderRun(cell.request, pack_hash, functools.partial(opened, folder, cell), starts=pictures)
        for folder, cell in waiting
    ]
    with StopOnInterrupt() as should_stop:
        return paint_on_cluster(jobs, workers, should_stop, tell_on_terminal) < len(jobs)
