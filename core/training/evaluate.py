"""Figures of a trained pack on freshly rendered scenes that no model was trained on."""

import numpy as np
import torch
import torch.nn.functional as F

from core.gap import judge_gap
from core.images import to_tensor, to_uint8
from core.painters.diffusion import DiffusionPainter
from core.settings import painter_settings
from core.training.texts import caption, facets, paraphrase
from core.world.grammar import variants


@torch.no_grad()
def image_features(judge, pictures, batch=100):
    """uint8 n×H×W×3 → n×D, L2-normalised."""
    parts = [torch.cat([to_tensor(p) for p in pictures[i : i + batch]]) for i in range(0, len(pictures), batch)]
    return torch.cat([judge.features(part) for part in parts]).cpu()


@torch.no_grad()
def text_features(judge, texts, batch=200):
    """n texts → n×D, L2-normalised. A judge's `encode` is the same for one prompt, without the batches."""
    parts = [judge.tokenizer(texts[i : i + batch]).to(judge.device) for i in range(0, len(texts), batch)]
    return torch.cat([F.normalize(judge.clip.encode_text(ids), dim=-1) for ids in parts]).cpu()


def distinct(scenes):
    """Indices of the first picture of every different scene."""
    return list({scene: i for i, scene in reversed(list(enumerate(scenes)))}.values())


def retrieval(judge, pictures, scenes, seed=0):
    """Share of pictures whose own caption is the best, or among the best five, of all distinct ones.

    Returns:
        {"captions", "top1", "top5", "paraphrase_top1", "unseen_paraphrase_top1" (templates and
        combinations of synonyms that training never used), and "<facet>": share told apart when only
        that word of the caption changes, of the pictures that have such a facet}.
    """
    keep = distinct(scenes)
    pictures, scenes = pictures[keep], [scenes[i] for i in keep]
    image = image_features(judge, pictures)
    ranks = (image @ text_features(judge, [caption(s) for s in scenes]).t()).argsort(1, descending=True)
    own = torch.arange(len(keep))[:, None]
    rng = np.random.default_rng(seed)
    spoken = [text_features(judge, [paraphrase(s, rng, unseen)[0] for s in scenes]) for unseen in (False, True)]
    familiar, unseen = (float(((image @ texts.t()).argmax(1) == own[:, 0]).float().mean()) for texts in spoken)
    figures = {
        "captions": len(keep),
        "top1": float((ranks[:, :1] == own).any(1).float().mean()),
        "top5": float((ranks[:, :5] == own).any(1).float().mean()),
        "paraphrase_top1": familiar,
        "unseen_paraphrase_top1": unseen,
    }
    for facet in facets(scenes):
        choices = [variants(scene, facet) for scene in scenes]
        texts = {caption(s): None for group in choices for s in group}
        place = {text: i for i, text in enumerate(texts)}
        embedded = text_features(judge, list(texts))
        right = []
        for features, scene, group in zip(image, scenes, choices):
            if group:
                best = int((embedded[[place[caption(s)] for s in group]] @ features).argmax())
                right.append(group[best] == scene)
        if right:
            figures[facet] = float(np.mean(right))
    return figures


@torch.no_grad()
def reconstruction(vqgan, pictures):
    """PSNR in dB of pictures through the codebook and without it, and the share of codes in use."""
    through, around, used = [], [], set()
    for picture in pictures:
        image = to_tensor(picture)
        z = vqgan.encode(image)
        zq, indices = vqgan.quantise(z)
        used.update(indices.flatten().tolist())
        for latent, errors in ((zq, through), (z, around)):
            errors.append(float(-10 * torch.log10((vqgan.decode(latent) - image).square().mean())))
    return {"psnr": float(np.mean(through)), "psnr_continuous": float(np.mean(around)), "codebook_use": len(used) / len(vqgan.codebook)}


def reconstruct(vqgan, picture, rng=None):
    """uint8 picture → the same through the codebook: a benign re-encoding for the realism reference."""
    with torch.no_grad():
        return to_uint8(vqgan.decode(vqgan.quantise(vqgan.encode(to_tensor(picture)))[0]))


def sampling(pack, scenes, steps=25):
    """What the denoiser paints without the judge, with the text of each scene and without any condition.

    Returns:
        {"samples", "steps", "text_top1": share whose own caption the held-out judge picks among those of
        `scenes`, "text_heldout": median cosine, "text_realism", "unconditional_realism": medians}.
    """
    scenes = [scenes[i] for i in distinct(scenes)]
    texts = text_features(pack.heldout, [caption(s) for s in scenes])
    finals = {"text": [], "unconditional": []}
    for seed, scene in enumerate(scenes):
        target = pack.judge.encode(caption(scene))
        # a scale of 0 leaves nothing of the text: the unconditional prediction alone
        for name, scale in (("text", 3.0), ("unconditional", 0.0)):
            settings = painter_settings("diffusion", {"mode": "text", "steps": steps, "cfg_scale": scale})
            *_, last = DiffusionPainter(pack.painter_models("diffusion"), target, settings, seed).frames()
            finals[name].append(last.image)
    cosines = image_features(pack.heldout, np.stack(finals["text"])) @ texts.t()
    realism = {name: float(np.median([pack.realism.score(p).realism for p in pictures])) for name, pictures in finals.items()}
    return {
        "samples": len(scenes),
        "steps": steps,
        "text_top1": float((cosines.argmax(1) == torch.arange(len(scenes))).float().mean()),
        "text_heldout": float(cosines.diagonal().median()),
        "text_realism": realism["text"],
        "unconditional_realism": realism["unconditional"],
    }


def reference_figures(pack, pictures, scenes):
    """Where real pictures lie on every figure: a manifest's "reference".

    Returns:
        "score" and "heldout": percentiles of the cosine with the own caption, and its mean with the own
        ("matched") and with another caption ("mismatched"); "gap": percentiles of the judge gap with the
        own caption; "realism": percentiles; "pictures": how many.
    """
    own = {}
    reference = {}
    for name, judge in (("score", pack.judge), ("heldout", pack.heldout)):
        own[name], others = caption_cosines(judge, pictures, scenes)
        reference[name] = {**percentiles(own[name]), "matched": float(own[name].mean()), "mismatched": float(others.mean())}
    reference["gap"] = percentiles(judge_gap(own["score"], own["heldout"], reference), (5, 50, 95, 99))
    reference["realism"] = percentiles([pack.realism.score(picture).realism for picture in pictures])
    return {**reference, "pictures": len(pictures)}


def caption_cosines(judge, pictures, scenes):
    """Cosines of n pictures with their own captions and, shifted by one, with others': two arrays of n."""
    image = image_features(judge, pictures)
    text = text_features(judge, [caption(s) for s in scenes])
    return (image * text).sum(1).numpy(), (image * text.roll(1, 0)).sum(1).numpy()


def percentiles(values, which=(5, 50, 95)):
    """{"p5": …, …} of plain numbers."""
    return {f"p{q}": float(np.percentile(values, q)) for q in which}
