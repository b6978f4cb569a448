"""Two small networks that only measure, each on renderings of its own.

`train_eyes`: the realism network, which learns without captions what belongs together. First two crops of
one picture (VICReg, Bardes et al. 2022, arXiv 2105.04906). That alone leaves it blind to pictures that fall
apart, so it then learns to tell whole pictures from torn ones: with a part of another picture pasted in
(CutPaste, Li et al. 2021, arXiv 2104.04015), with their patches in another order (Noroozi and Favaro 2016,
arXiv 1603.09246), or turned (Gidaris et al. 2018, arXiv 1803.07728).

`train_referee`: a classifier of what a picture shows, told by the grammar. The referee belongs to benches
alone, never to a pack: what steers or is tuned by a number must not be what settles it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import nn

from core.models.eyes import build_eyes
from core.training.captions import NAMES, WORDS
from core.training.common import (
    Average,
    Session,
    augment,
    descend,
    generators,
    mixed_precision,
    placed,
    record,
    schedule,
    set_rate,
)

if TYPE_CHECKING:
    from core.training.common import Budget
    from core.training.data import Feed

EYES = {"size": 64, "widths": [32, 64, 96, 160]}
SIDE = int(str(EYES["size"]))  # px that the network looks at
REFEREE = {"size": 128, "widths": [32, 64, 128, 192, 256], "outputs": 128}
SEEDS = {"eyes": 6, "referee": 7}
EXPANDED = 1024  # numbers in which the two crops of a picture have to agree
# Weights of the three terms, as in the paper.
AGREE = 25.0
SPREAD = 25.0
APART = 1.0
SMALLEST = 0.35  # share of a picture's area in a crop, at least
CROPS = 0.5  # share of the training on crops; the rest is on whole and torn pictures
KINDS = ("whole", "pasted", "jumbled", "turned")


def two_crops(images: torch.Tensor, generator: torch.Generator, side: int) -> Any:
    """Random square crops, mirrored or not, a little brighter or darker; B×3×H×W → B×3×side×side."""

    def draw(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=generator, device=images.device)

    n = len(images)
    scale = (SMALLEST + (1 - SMALLEST) * draw(n)).sqrt()
    theta = torch.zeros(n, 2, 3, device=images.device)
    theta[:, 0, 0] = scale * torch.where(draw(n) < 0.5, -1.0, 1.0)
    theta[:, 1, 1] = scale
    theta[:, :, 2] = (2 * draw(n, 2) - 1) * (1 - scale[:, None])
    grid = F.affine_grid(theta, [n, 3, 2 * side, 2 * side], align_corners=False)
    cut = F.avg_pool2d(F.grid_sample(images, grid, align_corners=False, padding_mode="reflection"), 2)
    return (cut * (0.9 + 0.2 * draw(n, 1, 1, 1))).clamp(0, 1)


def vicreg(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Invariance, variance and covariance of two views, each B×D (eq. 1 to 6)."""
    agree = F.mse_loss(a, b)
    spread = sum(F.relu(1 - (x.var(0) + 1e-4).sqrt()).mean() for x in (a, b)) / 2
    apart = 0.0
    for x in (a, b):
        x = x - x.mean(0)
        covariance = x.t() @ x / (len(x) - 1)
        apart = apart + (covariance.square().sum() - covariance.diagonal().square().sum()) / x.shape[1]
    return AGREE * agree + SPREAD * spread + APART * apart


class Expander(nn.Module):
    """From features to the numbers in which two views are compared; only there for training."""

    def __init__(self, dimension: int) -> None:
        super().__init__()
        sizes = [(dimension, EXPANDED), (EXPANDED, EXPANDED)]
        self.layers = nn.Sequential(
            *(nn.Sequential(nn.Linear(*s, bias=False), nn.BatchNorm1d(s[1]), nn.ReLU()) for s in sizes)
        )
        self.last = nn.Linear(EXPANDED, EXPANDED, bias=False)

    def forward(self, x: torch.Tensor) -> Any:
        return self.last(self.layers(x))


def torn(images: torch.Tensor, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures B×3×H×W, each left whole or torn in one of the ways of KINDS: (pictures, their kinds, B)."""
    device = images.device
    kind = torch.randint(len(KINDS), (len(images),), generator=generator, device=device)
    turn = torch.rand(len(images), 1, 1, 1, generator=generator, device=device) < 0.5
    grid = 2 if torch.rand(1, generator=generator, device=device) < 0.5 else 4
    ways = (
        pasted(images, generator),
        jumbled(images, grid, generator),
        torch.where(turn, images.flip(2), images.transpose(2, 3)),
    )
    result = images
    for number, way in enumerate(ways, start=1):
        result = torch.where((kind == number).view(-1, 1, 1, 1), way, result)
    return result, kind


def pasted(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Every picture B×3×H×W with a part of another one, from .3 to .8 of its side, pasted in."""
    side = images.shape[-1]
    corner = torch.rand(2, len(images), 1, 1, generator=generator, device=images.device)
    extent = 0.3 + 0.5 * torch.rand(2, len(images), 1, 1, generator=generator, device=images.device)
    low = corner * (1 - extent)
    place = torch.linspace(0, 1, side, device=images.device)
    across = (place.view(1, 1, side) >= low[0]) & (place.view(1, 1, side) <= low[0] + extent[0])
    down = (place.view(1, side, 1) >= low[1]) & (place.view(1, side, 1) <= low[1] + extent[1])
    other = images.roll((1, side // 3, side // 4), (0, 2, 3))
    return torch.where((across & down)[:, None], other, images)


def jumbled(images: torch.Tensor, grid: int, generator: torch.Generator) -> torch.Tensor:
    """The patches of every picture B×3×H×W in another order; `grid` of them along a side."""
    size = images.shape[-1] // grid
    patches = F.unfold(images, size, stride=size)  # B, 3·size², grid²
    noise = torch.rand(len(images), 1, grid**2, generator=generator, device=images.device)
    order = noise.argsort(2)
    same = (order == torch.arange(grid**2, device=images.device)).all(2, keepdim=True)
    order = torch.where(same, order.roll(1, 2), order)
    moved = patches.gather(2, order.expand_as(patches))
    return F.fold(moved, images.shape[-2:], size, stride=size)


def train_eyes(
    feed: Feed,
    path: Path,
    budget: Budget,
    batch: int = 128,
    rate: float = 1e-3,
    device: str = "cpu",
    start: dict[str, torch.Tensor] | None = None,
    share: float | None = None,
) -> tuple[Any, Session]:
    """Train the realism network; resumes from `path`. Returns (averaged model, session).

    Args:
        start: state dict to begin with.
        share: of the training on crops, 0 … 1; CROPS by default.
    """
    share = CROPS if share is None else share
    torch.manual_seed(SEEDS["eyes"])
    model = placed(build_eyes(EYES), device)
    model.load_state_dict(model.state_dict() | (start or {}))
    torn_head = nn.Linear(model.dimension, len(KINDS))
    heads = nn.ModuleDict({"expander": Expander(model.dimension), "torn": torn_head}).to(device)
    average = Average(model)
    learned = [*model.parameters(), *heads.parameters()]
    optimiser = torch.optim.AdamW(learned, lr=rate, weight_decay=1e-2, fused=device != "cpu")
    parts = {"model": model, "heads": heads, "average": average.model, "optimiser": optimiser}
    about = record(batch, rate, SEEDS["eyes"], device)
    session = Session(path, budget, parts, average.model.state_dict, about)
    for step in session:
        set_rate(optimiser, rate * schedule(step, session.progress))
        _, generator = generators(SEEDS["eyes"], step, device)
        images = feed.images(feed.draw(generator, batch))
        loss_of = _crops_loss if session.progress < share else _torn_loss
        loss, figures = loss_of(model, heads, images, generator)
        descend(loss, optimiser)
        average.update(model, step)
        if step % 20 == 0:
            session.note(**{name: value.item() for name, value in figures.items()})
            session.figures["pictures"] = feed.refresh(most=4)
    return average.model, session


Loss = tuple[torch.Tensor, dict[str, torch.Tensor]]


def _crops_loss(
    model: nn.Module, heads: nn.ModuleDict, images: torch.Tensor, generator: torch.Generator
) -> Loss:
    """(loss, figures): whether two crops of a picture are given the same numbers."""
    views = torch.cat([two_crops(images, generator, SIDE) for _ in range(2)])
    with mixed_precision(images.device.type):
        expanded = heads["expander"](model(views))
    loss = vicreg(*expanded.float().chunk(2))
    return loss, {"crops": loss}


def _torn_loss(
    model: nn.Module, heads: nn.ModuleDict, images: torch.Tensor, generator: torch.Generator
) -> Loss:
    """(loss, figures): whether whole pictures are told from torn ones."""
    pictures, kinds = torn(augment(images, generator), generator)
    with mixed_precision(images.device.type):
        said = heads["torn"](model(pictures)).float()
    loss = F.cross_entropy(said, kinds)
    return loss, {"torn": loss, "told": (said.argmax(1) == kinds).float().mean()}


class Referee(nn.Module):
    """Says what a picture shows: a network and a linear head to every facet."""

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.eyes = build_eyes(config or REFEREE)
        self.heads = nn.ModuleList(nn.Linear(self.eyes.dimension, len(WORDS[facet])) for facet in NAMES)

    def forward(self, images: torch.Tensor) -> Any:
        """Images B×3×H×W in [0, 1] → list of logits, one per facet in the order of Scene."""
        features = F.relu(self.eyes(images))
        return [head(features) for head in self.heads]

    @torch.no_grad()
    def names(self, images: torch.Tensor) -> torch.Tensor:
        """LongTensor B×8: what it takes each facet to be (see `captions.codes`)."""
        return torch.stack([logits.argmax(1) for logits in self(images)], 1)


def train_referee(
    feed: Feed, path: Path, budget: Budget, batch: int = 64, rate: float = 1e-3, device: str = "cpu"
) -> tuple[Any, Session]:
    """Train the referee; resumes from `path`. Returns (averaged model, session)."""
    torch.manual_seed(SEEDS["referee"])
    model = placed(Referee(), device)
    average = Average(model)
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=5e-2, fused=device != "cpu")
    parts = {"model": model, "average": average.model, "optimiser": optimiser}
    about = record(batch, rate, SEEDS["referee"], device)
    session = Session(path, budget, parts, average.model.state_dict, about)
    for step in session:
        set_rate(optimiser, rate * schedule(step, session.progress))
        _, generator = generators(SEEDS["referee"], step, device)
        chosen = feed.draw(generator, batch)
        images = augment(feed.images(chosen), generator)
        codes = feed.codes[chosen]
        with mixed_precision(device):
            said = model(images)
        facets = zip(said, codes.t(), strict=True)
        loss = sum(F.cross_entropy(logits.float(), code, label_smoothing=0.02) for logits, code in facets)
        descend(loss, optimiser)
        average.update(model, step)
        if step % 20 == 0:
            right = (said[0].argmax(1) == codes[:, 0]).float().mean()
            session.note(loss=loss.item(), subject=right.item())
            session.figures["pictures"] = feed.refresh(most=4)
    return average.model, session
