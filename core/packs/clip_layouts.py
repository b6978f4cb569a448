"""CLIP models in other layouts than ours: open_clip's and transformers', as `build_clip` takes them.

Names of weights are those of the two libraries; tests/packs/test_checkpoints.py compares the results with
theirs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import open_clip
import torch

from core.packs.manifest import Entry
from core.packs.weights import State, read_config, read_state

CLIP_KEYS = {"embed_dim", "vision_cfg", "text_cfg", "quick_gelu", "custom_text"}
# In checkpoints beside the weights: numbers that the configuration holds, a constant mask, and a bias of the
# loss.
NO_WEIGHTS = ("input_resolution", "context_length", "vocab_size", "attn_mask", "logit_bias")
ACTIVATIONS = ("quick_gelu", "gelu")
# transformers' names → open_clip's, in both towers.
TOWERS = {
    "text_model.encoder.layers.": "transformer.resblocks.",
    "vision_model.encoder.layers.": "visual.transformer.resblocks.",
}
BLOCK_NAMES = {
    "self_attn.out_proj": "attn.out_proj",
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
}
NAMES = {
    "logit_scale": "logit_scale",
    "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
    "text_model.embeddings.position_embedding.weight": "positional_embedding",
    "text_model.final_layer_norm.weight": "ln_final.weight",
    "text_model.final_layer_norm.bias": "ln_final.bias",
    "vision_model.embeddings.class_embedding": "visual.class_embedding",
    "vision_model.embeddings.patch_embedding.weight": "visual.conv1.weight",
    "vision_model.embeddings.position_embedding.weight": "visual.positional_embedding",
    "vision_model.pre_layrnorm.weight": "visual.ln_pre.weight",
    "vision_model.pre_layrnorm.bias": "visual.ln_pre.bias",
    "vision_model.post_layernorm.weight": "visual.ln_post.weight",
    "vision_model.post_layernorm.bias": "visual.ln_post.bias",
}
TRANSPOSED = {"text_projection.weight": "text_projection", "visual_projection.weight": "visual.proj"}
BLOCK = re.compile(r"((?:text|vision)_model\.encoder\.layers\.)(\d+)\.(.+)\.(weight|bias)")


def clip_config(entry: Entry, folder: Path) -> dict[str, Any]:
    """Configuration of a judge, or of a text encoder of our own, as `build_clip` takes it.

    Raises:
        ValueError, KeyError.
    """
    form = entry.get("format")
    if form is None:
        return entry["config"]
    if form == "transformers":
        return _from_transformers(read_config(folder / entry["config_file"]))
    if "config_file" in entry:
        name = entry["config_file"]
        found = read_config(folder / name)
        config = found.get("model_cfg", found)
    else:
        name = entry["architecture"]
        # A colon would name a place to download from.
        config = open_clip.get_model_config(name) if ":" not in name else None
    if config is None:
        raise ValueError(f"open_clip knows no architecture {name!r}")
    extra = set(config) - CLIP_KEYS - {"init_logit_scale", "init_logit_bias"}
    if config.get("custom_text") or extra or "hf_model_name" in config["text_cfg"]:
        raise ValueError(f"{name!r} is more than a plain CLIP, which is what can be a judge here")
    if "timm_model_name" in config["vision_cfg"]:
        # The weights come from the pack, never from the network.
        config["vision_cfg"]["timm_model_pretrained"] = False
    return config


def clip_preprocessing(entry: Entry, folder: Path) -> dict[str, Any]:
    """A judge's own input: {"size", "mean", "std"}. Raises ValueError, KeyError."""
    if "preprocessing" in entry or entry.get("format") is None:
        return entry["preprocessing"]
    mean, std = open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD
    if entry["format"] == "open_clip" and "config_file" in entry:
        published = read_config(folder / entry["config_file"]).get("preprocess_cfg", {})
        mean, std = published.get("mean", mean), published.get("std", std)
    size = clip_config(entry, folder)["vision_cfg"]["image_size"]
    return {"size": size if isinstance(size, int) else size[0], "mean": list(mean), "std": list(std)}


def clip_state(entry: Entry, folder: Path) -> State:
    """The weights of a judge under open_clip's names. Raises ValueError, OSError."""
    state = read_state(folder / entry["file"])
    if entry["format"] == "transformers":
        state = to_open_clip_names(state)
    return {key: value for key, value in state.items() if key not in NO_WEIGHTS}


def _from_transformers(config: Mapping[str, Any]) -> dict[str, Any]:
    """A CLIPModel's config.json → open_clip's configuration."""
    if config.get("model_type") != "clip":
        raise ValueError(f"the config is of a {config.get('model_type')}; a clip is supported")
    vision, text = config["vision_config"], config["text_config"]
    for tower in (vision, text):
        activation = tower.get("hidden_act", "quick_gelu")
        if activation not in ACTIVATIONS:
            raise ValueError(f"hidden_act is {activation!r}; {' and '.join(ACTIVATIONS)} are supported")
    vision_width = vision.get("hidden_size", 768)
    text_width = text.get("hidden_size", 512)
    return {
        "embed_dim": config.get("projection_dim", 512),
        "quick_gelu": text.get("hidden_act", "quick_gelu") == "quick_gelu",
        "vision_cfg": {
            "image_size": vision.get("image_size", 224),
            "patch_size": vision.get("patch_size", 32),
            "layers": vision.get("num_hidden_layers", 12),
            "width": vision_width,
            "head_width": vision_width // vision.get("num_attention_heads", 12),
            "mlp_ratio": vision.get("intermediate_size", 3072) / vision_width,
        },
        "text_cfg": {
            "context_length": text.get("max_position_embeddings", 77),
            "vocab_size": text.get("vocab_size", 49408),
            "layers": text.get("num_hidden_layers", 12),
            "width": text_width,
            "heads": text.get("num_attention_heads", 8),
            "mlp_ratio": text.get("intermediate_size", 2048) / text_width,
        },
    }


def to_open_clip_names(state: State) -> State:
    """State dict of transformers' CLIPModel → that of open_clip's CLIP."""
    found: State = {}
    stacks: dict[str, dict[str, torch.Tensor]] = {}
    for name, value in state.items():
        if name.endswith("position_ids"):  # counting numbers
            continue
        if match := BLOCK.fullmatch(name):
            tower, number, layer, kind = match.groups()
            block = f"{TOWERS[tower]}{number}."
            if layer in ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"):
                stacks.setdefault(f"{block}attn.in_proj_{kind}", {})[layer[10]] = value
            else:
                found[f"{block}{BLOCK_NAMES.get(layer, layer)}.{kind}"] = value
        elif name in TRANSPOSED:
            found[TRANSPOSED[name]] = value.T.contiguous()
        else:
            found[NAMES.get(name, name)] = value
    for name, parts in stacks.items():
        found[name] = torch.cat([parts[part] for part in "qkv"])
    return found
