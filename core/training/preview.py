"""How far a training has come, as one sheet of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from diffusers import DDIMScheduler
from PIL import Image
from torch import nn

from core.base.images import to_uint8
from core.training import denoiser
from core.training.texts import caption, is_own

if TYPE_CHECKING:
    from core.models.taming import Vqgan

PROMPTS = (
    "a red fox in snow",
    "a yellow duck on the lake at sunset",
    "a blue car on sand",
    "a white rabbit on grass at noon",
    "a green elephant in fog",
    "a red airplane on sand by day",
    "a purple rocket on stone at night",
    "an orange penguin on snow",
    "a brown bear on wood",
    "a green train on grass",
    "a pink house in snow at night",
    "a black boat on water at dusk",
)
STEPS = 40  # of DDIM


@torch.no_grad()
def sample(
    model: nn.Module, ids: torch.Tensor, nothing: torch.Tensor, scale: float, seed: int
) -> torch.Tensor:
    """Latents of prompts, float32 n×C×h×w of variance 1, by DDIM and classifier-free guidance.

    Args:
        model: module {"unet", "text"}.
        ids: LongTensor n×CONTEXT, token ids of the prompts; `nothing`: 1×CONTEXT, of no text.
        scale: of the guidance; 0 paints without text.
        seed: of the noise.
    """
    schedule = DDIMScheduler.from_config(denoiser.SCHEDULER)
    schedule.set_timesteps(STEPS)
    side = denoiser.CONFIG["sample_size"]
    shape = (len(ids), denoiser.CONFIG["in_channels"], side, side)
    x = torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(ids.device)
    context = model["text"](torch.cat([ids, nothing.expand_as(ids)]))
    for t in schedule.timesteps.tolist():
        v = model["unet"](torch.cat([x, x]), t, encoder_hidden_states=context).sample.float()
        told, untold = v.chunk(2)
        x = schedule.step(untold + scale * (told - untold), t, x).prev_sample
    return x


@torch.no_grad()
def decoded(vqgan: Vqgan, latents: torch.Tensor) -> np.ndarray:
    """uint8 n×H×W×3 pictures of latents n×C×h×w."""
    return np.stack([to_uint8(vqgan.decode(z[None]).float()) for z in latents])


def sheet(path: Path, rows: Sequence[np.ndarray]) -> None:
    """Write rows of pictures, each uint8 n×H×W×3, as one picture; renamed into place when it is whole."""
    picture = Image.fromarray(np.concatenate([np.concatenate(list(row), 1) for row in rows], 0))
    path = Path(path)
    temporary = path.with_suffix(".part" + path.suffix)
    picture.save(temporary, quality=88)
    temporary.rename(path)


def painted(model: nn.Module, vqgan: Vqgan, latents: denoiser.Latents) -> list[np.ndarray]:
    """Rows for a sheet: text at scale 3 from two seeds, at 1.5, and no text.

    The prompts are PROMPTS, or the captions of the last pictures where pictures have some.
    """
    scenes = latents.feed.scenes[-len(PROMPTS) :]
    prompts = [caption(scene) for scene in scenes] if is_own(scenes) else PROMPTS
    ids, nothing = (latents.feed.words(texts).to(latents.device) for texts in (prompts, [""]))
    mean, std = (values[:, None, None] for values in (latents.mean, latents.std))
    rows = []
    for seed, scale in ((0, 3.0), (1, 3.0), (2, 1.5), (3, 0.0)):
        rows.append(decoded(vqgan, sample(model, ids, nothing, scale, seed) * std + mean))
    return rows


@torch.no_grad()
def reconstructed(vqgan: Vqgan, pictures: torch.Tensor, device: str) -> list[np.ndarray]:
    """Rows for a sheet: uint8 n×3×H×W pictures, decoded from exact latents, and through the codebook."""
    images = pictures.to(device).float().div(255)
    z = vqgan.encode(images)
    return [
        np.stack([to_uint8(i[None]) for i in images]),
        decoded(vqgan, z),
        decoded(vqgan, vqgan.quantise(z)[0]),
    ]
