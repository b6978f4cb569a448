"""The robust judge: the judge's image tower trained further against adversarial pictures (Madry et al. 2018,
arXiv 1706.06083).

Every picture of a batch is first moved, within an L2 ball, to where the tower matches it worst with its
caption; from there the tower learns. The text tower stays, so both judges read prompts alike. What such
networks' gradients look like to people: Santurkar et al. 2019, arXiv 1906.09453; for CLIP: Ganz and Elad
2023, arXiv 2306.16805.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import nn

from core.models.clip import build_clip
from core.training.common import (
    Average,
    Session,
    descend,
    generators,
    mixed_precision,
    placed,
    record,
    schedule,
    set_rate,
)
from core.training.judges import PREPROCESSING, config, contrastive_loss, fits
from core.training.texts import is_own

if TYPE_CHECKING:
    from core.training.common import Budget
    from core.training.data import Feed

SEED = 5
RADIUS = 1.5  # of the ball, in units of [0, 1] over a whole picture of 64 px
STEPS = 3  # of projected gradient descent
RISES = 150  # training steps over which the radius grows


def features(tower: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """B×3×S×S in [0, 1] → B×D, L2-normalised, float32."""
    device = images.device
    mean, std = (torch.tensor(PREPROCESSING[key], device=device).view(3, 1, 1) for key in ("mean", "std"))
    with mixed_precision(device.type):
        found = tower((images - mean) / std)
    return F.normalize(found.float(), dim=-1)


def lengths(x: torch.Tensor) -> torch.Tensor:
    """L2 norm per picture, B×1×1×1."""
    return x.flatten(1).norm(dim=1).clamp_min(1e-9).view(-1, 1, 1, 1)


def attack(
    loss_of: Callable[[torch.Tensor], torch.Tensor],
    images: torch.Tensor,
    radius: float,
    generator: torch.Generator,
    steps: int = STEPS,
) -> torch.Tensor:
    """Projected gradient ascent of a loss of pictures, from a random start in the ball: the moved pictures
    B×3×S×S.
    """
    draw = torch.randn(images.shape, generator=generator, device=images.device)
    start = torch.rand(len(images), 1, 1, 1, generator=generator, device=images.device)
    d = radius * start * draw / lengths(draw)
    for _ in range(steps):
        d.requires_grad_(True)
        (gradient,) = torch.autograd.grad(loss_of(images + d), d)
        d = (d + 1.5 * radius / steps * gradient / lengths(gradient)).detach()
        d = d * (radius / lengths(d)).clamp(max=1)
    return (images + d).clamp(0, 1)


def train_robust(
    feed: Feed,
    judge: Any,
    path: Path,
    budget: Budget,
    batch: int = 64,
    rate: float = 4e-4,
    seed: int = SEED,
    radius: float = RADIUS,
    device: str = "cpu",
) -> tuple[Any, Session]:
    """Train the tower; resumes from `path`. Returns (averaged image tower, session).

    Args:
        judge: state dict of the judge, with whose image tower this one begins.
    """
    torch.manual_seed(seed)
    clip = build_clip(config("judge", feed.scenes if is_own(feed.scenes) else ())).to(device)
    clip.load_state_dict(judge)
    clip.eval().requires_grad_(False)
    tower = placed(copy.deepcopy(clip.visual).requires_grad_(True), device)
    average = Average(tower, 0.99)
    optimiser = torch.optim.AdamW(tower.parameters(), lr=rate, weight_decay=1e-2, fused=device != "cpu")
    parts = {"tower": tower, "average": average.model, "optimiser": optimiser}
    session = Session(path, budget, parts, average.model.state_dict, record(batch, rate, seed, device))
    for step in session:
        set_rate(optimiser, rate * schedule(step, session.progress, warmup=50, decay=0.4))
        _, generator = generators(seed, step, device)
        images, loss_of = _batch(feed, clip, tower, batch, generator)
        moved = attack(loss_of, images, radius * min(1, (step + 1) / RISES), generator)
        loss = loss_of(moved)
        descend(loss, optimiser)
        average.update(tower, step)
        if step % 20 == 0:
            session.note(loss=loss.item())
            session.figures["pictures"] = feed.refresh(most=4)
    return average.model, session


def _batch(feed: Feed, clip: nn.Module, tower: nn.Module, batch: int, generator: torch.Generator) -> Any:
    """(images B×3×S×S in [0, 1], some mirrored; function: such images → how badly they fit captions)."""
    chosen = feed.draw(generator, batch)
    ids, named = feed.say(chosen, generator, canonical=0.5)
    agree = fits(feed.codes[chosen], named, feed.same[chosen])
    with torch.no_grad():
        text = F.normalize(clip.encode_text(ids[:, 0]).float(), dim=-1)
        scale = clip.logit_scale.exp().clamp(max=50)
    side = int(str(PREPROCESSING["size"]))
    images = F.interpolate(feed.images(chosen), (side, side), mode="bilinear", antialias=True)
    mirrored = torch.rand(batch, 1, 1, 1, generator=generator, device=images.device) < 0.5
    images = torch.where(mirrored, images.flip(-1), images)
    return images, lambda moved: contrastive_loss(features(tower, moved), text, scale, agree)
