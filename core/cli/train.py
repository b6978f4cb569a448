"""`python -m core train …`: renders the world, trains the models, assembles the pack."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.base.errors import SettingError
from core.measures.pixel_statistics import SIDE_RANGE
from core.training.worlds import MEASURES, WORLDS

if TYPE_CHECKING:
    from core.training.stages import Options

PACK = Path(__file__).parents[1] / "packs" / "miniature"
STEPS = {
    "judge": 1050,
    "heldout": 850,
    "vqgan": 4000,
    "decoder": 1500,
    "denoiser": 3100,
    "robust": 1200,
    "eyes": 1500,
    "referee": 1500,
}
CHOICES = {
    "judge": ("naming", "look-alikes", "contrary", "augmentation"),
    "denoiser": ("pooled-caption", "min-snr", "start"),
}
STAGES = ("world", "pictures", *STEPS, "all", "pack", "reference", "realism")
ABOUT = (
    "Train the miniature pack, or with pictures in the place of world one of your own. Every stage resumes "
    "where it stopped; order: world or pictures, judge, heldout, robust, vqgan, decoder, denoiser, eyes, "
    "pack; referee is for the benches. all does everything but pack in --minutes, on a machine with a GPU. "
    "reference measures a finished pack's figures of real pictures again; realism fits its realism reference "
    "again, or one to any folder of pictures (--images)."
)
START = (
    "judge, heldout, vqgan, denoiser, all: pack whose weights they begin with (default: fresh ones); "
    "pack: the same, and the networks that WORK lacks are taken from it"
)
ONLY = "all: these stages alone, side by side, for the whole time; the others stay those of --start"
WITHOUT = (
    "judge, heldout, denoiser: leave one choice out and keep the checkpoint in WORK/without-CHOICE, so that "
    f"`pack` records what it is worth beside the same steps with --without nothing; one of {CHOICES}"
)
OUT = (
    "pack, reference, realism: folder of the pack (default: the shipped one, or WORK/pack for pictures of "
    "your own); with --images a pack, whose realism reference is replaced, or another folder, for a "
    "reference that stands alone; all: where weights go in parts of 15 MiB"
)
IMAGES = (
    "pictures: a folder of captioned pictures to learn from; realism: fit a reference to the pictures in "
    "DIR; reference: measure captioned ones. Only statistics are kept of the last two"
)


def parser() -> argparse.ArgumentParser:
    """What `train` takes."""
    parse = argparse.ArgumentParser(prog="python -m core train", description=ABOUT)
    add = parse.add_argument
    add("stage", choices=STAGES)
    work = "checkpoints and pictures (default: training)"
    add("--work", type=Path, default=Path("training"), help=work)
    add("--data", type=Path, help="rendered pictures (default: WORK/world)")
    add("--steps", type=int, help=f"optimiser steps in all (defaults: {STEPS})")
    minutes = "a stage: minutes instead of steps; all: the whole recipe's (default: 10)"
    add("--minutes", type=float, help=minutes)
    add("--batch", type=int, help="pictures per step")
    add("--rate", type=float, help="learning rate")
    add("--start", type=Path, help=START)
    add("--only", nargs="+", choices=tuple(STEPS), default=(), help=ONLY)
    left_out = ("nothing", *(choice for choices in CHOICES.values() for choice in choices))
    add("--without", choices=left_out, metavar="CHOICE", help=WITHOUT)
    rendered = "world: the set to render (default: all of them)"
    add("--set", choices=("all", *WORLDS), default="all", help=rendered)
    scale = "world, all: of the numbers of pictures (default: 1 for all, else .1)"
    add("--scale", type=float, help=scale)
    add("--first", type=int, default=1000, help="all: pictures that a stage waits for (default: 1000)")
    add("--device", default="cpu", help="torch device (default: cpu)")
    workers = "all: rendering processes (default: the cores that its lanes leave)"
    add("--workers", type=int, help=workers)
    add("--threads", type=int, default=2, help="torch threads, or rendering processes (default: 2)")
    add("--out", type=Path, help=OUT)
    add("--images", type=Path, metavar="DIR", help=IMAGES)
    add("--name", help="pack: what to call a pack of your own (default: the name of WORK)")
    size = "realism --images: side of the pictures in px (default: the pack's)"
    add("--size", type=int, help=size)
    add("--crops", type=int, default=4, help="realism --images: crops of every picture (default: 4)")
    pack = "realism --images: whose held-out judge encodes the pictures (default: miniature)"
    add("--pack", default="miniature", help=pack)
    seed = "realism: of the split, the crops and the re-encodings (default: 0)"
    add("--seed", type=int, default=0, help=seed)
    return parse


def pictures(arguments: Namespace) -> None:
    """A folder of captioned pictures as training data. Raises UserError."""
    from core.training.captioned import import_pictures

    if arguments.images is None:
        raise SettingError("pictures needs --images: a folder of pictures with captions, see the README.")
    import_pictures(arguments.images, arguments.work, arguments.data)


def world(arguments: Namespace) -> None:
    """Render the sets that are asked for."""
    from core.training.rendering import render_worlds

    names = WORLDS if arguments.set == "all" else (arguments.set,)
    counts = {}
    for name in names:
        share = 1 if name in MEASURES else arguments.scale or 0.1
        counts[name] = int(WORLDS[name].count * share)
    render_worlds(arguments.data, counts, arguments.threads, arguments.device)


def options_of(arguments: Namespace) -> Options:
    """What the command line asks of a stage. Raises SettingError if --without means nothing to it."""
    from core.training.stages import Options

    name = arguments.stage
    without = arguments.without
    if without:
        known = ("nothing", *CHOICES["denoiser" if name == "denoiser" else "judge"])
        if without not in known or name not in ("judge", "heldout", "denoiser"):
            choose = f"choose from {CHOICES}, or nothing"
            raise SettingError(f"--without {without} means nothing to {name}; {choose}.")
    return Options(
        work=arguments.work,
        data=arguments.data,
        start=arguments.start,
        device=arguments.device,
        batch=arguments.batch,
        rate=arguments.rate,
        without=without or "",
        only=tuple(arguments.only),
    )


def stage(arguments: Namespace) -> None:
    """Run one training stage, or all of them."""
    options = options_of(arguments)
    if arguments.stage == "all":
        from core.training.whole import train_all

        options = replace(options, first=arguments.first)
        minutes = arguments.minutes or 10
        train_all(options, minutes, arguments.out, arguments.workers, arguments.scale or 1.0)
        return
    from core.training.stages import run

    steps = None if arguments.minutes else arguments.steps or STEPS[arguments.stage]
    run(arguments.stage, options, arguments.minutes, steps)


def realism(arguments: Namespace) -> Any:
    """The realism reference of a pack, or of a folder of pictures. Raises UserError."""
    from core.training.realism import from_folder, refit

    if arguments.images is None:
        return refit(arguments.out, arguments.data, arguments.seed)
    if arguments.out is None:
        where = "a new folder for the reference, or the folder of the pack to replace it in"
        raise SettingError(f"--images needs --out: {where}.")
    low, high = SIDE_RANGE
    if arguments.size is not None and not low <= arguments.size <= high:
        raise SettingError(f"--size is {arguments.size}; it takes {low} to {high}.")
    if arguments.crops < 1 or arguments.seed < 0:
        given = f"--crops is {arguments.crops} and --seed {arguments.seed}"
        raise SettingError(f"{given}; they take 1 or more, and 0 or more.")
    return from_folder(
        arguments.images, arguments.pack, arguments.out, arguments.size, arguments.crops, arguments.seed
    )


def _own(arguments: Namespace) -> bool:
    """Whether the training data are a user's own captioned pictures."""
    from core.training.captioned import SOURCE

    return (arguments.data / SOURCE).is_file()


def main(argv: Sequence[str]) -> int:
    """Run one stage; returns the exit status."""
    arguments = parser().parse_args(argv)
    arguments.data = arguments.data or arguments.work / "world"
    fits_a_folder = arguments.stage == "realism" and arguments.images is not None
    if arguments.stage != "all" and not fits_a_folder:
        arguments.out = arguments.out or (arguments.work / "pack" if _own(arguments) else PACK)
    if arguments.stage in ("world", "pictures"):
        {"world": world, "pictures": pictures}[arguments.stage](arguments)
        return 0
    import torch

    torch.set_num_threads(arguments.threads)
    try:
        _run_stage(arguments)
    except FileNotFoundError as error:
        print(error)
        return 2
    return 0


def _run_stage(arguments: Namespace) -> None:
    if arguments.stage == "pack":
        from core.training.pack import NETWORKS, assemble
        from core.training.renew import present, renew

        if arguments.start is not None and not set(NETWORKS) <= set(present(arguments.work)):
            renew(arguments.work, arguments.data, arguments.out, arguments.start)
            return
        own_name = arguments.work.resolve().name if _own(arguments) else "miniature"
        name = arguments.name or own_name
        assemble(arguments.work, arguments.data, arguments.out, arguments.start, name=name)
    elif arguments.stage == "reference":
        from core.training.pack import refer

        refer(arguments.out, arguments.data, arguments.images)
    elif arguments.stage == "realism":
        realism(arguments)
    else:
        stage(arguments)
