"""Denoisers in diffusers' layout: its own pipeline paints the same; what no painter can use is refused."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.base.errors import PackError
from core.base.settings import painter_settings
from core.packs import open_pack
from core.painters.diffusion import DiffusionPainter
from tests.packs.test_formats_refused import edit
from tests.support.full_size import write_full_pack

UNET = {
    "sample_size": 4,
    "block_out_channels": [16, 16],
    "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"],
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"],
    "layers_per_block": 1,
    "cross_attention_dim": 32,
    "attention_head_dim": 2,
    "norm_num_groups": 8,
}
SDXL = {
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 80,
}


@pytest.fixture
def pixel_pack(tmp_path: Path) -> Path:
    """Folder of a pack with an unconditional denoiser of pixels."""
    pytest.importorskip("transformers", reason="transformers is not installed")
    return write_full_pack(tmp_path / "pixels", text=False)


@pytest.fixture
def copy(full_folder: Path, tmp_path: Path) -> Path:
    """Folder of a pack with Stable Diffusion's parts, to change."""
    return shutil.copytree(full_folder, tmp_path / "copy")


def with_schedule(folder: Path, **changes: Any) -> Path:
    """The pack with a changed scheduler_config.json."""
    path = folder / "scheduler/scheduler_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return edit(folder, "denoiser")


def refusal(folder: Path) -> str:
    """What is said when the pack's denoiser is asked for."""
    with pytest.raises(PackError) as caught:
        open_pack(folder).denoiser  # noqa: B018 - asking for it loads it
    return str(caught.value)


@pytest.mark.parametrize(
    "schedule",
    [
        {},
        {"prediction_type": "sample"},
        {"prediction_type": "v_prediction", "rescale_betas_zero_snr": True, "timestep_spacing": "trailing"},
        {"thresholding": True, "clip_sample": False},
    ],
)
def test_unguided_painting_is_diffusers_own_pipeline(pixel_pack, schedule):
    from diffusers import DDIMPipeline, DDIMScheduler

    pack = open_pack(with_schedule(pixel_pack, **schedule))
    settings = painter_settings(
        "diffusion", {"steps": 10, "mode": "judge", "guidance_strength": 0.0, "precision": "float32"}
    )
    target = pack.judge.encode("a red fox")
    *_, last = DiffusionPainter(pack.painter_models("diffusion", settings), target, settings, 7).frames()
    scheduler = DDIMScheduler.from_config(
        json.loads((pixel_pack / "scheduler/scheduler_config.json").read_text())
    )
    pipeline = DDIMPipeline(pack.denoiser.unet, scheduler)
    pipeline.set_progress_bar_config(disable=True)
    theirs = pipeline(generator=torch.Generator().manual_seed(7), num_inference_steps=10, output_type="np")
    assert np.abs(last.image / 255 - theirs.images[0]).max() < 0.02
    assert last.image.std() > 5


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (SDXL, "addition_embed_type is 'text_time': it also wants a second text encoder's summary"),
        ({"time_cond_proj_dim": 8}, "time_cond_proj_dim is 8: it also wants the guidance scale"),
        ({"class_embed_type": "timestep"}, "class_embed_type is 'timestep': it also wants a class label"),
        ({"out_channels": 8}, "it takes 4 channels and predicts 8"),
    ],
)
def test_networks_that_want_more_are_refused_when_they_are_loaded(copy, more, words):
    from diffusers import UNet2DConditionModel

    UNet2DConditionModel(**UNET, **more).half().save_pretrained(copy / "unet")
    said = refusal(edit(copy, "denoiser"))
    assert words in said and said.endswith(
        "Use a denoiser of Stable Diffusion 1 or 2, or an unconditional one, such as google/ddpm-*."
    )


def test_schedules_of_other_models_are_refused_when_they_are_loaded(copy):
    said = refusal(with_schedule(copy, _class_name="FlowMatchEulerDiscreteScheduler"))
    assert "the scheduler is 'FlowMatchEulerDiscreteScheduler'; supported: DDIMScheduler" in said
