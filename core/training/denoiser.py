"""The denoiser: diffusers' UNet on the autoencoder's latents, and the text encoder it reads; both learn
together.

v-prediction (Salimans and Ho 2022, arXiv 2202.00512) on the cosine schedule (Nichol and Dhariwal
2021, arXiv 2102.09672), loss weighted by min-SNR-5 (Hang et al. 2023, arXiv 2303.09556). The
condition is dropped in 15 % of the pictures (Ho and Salimans 2022, arXiv 2207.12598), so that the
same network samples without text, with text, and by classifier-free guidance.

The caption reaches the UNet twice: through cross-attention, and pooled by attention into the time embedding
(diffusers' `addition_embed_type="text"`, after Saharia et al. 2022, arXiv 2205.11487, section 2.3): the
second path is short, so that what holds for the whole picture (colour, ground, time of day) is learned early.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from diffusers import DDIMScheduler
from diffusers.models.attention_processor import AttnProcessor
from torch import nn

from core.models.clip import build_text_encoder
from core.models.diffusion import build_unet
from core.training.autoencoder import latents_of
from core.training.common import (
    Average,
    Session,
    begin_with,
    descend,
    generators,
    mixed_precision,
    record,
    schedule,
    set_rate,
)
from core.training.judges import config
from core.training.texts import is_own

if TYPE_CHECKING:
    from core.models.taming import Vqgan
    from core.training.common import Budget
    from core.training.data import Feed
    from core.training.texts import Described

CONFIG = {
    "sample_size": 16,
    "in_channels": 4,
    "out_channels": 4,
    "block_out_channels": [96, 128, 192],
    "layers_per_block": 1,
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
    "cross_attention_dim": 128,
    "attention_head_dim": 4,  # diffusers reads this as the number of heads
    "norm_num_groups": 32,
    # the caption, pooled by attention, joins the time embedding that scales and shifts every residual block
    "resnet_time_scale_shift": "scale_shift",
    "addition_embed_type": "text",
    "addition_embed_type_num_heads": 8,
}
SCHEDULER = {
    "num_train_timesteps": 1000,
    "beta_schedule": "squaredcos_cap_v2",
    "prediction_type": "v_prediction",
    "clip_sample": False,
    "set_alpha_to_one": True,
    "timestep_spacing": "trailing",
}
SEED = 4
DROPPED = 0.15
GAMMA = 5.0
LOOKS = 2000  # steps between two previews


def weight(alpha_bar: torch.Tensor) -> torch.Tensor:
    """min-SNR-γ for v-prediction: min(SNR, γ) / (SNR + 1)."""
    snr = alpha_bar / (1 - alpha_bar).clamp_min(1e-8)
    return snr.clamp_max(GAMMA) / (snr + 1)


def build_denoiser(pooled: bool = True, scenes: Sequence[Described] = ()) -> nn.ModuleDict:
    """UNet and text encoder with fresh weights, as {"unet", "text"}.

    Args:
        pooled: whether the pooled caption joins the time embedding, as in CONFIG.
        scenes: see `core.training.captions.tokenizer`.
    """
    unet = build_unet(CONFIG if pooled else {**CONFIG, "addition_embed_type": None})
    return nn.ModuleDict({"unet": unet, "text": build_text_encoder(config("judge", scenes))})


class Latents:
    """Latents of a growing Feed, made as its pictures come; the pictures themselves can go.

    Args:
        vqgan: whose latents; every channel is then brought to mean 0 and variance 1 by `mean` and `std`,
            taken from the first ones.
    """

    def __init__(self, feed: Feed, vqgan: Vqgan, device: str) -> None:
        self.feed = feed
        self.vqgan = vqgan
        self.device = device
        self.latents = torch.empty(0)
        self.mean = torch.empty(0)
        self.std = torch.empty(0)
        self.refresh()

    def refresh(self, most: int | None = None) -> int:
        """Encode what has come since; returns how many pictures there are."""
        done = len(self.latents)
        self.feed.refresh(most)
        if len(self.feed) > done:
            fresh = latents_of(self.vqgan, self.feed.pictures[done:], self.device)
            self.latents = fresh if done == 0 else torch.cat([self.latents, fresh])
        if not len(self.mean):
            sample = self.latents[:2000].float()
            self.mean = sample.mean((0, 1, 3, 4))
            self.std = sample.std((0, 1, 3, 4))
        return len(self.latents)

    def draw(self, generator: torch.Generator, count: int) -> Any:
        """(LongTensor of `count` pictures, what the UNet is to predict of them or of their mirror images,
        B×C×h×w).
        """
        chosen = torch.randint(len(self.latents), (count,), generator=generator, device=self.device)
        side = torch.randint(2, (count,), generator=generator, device=self.device)
        x0 = self.latents[chosen, side].float()
        return chosen, (x0 - self.mean[:, None, None]) / self.std[:, None, None]


def timesteps(batch: int, total: int, generator: torch.Generator, device: str) -> torch.Tensor:
    """One timestep per stratum of the schedule, LongTensor B in [0, total): less variance than independent
    draws.
    """
    places = (
        torch.arange(batch, device=device) + torch.rand(batch, generator=generator, device=device)
    ) / batch
    return (places * total).long().clamp_max(total - 1)  # in float32 the last place may be rounded up to 1


def _no_look(model: nn.Module) -> None:
    """No previews."""


def train_denoiser(
    latents: Latents,
    path: Path,
    budget: Budget,
    batch: int = 64,
    rate: float = 6e-4,
    seed: int = SEED,
    device: str = "cpu",
    start: dict[str, torch.Tensor] | None = None,
    without: str = "",
    look: Callable[[nn.Module], None] = _no_look,
) -> tuple[Any, Session]:
    """Train {"unet", "text"}; resumes from `path`. Returns (averaged module, session).

    Args:
        start: state dict to begin with, where shapes agree.
        without: the choice to leave out: "pooled-caption", "min-snr" or "start".
        look: called with the averaged module now and then, for previews.
    """
    torch.manual_seed(seed)
    model = _begun(without, latents.feed.scenes, start or {}, device)
    average = Average(model, 0.9985)
    optimiser = torch.optim.AdamW(model.parameters(), rate, (0.9, 0.99), weight_decay=1e-2, fused=True)
    parts = {"model": model, "average": average.model, "optimiser": optimiser}
    session = Session(path, budget, parts, average.model.state_dict, record(batch, rate, seed, device))
    bars = DDIMScheduler.from_config(SCHEDULER).alphas_cumprod.to(device)
    nothing = latents.feed.words([""]).to(device)
    for step in session:
        set_rate(optimiser, rate * schedule(step, session.progress))
        _, generator = generators(seed, step, device)
        error, bar = _errors(model, *_drawn(latents, batch, nothing, generator), bars, generator)
        loss = (error if without == "min-snr" else weight(bar) * error).mean()
        descend(loss, optimiser)
        average.update(model, step)
        if step % 20 == 0:
            session.note(loss=loss.item(), error=error.mean().item())
            session.figures["pictures"] = latents.refresh(most=8)
        if step % LOOKS == LOOKS - 1:
            look(average.model)
    return average.model, session


def _begun(
    without: str, scenes: Sequence[Described], start: dict[str, torch.Tensor], device: str
) -> nn.ModuleDict:
    """The module to train, with the weights of `start` where shapes agree."""
    scenes = scenes if is_own(scenes) else ()
    model = build_denoiser(without != "pooled-caption", scenes).to(device).train()
    begin_with(model, {} if without == "start" else start)
    if device == "cpu":  # torch's fused attention trains slower than plain products on 64 positions here
        model["unet"].set_attn_processor(AttnProcessor())
    return model


def _drawn(
    latents: Latents, batch: int, nothing: torch.Tensor, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """(latents B×C×h×w, token ids B×CONTEXT), the ids in the share DROPPED those of no text."""
    chosen, x0 = latents.draw(generator, batch)
    ids, _ = latents.feed.say(chosen, generator)
    dropped = torch.rand(batch, 1, generator=generator, device=ids.device) < DROPPED
    return x0, torch.where(dropped, nothing, ids[:, 0])


def _errors(
    model: nn.Module, x0: torch.Tensor, ids: torch.Tensor, bars: torch.Tensor, generator: torch.Generator
) -> Any:
    """(squared error of v per picture, ᾱ of its timestep), both B; x0 is B×C×h×w, ids B×CONTEXT."""
    t = timesteps(len(x0), len(bars), generator, x0.device)
    a = bars[t].view(-1, 1, 1, 1)
    eps = torch.randn(x0.shape, generator=generator, device=x0.device)
    x = a.sqrt() * x0 + (1 - a).sqrt() * eps
    v = a.sqrt() * eps - (1 - a).sqrt() * x0
    with mixed_precision(x0.device.type):
        predicted = model["unet"](x, t, encoder_hidden_states=model["text"](ids)).sample
    return (predicted.float() - v).square().mean((1, 2, 3)), bars[t]
