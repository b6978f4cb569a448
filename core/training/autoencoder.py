"""The VQGAN (Esser et al. 2021, arXiv 2012.09841), trained in two stages, with a codebook fitted in between.

1. `train_autoencoder`: encoder and decoder; L1 on pixels and on their differences. Noise is added to the
   latents before the decoder, which makes it forgive what a denoiser and a codebook get wrong; and pooled
   latents have to give the pooled picture
   (scale equivariance, Kouzelis et al. 2025, arXiv 2502.09509), which keeps the latents
   free of the fine detail that a denoiser would have to learn as noise (Skorokhodov et al. 2025, arXiv
   2502.14831).
2. `fit_codebook`: k-means on the finished latents, so that VQGAN+CLIP and the denoiser share one autoencoder.
3. `train_decoder` (core.training.finish): encoder and codebook stay, so that a denoiser can train on the
   latents meanwhile; the decoder learns texture from a patch discriminator.

Latents are normalised by a running mean and variance per channel, which `folded` puts into the weights of
`quant_conv`: what is kept is an ordinary VQGAN whose latents have mean 0 and variance 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import nn

from core.models.taming import build_vqgan
from core.training.common import (
    Average,
    Session,
    begin_with,
    crops,
    descend,
    generators,
    mixed_precision,
    record,
    schedule,
    set_rate,
)

if TYPE_CHECKING:
    from core.models.taming import Vqgan
    from core.training.common import Budget
    from core.training.data import Feed

CONFIG = {
    "ddconfig": {
        "double_z": False,
        "z_channels": 128,
        "resolution": 32,
        "in_channels": 48,
        "out_ch": 48,
        "ch": 64,
        "ch_mult": [1, 2],
        "num_res_blocks": 1,
        "attn_resolutions": [],
        "dropout": 0.0,
    },
    # twice as wide where it makes texture
    "decoder": {"ch": 32, "ch_mult": [4, 4]},
    "n_embed": 8192,
    "embed_dim": 4,
    "unshuffle": 4,
}
SEED = 2
DECODER_SEED = 3
NOISE = 0.4  # largest standard deviation of what is added to latents of variance 1
CROP = 64  # px; a crop is quicker than a whole picture, but group normalisation measures it differently
CROPPED = 0.55  # share of stage 1 on crops
WAITING = 0.08  # share of stage 1 in which a fresh decoder learns to read an encoder with given weights


def edges(images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Differences between neighbouring pixels, horizontal and vertical."""
    return images[..., 1:] - images[..., :-1], images[..., 1:, :] - images[..., :-1, :]


def reconstruction_loss(output: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    """Mean absolute error of pixels plus that of their differences."""
    pairs = zip(edges(output), edges(images), strict=True)
    return F.l1_loss(output, images) + sum(F.l1_loss(a, b) for a, b in pairs)


class Normalised(nn.Module):
    """A VQGAN whose latents are normalised by their running statistics."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.core = build_vqgan(config)
        self.norm = nn.BatchNorm2d(config["embed_dim"], affine=False, momentum=0.02)

    def encode(self, images: torch.Tensor) -> torch.Tensor:
        """Images B×3×H×W in [0, 1] → latents B×C×h×w of mean 0 and variance 1, float32."""
        return self.norm(self.core.encode(images).float())

    def folded(self) -> dict[str, torch.Tensor]:
        """State dict of the VQGAN that encodes to normalised latents by itself."""
        state = dict(self.core.state_dict())
        mean = self.norm.running_mean
        std = (self.norm.running_var + self.norm.eps).sqrt()
        state["quant_conv.weight"] = state["quant_conv.weight"] / std.view(-1, 1, 1, 1)
        state["quant_conv.bias"] = (state["quant_conv.bias"] - mean) / std
        return state


def train_autoencoder(
    feed: Feed,
    path: Path,
    budget: Budget,
    batch: int = 48,
    rate: float = 1e-3,
    seed: int = SEED,
    device: str = "cpu",
    start: dict[str, torch.Tensor] | None = None,
) -> tuple[Any, Session]:
    """Stage 1; resumes from `path`. Returns (averaged Normalised, session).

    Args:
        batch: crops to a step; a third as many whole pictures.
        start: state dict of a VQGAN to begin with, where shapes agree.
    """
    torch.manual_seed(seed)
    model = Normalised(CONFIG).to(device).train()
    waits = _only_decoder_is_fresh(begin_with(model.core, start or {}))
    average = Average(model, 0.998)
    optimiser = torch.optim.AdamW(_groups(model.core), lr=rate, betas=(0.9, 0.99), weight_decay=1e-4)
    parts = {"model": model, "average": average.model, "optimiser": optimiser}
    session = Session(path, budget, parts, average.model.folded, record(batch, rate, seed, device))
    for step in session:
        optimiser.param_groups[0]["share"] = 0.0 if waits and session.progress < WAITING else 1.0
        set_rate(optimiser, rate * schedule(step, session.progress))
        _, generator = generators(seed, step, device)
        whole = session.progress > CROPPED
        images = _drawn(feed, batch, whole, generator)
        pool = 4 if whole and step % 4 == 0 else 2
        loss, output = _stage1_loss(model, images, generator, device, pool)
        descend(loss, optimiser)
        average.update(model, step)
        if step % 20 == 0:
            session.note(loss=loss.item(), mse=F.mse_loss(output.float(), images).item())
            session.figures["pictures"] = feed.refresh(most=4)
    return average.model, session


def _only_decoder_is_fresh(fresh: list[str]) -> bool:
    """Whether a decoder without given weights has to learn to read an encoder that has some."""
    prefixes = {name.split(".")[0] for name in fresh}
    return "decoder" in prefixes and "encoder" not in prefixes


def _drawn(feed: Feed, batch: int, whole: bool, generator: torch.Generator) -> torch.Tensor:
    """`batch` crops, or a third as many whole pictures."""
    chosen = feed.draw(generator, max(batch // 3, 1) if whole else batch)
    return crops(feed.pictures, chosen, feed.side if whole else CROP, generator)


def _groups(core: nn.Module) -> list[dict[str, Any]]:
    """Parameter groups: what leads to the latents, and what follows; the codebook is fitted by k-means."""
    core.quantize.requires_grad_(False)
    encoder = [*core.encoder.parameters(), *core.quant_conv.parameters()]
    decoder = [*core.decoder.parameters(), *core.post_quant_conv.parameters()]
    return [{"params": encoder, "share": 1.0}, {"params": decoder, "share": 1.0}]


def _stage1_loss(
    model: nn.Module, images: torch.Tensor, generator: torch.Generator, device: str, pool: int
) -> Any:
    """(loss, reconstruction) of a batch; a third of it is also decoded smaller, by the factor `pool`."""
    with mixed_precision(device):
        z = model.core.encode(images)
    z = model.norm(z.float())
    sigma = NOISE * torch.rand(len(z), 1, 1, 1, generator=generator, device=device)
    noise = torch.randn(z.shape, generator=generator, device=device)
    few = max(len(z) // 3, 1)
    with mixed_precision(device):
        output = model.core.decode(z + sigma * noise)
        smaller = model.core.decode(F.avg_pool2d(z[:few], pool))
    loss = reconstruction_loss(output.float(), images)
    return loss + 0.5 * reconstruction_loss(smaller.float(), F.avg_pool2d(images[:few], pool)), output


@torch.no_grad()
def latents_of(vqgan: Vqgan, pictures: torch.Tensor, device: str, batch: int = 250) -> torch.Tensor:
    """Continuous latents of uint8 n×3×H×W and of their mirror images: float16 n×2×C×h×w on `device`."""
    parts = []
    for some in pictures.split(batch):
        images = some.to(device).float().div(255)
        with mixed_precision(device):
            parts.append(torch.stack([vqgan.encode(images), vqgan.encode(images.flip(-1))], 1).half())
    return torch.cat(parts)


@torch.no_grad()
def fit_codebook(
    latents: torch.Tensor, codes: int, generator: torch.Generator, rounds: int = 25, each: int = 40
) -> torch.Tensor:
    """k-means (Lloyd 1982) on n×C×h×w latents, `each` of them to a code → codes×C.

    A code that nothing chose is put on a latent drawn at random.
    """
    points = latents.float().permute(0, 2, 3, 1).reshape(-1, latents.shape[1])  # n·h·w, C

    def draw(count: int) -> torch.Tensor:
        return torch.randint(len(points), (count,), generator=generator, device=points.device)

    points = points[draw(min(each * codes, len(points)))]
    book = points[draw(codes)].clone()
    for _ in range(rounds):
        nearest = torch.cat([torch.cdist(some, book).argmin(1) for some in points.split(20_000)])
        counts = torch.bincount(nearest, minlength=codes)
        sums = torch.zeros_like(book).index_add_(0, nearest, points)
        book = torch.where(counts[:, None] > 0, sums / counts[:, None].clamp_min(1), points[draw(codes)])
    return book
