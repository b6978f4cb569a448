"""open_clip's CLIP built from a pack's configuration, and its tokenizer on a compact vocabulary.

Source: Radford et al. 2021, arXiv 2103.00020; code: open_clip. `open_clip.create_model` is not
used: without weights it only warns and returns a random model.
"""

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from open_clip.model import CLIP
from open_clip.tokenizer import SimpleTokenizer
from torch import nn

from core.base.vocabulary import unknown_words, words_of

PAD = 0


def build_clip(config: Mapping[str, Any]) -> CLIP:
    """A CLIP model with fresh weights.

    Args:
        config: {"embed_dim": int, "vision_cfg": dict, "text_cfg": dict} in open_clip's own names, and
            "quick_gelu": true for weights that were trained with it (OpenAI's).
            `vision_cfg["layers"]` is a number for a ViT, a list of four for the ModifiedResNet.

    Returns:
        open_clip.model.CLIP; images B×3×S×S normalised, ids B×context → features B×embed_dim.
    """
    return CLIP(
        config["embed_dim"],
        dict(config["vision_cfg"]),
        dict(config["text_cfg"]),
        config.get("quick_gelu", False),
    )


def build_image_tower(config: Mapping[str, Any]) -> nn.Module:
    """The image tower alone of `build_clip`, with fresh weights: images B×3×S×S normalised → B×embed_dim."""
    return build_clip(config).visual


class TextEncoder(nn.Module):
    """The text tower of a CLIP (or open_clip's TextTransformer) without its pooling: what a denoiser's
    cross-attention reads.

    Its parameters keep open_clip's names, so they are a part of a CLIP's state dict. A denoiser has
    one of its own, as Stable Diffusion does: a judge may be trained further without it.
    """

    def __init__(self, clip: nn.Module) -> None:
        super().__init__()
        self.token_embedding = clip.token_embedding
        self.positional_embedding = clip.positional_embedding
        self.transformer = clip.transformer
        self.ln_final = clip.ln_final
        self.register_buffer("attn_mask", clip.attn_mask, persistent=False)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """LongTensor B×context → token states after the last LayerNorm, B×context×width."""
        states = self.token_embedding(ids) + self.positional_embedding
        return self.ln_final(self.transformer(states, attn_mask=self.attn_mask))


def build_text_encoder(config: Mapping[str, Any]) -> TextEncoder:
    """A TextEncoder with fresh weights; `config` is that of `build_clip`."""
    return TextEncoder(build_clip(config))


@functools.cache
def bpe() -> SimpleTokenizer:
    """open_clip's own tokenizer, read once."""
    return SimpleTokenizer()


@functools.cache
def spelling(word: str) -> tuple[int, ...]:
    """open_clip's BPE ids of one word."""
    return tuple(bpe().encode(word))


def compact_vocabulary(texts: Sequence[str]) -> tuple[list[str], list[int]]:
    """What a judge trained on these texts can know.

    Returns:
        (words, vocabulary): every word, sorted; and the sorted open_clip BPE ids that spell them.
    """
    words = sorted({word for text in texts for word in words_of(text)})
    return words, sorted({i for word in words for i in bpe().encode(word)})


class Tokenizer:
    """open_clip's own BPE, mapped to a compact vocabulary of n pieces.

    Ids: padding 0, pieces 1…n, start of text n+1, end of text n+2. The end is the highest id
    because open_clip pools the text at the largest id; `text_cfg["vocab_size"]` is `size` = n+3.
    A word that is not in `words` is left out: the judge has never seen it.
    """

    def __init__(self, vocabulary: Iterable[int], words: Iterable[str], context_length: int) -> None:
        self.ids = {piece: i for i, piece in enumerate(vocabulary, start=1)}
        self.words = frozenset(words)
        self.context_length = context_length
        self.start = len(self.ids) + 1
        self.end = len(self.ids) + 2
        self.size = len(self.ids) + 3

    def known_words(self, prompt: str) -> list[str]:
        """Words of the prompt that the judge was trained on, in order, repeats kept."""
        return [word for word in words_of(prompt) if word in self.words]

    def unknown_words(self, prompt: str) -> list[str]:
        """Words of the prompt that the judge never saw, in order, each once."""
        return unknown_words(prompt, self.words)

    def __call__(self, texts: Sequence[str]) -> torch.Tensor:
        """list of B texts → LongTensor B×context_length; what is too long is cut at the end."""
        batch = torch.full((len(texts), self.context_length), PAD, dtype=torch.long)
        for row, text in zip(batch, texts, strict=True):
            known = [self.ids[i] for word in self.known_words(text) for i in spelling(word)]
            line = [self.start, *known[: self.context_length - 2], self.end]
            row[: len(line)] = torch.tensor(line)
        return batch
