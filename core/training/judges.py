"""The judge and the held-out judge: OpenCLIP models trained by contrast (Radford et al. 2021, arXiv
2103.00020).

They differ in architecture (ModifiedResNet with attention pooling; RegNetX with average pooling), in seed,
and in data: each has a set of renderings of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import nn

from core.models.clip import build_clip
from core.training.captions import CONTEXT, NAMES, WORDS, tokenizer
from core.training.common import (
    Average,
    Session,
    augment,
    begin_with,
    descend,
    generators,
    mixed_precision,
    placed,
    record,
    schedule,
    set_rate,
)
from core.training.texts import is_own

if TYPE_CHECKING:
    from core.training.common import Budget
    from core.training.data import Feed
    from core.training.texts import Described

TOWERS = {
    # CLIP's own residual network with attention pooling, and grouped convolutions with average pooling
    "judge": {"layers": [1, 2, 2, 1], "width": 20, "head_width": 20, "patch_size": None},
    "heldout": {
        "timm_model_name": "regnetx_002",
        "timm_model_pretrained": False,
        "timm_pool": "avg",
        "timm_proj": "linear",
    },
}
SEEDS = {"judge": 0, "heldout": 1}
# Every second batch is drawn from look-alikes: pictures that share colour, ground and time, so that only
# the subject and the weather tell them apart. In random batches colour, ground and time nearly always
# suffice.
GROUP = 16
NAMING = 0.5  # weight of naming every facet from the picture alone
CANONICAL = 0.2  # share of captions that are the canonical one
CONTRARY = 0.5  # weight of telling a caption from those with one word changed
# The judge sees half the pictures' side: a step costs a quarter, and every subject still reads. RegNetX has
# 2×2 places left of 64 px and confuses subjects; of 96 px it has 3×3.
SIDES = {"judge": 64, "heldout": 96}
PREPROCESSING = {"size": SIDES["judge"], "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}


def config(name: str, scenes: Sequence[Described] = ()) -> dict[str, Any]:
    """open_clip's configuration of one of the two judges; `scenes` as for `tokenizer`."""
    return {
        "embed_dim": 128,
        "vision_cfg": {"image_size": SIDES[name], **TOWERS[name]},
        "text_cfg": {
            "context_length": CONTEXT,
            "vocab_size": tokenizer(scenes).size,
            "width": 128,
            "heads": 4,
            "layers": 3,
        },
    }


def preprocessing(name: str) -> dict[str, Any]:
    """What one of the judges is shown: side in px, mean and standard deviation."""
    return {**PREPROCESSING, "size": SIDES[name]}


def normalise(images: torch.Tensor, side: int) -> torch.Tensor:
    """B×3×H×W in [0, 1] → what a tower sees, B×3×side×side."""
    images = F.interpolate(images, (side, side), mode="bilinear", antialias=True)
    mean = torch.tensor(PREPROCESSING["mean"], device=images.device).view(3, 1, 1)
    std = torch.tensor(PREPROCESSING["std"], device=images.device).view(3, 1, 1)
    return (images - mean) / std


def fits(codes: torch.Tensor, named: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
    """bool B×B: picture i agrees with everything that caption j says.

    Args:
        codes: B×8, facets as numbers; named: bool B×8, what each caption says; same: B, equal where nothing
            differs at all.
    """
    if not named.any():  # a user's own captions: only pictures with the same ones agree
        return same[:, None] == same[None]
    return ((codes[:, None] == codes[None]) | ~named[None]).all(-1)


def contrastive_loss(
    image: torch.Tensor, text: torch.Tensor, scale: Any, agree: torch.Tensor
) -> torch.Tensor:
    """Symmetric InfoNCE; pairs that agree although they were not drawn together are no negatives."""
    logits = scale * image @ text.t()
    off = agree & ~torch.eye(len(agree), dtype=torch.bool, device=agree.device)
    logits = logits.masked_fill(off, -1e4)
    labels = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.t(), labels)) / 2


def contrary_loss(image: torch.Tensor, texts: torch.Tensor, scale: Any) -> torch.Tensor:
    """Each picture's own caption against the same with a word changed; B×D, B×V×D, the right one first."""
    logits = scale * torch.einsum("bd,bvd->bv", image, texts)
    return F.cross_entropy(logits, torch.zeros(len(logits), dtype=torch.long, device=logits.device))


class Naming(nn.Module):
    """Names every facet of a scene from the image embedding; only there to teach the image tower, then
    dropped.

    Contrast alone learns the subject last, because colour and ground already tell most pictures apart.
    """

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.heads = nn.ModuleList(nn.Linear(dimension, len(WORDS[facet])) for facet in NAMES)

    def loss(self, features: torch.Tensor, codes: torch.Tensor) -> Any:
        """Sum of cross entropies; features B×D are L2-normalised, codes B×8."""
        return sum(F.cross_entropy(head(8 * features), codes[:, i]) for i, head in enumerate(self.heads))


def look_alikes(feed: Feed, generator: torch.Generator, batch: int) -> torch.Tensor:
    """LongTensor of `batch` pictures in groups of up to GROUP that share colour, ground and time."""
    colour, ground, time = (feed.codes[:, NAMES.index(facet)] for facet in ("colour", "ground", "time"))
    key = (colour * len(WORDS["ground"]) + ground) * len(WORDS["time"]) + time
    order = key.argsort()
    counts = key.bincount()
    starts = counts.cumsum(0) - counts
    leaders = key[feed.draw(generator, -(-batch // GROUP))]  # groups, as often as they have members
    within = torch.rand(len(leaders), GROUP, generator=generator, device=key.device) * counts[leaders, None]
    return order[starts[leaders, None] + within.long()].flatten()[:batch]


def train_judge(
    name: str,
    feed: Feed,
    path: Path,
    budget: Budget,
    batch: int = 128,
    rate: float = 1e-3,
    device: str = "cpu",
    without: str = "",
    start: dict[str, torch.Tensor] | None = None,
) -> tuple[Any, Session]:
    """Train one judge; resumes from `path`. Returns (averaged model, session).

    `without` is the choice to leave out: "naming", "look-alikes", "contrary" or "augmentation"; `start` a
    state dict to begin with, where shapes agree.
    """
    torch.manual_seed(SEEDS[name])  # weight initialisation only, in a process of its own
    own = is_own(feed.scenes)
    model = _begun(config(name, feed.scenes if own else ()), start or {}, device)
    naming = Naming(config(name)["embed_dim"]).to(device)
    average = Average(model)
    optimiser = _optimiser([model, naming], rate, device)
    parts = {"model": model, "naming": naming, "average": average.model, "optimiser": optimiser}
    session = Session(path, budget, parts, average.model.state_dict, record(batch, rate, SEEDS[name], device))
    weights = {"loss": 1.0, "naming": 0.0 if own else NAMING, "contrary": CONTRARY} | {without: 0.0}
    for step in session:
        set_rate(optimiser, rate * schedule(step, session.progress))
        _, generator = generators(SEEDS[name], step, device)
        alike = step % 2 and not own and without != "look-alikes"
        chosen = look_alikes(feed, generator, batch) if alike else feed.draw(generator, batch)
        images = _shown(feed.images(chosen), SIDES[name], None if without == "augmentation" else generator)
        losses = _losses(model, naming, feed, chosen, images, generator)
        descend(sum(weights[key] * value for key, value in losses.items()), optimiser)
        with torch.no_grad():
            model.logit_scale.clamp_(0, math.log(100))
        average.update(model, step)
        if step % 20 == 0:
            session.note(**{key: value.item() for key, value in losses.items()})
            session.figures["pictures"] = feed.refresh(most=4)
    return average.model, session


def _begun(shape: dict[str, Any], start: dict[str, torch.Tensor], device: str) -> Any:
    """A judge of this configuration, with the weights of `start` where shapes agree."""
    model = placed(build_clip(shape), device)
    begin_with(model, start)
    return model


def _shown(images: torch.Tensor, side: int, generator: torch.Generator | None) -> torch.Tensor:
    """What a tower sees of B×3×H×W in [0, 1], augmented if there is a generator."""
    return normalise(images if generator is None else augment(images, generator), side)


def _optimiser(modules: Any, rate: float, device: str) -> torch.optim.AdamW:
    return torch.optim.AdamW(_groups(modules), lr=rate, betas=(0.9, 0.98), fused=device != "cpu")


def _losses(
    model: nn.Module,
    naming: Any,
    feed: Feed,
    chosen: torch.Tensor,
    images: torch.Tensor,
    generator: torch.Generator,
) -> Any:
    """{"loss": of contrast, "naming", "contrary"} of the pictures `chosen`, prepared as `images`."""
    ids, named = feed.say(chosen, generator, canonical=CANONICAL)
    with mixed_precision(images.device.type):
        image = model.encode_image(images, normalize=True)
        texts = model.encode_text(ids.flatten(0, 1), normalize=True)
    image = image.float()
    texts = texts.float().unflatten(0, ids.shape[:2])
    scale = model.logit_scale.exp()
    codes = feed.codes[chosen]
    return {
        "loss": contrastive_loss(image, texts[:, 0], scale, fits(codes, named, feed.same[chosen])),
        "naming": naming.loss(image, codes),
        "contrary": contrary_loss(image, texts, scale),
    }


def _groups(modules: Any) -> list[dict[str, Any]]:
    """Parameter groups of AdamW: matrices and filters decay, biases and scales do not."""
    learned = [p for module in modules for p in module.parameters()]
    decayed = [p for p in learned if p.ndim > 1]
    plain = [p for p in learned if p.ndim <= 1]
    return [{"params": decayed, "weight_decay": 0.1}, {"params": plain, "weight_decay": 0.0}]
