"""Command line: `python -m core …`. Only parses and dispatches; heavy imports wait inside the commands."""

import argparse
import importlib
import os
import sys

from core.errors import SettingError, UserError
from core.places import pack_name
from core.settings import LABELS, PAINTERS, knobs

# Read when torch is loaded: how long its threads wait for each other spinning before they sleep (GNU OpenMP). Long
# spinning wins nothing on an idle machine and costs several times the time beside other busy programs
# (measured by `python tests/bench/waiting.py`).
os.environ.setdefault("GOMP_SPINCOUNT", "3000")


class Parser(argparse.ArgumentParser):
    """argparse that answers bad input with one line and exit status 2."""

    def error(self, message):
        raise SettingError(f"{message}. See {self.prog} --help.")


def build_parser():
    """The whole tree of commands; each sets `command`, a function of the parsed arguments."""
    parser = Parser(prog="python -m core", description="Can the judge paint? Three painters, one judge.", allow_abbrev=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    _add_run(commands)
    _add_sweep(commands)
    _add_bench(commands)
    _add_packs(commands)
    _add_export(commands)
    _add_rank(commands)
    _add_lesson(commands)
    _add_exercises(commands)

    figure = commands.add_parser("figure", help="draw figure.png of a run folder again", allow_abbrev=False)
    figure.add_argument("folder", metavar="DIR", help="a folder that `run` wrote")
    figure.set_defaults(command=_lazy("figure"))

    extras = commands.add_parser("extras", help="add what the judge saw to a run folder, by painting it again", allow_abbrev=False)
    extras.add_argument("folder", metavar="DIR", help="a folder that `run` wrote or the app exported; its pictures stay")
    extras.set_defaults(command=_lazy("extras"))

    worker = commands.add_parser("worker", help="the painter process: paints the queued runs of a store", allow_abbrev=False)
    worker.add_argument("--store", metavar="DIR", help="the run store (default: the app's own)")
    worker.add_argument("--pack", default=pack_name(), metavar="PACK", help="the model pack to load first (default: %(default)s)")
    _add_workers(worker, "CTJP_WORKERS")
    worker.set_defaults(command=_lazy("worker"))

    backup = commands.add_parser("backup", help="a whole copy of the run store, even while the app runs", allow_abbrev=False)
    backup.add_argument("folder", metavar="DIR", help="a new folder, or an earlier copy to bring up to date")
    backup.add_argument("--store", metavar="DIR", help="the run store (default: the app's own)")
    backup.set_defaults(command=_lazy("command", "core.backup"))

    # Its own parser reads what follows: see `main`.
    commands.add_parser("train", help="train the miniature world's models: see `train --help`", add_help=False)
    return parser


def _add_run(commands):
    run = commands.add_parser("run", help="paint one prompt into a folder", allow_abbrev=False)
    run.add_argument("--prompt", required=True, help='what to paint, for example "a red fox in snow"')
    run.add_argument("--out", required=True, metavar="DIR", help="folder for metrics.csv, frames, figure.png and run.json")
    run.add_argument("--painters", default=",".join(PAINTERS), metavar="A,B", help="some of %(default)s (default: all)")
    run.add_argument("--steps", metavar="N", help="steps of every painter (default: each painter's own)")
    run.add_argument("--seed", default="0", metavar="N", help="same seed, same pictures (default: 0)")
    run.add_argument("--pack", default=pack_name(), metavar="PACK", help="name or folder of a model pack (default: %(default)s)")
    run.add_argument("--frames", metavar="DIR", help="also write a sequence of pictures there that can be played while it grows")
    run.add_argument("--extras", action="store_true", help="also write what else the painters can show (gradients, predictions)")
    _add_workers(run)
    run.add_argument("--force", action="store_true", help="replace another run that the folder holds")
    for painter, settings in PAINTERS.items():
        group = run.add_argument_group(LABELS[painter])
        for knob in knobs(settings):
            accepted = ", ".join(knob.choices) if knob.choices else f"{knob.low:g} to {knob.high:g}"
            group.add_argument(
                f"--{painter}-{knob.name.replace('_', '-')}",
                dest=f"{painter}.{knob.name}",
                metavar="N" if not knob.choices else "NAME",
                help=f"{knob.help} {accepted} (default: {knob.default})".replace("%", "%%"),
            )
    run.set_defaults(command=_lazy("run"))


def _add_workers(command, default="in this process"):
    command.add_argument("--workers", metavar="WHO", help=f"paint on a Ray cluster: ray, or HOST:PORT of its head (default: {default})")


def _add_sweep(commands):
    sweep = commands.add_parser("sweep", help="paint one prompt for every value of one or two settings", allow_abbrev=False)
    sweep.add_argument("--prompt", required=True, help='what to paint, for example "a red fox in snow"')
    sweep.add_argument("--painter", required=True, metavar="NAME", help=f"one of {', '.join(PAINTERS)}")
    sweep.add_argument("--x", required=True, metavar="NAME=A,B,C", help='setting and its values, or "seed" or "painter", across')
    sweep.add_argument("--y", metavar="NAME=A,B,C", help="the same for a second setting, down")
    sweep.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting that is the same in every cell")
    sweep.add_argument("--seed", default="0", metavar="N", help="same seed, same pictures (default: 0)")
    sweep.add_argument("--pack", default=pack_name(), metavar="PACK", help="name or folder of a model pack (default: %(default)s)")
    sweep.add_argument("--out", required=True, metavar="DIR", help="folder for sweep.png, sweep.csv and one folder per cell")
    _add_workers(sweep)
    sweep.add_argument("--force", action="store_true", help="replace other runs that the cells' folders hold")
    sweep.set_defaults(command=_lazy("sweep"))


def _add_bench(commands):
    bench = commands.add_parser("bench", help="measure the story, or a default run's time and memory", allow_abbrev=False)
    kinds = bench.add_subparsers(title="benchmarks", metavar="NAME", required=True, parser_class=Parser)
    story = kinds.add_parser("story", help="three painters on drawn prompts, compared with real pictures", allow_abbrev=False)
    story.add_argument("--prompts", type=int, default=12, metavar="N", help="prompts drawn from the world (default: 12)")
    story.add_argument("--seeds", type=int, default=2, metavar="N", help="runs per prompt (default: 2)")
    story.add_argument("--real", type=int, default=8, metavar="N", help="real pictures of each prompt (default: 8)")
    story.add_argument("--seed", type=int, default=0, metavar="N", help="draws the prompts (default: 0)")
    story.add_argument("--steps", metavar="N", help="steps of every painter (default: each painter's own)")
    story.add_argument("--pack", default=pack_name(), metavar="PACK", help="name or folder of a model pack (default: %(default)s)")
    story.add_argument("--json", action="store_true", help="print every figure as JSON instead of tables")
    story.set_defaults(command=_lazy("bench_story"))
    realism = kinds.add_parser("realism", help="checks of the realism proxy, with what each must reach", allow_abbrev=False)
    realism.add_argument("--json", action="store_true", help="print every figure as JSON instead of a table")
    realism.add_argument("--seed", type=int, default=0, metavar="N", help="draws the pictures (default: 0)")
    realism.add_argument("--pack", default=pack_name(), metavar="PACK", help="name or folder of a model pack (default: %(default)s)")
    realism.add_argument("--only", metavar="A,B", help="only these checks, for example calibration,ladders")
    realism.add_argument("--page", action="store_true", help="make what the page Realism shows instead, and put it into the pack")
    realism.set_defaults(command=_lazy("bench_realism"))
    pack = kinds.add_parser("pack", help="what the models can do on fresh scenes, with what each figure must reach", allow_abbrev=False)
    pack.add_argument("--json", action="store_true", help="print every figure as JSON instead of a table")
    pack.add_argument("--seed", type=int, default=0, metavar="N", help="draws scenes, prompts and runs (default: 0)")
    pack.add_argument("--prompts", type=int, default=48, metavar="N", help="prompts for the painters (default: 48)")
    pack.add_argument("--seeds", type=int, default=3, metavar="N", help="runs per prompt and painter (default: 3)")
    pack.add_argument("--pack", default=pack_name(), metavar="PACK", help="name or folder of a model pack (default: %(default)s)")
    pack.add_argument("--card", action="store_true", help="also write the pack's model card: README.md and sheet.webp in its folder")
    pack.set_defaults(command=_lazy("bench_pack", "core.bench.commands"))
    load = kinds.add_parser("load", help="a class on one server: first page, live updates, memory", allow_abbrev=False)
    load.add_argument("--json", action="store_true", help="print every figure as JSON instead of a table")
    load.add_argument("--minutes", type=float, default=10.0, metavar="M", help="of asking for runs, at least (default: %(default)g)")
    load.add_argument("--sessions", type=int, default=30, metavar="N", help="pages that are open at once (default: %(default)s)")
    load.add_argument("--runs", type=int, default=200, metavar="R", help="small runs that are asked for (default: %(default)s)")
    load.add_argument("--pack", default=pack_name(), metavar="PACK", help="name or folder of a model pack (default: %(default)s)")
    load.set_defaults(command=_lazy("bench_load", "core.bench.load_command"))
    speed = kinds.add_parser("speed", help="a step of each painter at full size beside the usual method", allow_abbrev=False)
    speed.add_argument("--json", action="store_true", help="print every figure as JSON instead of a table")
    speed.add_argument("--only", metavar="A,B", help="only these rows, some of a,b,c,d,e")
    speed.add_argument("--short", action="store_true", help="as few repeats as there can be, for trying it out")
    speed.add_argument("--quality", action="store_true", help="instead: what each shortcut does to the figures, on the miniature pack")
    speed.add_argument("--prompts", type=int, default=4, metavar="N", help="with --quality: prompts (default: %(default)s)")
    speed.add_argument("--seeds", type=int, default=2, metavar="N", help="with --quality: runs per prompt (default: %(default)s)")
    speed.set_defaults(command=_lazy("bench_speed", "core.bench.commands"))
    scale = kinds.add_parser("scale", help="sweep throughput against workers of a Ray cluster", allow_abbrev=False)
    scale.add_argument("--workers", metavar="1,2,4", help="numbers of workers to compare (default: 1, 2 and this machine's cores)")
    scale.add_argument("--cells", type=int, default=8, metavar="N", help="runs of the sweep (default: %(default)s)")
    scale.add_argument("--steps", type=int, default=40, metavar="N", help="steps of every run (default: %(default)s)")
    scale.add_argument("--rounds", type=int, default=3, metavar="N", help="turns of each number of workers (default: %(default)s)")
    scale.add_argument("--on", default="ray", metavar="WHO", help="ray, or HOST:PORT of a cluster's head (default: %(default)s)")
    scale.add_argument("--pack", default=pack_name(), metavar="PACK", help="name or folder of a model pack (default: %(default)s)")
    scale.add_argument("--json", action="store_true", help="print every figure as JSON instead of a table")
    scale.set_defaults(command=_lazy("bench_scale", "core.bench.scale"))
    run = kinds.add_parser("run", help="wall time and peak memory of a default run in a fresh process", allow_abbrev=False)
    run.add_argument("--prompt", default="a red fox in snow")
    run.add_argument("--pack", default=pack_name(), metavar="PACK", help="name or folder of a model pack (default: %(default)s)")
    run.set_defaults(command=_lazy("bench_run"))


def _add_export(commands):
    from core.exports.kinds import KINDS

    export = commands.add_parser("export", help="a run as HTML page, video, contact sheet, figure or table", allow_abbrev=False)
    export.add_argument("run", metavar="RUN", help="a folder that `run` wrote, or the id of a run in the app's store")
    export.add_argument("--as", dest="kind", required=True, choices=KINDS, metavar="KIND", help=f"one of {', '.join(KINDS)}")
    export.add_argument("--out", required=True, metavar="FILE", help="where to write it")
    export.add_argument("--at", type=float, default=100.0, metavar="N", help="percent of the run, for a figure or a picture (default: 100)")
    export.add_argument("--tell", action="store_true", help=argparse.SUPPRESS)  # a number 0 … 1 a line, for the server
    export.set_defaults(command=_lazy("export"))


def _add_rank(commands):
    rank = commands.add_parser("rank", help="order the pictures of a folder by how well they fit a prompt", allow_abbrev=False)
    rank.add_argument("folder", metavar="FOLDER", help="of pictures: PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF, JPEG 2000 or PPM")
    rank.add_argument("--prompt", action="append", required=True, help="what they should show; may be given several times")
    rank.add_argument("--sub-folders", action="store_true", help="also the pictures of all folders below")
    rank.add_argument("--by", default="judge", choices=("judge", "heldout"), metavar="NAME", help="judge or heldout (default: %(default)s)")
    rank.add_argument("--top", type=int, metavar="N", help="only the first N of every prompt (default: all)")
    kinds = ("table", "csv", "json")
    rank.add_argument("--as", dest="kind", default="table", choices=kinds, metavar="KIND", help="table, csv or json (default: %(default)s)")
    rank.add_argument("--out", metavar="FILE", help="write it there instead of printing it")
    rank.add_argument("--pack", default=pack_name(), metavar="PACK", help="name or folder of a model pack (default: %(default)s)")
    rank.set_defaults(command=_lazy("rank"))


def _add_lesson(commands):
    lesson = commands.add_parser("lesson", help="make again what the lesson pages show", allow_abbrev=False)
    kinds = lesson.add_subparsers(title="what to make", metavar="NAME", required=True, parser_class=Parser)
    scenes = kinds.add_parser("scenes", help="the photographs that the judge ranks", allow_abbrev=False)
    scenes.set_defaults(command=_lazy("lesson_scenes"))
    for name, what in (
        ("pictures", "the real pictures that the pages Noise on purpose and The codebook start from; then make those two again"),
        ("signs", "where real pictures lie on the signs of the page The opening failure"),
        ("noise", "the first state of the page Noise on purpose"),
        ("codebook", "the first states of the page The codebook"),
    ):
        kind = kinds.add_parser(name, help=what, allow_abbrev=False)
        kind.add_argument("--pack", default=pack_name(), metavar="PACK", help="name or folder of a model pack (default: %(default)s)")
        kind.set_defaults(command=_lazy(f"make_{name}", "core.lesson.commands"))


def _add_exercises(commands):
    exercises = commands.add_parser("exercises", help="goals of the exercises, what was measured for them, and solutions", allow_abbrev=False)
    exercises.add_argument("--measure", action="store_true", help="paint starting settings and solutions, and write the goals' ranges")
    exercises.add_argument("--prompts", type=int, default=3, metavar="N", help="of the pack's examples (default: %(default)s)")
    exercises.add_argument("--seeds", type=int, default=2, metavar="N", help="runs per prompt (default: %(default)s)")
    exercises.add_argument("--steps", type=int, metavar="N", help="steps of every painter (default: each painter's own)")
    exercises.add_argument("--pack", default=pack_name(), metavar="PACK", help="name or folder of a model pack (default: %(default)s)")
    exercises.set_defaults(command=_lazy("command", "core.lesson.measure"))


def _add_packs(commands):
    packs = commands.add_parser("packs", help="list, get, check or remove model packs", allow_abbrev=False)
    kinds = packs.add_subparsers(title="what to do", metavar="NAME", required=True, parser_class=Parser)
    listed = kinds.add_parser("list", help="the packs that are here, and those that can be got", allow_abbrev=False)
    listed.set_defaults(command=_lazy("packs_list", "core.packs_command"))
    got = kinds.add_parser("get", help="download a pack of the catalogue, or go on with it", allow_abbrev=False)
    got.add_argument("pack", metavar="PACK", help="a name from `packs list`")
    got.add_argument("--yes", action="store_true", help="agree to the licences, which are shown first, without being asked")
    got.add_argument("--from", dest="folder", metavar="DIR", help="take the files from this folder; nothing is downloaded")
    got.add_argument("--offline", action="store_true", help="download nothing (as CTJP_OFFLINE=1 does for good)")
    got.set_defaults(command=_lazy("packs_get", "core.packs_command"))
    verify = kinds.add_parser("verify", help="check the hash of every file of a pack and load it", allow_abbrev=False)
    verify.add_argument("pack", nargs="?", default=pack_name(), metavar="PACK", help="name or folder (default: %(default)s)")
    verify.set_defaults(command=_lazy("packs_verify", "core.packs_command"))
    removed = kinds.add_parser("remove", help="remove a pack of the catalogue and the files that no other needs", allow_abbrev=False)
    removed.add_argument("pack", metavar="PACK", help="a name from `packs list`")
    removed.set_defaults(command=_lazy("packs_remove", "core.packs_command"))


def _lazy(name, module="core.commands"):
    """The function `name` of a module, imported when it is called."""

    def command(arguments):
        return getattr(importlib.import_module(module), name)(arguments)

    return command


def main(argv=None):
    """Run one command. Returns the exit status: 0 fine, 1 a bug, 2 bad input, 130 stopped by Ctrl-C."""
    argv = sys.argv[1:] if argv is None else list(argv)
    try:
        if argv[:1] == ["train"]:
            from core.training.cli import main as train

            return train(argv[1:]) or 0
        arguments = build_parser().parse_args(argv)
        return arguments.command(arguments) or 0
    except UserError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`… | head`); let the interpreter's own flush not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if os.environ.get("CTJP_DEBUG"):
            raise
        what = " ".join(f"{type(error).__name__}: {error}".split())
        print(f"Unexpected error: {what}. Rerun with CTJP_DEBUG=1 for the traceback.", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
