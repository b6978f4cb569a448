"""The judge and the held-out judge: OpenCLIP models trained by contrast (Radford et al. 2021, arXiv 2103.00020).

They differ in architecture (ModifiedResNet with attention pooling; RegNetX with average pooling), in seed,
and in data: the judge learns from pictures with even index, the held-out judge from those with odd index.
"""

import math
from dataclasses import astuple, fields

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from core.models.clip import Tokenizer, build_clip, compact_vocabulary
from core.training.common import Average, Session, augment, generators, mixed_precision, schedule, to_batch
from core.training.data import load_split
from core.training.texts import every_text, facets, is_own, paraphrase
from core.world.grammar import FACETS, Scene

CONTEXT = 32
TOWERS = {
    # CLIP's own residual network with attention pooling; and a network of grouped convolutions with average pooling
    "judge": {"layers": [1, 2, 2, 1], "width": 24, "head_width": 24, "patch_size": None},
    "heldout": {"timm_model_name": "regnetx_002", "timm_model_pretrained": False, "timm_pool": "avg", "timm_proj": "linear"},
}
SEEDS = {"judge": 0, "heldout": 1}
# Every second batch is drawn from look-alikes: pictures that share colour, ground and time, so that only
# the subject and the weather tell them apart. In random batches colour, ground and time nearly always suffice.
GROUP = 16
NAMING = 0.5  # weight of naming every facet from the picture alone
# Half the pictures' side: a step costs a quarter, and every subject still reads.
PREPROCESSING = {"size": 64, "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}


def tokenizer(scenes=()):
    """The pack's tokenizer: exactly the words of the grammar, or of the captions if `scenes` have some."""
    words, vocabulary = compact_vocabulary(every_text(scenes))
    return Tokenizer(vocabulary, words, CONTEXT)


def config(name, scenes=()):
    """open_clip's configuration of one of the two judges; `scenes` as for `tokenizer`."""
    return {
        "embed_dim": 128,
        "vision_cfg": {"image_size": PREPROCESSING["size"], **TOWERS[name]},
        "text_cfg": {"context_length": CONTEXT, "vocab_size": tokenizer(scenes).size, "width": 128, "heads": 4, "layers": 3},
    }


def normalise(images):
    """B×3×H×W in [0, 1] → what the towers see, B×3×S×S."""
    side = PREPROCESSING["size"]
    images = F.interpolate(images, (side, side), mode="bilinear", antialias=True)
    mean = torch.tensor(PREPROCESSING["mean"], device=images.device).view(3, 1, 1)
    std = torch.tensor(PREPROCESSING["std"], device=images.device).view(3, 1, 1)
    return (images - mean) / std


def fits(scenes, facets):
    """bool B×B: picture i agrees with everything that caption j says; with captions of one's own, it has the same ones."""
    if is_own(scenes):
        return torch.tensor([[one == other for other in scenes] for one in scenes])
    rows = np.array([astuple(scene) for scene in scenes])
    table = rows[:, None] == rows[None]
    said = np.array([[field.name in named for field in fields(Scene)] for named in facets])
    return torch.from_numpy((table | ~said[None]).all(-1))


def contrastive_loss(image, text, scale, agree):
    """Symmetric InfoNCE; pairs that agree although they were not drawn together are no negatives."""
    logits = scale * image @ text.t()
    off = agree & ~torch.eye(len(agree), dtype=torch.bool)
    logits = logits.masked_fill(off.to(logits.device), -1e4)
    labels = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.t(), labels)) / 2


class Naming(nn.Module):
    """Names every facet of a scene from the image embedding; only there to teach the image tower, then dropped.

    Contrast alone learns the subject last, because colour and ground already tell most pictures apart.
    """

    def __init__(self, dimension, scenes=()):
        super().__init__()
        self.words = {facet: list(words) if facet in FACETS else ["", *words] for facet, words in facets(scenes).items()}
        self.heads = nn.ModuleDict({facet: nn.Linear(dimension, len(words)) for facet, words in self.words.items()})

    def loss(self, features, scenes):
        """Sum of cross entropies; features B×D are L2-normalised, B scenes."""
        total = features.new_zeros(())
        for facet, words in self.words.items():
            labels = torch.tensor([words.index(getattr(scene, facet)) for scene in scenes], device=features.device)
            total = total + F.cross_entropy(self.heads[facet](8 * features), labels)
        return total


def look_alikes(scenes, indices):
    """Groups of indices whose scenes share colour, ground and time; none of captions."""
    if is_own(scenes):
        return []
    groups = {}
    for i in indices:
        groups.setdefault((scenes[i].colour, scenes[i].ground, scenes[i].time), []).append(i)
    return list(groups.values())


def draw(rng, indices, groups, batch, alike):
    """Indices of one batch: at random, or filled with whole groups of look-alikes."""
    if not alike:
        return rng.choice(indices, batch, replace=False)
    chosen = []
    while len(chosen) < batch:
        group = groups[rng.integers(len(groups))]
        chosen.extend(rng.choice(group, min(GROUP, len(group), batch - len(chosen)), replace=False))
    return np.array(chosen)


def train_judge(name, data, path, steps=1500, batch=128, rate=1e-3, device="cpu", without=""):
    """Train one judge; resumes from `path`. Returns (averaged model, session).

    `without` leaves one choice out, to measure what it is worth: "naming", "look-alikes" or "augmentation".
    """
    torch.manual_seed(SEEDS[name])  # weight initialisation only, in a process of its own
    pictures, scenes = load_split(data, "train")
    model = build_clip(config(name, scenes)).to(device).train()
    naming = Naming(config(name, scenes)["embed_dim"], scenes).to(device)
    average = Average(model)
    learned = [*model.parameters(), *naming.parameters()]
    decayed = [p for p in learned if p.ndim > 1]
    plain = [p for p in learned if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": 0.1}, {"params": plain, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98))
    session = Session(path, steps, {"model": model, "naming": naming, "average": average.model, "optimiser": optimiser})
    mine = np.arange(SEEDS[name], len(pictures), 2)
    groups, tokens, batch = look_alikes(scenes, mine), tokenizer(scenes), min(batch, len(mine))
    session.figures["pictures"] = len(mine)
    for step in session:
        for group in optimiser.param_groups:
            group["lr"] = rate * schedule(step, steps)
        rng, generator = generators(SEEDS[name], step, device)
        chosen = draw(rng, mine, groups, batch, alike=step % 2 and groups and without != "look-alikes")
        texts, facets = zip(*(paraphrase(scenes[i], rng) for i in chosen))
        images = to_batch(pictures[chosen], device)
        images = normalise(images if without == "augmentation" else augment(images, generator))
        with mixed_precision(device):
            image = model.encode_image(images, normalize=True)
            text = model.encode_text(tokens(list(texts)).to(device), normalize=True)
        agree = fits([scenes[i] for i in chosen], facets)
        loss = contrastive_loss(image.float(), text.float(), model.logit_scale.exp(), agree)
        named = naming.loss(image.float(), [scenes[i] for i in chosen])
        optimiser.zero_grad(set_to_none=True)
        (loss + (0 if without == "naming" else NAMING) * named).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0, math.log(100))
        average.update(model, step)
        if step % 10 == 0:
            session.note(loss=loss.item(), naming=named.item())
    return average.model, session
