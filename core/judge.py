"""A judge: how well a picture fits a prompt, as a loss to descend and as a score to report.

The two are different methods on purpose: the loss may see random crops, the score always sees
one fixed, whole, un-augmented view.
"""

import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F

from core.errors import PromptError
from core.images import to_tensor


@dataclass(frozen=True)
class Target:
    """A prompt as the judge understands it. `embedding`: 1×D, L2-normalised, no gradient."""

    prompt: str
    embedding: torch.Tensor


class Judge:
    """An open_clip model with its preprocessing and tokenizer, frozen.

    Args:
        clip: `open_clip.model.CLIP`; it is switched to evaluation and its parameters are frozen,
            so that no gradient is ever collected in them.
        preprocessing: {"size": side in pixels, "mean": 3 floats, "std": 3 floats}: the judge's own.
        tokenizer: `core.models.clip.Tokenizer` or one with the same methods.
        examples: prompts to name when a prompt cannot be read.
    """

    def __init__(self, clip, preprocessing, tokenizer, examples=()):
        self.clip = clip.eval().requires_grad_(False)
        self.tokenizer = tokenizer
        self.size = preprocessing["size"]
        self.examples = tuple(examples)
        self.device = clip.logit_scale.device
        self._mean = torch.tensor(preprocessing["mean"], device=self.device).view(1, 3, 1, 1)
        self._std = torch.tensor(preprocessing["std"], device=self.device).view(1, 3, 1, 1)
        self._tower = None

    def through(self, tower):
        """The same judge with another image tower: a module, normalised images B×3×S×S float32 → B×D float32, differentiable."""
        judge = copy.copy(self)
        judge.__dict__.pop("kept_bytes", None)
        judge._tower = tower
        return judge

    @property
    def tower(self):
        """The module that sees: normalised images B×3×S×S → B×D."""
        return self._tower or self.clip.visual

    def _see(self, images):
        return (self._tower or self.clip.encode_image)(images)

    @cached_property
    def kept_bytes(self):
        """What a forward pass keeps of one picture for its backward pass, bytes: counted once, not guessed."""
        kept = {}

        def count(tensor):
            kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor

        with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
            features = self._see(torch.zeros(1, 3, self.size, self.size, device=self.device, requires_grad=True))
        del features  # until here whatever was kept is alive, so no address stands for two tensors
        weights = list(self.tower.parameters())
        return max(1, sum(kept.values()) - sum(kept.get(p.untyped_storage().data_ptr(), 0) for p in weights))

    @torch.no_grad()
    def encode(self, prompt):
        """Prompt → Target, once per run.

        Raises:
            PromptError: the judge knows no word of the prompt.
        """
        if not self.tokenizer.known_words(prompt):
            examples = " or ".join(f'"{e}"' for e in self.examples[:2])
            advice = f"Try {examples}." if examples else "Use the words that the model pack lists."
            shown = prompt if len(prompt) <= 60 else prompt[:57] + "…"
            raise PromptError(f'The judge knows no word of "{shown}", so nothing could be painted from it. {advice}')
        ids = self.tokenizer([prompt]).to(self.device)
        return Target(prompt, F.normalize(self.clip.encode_text(ids), dim=-1))

    def features(self, images):
        """Images B×3×H×W float32 in [0, 1] → B×D, L2-normalised; differentiable."""
        images = images.to(self.device)
        if images.shape[-2:] != (self.size, self.size):
            # Antialiased: without it the judge would see only every other pixel of a large picture.
            images = F.interpolate(images, (self.size, self.size), mode="bilinear", antialias=True)
        return F.normalize(self._see((images - self._mean) / self._std), dim=-1)

    def loss(self, images, target):
        """Mean squared great-circle distance of B×3×H×W to the target; differentiable.

        ½ (2 arcsin(‖f − t‖/2))²: the squared angle, halved, as in VQGAN+CLIP (Crowson et al.
        2022, arXiv 2204.08583). Unlike 1 − cosine its pull does not fade with the angle.
        """
        chord = (self.features(images) - target.embedding).norm(dim=-1)  # B
        return chord.div(2).clamp(max=1 - 1e-6).arcsin().square().mul(2).mean()

    @torch.no_grad()
    def score(self, image, target):
        """Cosine of one whole picture with the target, −1 … 1.

        Args:
            image: uint8 H×W×3, or float32 1×3×H×W in [0, 1].
        """
        if isinstance(image, np.ndarray):
            image = to_tensor(image)
        return float((self.features(image) * target.embedding).sum())
