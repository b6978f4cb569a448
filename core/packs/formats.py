"""From a manifest's entry to a model with fresh weights and the state dict that belongs into it, per format.

core.packs.manifest says what each format is. A model whose names or shapes do not fit exactly is refused by
the pack (`load_state_dict(strict=True)`); nothing here fills in what is missing.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import torch
from torch import nn

from core.models import clip_text, taesd
from core.models.clip import build_clip, build_image_tower, build_text_encoder
from core.models.diffusion import build_unet
from core.models.eyes import build_eyes
from core.models.taming import build_vqgan
from core.packs.clip_layouts import clip_config, clip_state
from core.packs.manifest import Entry, files_of
from core.packs.weights import INDEX, State, read_config, read_state, shard_names

OWN_BUILDERS: dict[str, Callable[[dict], nn.Module]] = {
    "judge": build_clip,
    "heldout": build_clip,
    "robust": build_image_tower,
    "vqgan": build_vqgan,
    "denoiser": build_unet,
    "text": build_text_encoder,
    "eyes": build_eyes,
}
CLASSES = {
    "denoiser": ("UNet2DConditionModel", "UNet2DModel"),
    "autoencoder": ("AutoencoderKL", "AutoencoderTiny"),
    "preview": ("AutoencoderTiny", "AutoencoderKL"),
}
JUDGES = ("judge", "heldout")
VQGAN_TARGETS = ("VQModel", "VQModelInterface")
# A transformer's or a latent diffusion model's checkpoint holds a VQGAN as its first stage.
FIRST_STAGE = "first_stage_model."
# In a VQGAN's checkpoint beside its weights: the training loss's own networks, and a moving average of the
# weights.
TRAINING_ONLY = ("loss.", "model_ema.")
# diffusers' attention blocks before its version 0.18, in whose names DDPM and the Stable Diffusion
# autoencoder were published.
FORMER = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
FORMER_NAME = re.compile(r"(.*attentions\.\d+)\.(query|key|value|proj_attn)\.(weight|bias)")

ModelAndState = tuple[nn.Module, State]


@dataclass(frozen=True)
class Format:
    """How weights are laid out: the models it can hold, and what builds them from (model name, entry,
    folder).
    """

    models: tuple[str, ...]
    build: Callable[[str, Entry, Path], ModelAndState]


def model_and_state(name: str, entry: Entry, folder: Path) -> ModelAndState:
    """One model of a pack.

    Args:
        name: of the model.
        entry: of the manifest.
        folder: of the pack.

    Returns:
        (module with fresh weights, or without any on torch's meta device; its state dict as stored).

    Raises:
        ValueError, KeyError, TypeError, RuntimeError: the entry or a file does not hold what the format says.
    """
    _check_shards(entry, folder)
    layout = entry.get("format")
    if layout is None and name in OWN_BUILDERS:
        return OWN_BUILDERS[name](entry["config"]), read_state(folder / entry["file"])
    known = [found for found in FORMATS.get(str(layout), ()) if name in found.models]
    if not known:
        able = [key for key, formats in FORMATS.items() if any(name in found.models for found in formats)]
        raise ValueError(f"format {layout!r} holds no {name}; what does: {', '.join(sorted(able)) or 'none'}")
    return known[0].build(name, entry, folder)


def _check_shards(entry: Entry, folder: Path) -> None:
    """Raise ValueError for weights in several files of which the manifest does not list every one."""
    if not entry["file"].endswith(INDEX):
        return
    index = folder / entry["file"]
    names = {index.with_name(name).relative_to(folder).as_posix() for name in shard_names(index)}
    if unlisted := sorted(names - set(files_of(entry))):
        raise ValueError(f"{entry['file']} needs {unlisted[0]}, which the manifest does not list under files")


def clip_model(_: str, entry: Entry, folder: Path) -> ModelAndState:
    """A judge from open_clip's safetensors, .bin or training checkpoint, or from transformers' CLIPModel."""
    model = build_clip(clip_config(entry, folder))
    state = clip_state(entry, folder)
    if "logit_scale" in state:  # a number or a list of one
        state["logit_scale"] = state["logit_scale"].reshape(model.logit_scale.shape)
    return model, state


def taming_model(_: str, entry: Entry, folder: Path) -> ModelAndState:
    """taming-transformers' VQModel from its Lightning checkpoint and yaml, or the first stage of a larger
    one.
    """
    config = entry.get("config")
    if config is None:
        config = _vqgan_config(read_config(folder / entry["config_file"])["model"], entry["config_file"])
    state = read_state(folder / entry["file"])
    if any(key.startswith(FIRST_STAGE) for key in state):
        inside = {key: value for key, value in state.items() if key.startswith(FIRST_STAGE)}
        state = {key.removeprefix(FIRST_STAGE): value for key, value in inside.items()}
    return build_vqgan(config), {k: value for k, value in state.items() if not k.startswith(TRAINING_ONLY)}


def _vqgan_config(model: dict[str, Any], file: str) -> dict[str, Any]:
    """What `build_vqgan` takes, from the "model" of a yaml. Raises ValueError."""
    while "first_stage_config" in model["params"]:
        model = model["params"]["first_stage_config"]
    target = str(model.get("target", "taming.models.vqgan.VQModel"))
    if target.rpartition(".")[2] not in VQGAN_TARGETS:
        raise ValueError(f"{file} is of a {target}; {' and '.join(VQGAN_TARGETS)} are supported")
    return {key: model["params"][key] for key in ("ddconfig", "n_embed", "embed_dim")}


def diffusers_model(name: str, entry: Entry, folder: Path) -> ModelAndState:
    """One model of a diffusers folder."""
    config = read_config(folder / entry["config_file"])
    class_name = config.get("_class_name")
    if class_name not in CLASSES[name]:
        supported = " and ".join(CLASSES[name])
        raise ValueError(f"{entry['config_file']} is of a {class_name}; {supported} are supported")
    model_class = getattr(diffusers, class_name)
    known = inspect.signature(
        model_class.__init__
    ).parameters  # others are notes of the version that wrote the file
    with torch.device("meta"):  # a large network's random weights take longer than reading the real ones
        model = model_class.from_config({key: value for key, value in config.items() if key in known})
    return model, _current(read_state(folder / entry["file"]), model)


def _current(state: State, model: nn.Module) -> State:
    """A state dict with former names and shapes of attention → the current ones."""
    shapes = {key: value.shape for key, value in model.state_dict().items()}
    found = {}
    for key, value in state.items():
        if key not in shapes and (match := FORMER_NAME.fullmatch(key)):
            key = f"{match[1]}.{FORMER[match[2]]}.{match[3]}"
            if value.ndim == 4:  # a 1×1 convolution once
                value = value[:, :, 0, 0]
        found[key] = value
    return found


def transformers_text(_: str, entry: Entry, folder: Path) -> ModelAndState:
    """transformers' CLIP text model as Stable Diffusion has it."""
    config = read_config(folder / entry["config_file"])
    model = clip_text.build_clip_text(config.get("text_config", config))
    return model, clip_text.to_open_clip_names(read_state(folder / entry["file"]))


def taesd_model(_: str, entry: Entry, folder: Path) -> ModelAndState:
    """TAESD in its own layout: decoder and, if named, encoder in files of their own."""
    files = {"decoder": entry["file"]}
    if "encoder_file" in entry:
        files["encoder"] = entry["encoder_file"]
    state = {}
    for part, file in files.items():
        for key, value in read_state(folder / file).items():
            state[f"{part}.{key}"] = value
    channels = entry.get("latent_channels", 4)
    return taesd.build_tiny(channels, entry.get("midblock_norm", False), "encoder" in files), state


FORMATS: dict[str, list[Format]] = {
    "open_clip": [Format(JUDGES, clip_model)],
    "taming": [Format(("vqgan",), taming_model)],
    "diffusers": [Format(("denoiser", "autoencoder", "preview"), diffusers_model)],
    "transformers": [Format(("text",), transformers_text), Format(JUDGES, clip_model)],
    "taesd": [Format(("autoencoder", "preview"), taesd_model)],
}
