"""open_clip's CLIP built from a pack's configuration, and its tokenizer on a compact vocabulary.

Source: Radford et al. 2021, arXiv 2103.00020; code: open_clip. `open_clip.create_model` is not
used: without weights it only warns and returns a random model.
"""

import functools

import torch
from open_clip.model import CLIP
from open_clip.tokenizer import SimpleTokenizer
from torch import nn

from core.words import pieces, unknown_words

PAD = 0


def build_clip(config):
    """A CLIP model with fresh weights.

    Args:
        config: {"embed_dim": int, "vision_cfg": dict, "text_cfg": dict} in open_clip's own names, and
            "quick_gelu": true for weights that were trained with it (OpenAI's).
            `vision_cfg["layers"]` is a number for a ViT, a list of four for the ModifiedResNet.

    Returns:
        open_clip.model.CLIP; images B×3×S×S normalised, ids B×context → features B×embed_dim.
    """
    return CLIP(config["embed_dim"], dict(config["vision_cfg"]), dict(config["text_cfg"]), config.get("quick_gelu", False))


class TextEncoder(nn.Module):
    """The text tower of a CLIP (or open_clip's TextTransformer) without its pooling: what a denoiser's cross-attention reads.

    Its parameters keep open_clip's names, so they are a part of a CLIP's state dict. A denoiser has
    one of its own, as Stable Diffusion does: a judge may be trained further without it.
    """

    def __init__(self, clip):
        super().__init__()
        self.token_embedding = clip.token_embedding
        self.positional_embedding = clip.positional_embedding
        self.transformer = clip.transformer
        self.ln_final = clip.ln_final
        self.register_buffer("attn_mask", clip.attn_mask, persistent=False)

    def forward(self, ids):
        """LongTensor B×context → token states after the last LayerNorm, B×context×width."""
        states = self.token_embedding(ids) + self.positional_embedding
        return self.ln_final(self.transformer(states, attn_mask=self.attn_mask))


def build_text_encoder(config):
    """A TextEncoder with fresh weights; `config` is that of `build_clip`."""
    return TextEncoder(build_clip(config))


@functools.cache
def bpe():
    return SimpleTokenizer()


def compact_vocabulary(texts):
    """What a judge trained on these texts can know.

    Returns:
        (words, vocabulary): every word, sorted; and the sorted open_clip BPE ids that spell them.
    """
    words = sorted({piece for text in texts for piece in pieces(text)})
    return words, sorted({i for word in words for i in bpe().encode(word)})


class Tokenizer:
    """open_clip's own BPE, mapped to a compact vocabulary of n pieces.

    Ids: padding 0, pieces 1…n, start of text n+1, end of text n+2. The end is the highest id
    because open_clip pools the text at the largest id; `text_cfg["vocab_size"]` is `size` = n+3.
    A word that is not in `words` is left out: the judge has never seen it.
    """

    def __init__(self, vocabulary, words, context_length):
        self.ids = {bpe: i for i, bpe in enumerate(vocabulary, start=1)}
        self.words = frozenset(words)
        self.context_length = context_length
        self.start = len(vocabulary) + 1
        self.end = len(vocabulary) + 2
        self.size = len(vocabulary) + 3

    def known_words(self, prompt):
        """Words of the prompt that the judge was trained on, in order, repeats kept."""
        return [piece for piece in pieces(prompt) if piece in self.words]

    def unknown_words(self, prompt):
        """Words of the prompt that the judge never saw, in order, each once."""
        return unknown_words(prompt, self.words)

    def __call__(self, texts):
        """list of B texts → LongTensor B×context_length; what is too long is cut at the end."""
        batch = torch.full((len(texts), self.context_length), PAD, dtype=torch.long)
        for row, text in zip(batch, texts, strict=True):
            known = [self.ids[i] for word in self.known_words(text) for i in bpe().encode(word)]
            line = [self.start, *known[: self.context_length - 2], self.end]
            row[: len(line)] = torch.tensor(line)
        return batch
