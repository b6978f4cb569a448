"""The hooks for diffusers' pipelines, run as the page shows them, on pipelines with tiny random models."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from core.base.settings import painter_settings
from core.lesson.in_the_wild import HOOKS, PROMPT, USE_HOOKS
from core.models.clamp import clamp_inward
from core.models.diffusion import Denoiser
from core.models.painter_models import PainterModels
from core.packs.pack import ModelPack
from core.painters.diffusion import DiffusionPainter

diffusers = pytest.importorskip("diffusers")
STEPS = 4


def make_pipeline(prediction: str) -> Any:
    """A StableDiffusionPipeline without a text encoder: prompts come as embeddings."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        unet = diffusers.UNet2DConditionModel(
            sample_size=8,
            block_out_channels=(16,),
            layers_per_block=1,
            down_block_types=("CrossAttnDownBlock2D",),
            up_block_types=("CrossAttnUpBlock2D",),
            cross_attention_dim=8,
            attention_head_dim=8,
            norm_num_groups=8,
        )
        vae = diffusers.AutoencoderKL(
            block_out_channels=(16, 16),
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            norm_num_groups=8,
        )
    scheduler = diffusers.DDIMScheduler(prediction_type=prediction, clip_sample=False, steps_offset=1)
    pipe = diffusers.StableDiffusionPipeline(
        *(vae, None, None, unet, scheduler),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe


def embedded(pipe: Any, call: Callable | None = None, **options: Any) -> Any:
    """Call a pipeline as a prompt's owner would, with an embedding for the prompt."""
    return (call or type(pipe).__call__)(
        pipe,
        prompt_embeds=torch.zeros(1, 4, 8),
        negative_prompt_embeds=torch.zeros(1, 4, 8),
        num_inference_steps=STEPS,
        height=16,
        width=16,
        generator=torch.Generator().manual_seed(0),
        **options,
    )


def painted(pipe: Any, pack: ModelPack, strength: float) -> np.ndarray:
    """The last picture of our own painter with a pipeline's models, uint8 H×W×3."""

    def decode(latents: torch.Tensor) -> torch.Tensor:
        return clamp_inward(pipe.vae.decode(latents / pipe.vae.config.scaling_factor).sample / 2 + 0.5)

    for model in (pipe.unet, pipe.vae):
        model.requires_grad_(False)
    denoiser = Denoiser(
        unet=pipe.unet,
        scheduler_config=dict(pipe.scheduler.config),
        encode_text=lambda prompt: torch.zeros(1, 4, 8),
        encode_empty=lambda: torch.zeros(1, 4, 8),
        decode=decode,
        latent_shape=(4, 8, 8),
        latent_mean=[0.0] * 4,
        latent_std=[1.0] * 4,
    )
    values = {"mode": "judge", "guidance_strength": strength, "cutouts": 1, "repeats": 1}
    settings = painter_settings("diffusion", {"steps": STEPS, **values})
    models = PainterModels(judge=pack.judge, size=16, denoiser=denoiser)
    *_, last = DiffusionPainter(models, pack.judge.encode(PROMPT), settings, seed=0).frames()
    return last.image


@pytest.fixture(scope="module")
def hooks() -> dict[str, Callable]:
    """The functions of the file that the page shows."""
    names: dict[str, Any] = {}
    exec(compile(HOOKS.read_text("utf-8"), str(HOOKS), "exec"), names)
    return names


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
@pytest.mark.parametrize("strength", [0.0, 2.0])
def test_a_guided_pipeline_paints_what_our_painter_paints(hooks, tiny_pack, prediction, strength):
    pipe = make_pipeline(prediction)
    hooks["guide"](pipe, PROMPT, tiny_pack, strength)
    picture = embedded(pipe, output_type="np").images[0] * 255
    ours = painted(make_pipeline(prediction), tiny_pack, strength)
    assert np.abs(picture - ours).max() <= 1
    unguided = embedded(make_pipeline(prediction), output_type="np").images[0] * 255
    assert (np.abs(unguided - ours).max() > 8) == (strength > 0)


def test_the_judge_is_pleased_and_every_step_is_told(hooks, tiny_pack):
    target = tiny_pack.judge.encode(PROMPT)
    scores = {}
    lines: list[str] = []
    for strength in (0.0, 0.5):
        pipe = make_pipeline("v_prediction")
        hooks["guide"](pipe, PROMPT, tiny_pack, strength)
        watch = hooks["watch"](PROMPT, tiny_pack, lines.append)
        pictures = embedded(pipe, output_type="pt", callback_on_step_end=watch).images
        scores[strength] = tiny_pack.judge.score(pictures.float(), target)
    assert scores[0.5] > scores[0.0] + 0.02
    assert len(lines) == 2 * STEPS and all("held-out" in line and "realism" in line for line in lines)


def test_the_text_that_uses_the_hooks_runs_as_it_is(tiny_pack, monkeypatch, capsys):
    import core.packs

    pipe = make_pipeline("epsilon")
    monkeypatch.setattr(core.packs, "open_pack", lambda name: tiny_pack)
    call = type(pipe).__call__
    # The only difference: a prompt needs a text encoder, which the tiny pipeline lacks.
    monkeypatch.setattr(type(pipe), "__call__", lambda self, prompt, **more: embedded(self, call, **more))
    names: dict[str, Any] = {"pipe": pipe}
    exec(USE_HOOKS, names)
    assert names["picture"].size == (16, 16) and capsys.readouterr().out.count("held-out") == STEPS
