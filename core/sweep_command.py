"""`python -m core sweep`: one run per value of one or two settings, each in a folder of its own, and the grid as one PNG."""

import contextlib
import csv
import functools
import io
import re
import sys
from pathlib import Path

from core import folder
from core.commands import StopOnInterrupt, check_output, number, open_pack_limited, tell_on_terminal
from core.errors import OutputError, SettingError, StoreError
from core.images import read_image, write_bytes
from core.packs import read_manifest
from core.settings import PAINTERS
from core.sweep_figure import grid_png
from core.sweep_store import FIGURES, grid_state
from core.sweeps import Plan, parse_axis

GRID_FILE, TABLE_FILE = "sweep.png", "sweep.csv"


def sweep(arguments):
    """Paint every cell that its folder does not hold yet. Returns 0, or 130 when stopped by Ctrl-C.

    Raises:
        UserError: bad input; nothing has been written then.
    """
    plan, out = _plan(arguments), Path(arguments.out).expanduser()
    read_manifest(plan.pack)  # an unknown pack is named at once, before the slow imports
    folders = [out / _name(place, cell) for place, cell in enumerate(plan.cells())]
    for path, cell in zip(folders, plan.cells(), strict=True):
        check_output(path, cell.request, arguments.force)
    stopped = _paint(plan, folders, arguments.workers)
    state = grid_state(plan, [_record(path) for path in folders])
    write_bytes(out / TABLE_FILE, _table(plan, state, folders))
    write_bytes(out / GRID_FILE, grid_png(state, _image))
    if sys.stderr.isatty():
        print(f"{state['done']} of {state['total']} cells are in {out}.", file=sys.stderr)
    return 130 if stopped else 0


def _plan(arguments):
    painter = arguments.painter
    if painter not in PAINTERS:
        raise SettingError(f"Unknown painter {painter!r}; choose from {', '.join(PAINTERS)}.")
    x, y = (_axis(text, painter) for text in (arguments.x, arguments.y))
    base = dict(_pair(text, "--set") for text in arguments.set)
    return Plan.make(arguments.prompt, painter, x, y, number(arguments.seed), arguments.pack, {p: base for p in PAINTERS})


def _axis(text, painter):
    return None if text is None else parse_axis(*_pair(text, "An axis"), painter)


def _pair(text, owner):
    name, equals, values = text.partition("=")
    if not equals:
        raise SettingError(f"{owner} is {text!r}; it takes NAME=VALUE, such as cutouts=1,4,16.")
    return name.strip(), values.strip()


def _name(place, cell):
    values = [str(value) for value in (cell.x, cell.y) if value is not None]
    return re.sub(r"[^\w.-]+", "-", "-".join([f"{place:02d}", *values]))


def _paint(plan, folders, workers):
    """Whether Ctrl-C ended it."""
    waiting = [(path, cell) for path, cell in zip(folders, plan.cells(), strict=True) if _status(path) != "done"]
    if not waiting:
        return False
    if workers:
        return _paint_elsewhere(waiting, workers)
    from core.runs import FolderRecorder, execute

    pack = open_pack_limited(plan.pack)
    pack.judge.encode(plan.prompt)  # a prompt without a known word leaves no folder behind
    with StopOnInterrupt() as should_stop:
        for done, (path, cell) in enumerate(waiting):
            if sys.stderr.isatty():
                print(f"{len(folders) - len(waiting) + done} of {len(folders)}: {path.name}", file=sys.stderr)
            with FolderRecorder(path, cell.request, pack.hash) as recorder:
                status = execute(cell.request, pack, recorder, should_stop)
                recorder.finish(status, "Stopped from the keyboard." if status == "stopped" else "")
            if status == "stopped":
                return True
    return False


def _paint_elsewhere(waiting, workers):
    """Paint (folder, Cell) pairs on a cluster; whether Ctrl-C ended it."""
    from core.workers import folders

    pack_hash = folders.ready(waiting[0][1].request)

    @contextlib.contextmanager
    def opened(path, cell):
        tell_on_terminal(path.name)
        with folder.FolderRecorder(path, cell.request, pack_hash) as recorder:
            yield recorder, recorder

    jobs = [folders.Job(cell.request, pack_hash, functools.partial(opened, path, cell)) for path, cell in waiting]
    with StopOnInterrupt() as should_stop:
        return folders.paint(jobs, workers, should_stop, tell_on_terminal) < len(jobs)


def _status(path):
    try:
        return folder.read(path)[0].status
    except StoreError:
        return None


def _record(path):
    """What `grid_state` wants to know of a cell's folder, or None if it holds no run."""
    try:
        description, rows = folder.read(path)
    except StoreError:
        return None
    last = rows[-1] if rows else None
    figures = {name: getattr(last, name, None) for name in ("step", "total", "seconds", *FIGURES)}
    return {"id": str(path), "status": description.status, "reason": description.reason, **figures}


def _image(cell):
    if cell["id"] is None or cell["step"] is None:
        return None
    try:
        return read_image(folder.frame_file(cell["id"], cell["painter"], cell["step"]))
    except OSError as error:
        raise OutputError(f"{cell['id']} lost a picture: {error.strerror or error}. Remove the folder and sweep again.") from error


def _table(plan, state, folders):
    """sweep.csv: one line per cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [axis.name for axis in (plan.x, plan.y) if axis]
    writer.writerow([*names, "painter", "status", *FIGURES, "seconds", "folder"])
    for cell, planned, path in zip(state["cells"], plan.cells(), folders, strict=True):
        values = [value for value in (planned.x, planned.y) if value is not None]
        figures = ["" if cell.get(name) is None else f"{cell[name]:.7g}" for name in (*FIGURES, "seconds")]
        writer.writerow([*values, cell["painter"], cell["status"], *figures, path.name])
    return text.getvalue().encode()
