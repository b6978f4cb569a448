"""Figures of a trained pack on freshly rendered scenes that no model was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F

from core.base.images import to_tensor, to_uint8
from core.base.settings import painter_settings
from core.measures.judge_gap import role_gap, steering_value
from core.packs.realism_encoder import realism_encoder
from core.packs.support import judge_choices
from core.painters.diffusion import DiffusionPainter
from core.training.texts import Described, caption, facets, paraphrase
from core.world.grammar import Scene, variants

if TYPE_CHECKING:
    from core.models.judge import Judge
    from core.models.taming import Vqgan
    from core.packs.pack import ModelPack


@torch.no_grad()
def image_features(judge: Judge, pictures: np.ndarray, batch: int = 100) -> torch.Tensor:
    """uint8 n×H×W×3 → n×D, L2-normalised."""
    groups = (pictures[i : i + batch] for i in range(0, len(pictures), batch))
    parts = [judge.features(torch.cat([to_tensor(picture) for picture in group])) for group in groups]
    return torch.cat(parts).cpu()


@torch.no_grad()
def text_features(judge: Judge, texts: Sequence[str], batch: int = 200) -> torch.Tensor:
    """n texts → n×D, L2-normalised. A judge's `encode` is the same for one prompt, without the batches."""
    parts = [judge.tokenizer(texts[i : i + batch]).to(judge.device) for i in range(0, len(texts), batch)]
    return torch.cat([F.normalize(judge.clip.encode_text(ids), dim=-1) for ids in parts]).cpu()


def distinct(scenes: Sequence[Described]) -> list[int]:
    """Indices of the first picture of every different scene."""
    first = {scene: i for i, scene in reversed(list(enumerate(scenes)))}
    return list(first.values())


def retrieval(
    judge: Judge, pictures: np.ndarray, scenes: Sequence[Described], seed: int = 0
) -> dict[str, float]:
    """Share of pictures whose own caption is the best, or among the best five, of all distinct ones.

    Returns:
        {"captions", "top1", "top5", "paraphrase_top1", "unseen_paraphrase_top1" (templates and
        combinations of synonyms that training never used), and "<facet>": share told apart when only
        that word of the caption changes, of the pictures that have such a facet}.
    """
    keep = distinct(scenes)
    pictures = pictures[keep]
    scenes = [scenes[i] for i in keep]
    image = image_features(judge, pictures)
    ranks = (image @ text_features(judge, [caption(s) for s in scenes]).t()).argsort(1, descending=True)
    own = torch.arange(len(keep))[:, None]
    rng = np.random.default_rng(seed)
    said = [[paraphrase(scene, rng, unseen)[0] for scene in scenes] for unseen in (False, True)]
    found = [(image @ text_features(judge, texts).t()).argmax(1) == own[:, 0] for texts in said]
    familiar, unseen = (float(right.float().mean()) for right in found)
    figures: dict[str, float] = {
        "captions": len(keep),
        "top1": float((ranks[:, :1] == own).any(1).float().mean()),
        "top5": float((ranks[:, :5] == own).any(1).float().mean()),
        "paraphrase_top1": familiar,
        "unseen_paraphrase_top1": unseen,
    }
    for facet in facets(scenes):
        right = _told_apart(judge, image, scenes, facet)
        if right:
            figures[facet] = float(np.mean(right))
    return figures


def _told_apart(
    judge: Judge, image: torch.Tensor, scenes: Sequence[Described], facet: str
) -> list[bool]:
    """For each picture that has the facet: whether its own word wins when only that word changes."""
    choices = [variants(scene, facet) for scene in scenes if isinstance(scene, Scene)]
    texts = {caption(scene): None for group in choices for scene in group}
    place = {text: i for i, text in enumerate(texts)}
    embedded = text_features(judge, list(texts)) if texts else torch.empty(0)
    right = []
    for features, scene, group in zip(image, scenes, choices, strict=True):
        if group:
            best = int((embedded[[place[caption(other)] for other in group]] @ features).argmax())
            right.append(group[best] == scene)
    return right


@torch.no_grad()
def reconstruction(vqgan: Vqgan, pictures: np.ndarray) -> dict[str, float]:
    """PSNR in dB of pictures through the codebook and without it, and the share of codes in use."""
    through: list[float] = []
    around: list[float] = []
    used: set[int] = set()
    for picture in pictures:
        image = to_tensor(picture)
        z = vqgan.encode(image)
        zq, indices = vqgan.quantise(z)
        used.update(indices.flatten().tolist())
        for latent, errors in ((zq, through), (z, around)):
            errors.append(float(-10 * torch.log10((vqgan.decode(latent) - image).square().mean())))
    return {
        "psnr": float(np.mean(through)),
        "psnr_continuous": float(np.mean(around)),
        "codebook_use": len(used) / len(vqgan.codebook),
    }


def reconstruct(vqgan: Vqgan, picture: np.ndarray, rng: object = None) -> np.ndarray:
    """uint8 picture → the same through the codebook."""
    with torch.no_grad():
        return to_uint8(vqgan.decode(vqgan.quantise(vqgan.encode(to_tensor(picture)))[0]))


def sampling(pack: ModelPack, scenes: Sequence[Described], steps: int = 25) -> dict[str, float]:
    """What the denoiser paints without the judge, with the text of each scene and without any condition.

    Returns:
        {"samples", "steps", "text_top1": share whose own caption the held-out judge picks among those of
        `scenes`, "text_heldout": median cosine, "text_realism", "unconditional_realism": medians}.
    """
    scenes = [scenes[i] for i in distinct(scenes)]
    texts = text_features(pack.heldout, [caption(s) for s in scenes])
    finals: dict[str, list[np.ndarray]] = {"text": [], "unconditional": []}
    for seed, scene in enumerate(scenes):
        target = pack.judge.encode(caption(scene))
        # a scale of 0 leaves nothing of the text: the unconditional prediction alone
        for name, scale in (("text", 3.0), ("unconditional", 0.0)):
            settings = painter_settings("diffusion", {"mode": "text", "steps": steps, "cfg_scale": scale})
            *_, last = DiffusionPainter(pack.painter_models("diffusion"), target, settings, seed).frames()
            finals[name].append(last.image)
    cosines = image_features(pack.heldout, np.stack(finals["text"])) @ texts.t()
    realism = {
        name: float(np.median([pack.realism.score(picture).realism for picture in pictures]))
        for name, pictures in finals.items()
    }
    return {
        "samples": len(scenes),
        "steps": steps,
        "text_top1": float((cosines.argmax(1) == torch.arange(len(scenes))).float().mean()),
        "text_heldout": float(cosines.diagonal().median()),
        "text_realism": realism["text"],
        "unconditional_realism": realism["unconditional"],
    }


def reference_figures(
    pack: ModelPack, pictures: np.ndarray, scenes: Sequence[Described]
) -> dict[str, Any]:
    """Where real pictures lie on every figure: a manifest's "reference".

    Returns:
        of `judge_figures`, and "realism": percentiles; "pictures": how many.
    """
    reference = judge_figures(pack, pictures, scenes)
    realism = [pack.realism.score(picture).realism for picture in pictures]
    reference["realism"] = realism_figures(pack, realism)
    return {**reference, "pictures": len(pictures)}


def realism_figures(pack: ModelPack, scores: Sequence[float]) -> dict[str, Any]:
    """Percentiles of realism, and "encoder": its K looks through "eyes", "heldout" or "another pack's"."""
    own = "realism" in pack.manifest["models"]
    return {**percentiles(scores), "encoder": realism_encoder(pack.manifest) if own else "another pack's"}


def judge_figures(pack: ModelPack, pictures: np.ndarray, scenes: Sequence[Described]) -> dict[str, Any]:
    """Where real pictures lie in the eyes of a pack's judges.

    Returns:
        "score", "heldout" and, of a pack that has one, "robust": percentiles of the cosine with the own
        caption, and its mean with the own ("matched") and with another caption ("mismatched"); "both": the
        same of the mean of the first two on the shared scale; "gaps": value of the setting `judge` →
        percentiles of the judge gap of such a run, with the own caption; "gap": those of "judge".
    """
    own: dict[str, np.ndarray] = {}
    reference: dict[str, Any] = {}
    judges = {"score": pack.judge, "heldout": pack.heldout, "robust": pack.robust}
    for name, judge in judges.items():
        if judge is not None:
            own[name], others = caption_cosines(judge, pictures, scenes)
            means = {"matched": float(own[name].mean()), "mismatched": float(others.mean())}
            reference[name] = {**percentiles(own[name]), **means}
    both = steering_value(own, {"judge": "both"}, reference)
    reference["both"] = {**percentiles(both), "matched": 1.0, "mismatched": 0.0}
    gaps = {choice: role_gap(own, {"judge": choice}, reference) for choice in judge_choices(pack.manifest)}
    reference["gaps"] = {
        choice: percentiles(gap, (5, 50, 95, 99)) for choice, gap in gaps.items() if gap is not None
    }
    return {**reference, "gap": reference["gaps"]["judge"]}


def caption_cosines(
    judge: Judge, pictures: np.ndarray, scenes: Sequence[Described]
) -> tuple[np.ndarray, np.ndarray]:
    """Cosines of n pictures with their own captions and, shifted by one, with others': two arrays of n."""
    image = image_features(judge, pictures)
    text = text_features(judge, [caption(s) for s in scenes])
    return (image * text).sum(1).numpy(), (image * text.roll(1, 0)).sum(1).numpy()


def percentiles(
    values: Sequence[float] | np.ndarray, which: Sequence[int] = (5, 50, 95)
) -> dict[str, float]:
    """{"p5": …, …} of plain numbers."""
    return {f"p{q}": float(np.percentile(values, q)) for q in which}
