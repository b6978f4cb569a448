"""A judge: how well a picture fits a prompt, as a loss to descend and as a score to report.

The two are different methods on purpose: the loss may see random crops, the score always sees
one fixed, whole, un-augmented view. A prompt may have several parts with weights
(`core.base.weighted_prompt`): both are then means over the parts, by their shares.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from core.base.images import to_tensor
from core.base.vocabulary import no_word_known
from core.base.weighted_prompt import PromptPart, parse_prompt, shares

if TYPE_CHECKING:
    from open_clip.model import CLIP

    from core.models.clip import Tokenizer
    from core.models.clip_text import FullTokenizer


@dataclass(frozen=True)
class EncodedPrompt:
    """A prompt as the judge understands it.

    Args:
        parts: its n texts with weights.
        embeddings: one of each part, n×D, L2-normalised, no gradient.
    """

    prompt: str
    parts: tuple[PromptPart, ...]
    embeddings: torch.Tensor

    @property
    def shares(self) -> tuple[float, ...]:
        """What each part counts; the sizes add up to 1."""
        return shares(self.parts)

    @cached_property
    def embedding(self) -> torch.Tensor:
        """The parts' mean by their shares, 1×D: its product with a picture's features is the score.

        Of one part with a weight above 0 it is that part's embedding.
        """
        return self.weighted_mean(self.embeddings.split(1))

    def weighted_mean(self, values: Sequence[torch.Tensor]) -> torch.Tensor:
        """Σ share·value over the parts; of one value for each."""
        weighted = [share * value for share, value in zip(self.shares, values, strict=True)]
        return sum(weighted[1:], weighted[0])  # not from 0 on: one part alone is left bit for bit


@dataclass(frozen=True)
class EncodedPair:
    """A prompt as each of two judges understands it."""

    prompt: str
    first: EncodedPrompt
    second: EncodedPrompt

    @property
    def parts(self) -> tuple[PromptPart, ...]:
        """See EncodedPrompt."""
        return self.first.parts

    @property
    def shares(self) -> tuple[float, ...]:
        """See EncodedPrompt."""
        return self.first.shares


class Judge:
    """An open_clip model with its preprocessing and tokenizer, frozen.

    Args:
        clip: it is switched to evaluation and its parameters are frozen, so that no gradient is ever
            collected in them.
        preprocessing: {"size": side in pixels, "mean": 3 floats, "std": 3 floats}: the judge's own.
        tokenizer: turns prompts into what `clip` reads.
        examples: prompts to name when a prompt cannot be read.
    """

    def __init__(
        self,
        clip: CLIP,
        preprocessing: Mapping[str, Any],
        tokenizer: Tokenizer | FullTokenizer,
        examples: Sequence[str] = (),
    ) -> None:
        self.clip = clip.eval().requires_grad_(False)
        self.tokenizer = tokenizer
        self.size: int = preprocessing["size"]
        self.examples = tuple(examples)
        self.device: torch.device = clip.logit_scale.device
        self._mean = torch.tensor(preprocessing["mean"], device=self.device).view(1, 3, 1, 1)
        self._std = torch.tensor(preprocessing["std"], device=self.device).view(1, 3, 1, 1)
        self._tower: nn.Module | None = None

    def with_image_tower(self, tower: nn.Module) -> Judge:
        """The same judge with another image tower: normalised B×3×S×S → B×D, float32, differentiable."""
        judge = copy.copy(self)
        judge.__dict__.pop("activation_bytes", None)
        judge._tower = tower
        return judge

    @property
    def tower(self) -> nn.Module:
        """The module that sees: normalised images B×3×S×S → B×D."""
        return self._tower or self.clip.visual

    def _see(self, images: torch.Tensor) -> torch.Tensor:
        """Normalised images B×3×S×S → B×D."""
        return (self._tower or self.clip.encode_image)(images)

    @cached_property
    def activation_bytes(self) -> int:
        """Bytes that a forward pass keeps of one picture for its backward pass: counted once, not guessed."""
        kept: dict[int, int] = {}

        def count(tensor: torch.Tensor) -> torch.Tensor:
            kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor

        with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
            picture = torch.zeros(1, 3, self.size, self.size, device=self.device, requires_grad=True)
            features = self._see(picture)
        del features  # until here whatever was kept is alive, so no address stands for two tensors
        weights = sum(kept.get(p.untyped_storage().data_ptr(), 0) for p in self.tower.parameters())
        return max(1, sum(kept.values()) - weights)

    @torch.no_grad()
    def encode(self, prompt: str) -> EncodedPrompt:
        """Prompt → EncodedPrompt, once per run.

        Raises:
            PromptError: the judge knows no word of a part of the prompt, or its weights cannot be used.
        """
        parts = parse_prompt(prompt)
        for part in parts:
            if not self.tokenizer.known_words(part.text):
                raise no_word_known(part.text, self.examples)
        ids = self.tokenizer([part.text for part in parts]).to(self.device)
        return EncodedPrompt(prompt, parts, F.normalize(self.clip.encode_text(ids), dim=-1))

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """Images B×3×H×W float32 in [0, 1] → B×D, L2-normalised; differentiable."""
        images = images.to(self.device)
        if images.shape[-2:] != (self.size, self.size):
            # Antialiased: without it the judge would see only every other pixel of a large picture.
            images = F.interpolate(images, (self.size, self.size), mode="bilinear", antialias=True)
        return F.normalize(self._see((images - self._mean) / self._std), dim=-1)

    def loss(self, images: torch.Tensor, target: EncodedPrompt) -> torch.Tensor:
        """Half the squared angle between pictures B×3×H×W and the target, averaged over B; differentiable.

        ½ (2 arcsin(‖f − t‖/2))², as in VQGAN+CLIP (Crowson et al. 2022, arXiv 2204.08583). Its slope is
        the angle itself: it fades only near the target, while that of 1 − cosine, the sine of the angle,
        also fades far from it, beyond a right angle.

        Of several parts it is Σ w·loss with their shares w: a negative one pushes away. A part whose loss,
        with the sign of its weight, is below its stop gives no gradient. The notebooks do not divide the
        weights by Σ|w|; Adam and the nudge of diffusion take no notice of that factor.
        """
        features = self.features(images)
        losses = []
        for embedding, part in zip(target.embeddings.split(1), target.parts, strict=True):
            chord = (features - embedding).norm(dim=-1)  # B
            loss = chord.div(2).clamp(max=1 - 1e-6).arcsin().square().mul(2)
            if math.isfinite(part.stop):
                near = loss * math.copysign(1, part.weight) < part.stop
                loss = torch.where(near, loss.detach(), loss)
            losses.append(loss.mean())
        return target.weighted_mean(losses)

    @torch.no_grad()
    def score(self, image: np.ndarray | torch.Tensor, target: EncodedPrompt) -> float:
        """Cosine of one whole picture with the target, −1 … 1; of several parts Σ w·cosine, by their shares.

        Args:
            image: uint8 H×W×3, or float32 1×3×H×W in [0, 1].
        """
        picture = to_tensor(image) if isinstance(image, np.ndarray) else image
        return float((self.features(picture) * target.embedding).sum())

    @torch.no_grad()
    def scores(self, images: np.ndarray, target: EncodedPrompt) -> list[float]:
        """`score` of several pictures, uint8 B×H×W×3, in one pass; equal to it up to rounding."""
        found: list[float] = (self.features(to_tensor(images)) * target.embedding).sum(dim=-1).tolist()
        return found


class JudgePair:
    """Two judges that steer together: the mean of their losses. What a painter asks of a judge, no more.

    Attributes:
        judges: the two, each with its own preprocessing and text tower.
        size: the larger side of the two; the other judge scales what it is shown.
    """

    def __init__(self, first: Judge, second: Judge) -> None:
        self.judges = (first, second)
        self.size = max(first.size, second.size)

    @property
    def activation_bytes(self) -> int:
        """Bytes that both keep of one picture for a backward pass."""
        return sum(judge.activation_bytes for judge in self.judges)

    def encode(self, prompt: str) -> EncodedPair:
        """Prompt → what each of them makes of it. Raises PromptError."""
        first, second = (judge.encode(prompt) for judge in self.judges)
        return EncodedPair(prompt, first, second)

    def loss(self, images: torch.Tensor, target: EncodedPair) -> torch.Tensor:
        """Mean of both losses of pictures B×3×H×W, a scalar; differentiable."""
        first, second = self.judges
        return (first.loss(images, target.first) + second.loss(images, target.second)) / 2
