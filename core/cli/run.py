"""`python -m core run`: paints one prompt into a folder. torch is imported when painting begins."""

from __future__ import annotations

import functools
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import packs
from core.base.errors import SettingError
from core.base.request import RunRequest
from core.base.setting import Setting, settings_of
from core.base.settings import PAINTER_LABELS, PAINTERS
from core.base.start import SETTING
from core.cli import options
from core.cli.options import number
from core.cli.prompt_notes import tell_about_prompt
from core.cli.terminal import StopOnInterrupt, tell_on_terminal
from core.packs.support import check_supported

if TYPE_CHECKING:
    from core.execute import Recorder
    from core.storage.run_folder import FolderRecorder
    from core.storage.start_pictures import StartPictures

    # pack hash → `core.cli.recording.record_into` of this run
    Recording = Callable[[str], AbstractContextManager[tuple[Recorder, FolderRecorder]]]


def add_arguments(parser: ArgumentParser) -> None:
    """The run's own options, then every setting of every painter."""
    add = parser.add_argument
    add("--prompt", required=True, help=options.PROMPT_HELP)
    out = "folder for metrics.csv, frames, figure.png and run.json"
    add("--out", required=True, type=options.path, metavar="DIR", help=out)
    painters = ",".join(PAINTERS)
    add("--painters", default=painters, metavar="A,B", help="some of %(default)s (default: all)")
    options.add_terms(parser)
    options.add_steps(parser)
    options.add_start(parser)
    add("--seed", default="0", metavar="N", help="same seed, same pictures (default: 0)")
    options.add_pack(parser)
    frames = "also write a sequence of pictures there that can be played while it grows"
    add("--frames", type=options.path, metavar="DIR", help=frames)
    extras = "also write what else the painters can show (gradients, predictions)"
    add("--extras", action="store_true", help=extras)
    options.add_workers(parser)
    add("--force", action="store_true", help="replace another run that the folder holds")
    for painter, settings in PAINTERS.items():
        group = parser.add_argument_group(PAINTER_LABELS[painter])
        for setting in settings_of(settings):
            _add_setting(group, painter, setting)


def _add_setting(group: Any, painter: str, setting: Setting) -> None:
    numbers = not setting.choices and not setting.read
    accepted = f"{setting.low:g} to {setting.high:g}" if numbers else setting.accepted_text()
    group.add_argument(
        f"--{painter}-{setting.name.replace('_', '-')}",
        dest=f"{painter}.{setting.name}",
        metavar="N" if numbers else "NAME",
        help=f"{setting.help} {accepted} (default: {setting.default})".replace("%", "%%"),
    )


def run(arguments: Namespace) -> int:
    """Paint one prompt into a folder. Returns 0, or 130 when stopped by Ctrl-C.

    Raises:
        UserError: bad input; nothing has been written then.
    """
    from core.storage.start_pictures import StartPictures

    with tempfile.TemporaryDirectory() as place:
        return _run(arguments, StartPictures(place))


def _run(arguments: Namespace, pictures: StartPictures) -> int:
    """The same; `pictures` keeps what the painters start from until there is a folder for it."""
    from core.cli import recording, starts
    from core.storage.picture_sequence import next_picture_number

    starts.keep_typed_files(arguments, pictures)
    request = starts.resolver(pictures).request(request_from(arguments))
    out = Path(arguments.out).expanduser()
    recording.check_output(out, request, arguments.force)
    # An unknown pack is named at once, before the slow imports.
    manifest = packs.read_manifest(request.pack)
    check_supported(request.settings, manifest)
    tell_about_prompt(request.prompt, request.pack, manifest)
    size = manifest["size"]
    if arguments.frames:
        next_picture_number(Path(arguments.frames).expanduser(), len(request.painters), size)
    record = functools.partial(
        recording.record_into,
        request,
        out,
        size,
        arguments.frames,
        arguments.extras,
        arguments.force,
        pictures,
    )
    paint = _paint_on_cluster if arguments.workers else _paint_here
    status = paint(arguments, request, record, pictures)
    print(_ending(request, out, status))
    return 130 if status == "stopped" else 0


def _ending(request: RunRequest, out: Path, status: str) -> str:
    """One line: what the command made, and where."""
    painters = ", ".join(PAINTER_LABELS[painter] for painter in request.painters)
    frames = len(list((out / "frames").glob("*/*.png")))
    start = "Stopped before the end" if status == "stopped" else "Painted"
    where = "the current folder" if out == Path() else out
    made = f"{frames} frames, metrics.csv and figure.png in {where}"
    return f"{start}: “{request.prompt}” by {painters}, {made}."


def _paint_here(arguments: Namespace, request: RunRequest, record: Recording, pictures: StartPictures) -> str:
    """Paint in this process; returns "done" or "stopped"."""
    from core.cli.recording import extras_at_every_step, finish
    from core.execute import execute

    pack = packs.open_pack_limited(request.pack)
    pack.judge.encode(request.prompt)  # a prompt without a known word leaves no folder behind
    extras = extras_at_every_step(request, arguments.extras)
    with StopOnInterrupt() as should_stop, record(pack.hash) as (recorder, folder):
        status = execute(request, pack, recorder, should_stop, extras, starts=pictures.picture)
        finish(folder, status)
    return status


def _paint_on_cluster(
    arguments: Namespace, request: RunRequest, record: Recording, pictures: StartPictures
) -> str:
    """Paint on a cluster; returns "done" or "stopped"."""
    from core.cli.recording import extras_at_every_step
    from core.service.cluster.run_folders import FolderRun, check_request, paint_on_cluster

    pack_hash = check_request(request)
    extras = extras_at_every_step(request, arguments.extras)
    job = FolderRun(request, pack_hash, functools.partial(record, pack_hash), extras, pictures)
    with StopOnInterrupt() as should_stop:
        done = paint_on_cluster([job], arguments.workers, should_stop, tell_on_terminal)
    return "done" if done else "stopped"


def request_from(arguments: Namespace) -> RunRequest:
    """Parsed arguments → what to paint. Raises PromptError or SettingError."""
    painters = options.names_in(arguments.painters)
    steps = {} if arguments.steps is None else {"steps": number(arguments.steps)}
    settings = options.terms_settings(arguments, painters)
    for own in settings.values():
        own |= steps
        own |= {} if arguments.start is None else {SETTING: arguments.start}
    for option, value in vars(arguments).items():
        painter, dot, name = option.partition(".")
        if dot and value is not None:
            if painter not in settings:
                typed = f"--{painter}-{name.replace('_', '-')}"
                raise SettingError(f"{typed} is given, but {painter} is not among --painters.")
            settings[painter][name] = number(value)
    return RunRequest.make(arguments.prompt, number(arguments.seed), arguments.pack, painters, **settings)
