"""`python -m core bench pack`: what the miniature pack's models can do, on scenes that none of them was trained on."""

import subprocess
import sys
import time
from functools import cached_property
from pathlib import Path

import numpy as np

from core.bench.rows import Row, at_least, at_most
from core.painters import PAINTERS
from core.settings import LABELS, painter_settings
from core.training import evaluate
from core.world.grammar import caption, sample_scene
from core.world.renderer import render

FRESH = 2**42  # training and the other benchmarks draw their seeds below
SCENES, RECONSTRUCTED = 1000, 300
FACETS = ("subject", "colour", "ground", "time")
# name → painter and settings; the judge alone, the text alone, nothing at all, and every painter at its defaults
WAYS = {
    "text": ("diffusion", {"mode": "text"}),
    "unguided": ("diffusion", {"mode": "judge", "guidance_strength": 0}),
    "judge": ("diffusion", {"mode": "judge"}),
    "diffusion": ("diffusion", {}),
    "vqgan": ("vqgan", {}),
    "pixels": ("pixels", {}),
}
LOADING = """
import sys, time
from core.packs import open_pack
import core.painters, torch, diffusers, open_clip
began = time.perf_counter()
pack = open_pack(sys.argv[1])
for name in ("judge", "heldout", "vqgan", "denoiser", "realism"):
    getattr(pack, name)
print(time.perf_counter() - began)
"""


class Trial:
    """A pack under test with fresh scenes and what the painters make of drawn prompts; all made when first asked for.

    Args:
        pack: core.packs.pack.ModelPack of the miniature world.
        seed: draws scenes, prompts and the painters' seeds.
        prompts, seeds: runs per painter are their product.
        tell: called with lines of progress.
    """

    def __init__(self, pack, seed=0, prompts=48, seeds=3, tell=lambda text: None):
        self.pack, self.seed, self.prompts, self.seeds, self.tell = pack, seed, prompts, seeds, tell

    @cached_property
    def scenes(self):
        """1,000 scenes, all with different captions."""
        rng, found = np.random.default_rng([self.seed, 1]), {}
        while len(found) < SCENES:
            found.setdefault(sample_scene(rng))
        return list(found)

    @cached_property
    def pictures(self):
        """Their photographs, uint8 n×H×W×3."""
        self.tell(f"rendering {SCENES} scenes")
        seeds = np.random.default_rng([self.seed, 2]).integers(FRESH, 2 * FRESH, SCENES)
        return np.stack([render(scene, int(s), self.pack.size) for scene, s in zip(self.scenes, seeds)])

    @cached_property
    def drawn(self):
        """The prompts' scenes: the first of `scenes`, which were drawn at random."""
        return self.scenes[: self.prompts]

    @cached_property
    def texts(self):
        """Held-out judge's embeddings of all captions, n×D."""
        return evaluate.text_features(self.pack.heldout, [caption(s) for s in self.scenes])

    @cached_property
    def real(self):
        """{"score", "heldout", "gap", "realism"}: where the photographs lie."""
        return evaluate.reference_figures(self.pack, self.pictures, self.scenes)

    @cached_property
    def runs(self):
        """way → dict of arrays prompts×seeds: "score", "heldout", "realism", "seconds", "right"; "picture" too."""
        return {way: self._paint(way, *how) for way, how in WAYS.items()}

    def _paint(self, way, painter, changed):
        settings = painter_settings(painter, changed)
        models = self.pack.painter_models(painter)
        found = {key: np.zeros((self.prompts, self.seeds)) for key in ("score", "heldout", "realism", "seconds", "right")}
        found["picture"] = np.zeros((self.prompts, self.seeds, self.pack.size, self.pack.size, 3), np.uint8)
        for i, scene in enumerate(self.drawn):
            self.tell(f"{way}: prompt {i + 1} of {self.prompts}")
            target = self.pack.judge.encode(caption(scene))
            for k in range(self.seeds):
                began = time.perf_counter()
                *_, last = PAINTERS[painter](models, target, settings, 1000 * self.seed + 10 * i + k).frames()
                found["seconds"][i, k] = time.perf_counter() - began
                cosines = evaluate.image_features(self.pack.heldout, last.image[None])[0] @ self.texts.t()
                found["picture"][i, k] = last.image
                found["score"][i, k] = self.pack.judge.score(last.image, target)
                found["heldout"][i, k] = float(cosines[i])
                found["right"][i, k] = int(cosines.argmax()) == i
                found["realism"][i, k] = self.pack.realism.score(last.image).realism
        return found


def judges(trial):
    """Both judges on fresh scenes."""
    for number, name, title, top1, top5 in (("1", "judge", "judge", 0.90, 0.99), ("2", "heldout", "held-out judge", 0.85, 0.98)):
        trial.tell(title)
        figures = evaluate.retrieval(getattr(trial.pack, name), trial.pictures, trial.scenes, trial.seed)
        yield at_least(number, f"{title}: right caption among 1,000, top-1", figures["top1"], top1)
        yield at_least(number, f"{title}: right caption among 1,000, top-5", figures["top5"], top5)
        unseen = figures["unseen_paraphrase_top1"]
        yield at_least(number, f"{title}: synonyms and word orders not seen in training, top-1", unseen, 0.80)
        for facet in FACETS:
            yield at_least(number, f"{title}: {facet} told apart", figures[facet], 0.97)
        for facet in ("weather", "relation", "second", "second_colour"):
            yield Row(number, f"{title}: {facet.replace('_', ' ')} told apart", figures[facet])


def autoencoder(trial):
    """What the VQGAN keeps of a photograph."""
    figures = evaluate.reconstruction(trial.pack.vqgan, trial.pictures[:RECONSTRUCTED])
    yield at_least("3", "autoencoder: PSNR through the codebook, dB", figures["psnr"], 27)
    yield at_least("3", "autoencoder: share of the codebook in use", figures["codebook_use"], 0.80)


def denoiser(trial):
    """What the denoiser paints with and without text, and with the judge alone."""
    right = evaluate.image_features(trial.pack.heldout, trial.pictures) @ trial.texts.t()
    on_real = float((right.argmax(1).numpy() == np.arange(SCENES)).mean())
    text, unguided, judge = (trial.runs[way] for way in ("text", "unguided", "judge"))
    share = float(text["right"].mean()) / on_real
    note = f"{text['right'].mean():.3f} of {text['right'].size} samples, {on_real:.3f} of photographs"
    yield at_least("4", "text alone: held-out judge names the caption among 1,000, share of its rate on photographs", share, 0.80, note)
    yield at_least("4", "text alone: median realism", np.median(text["realism"]), 0.6)
    yield at_least("4", "no condition: median realism", np.median(unguided["realism"]), 0.6)
    span = trial.real["heldout"]["matched"] - trial.real["heldout"]["mismatched"]
    rise = float((judge["heldout"] - unguided["heldout"]).mean()) / span
    yield at_least("5", "judge alone: rise of the held-out score, share of matched minus mismatched", rise, 0.5)
    yield at_least("5", "judge alone: median realism", np.median(judge["realism"]), 0.5)


def story(trial):
    """Whether priors order realism, and whether raw ascent fools its judge and only that one."""
    middle = {way: np.median(trial.runs[way]["realism"], axis=1) for way in PAINTERS}
    ordered = (middle["diffusion"] > middle["vqgan"]) & (middle["vqgan"] > middle["pixels"])
    yield at_least("6", "prompts with median realism diffusion > VQGAN > pixels", ordered.mean(), 0.90)
    for way in PAINTERS:
        yield Row("6", f"{LABELS[way]}: median realism", float(np.median(trial.runs[way]["realism"])))
    raw, real = trial.runs["pixels"], trial.real
    over, under = raw["score"] > real["score"]["p95"], raw["heldout"] < real["heldout"]["p5"]
    note = f"above {over.mean():.2f}, below {under.mean():.2f}"
    yield at_least("7", "raw ascent: judge above photographs' p95 and held-out below their p5", (over & under).mean(), 0.90, note)


def costs(trial):
    """Size, loading and painting time."""
    size = sum(entry["bytes"] for entry in trial.pack.manifest["models"].values()) / 1e6
    yield at_most("8", "pack size, MB", size, 60)
    command = [sys.executable, "-c", LOADING, str(trial.pack.folder)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    yield at_most("8", "loading all models in a fresh process, after imports, s", float(done.stdout), 3)
    for way in PAINTERS:
        yield at_most("8", f"{LABELS[way]}: median time at default settings, s", np.median(trial.runs[way]["seconds"]), 12)


CHECKS = (judges, autoencoder, denoiser, story, costs)


def run(trial):
    """All rows, in the order of the report."""
    return [row for check in CHECKS for row in check(trial)]
