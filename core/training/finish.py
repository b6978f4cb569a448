"""The decoder's finish: texture from a patch discriminator (hinge loss, Lim and Ye 2017, arXiv 1705.02894;
adaptive weight as in eq. 7 of arXiv 2012.09841) and from its features (feature matching, Wang et al. 2018,
arXiv 1711.11585, eq. 3).

What failed before this: a critic with a small rate or a penalty on its gradient stays at chance, and the
adaptive weight then amplifies noise. So the critic sees the fine detail as channels of its own, learns at
twice the decoder's rate, and the weight is capped. A quarter of each batch is decoded from exact latents,
half from noisy ones as a denoiser's are, a quarter from codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import nn

from core.models.taming import build_vqgan
from core.training import autoencoder
from core.training.autoencoder import DECODER_SEED, edges, reconstruction_loss
from core.training.common import (
    Average,
    Session,
    crops,
    descend,
    generators,
    mixed_precision,
    record,
    schedule,
    set_rate,
)

if TYPE_CHECKING:
    from core.training.common import Budget
    from core.training.data import Feed

NOISE = 0.3
CRITIC_RATE = 2.0  # of the decoder's
SHARES = (1.0, 2.0)  # of the adversarial gradient at the last layer: in the first third, then
MATCHING = 2.0
CAP = 0.1
LOOKS_ON = 150  # steps in which the critic learns alone
RISES = 300  # steps over which its share then rises


class PatchDiscriminator(nn.Module):
    """Judges overlapping patches (Isola et al. 2017, arXiv 1611.07004) of the picture and, six times as
    strong, of its fine detail.

    Spectral normalisation (Miyato et al. 2018, arXiv 1802.05957) keeps its verdicts small, so they are
    multiplied by 4.
    """

    def __init__(self, width: int = 56) -> None:
        super().__init__()
        sizes = [(6, width), (width, 2 * width), (2 * width, 4 * width)]
        self.layers = nn.ModuleList(
            nn.utils.parametrizations.spectral_norm(nn.Conv2d(i, o, 4, 2, 1)) for i, o in sizes
        )
        self.head = nn.Conv2d(4 * width, 1, 3, 1, 1)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Images B×3×H×W → (logits B×1×H/8×W/8, features of every layer)."""
        fine = images - F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="replicate"), 3, 1)
        x = torch.cat([images * 2 - 1, fine * 6], 1)
        features = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.head(x) * 4, features


def adaptive_weight(
    loss: torch.Tensor, adversarial: torch.Tensor, last_layer: torch.Tensor, limit: float = CAP
) -> torch.Tensor:
    """λ of eq. 7: how much the adversarial gradient must be scaled to match the other at the last layer."""
    g = torch.autograd.grad(loss, last_layer, retain_graph=True)[0].norm()
    a = torch.autograd.grad(adversarial, last_layer, retain_graph=True)[0].norm()
    return (g / (a + 1e-6)).clamp(0, limit).detach()


def matching_loss(features: Sequence[torch.Tensor], wanted: Sequence[torch.Tensor]) -> torch.Tensor:
    """Mean distance of the critic's features, each layer in units of its own size."""
    distances = [
        F.l1_loss(a.float(), b.float()) / (b.float().abs().mean() + 1e-6)
        for a, b in zip(features, wanted, strict=True)
    ]
    return sum(distances) / len(distances)


@torch.no_grad()
def decoded_from(model: nn.Module, images: torch.Tensor, generator: torch.Generator, device: str) -> Any:
    """What the decoder gets of a batch: a quarter of the latents exact, half noisy, a quarter quantised."""
    with mixed_precision(device):
        z = model.encode(images)
    z = z.float()
    quarter = len(images) // 4
    sigma = NOISE * torch.rand(len(z), 1, 1, 1, generator=generator, device=device)
    noisy = z + sigma * torch.randn(z.shape, generator=generator, device=device)
    codes, _ = model.quantise(z[3 * quarter :])
    return torch.cat([z[:quarter], noisy[quarter : 3 * quarter], codes])


def train_decoder(
    feed: Feed,
    start: dict[str, torch.Tensor],
    path: Path,
    budget: Budget,
    batch: int = 8,
    rate: float = 3e-4,
    seed: int = DECODER_SEED,
    device: str = "cpu",
) -> tuple[Any, Session]:
    """Stage 2; resumes from `path`. Returns (averaged model, session).

    `start` is the state dict of the VQGAN after stage 1, averaged and folded, with its codebook.
    """
    torch.manual_seed(seed)
    model = build_vqgan(autoencoder.CONFIG).to(device)
    model.load_state_dict(start)
    critic = PatchDiscriminator().to(device)
    average = Average(model, 0.998)
    make = partial(torch.optim.AdamW, lr=rate, betas=(0.5, 0.99), weight_decay=1e-4)
    optimiser, critics = (make(learned) for learned in (_only_decoder(model), critic.parameters()))
    parts = {"model": model, "average": average.model, "critic": critic}
    parts |= {"optimiser": optimiser, "critics": critics}
    session = Session(path, budget, parts, average.model.state_dict, record(batch, rate, seed, device))
    for step in session:
        set_rate(optimiser, rate * schedule(step, session.progress))
        set_rate(critics, CRITIC_RATE * rate * schedule(step, session.progress))
        _, generator = generators(seed, step, device)
        images = crops(feed.pictures, feed.draw(generator, batch), feed.side, generator)
        zs = decoded_from(model, images, generator, device)
        share = SHARES[session.progress > 1 / 3] * min(max(step - LOOKS_ON, 0) / RISES, 1.0)
        total, output, figures = _finish_loss(model, critic, zs, images, share, device)
        descend(total, optimiser)
        figures |= _teach(critic, critics, output.detach(), images, device)
        average.update(model, step)
        if step % 20 == 0:
            figures["sharp"] = _steepness(output.detach().float()) / _steepness(images)
            session.note(**{name: value.item() for name, value in figures.items()})
            session.figures["pictures"] = feed.refresh(most=4)
    return average.model, session


def _only_decoder(model: nn.Module) -> Any:
    """Freeze the rest; returns the parameters that learn."""
    model.train().requires_grad_(False)  # train() leaves the range of the pictures open
    return [
        *model.decoder.requires_grad_(True).parameters(),
        *model.post_quant_conv.requires_grad_(True).parameters(),
    ]


def _steepness(images: torch.Tensor) -> torch.Tensor:
    return sum(edge.abs().mean() for edge in edges(images))


def _finish_loss(
    model: nn.Module, critic: nn.Module, zs: Any, images: torch.Tensor, share: float, device: str
) -> Any:
    """(loss, pictures decoded from `zs`, figures to note); `share` is that of the adversarial gradient."""
    with mixed_precision(device):
        output = model.decode(zs)
        verdict, features = critic(output)
        with torch.no_grad():
            # rounded like the output, or rounding tells them apart
            _, wanted = critic(images.to(output.dtype))
    loss = reconstruction_loss(output.float(), images)
    adversarial = -verdict.float().mean()
    weight = share * adaptive_weight(loss, adversarial, model.decoder.conv_out.weight)
    matching = matching_loss(features, wanted)
    total = loss + weight * adversarial + MATCHING * matching * loss.detach()
    return total, output, {"loss": loss, "weight": weight, "matching": matching}


def _teach(
    critic: nn.Module, critics: torch.optim.Optimizer, fakes: torch.Tensor, images: torch.Tensor, device: str
) -> Any:
    """One step of the critic: {"doubt": hinge loss, "sure": share of patches that it tells apart}."""
    with mixed_precision(device):
        verdicts, _ = critic(torch.cat([fakes, images.to(fakes.dtype)]))
    fake, real = verdicts.float().chunk(2)
    doubt = F.relu(1 + fake).mean() + F.relu(1 - real).mean()
    critics.zero_grad(set_to_none=True)
    doubt.backward()
    critics.step()
    return {"doubt": doubt, "sure": ((real > 0).float().mean() + (fake < 0).float().mean()) / 2}
