"""`python -m core train …`: renders the world, trains the models, assembles the pack."""

import argparse
from pathlib import Path

PACK = Path(__file__).parents[1] / "packs" / "miniature"
STEPS = {"judge": 1050, "heldout": 850, "vqgan": 4000, "decoder": 1500, "denoiser": 3100}


def parser():
    parse = argparse.ArgumentParser(
        prog="python -m core train",
        description="Train the miniature pack. Every stage resumes where it stopped; order: "
        "world, judge, heldout, vqgan, decoder, denoiser, pack.",
    )
    parse.add_argument("stage", choices=("world", *STEPS, "pack"))
    parse.add_argument("--work", type=Path, default=Path("training"), help="checkpoints and pictures (default: training)")
    parse.add_argument("--data", type=Path, help="rendered pictures (default: WORK/world)")
    parse.add_argument("--steps", type=int, help=f"optimiser steps in all (defaults: {STEPS})")
    parse.add_argument("--batch", type=int, help="pictures per step")
    parse.add_argument("--start", type=Path, help="pack whose weights vqgan and denoiser begin with (default: fresh weights)")
    parse.add_argument("--count", type=int, default=8000, help="world: training pictures to render (default: 8000)")
    parse.add_argument("--device", default="cpu", help="torch device (default: cpu)")
    parse.add_argument("--threads", type=int, default=2, help="torch threads, or rendering processes (default: 2)")
    parse.add_argument("--out", type=Path, default=PACK, help="pack: folder to write (default: the shipped one)")
    return parse


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
    path = work / f"{name}.pt"
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


def main(argv):
    """Run one stage; returns the exit status."""
    arguments = parser().parse_args(argv)
    arguments.data = arguments.data or arguments.work / "world"
    if arguments.stage == "world":
        world(arguments)
        return 0
    import torch

    torch.set_num_threads(arguments.threads)
    try:
        if arguments.stage == "pack":
            from core.training.pack import assemble

            assemble(arguments.work, arguments.data, arguments.out)
        else:
            stage(arguments)
    except FileNotFoundError as error:
        print(error)
        return 2
    return 0
