"""A pack under test: fresh scenes and what the painters make of prompts, all made when first asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from core.base.settings import painter_settings
from core.base.terms import PRESETS, WITH_TEXT
from core.bench.corruptions import last_frame
from core.bench.drawing import PACK_SEEDS, distinct_scenes
from core.painters.classes import PAINTER_CLASSES
from core.training import evaluate
from core.world.grammar import Scene, caption
from core.world.renderer import render

if TYPE_CHECKING:
    import torch

    from core.packs.pack import ModelPack

SCENE_COUNT = 1000
FIGURES = ("score", "heldout", "realism", "seconds", "right")
# Name → painter and settings: the text alone, nothing at all, text and judge, and every painter at its
# defaults; of diffusion that is the judge alone.
SETUPS: dict[str, tuple[str, dict[str, Any]]] = {
    "text": ("diffusion", {"mode": "text"}),
    "unguided": ("diffusion", {"mode": "judge", "guidance_strength": 0}),
    "both": ("diffusion", PRESETS[WITH_TEXT]["diffusion"]),
    "diffusion": ("diffusion", {}),
    "vqgan": ("vqgan", {}),
    "pixels": ("pixels", {}),
}


class PackTest:
    """What `bench pack` measures.

    Args:
        pack: one of the miniature world.
        seed: draws scenes, prompts and the painters' seeds.
        prompts, seeds: runs per painter are their product.
        tell: called with lines of progress.
    """

    def __init__(
        self,
        pack: ModelPack,
        seed: int = 0,
        prompts: int = 48,
        seeds: int = 3,
        tell: Callable[[str], object] = lambda text: None,
    ) -> None:
        self.pack = pack
        self.seed = seed
        self.prompts = prompts
        self.seeds = seeds
        self.tell = tell

    @cached_property
    def scenes(self) -> list[Scene]:
        """1,000 scenes, all with different captions."""
        return distinct_scenes(np.random.default_rng([self.seed, 1]), SCENE_COUNT)

    @cached_property
    def pictures(self) -> np.ndarray:
        """Their renderings, uint8 n×H×W×3."""
        self.tell(f"rendering {SCENE_COUNT} scenes")
        seeds = np.random.default_rng([self.seed, 2]).integers(*PACK_SEEDS, SCENE_COUNT)
        pairs = zip(self.scenes, seeds, strict=True)
        return np.stack([render(scene, int(seed), self.pack.size) for scene, seed in pairs])

    def renderings(self, which: int) -> np.ndarray:
        """New renderings of the prompts' scenes, one for each run: uint8 n×H×W×3; `which` draws others."""
        count = self.prompts * self.seeds
        seeds = np.random.default_rng([self.seed, 3, which]).integers(*PACK_SEEDS, count)
        scenes = [scene for scene in self.drawn for _ in range(self.seeds)]
        pairs = zip(scenes, seeds, strict=True)
        return np.stack([render(scene, int(seed), self.pack.size) for scene, seed in pairs])

    @cached_property
    def drawn(self) -> list[Scene]:
        """The prompts' scenes: the first of `scenes`, which were drawn at random."""
        return self.scenes[: self.prompts]

    @cached_property
    def texts(self) -> torch.Tensor:
        """Held-out judge's embeddings of all captions, float32 n×D."""
        return evaluate.text_features(self.pack.heldout, [caption(scene) for scene in self.scenes])

    @cached_property
    def real(self) -> dict[str, dict[str, float]]:
        """{"score", "heldout", "gap", "realism"}: where the renderings lie."""
        return evaluate.reference_figures(self.pack, self.pictures, self.scenes)

    @cached_property
    def runs(self) -> dict[str, dict[str, np.ndarray]]:
        """Setup → arrays prompts×seeds: "score", "heldout", "realism", "seconds", "right"; "picture" too."""
        return {setup: self._paint(setup, *how) for setup, how in SETUPS.items()}

    def _paint(self, setup: str, painter: str, changed: dict[str, Any]) -> dict[str, np.ndarray]:
        settings = painter_settings(painter, changed)
        models = self.pack.painter_models(painter)
        size = self.pack.size
        found = {name: np.zeros((self.prompts, self.seeds)) for name in FIGURES}
        found["picture"] = np.zeros((self.prompts, self.seeds, size, size, 3), np.uint8)
        for i, scene in enumerate(self.drawn):
            self.tell(f"{setup}: prompt {i + 1} of {self.prompts}")
            target = self.pack.judge.encode(caption(scene))
            for k in range(self.seeds):
                began = time.process_time()  # other work on the machine does not count
                seed = 1000 * self.seed + 10 * i + k
                picture = last_frame(PAINTER_CLASSES[painter](models, target, settings, seed).frames()).image
                found["seconds"][i, k] = time.process_time() - began
                cosines = evaluate.image_features(self.pack.heldout, picture[None])[0] @ self.texts.t()
                found["picture"][i, k] = picture
                found["score"][i, k] = self.pack.judge.score(picture, target)
                found["heldout"][i, k] = float(cosines[i])
                found["right"][i, k] = int(cosines.argmax()) == i
                found["realism"][i, k] = self.pack.realism.score(picture).realism
        return found
