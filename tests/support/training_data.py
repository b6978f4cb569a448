"""Small networks and striped pictures for tests of the trainers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.training import autoencoder, captions, denoiser, eyes, judges, preview, stages
from core.training.common import Session
from core.training.data import write_shard
from core.world.grammar import Scene, sample_scene

TOWER = {"layers": 1, "width": 32, "head_width": 16, "patch_size": 32}
VQGAN = {
    "ddconfig": {**autoencoder.CONFIG["ddconfig"], "ch": 32, "ch_mult": [1, 1], "z_channels": 32},
    "decoder": {"ch": 32, "ch_mult": [2, 1]},
    "n_embed": 16,
    "embed_dim": 4,
    "unshuffle": 4,
}
UNET = {**denoiser.CONFIG, "block_out_channels": [32, 32, 32]}


def small(patch: pytest.MonkeyPatch) -> None:
    """Put small networks in the place of the shipped ones."""
    patch.setattr(autoencoder, "CONFIG", VQGAN)
    patch.setattr(denoiser, "CONFIG", UNET)
    for name in judges.TOWERS:
        patch.setitem(judges.TOWERS, name, TOWER)
    patch.setattr(eyes, "EYES", {"size": 16, "widths": [8, 8]})
    patch.setattr(eyes, "REFEREE", {"size": 16, "widths": [8, 8], "outputs": 8})
    patch.setattr(eyes, "EXPANDED", 16)
    patch.setattr(preview, "STEPS", 1)
    patch.setattr(preview, "PROMPTS", preview.PROMPTS[:2])


def striped(folder: Path, name: str, count: int = 24, seed: int = 0) -> list[Scene]:
    """Write upright stripes as a rendered shard, since rendering is tested elsewhere; returns the scenes."""
    rng = np.random.default_rng(seed)
    scenes = [sample_scene(rng) for _ in range(count)]
    pictures = rng.integers(0, 255, (count, 1, 16, 3), dtype=np.uint8).repeat(128, 1).repeat(8, 2)
    said = captions.tokens_of(scenes, captions.tokenizer(), rng, wrong=2)
    write_shard(folder / name / "0000.npy", pictures, scenes, *said)
    return scenes


def trained(stage: str, data: Path, work: Path, steps: int, **options: Any) -> tuple[nn.Module, Session]:
    """Train a stage for so many steps in all: (averaged model, session)."""
    return stages.run(stage, stages.Options(work, data, batch=6, **options), steps=steps)


def weights(model: nn.Module) -> torch.Tensor:
    """All weights of a model as one float32 vector."""
    return torch.cat([value.flatten().float() for value in model.state_dict().values()])
