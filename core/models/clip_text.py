"""The text encoder of Stable Diffusion: transformers' CLIPTextModel, loaded into open_clip's own tower.

Both are the text transformer of Radford et al. 2021 (arXiv 2103.00020); only the names of the weights
differ, and transformers keeps query, key and value apart where PyTorch's attention stacks them.
tests/packs/test_formats.py compares the two.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from open_clip.transformer import QuickGELU, TextTransformer
from torch import nn

from core.models.clip import TextEncoder, bpe

ACTIVATIONS = {"quick_gelu": QuickGELU, "gelu": nn.GELU}
WEIGHT_NAMES = {
    "embeddings.token_embedding.weight": "token_embedding.weight",
    "embeddings.position_embedding.weight": "positional_embedding",
    "final_layer_norm.": "ln_final.",
    "encoder.layers.": "transformer.resblocks.",
    ".self_attn.out_proj.": ".attn.out_proj.",
    ".layer_norm1.": ".ln_1.",
    ".layer_norm2.": ".ln_2.",
    ".mlp.fc1.": ".mlp.c_fc.",
    ".mlp.fc2.": ".mlp.c_proj.",
}
UNUSED_WEIGHTS = (
    "embeddings.position_ids",
    "text_projection.weight",
)  # counting numbers, and what only a judge needs
STACKED_WEIGHT = re.compile(r"(.+)\.self_attn\.([qkv])_proj\.(weight|bias)")


def build_clip_text(config: Mapping[str, Any]) -> TextEncoder:
    """A TextEncoder with fresh weights from a CLIPTextModel's config.json. Raises ValueError, KeyError."""
    if config["hidden_act"] not in ACTIVATIONS:
        raise ValueError(f"hidden_act is {config['hidden_act']!r}; {' and '.join(ACTIVATIONS)} are supported")
    if config.get("layer_norm_eps", 1e-5) != 1e-5:
        raise ValueError(f"layer_norm_eps is {config['layer_norm_eps']}; 1e-05 is supported")
    tower = TextTransformer(
        context_length=config["max_position_embeddings"],
        vocab_size=config["vocab_size"],
        width=config["hidden_size"],
        heads=config["num_attention_heads"],
        layers=config["num_hidden_layers"],
        mlp_ratio=config["intermediate_size"] / config["hidden_size"],
        act_layer=ACTIVATIONS[config["hidden_act"]],
    )
    return TextEncoder(tower)


def to_open_clip_names(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """State dict of a CLIPTextModel → that of `build_clip_text`'s TextEncoder."""
    found: dict[str, torch.Tensor] = {}
    stacks: dict[tuple[str, str], dict[str, torch.Tensor]] = {}  # (block, kind) → part → its weights
    for name, value in state.items():
        name = name.removeprefix("text_model.")
        if name in UNUSED_WEIGHTS:
            continue
        if stacked := STACKED_WEIGHT.fullmatch(name):
            block, part, kind = stacked.groups()
            stacks.setdefault((block, kind), {})[part] = value
            continue
        for theirs, ours in WEIGHT_NAMES.items():
            name = name.replace(theirs, ours)
        found[name] = value
    for (block, kind), parts in stacks.items():
        name = block.replace("encoder.layers.", "transformer.resblocks.")
        found[f"{name}.attn.in_proj_{kind}"] = torch.cat([parts[part] for part in "qkv"])
    return found


class FullTokenizer:
    """open_clip's own tokenizer: every word is known.

    Args:
        context_length: ids per text; what is too long is cut, and still ends with the end of text.
        pad: fills short texts: "zero" as CLIP was trained, or "end", repeating the end of text, as Stable
            Diffusion 1 gives texts to its UNet, which reads the padding too.
    """

    PADS = ("zero", "end")

    def __init__(self, context_length: int, pad: str = "zero") -> None:
        if pad not in self.PADS:
            raise ValueError(f"pad is {pad!r}; {' and '.join(self.PADS)} are supported")
        self.context_length, self.pad = context_length, pad

    def known_words(self, prompt: str) -> list[str]:
        """Every word of the prompt, in order."""
        return prompt.split()

    def unknown_words(self, prompt: str) -> list[str]:
        """Never any."""
        return []

    def __call__(self, texts: Sequence[str]) -> torch.Tensor:
        """list of B texts → LongTensor B×context_length."""
        coder = bpe()
        fill = coder.eot_token_id if self.pad == "end" else 0
        batch = torch.full((len(texts), self.context_length), fill, dtype=torch.long)
        for row, text in zip(batch, texts, strict=True):
            line = [coder.sot_token_id, *coder.encode(text)[: self.context_length - 2], coder.eot_token_id]
            row[: len(line)] = torch.tensor(line)
        return batch
