"""What the command line's commands do. torch is imported only by those that paint or load models."""

import functools
import json
import os
import re
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from core import folder, lens, sequence
from core.errors import OutputError, SettingError, UserError
from core.images import write_bytes
from core.packs import open_pack, read_manifest
from core.places import pack_name, store_folder
from core.recording import FIGURE_FILE, every_step, recording
from core.settings import PAINTERS, RunRequest

RUN_ID = re.compile(r"[a-z2-7]{26}")


def run(arguments):
    """`run`: paint one prompt into a folder. Returns 0, or 130 when stopped by Ctrl-C.

    Raises:
        UserError: bad input; nothing has been written then.
    """
    request = _request(arguments)
    out = Path(arguments.out).expanduser()
    check_output(out, request, arguments.force)
    size = read_manifest(request.pack)["size"]  # an unknown pack is named at once, before the slow imports
    if arguments.frames:
        sequence.check(Path(arguments.frames).expanduser(), len(request.painters), size)
    paint = _run_elsewhere if arguments.workers else _run_here
    status = paint(arguments, request, functools.partial(recording, request, out, size, arguments.frames, arguments.extras))
    if any((out / "frames").glob("*/*.png")):
        _draw(out)
    if sys.stderr.isatty():
        print(f"{'Stopped; what was painted' if status == 'stopped' else 'The run'} is in {out}.", file=sys.stderr)
    return 130 if status == "stopped" else 0


def _run_here(arguments, request, recorded):
    """Paint in this process; returns "done" or "stopped". `recorded`: pack hash → `core.recording.recording`."""
    from core.runs import execute

    pack = open_pack_limited(request.pack)
    pack.judge.encode(request.prompt)  # a prompt without a known word leaves no folder behind
    with StopOnInterrupt() as should_stop, recorded(pack.hash) as (shown, recorder):
        status = execute(request, pack, shown, should_stop, every_step(request, arguments.extras))
        recorder.finish(status, "Stopped from the keyboard." if status == "stopped" else "")
    return status


def _run_elsewhere(arguments, request, recorded):
    """Paint on a cluster; returns "done" or "stopped"."""
    from core.workers import folders

    pack_hash = folders.ready(request)
    job = folders.Job(request, pack_hash, functools.partial(recorded, pack_hash), every_step(request, arguments.extras))
    with StopOnInterrupt() as should_stop:
        return "done" if folders.paint([job], arguments.workers, should_stop, tell_on_terminal) else "stopped"


def extras(arguments):
    """`extras DIR`: add to a run's folder what the judge saw, by painting the run once more. Returns 0 or 130.

    Raises:
        UserError: the folder holds no run, or its pictures come out different now.
    """
    place = Path(arguments.folder).expanduser()
    request = folder.read(place)[0].request
    from core.runs import execute

    with StopOnInterrupt() as should_stop:
        status = execute(request, open_pack_limited(request.pack), lens.Again(place), should_stop, lens.PICTURES)
    return 130 if status == "stopped" else 0


def figure(arguments):
    """`figure DIR`: draw figure.png of a run folder again."""
    path = _draw(Path(arguments.folder).expanduser())
    print(path)


def export(arguments):
    """`export RUN --as KIND --out FILE`: a run as something to show elsewhere.

    Raises:
        UserError: there is no such run, nothing is painted yet, or the file cannot be written.
    """
    from core.exports import source
    from core.exports.kinds import export as make

    if not 0 <= arguments.at <= 100:
        raise SettingError(f"--at is {arguments.at:g}; it takes 0 to 100, in percent of the run.")
    if RUN_ID.fullmatch(arguments.run) and not Path(arguments.run).exists():
        from core.store import RunStore

        with RunStore(store_folder()) as store:
            run = source.of_store(store, arguments.run)
            data = make(run, arguments.kind, arguments.at / 100, _teller(arguments.tell))
    else:
        run = source.of_folder(Path(arguments.run).expanduser())
        data = make(run, arguments.kind, arguments.at / 100, _teller(arguments.tell))
    write_bytes(Path(arguments.out).expanduser(), data)
    if not arguments.tell:
        print(arguments.out)


def _teller(told):
    """What hears how far an export is: the server that started it, a person at a terminal, or nobody."""
    if told:
        return lambda share: print(f"{share:.3f}", flush=True)
    if not sys.stderr.isatty():
        return lambda share: None
    from tqdm import tqdm

    bar = tqdm(total=100, unit="%", bar_format="{desc}{percentage:3.0f}%|{bar}| {elapsed}", leave=False)
    return lambda share: bar.update(round(100 * share) - bar.n)


def sweep(arguments):
    """`sweep`: see core.sweep_command."""
    from core.sweep_command import sweep as paint

    return paint(arguments)


def rank(arguments):
    """`rank`: see core.rank_command."""
    from core.rank_command import rank as judge

    return judge(arguments)


def lesson_scenes(_):
    """`lesson scenes`: render the scenes that the page ranks again."""
    from core.lesson import scenes

    print(scenes.make())


def worker(arguments):
    """`worker`: the painter process."""
    from core.worker import main

    return main(arguments.store or store_folder(), arguments.pack or pack_name(), workers=arguments.workers)


def bench_story(arguments):
    """`bench story`: the three painters against real pictures of the same prompts."""
    from core import benchmarks

    result = benchmarks.story(
        open_pack_limited(arguments.pack),
        _positive(arguments.prompts, "--prompts"),
        _positive(arguments.seeds, "--seeds"),
        _positive(arguments.real, "--real"),
        arguments.seed,
        {p: {"steps": number(arguments.steps)} for p in PAINTERS} if arguments.steps else {},
        tell=lambda text: print(text, file=sys.stderr) if sys.stderr.isatty() else None,
    )
    print(json.dumps(result, indent=2) if arguments.json else benchmarks.story_text(result))


def bench_realism(arguments):
    """`bench realism`: the checks of the realism proxy. Returns 1 if one falls short."""
    from core.bench import page, realism
    from core.bench.lab import Lab
    from core.bench.photographs import photograph_folder
    from core.bench.rows import table

    if arguments.seed < 0:
        raise SettingError(f"--seed is {arguments.seed}; it takes 0 or more.")
    known = [check.__name__ for check in realism.CHECKS]
    only = arguments.only.split(",") if arguments.only else known
    if unknown := [name for name in only if name not in known]:
        raise SettingError(f"--only is {', '.join(unknown)}; choose from {', '.join(known)}.")
    tell = lambda text: print(text, file=sys.stderr) if sys.stderr.isatty() else None
    lab = Lab(open_pack_limited(arguments.pack), arguments.seed, photograph_folder(), tell)
    if arguments.page:
        print(page.make(lab))
        return 0
    began = time.perf_counter()
    rows = realism.run(lab, only)
    short, seconds = realism.failed(rows), time.perf_counter() - began
    if arguments.json:
        about = {"pack": lab.pack.name, "pack_hash": lab.pack.hash, "seed": lab.seed, "seconds": seconds}
        print(json.dumps({**about, "rows": [row.as_dict() for row in rows], "short": len(short)}, indent=2))
    else:
        print(table(rows))
        outcome = f"{len(short)} fall short: {'; '.join(row.name for row in short)}" if short else "no check falls short"
        print(f"\nPack {lab.pack.name} {lab.pack.hash[:16]}, seed {lab.seed}, {seconds:.0f} s: {outcome}.")
    return 1 if short else 0


def bench_run(arguments):
    """`bench run`: wall time and peak memory of a default run."""
    from core import benchmarks

    result = benchmarks.default_run(arguments.prompt, arguments.pack)
    print(benchmarks.default_run_text(result))
    return result["status"]


def tell_on_terminal(text):
    """Print a line of progress, for people only."""
    if sys.stderr.isatty():
        print(text, file=sys.stderr)


class StopOnInterrupt:
    """Context whose value tells whether Ctrl-C was pressed; a second Ctrl-C interrupts at once."""

    def __enter__(self):
        self._pressed = threading.Event()
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._press)
        return self._pressed.is_set

    def _press(self, *_):
        if self._pressed.is_set():
            raise KeyboardInterrupt
        self._pressed.set()

    def __exit__(self, *_):
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._before)


def open_pack_limited(pack):
    from core.threads import limit_threads

    limit_threads()
    return open_pack(pack)


def _request(arguments):
    """Parsed arguments → RunRequest. Raises PromptError or SettingError."""
    painters = [p.strip() for p in arguments.painters.split(",") if p.strip()]
    settings = {}
    for painter in painters:
        settings[painter] = {} if arguments.steps is None else {"steps": number(arguments.steps)}
    for option, value in vars(arguments).items():
        painter, dot, name = option.partition(".")
        if dot and value is not None:
            if painter not in settings:
                raise SettingError(f"--{painter}-{name.replace('_', '-')} is given, but {painter} is not among --painters.")
            settings[painter][name] = number(value)
    return RunRequest.make(arguments.prompt, number(arguments.seed), arguments.pack, painters, **settings)


def number(text):
    """Text of an option as int or float if it is one, so that messages show what was typed."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _positive(value, option):
    if value < 1:
        raise SettingError(f"{option} is {value}; it takes 1 or more.")
    return value


def check_output(out, request, force):
    """Raise OutputError unless `out` can be written and takes this run without losing another one's files."""
    if not force and os.path.exists(out / folder.RUN_FILE):
        another = OutputError(f"{out} already holds another run. Choose another folder, or replace it with --force.")
        try:
            held = json.loads((out / folder.RUN_FILE).read_text(encoding="utf-8"))
            same = RunRequest.from_dict(held).canonical() == request.canonical()
        except (OSError, ValueError, UserError) as error:
            raise another from error
        if not same:  # the same run may replace itself: it computes the same files again
            raise another
    elif not force and any(os.path.exists(out / name) for name in (folder.METRICS_FILE, FIGURE_FILE, "frames")):
        raise OutputError(f"{out} holds files with the names of a run's. Choose another folder, or replace them with --force.")
    made = [p for p in (out, *out.parents) if not os.path.exists(p)]
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
        for path in made:  # so that bad input found later leaves no empty folder behind
            path.rmdir()
    except OSError as error:
        advice = "Choose a folder you may write to, on a disk with free space."
        raise OutputError(f"Cannot write to the folder {out}: {error.strerror or error}. {advice}") from error


def _draw(out):
    from core.figures import figure_png, read_sheet

    path = out / FIGURE_FILE
    write_bytes(path, figure_png(read_sheet(out)))
    return path
