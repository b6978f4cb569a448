"""`python -m core train …`: renders the world, trains the models, assembles the pack."""

import argparse
from pathlib import Path

from core.errors import SettingError
from core.statistics import SIDES

PACK = Path(__file__).parents[1] / "packs" / "miniature"
STEPS = {"judge": 1050, "heldout": 850, "vqgan": 4000, "decoder": 1500, "denoiser": 3100}


CHOICES = {"judge": ("naming", "look-alikes", "augmentation"), "denoiser": ("pooled-caption", "min-snr", "start")}


def parser():
    parse = argparse.ArgumentParser(
        prog="python -m core train",
        description="Train the miniature pack, or with pictures in the place of world one of your own. Every stage resumes where it "
        "stopped; order: world or pictures, judge, heldout, vqgan, decoder, denoiser, pack. reference measures a finished pack's figures of real pictures again; "
        "realism fits its realism reference again, or one to any folder of pictures (--images).",
    )
    parse.add_argument("stage", choices=("world", "pictures", *STEPS, "pack", "reference", "realism"))
    parse.add_argument("--work", type=Path, default=Path("training"), help="checkpoints and pictures (default: training)")
    parse.add_argument("--data", type=Path, help="rendered pictures (default: WORK/world)")
    parse.add_argument("--steps", type=int, help=f"optimiser steps in all (defaults: {STEPS})")
    parse.add_argument("--batch", type=int, help="pictures per step")
    parse.add_argument("--start", type=Path, help="vqgan, denoiser: pack whose weights they begin with (default: fresh ones); pack: the same, for the record")
    parse.add_argument(
        "--without", choices=("nothing", *(choice for choices in CHOICES.values() for choice in choices)), metavar="CHOICE",
        help="judge, heldout, denoiser: leave one choice out and keep the checkpoint in WORK/without-CHOICE, so that `pack` records what it "
        f"is worth beside the same steps with --without nothing; one of {CHOICES}",
    )  # fmt: skip
    parse.add_argument("--count", type=int, default=8000, help="world: training pictures to render (default: 8000)")
    parse.add_argument("--device", default="cpu", help="torch device (default: cpu)")
    parse.add_argument("--threads", type=int, default=2, help="torch threads, or rendering processes (default: 2)")
    parse.add_argument(
        "--out", type=Path, help="pack, reference, realism: folder of the pack (default: the shipped one, or WORK/pack for pictures of your own); "
        "with --images a pack, whose realism reference is replaced, or another folder, for a reference that stands alone",
    )  # fmt: skip
    parse.add_argument(
        "--images", type=Path, metavar="DIR", help="pictures: a folder of captioned pictures to learn from; "
        "realism: fit a reference to the pictures in DIR; reference: measure captioned ones. Only statistics are kept of the last two",
    )  # fmt: skip
    parse.add_argument("--name", help="pack: what to call a pack of your own (default: the name of WORK)")
    parse.add_argument("--size", type=int, help="realism --images: side of the pictures in px (default: the pack's)")
    parse.add_argument("--crops", type=int, default=4, help="realism --images: crops of every picture (default: 4)")
    parse.add_argument("--pack", default="miniature", help="realism --images: whose held-out judge encodes the pictures (default: miniature)")
    parse.add_argument("--seed", type=int, default=0, help="realism: of the split, the crops and the re-encodings (default: 0)")
    return parse


def pictures(arguments):
    """A folder of captioned pictures as training data. Raises UserError."""
    from core.training.captioned import import_pictures

    if arguments.images is None:
        raise SettingError("pictures needs --images: a folder of pictures with captions, see the README.")
    import_pictures(arguments.images, arguments.work, arguments.data)


def world(arguments):
    from core.training.data import render_split

    for split, count in (("test", 1000), ("calibration", 1000), ("train", arguments.count)):
        render_split(arguments.data, split, count, workers=arguments.threads)


def stage(arguments):
    """Run one training stage."""
    from core.training import autoencoder, denoiser, judges
    from core.training.data import load_split
    from core.training.pack import checkpoint

    name, work = arguments.stage, arguments.work
    options = {"steps": arguments.steps or STEPS[name], "device": arguments.device}
    if arguments.batch:
        options["batch"] = arguments.batch
    if arguments.without:
        if arguments.without not in ("nothing", *CHOICES["denoiser" if name == "denoiser" else "judge"]) or name in ("vqgan", "decoder"):
            raise SettingError(f"--without {arguments.without} means nothing to {name}; choose from {CHOICES}, or nothing.")
        options["without"] = "" if arguments.without == "nothing" else arguments.without
    path = work / (f"without-{arguments.without}" if arguments.without else "") / f"{name}.pt"
    if name in judges.SEEDS:
        return judges.train_judge(name, arguments.data, path, **options)
    if name == "vqgan":
        return autoencoder.train_autoencoder(arguments.data, path, start=weights_of(arguments.start, "vqgan"), **options)
    encoder, _ = checkpoint(work, "vqgan")
    if name == "decoder":
        return autoencoder.train_decoder(arguments.data, encoder, path, **options)
    vqgan = autoencoder.build_vqgan(autoencoder.CONFIG).to(arguments.device).eval()
    vqgan.load_state_dict(encoder)
    latents = denoiser.cache_latents(vqgan, arguments.data, work / "latents.pt", arguments.device)
    _, scenes = load_split(arguments.data, "train")
    return denoiser.train_denoiser(latents, scenes, path, start=weights_of(arguments.start, "denoiser"), **options)


def weights_of(pack, name):
    """State dict of a pack's vqgan or denoiser (its UNet); None if no pack is given."""
    if pack is None:
        return None
    from core.packs import open_pack

    opened = open_pack(pack)
    return (opened.vqgan if name == "vqgan" else opened.denoiser.unet).state_dict()


def realism(arguments):
    """The realism reference of a pack, or of a folder of pictures. Raises UserError."""
    from core.training.realism import from_folder, refit

    if arguments.images is None:
        return refit(arguments.out, arguments.data, arguments.seed)
    if arguments.out is None:
        raise SettingError("--images needs --out: a new folder for the reference, or the folder of the pack to replace it in.")
    low, high = SIDES
    if arguments.size is not None and not low <= arguments.size <= high:
        raise SettingError(f"--size is {arguments.size}; it takes {low} to {high}.")
    if arguments.crops < 1 or arguments.seed < 0:
        raise SettingError(f"--crops is {arguments.crops} and --seed {arguments.seed}; they take 1 or more, and 0 or more.")
    return from_folder(arguments.images, arguments.pack, arguments.out, arguments.size, arguments.crops, arguments.seed)


def _own(arguments):
    """Whether the training data are captioned pictures of somebody's own."""
    from core.training.captioned import SOURCE

    return (arguments.data / SOURCE).is_file()


def main(argv):
    """Run one stage; returns the exit status."""
    arguments = parser().parse_args(argv)
    arguments.data = arguments.data or arguments.work / "world"
    if arguments.images is None or arguments.stage != "realism":
        arguments.out = arguments.out or (arguments.work / "pack" if _own(arguments) else PACK)
    if arguments.stage in ("world", "pictures"):
        {"world": world, "pictures": pictures}[arguments.stage](arguments)
        return 0
    import torch

    torch.set_num_threads(arguments.threads)
    try:
        if arguments.stage == "pack":
            from core.training.pack import assemble

            name = arguments.name or (arguments.work.resolve().name if _own(arguments) else "miniature")
            assemble(arguments.work, arguments.data, arguments.out, arguments.start, name=name)
        elif arguments.stage == "reference":
            from core.training.pack import refer

            refer(arguments.out, arguments.data, arguments.images)
        elif arguments.stage == "realism":
            realism(arguments)
        else:
            stage(arguments)
    except FileNotFoundError as error:
        print(error)
        return 2
    return 0
