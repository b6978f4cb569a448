"""From a manifest's entry to a model with fresh weights and the state dict that belongs into it, per format.

core.packs.manifest says what each format is. A model whose names or shapes do not fit exactly is refused by the
pack (`load_state_dict(strict=True)`); nothing here fills in what is missing.
"""

import inspect
import re

import diffusers
import open_clip
import torch

from core.models import clip_text, tiny
from core.models.clip import build_clip, build_text_encoder
from core.models.diffusion import build_unet
from core.models.taming import build_vqgan
from core.packs.weights import read_config, read_state

OWN = {"judge": build_clip, "heldout": build_clip, "vqgan": build_vqgan, "denoiser": build_unet, "text": build_text_encoder}
CLASSES = {
    "denoiser": ("UNet2DConditionModel", "UNet2DModel"),
    "autoencoder": ("AutoencoderKL", "AutoencoderTiny"),
    "preview": ("AutoencoderTiny", "AutoencoderKL"),
}
CLIP_KEYS = {"embed_dim", "vision_cfg", "text_cfg", "quick_gelu", "custom_text"}
# In OpenAI's and early open_clip checkpoints beside the weights: numbers that the configuration holds, and a constant mask.
NO_WEIGHTS = ("input_resolution", "context_length", "vocab_size", "attn_mask")
# diffusers' attention blocks before its version 0.18, in whose names DDPM and the Stable Diffusion autoencoder were published.
FORMER = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
FORMER_NAME = re.compile(r"(.*attentions\.\d+)\.(query|key|value|proj_attn)\.(weight|bias)")


def clip_config(entry):
    """Configuration of a judge as `build_clip` takes it. Raises ValueError, KeyError."""
    if entry.get("format") is None:
        return entry["config"]
    name = entry["architecture"]
    config = open_clip.get_model_config(name) if ":" not in name else None  # a colon would name a place to download from
    if config is None:
        raise ValueError(f"open_clip knows no architecture {name!r}")
    if config.get("custom_text") or set(config) - CLIP_KEYS or "hf_model_name" in config["text_cfg"]:
        raise ValueError(f"the architecture {name!r} is more than a plain CLIP, which is what can be a judge here")
    if "timm_model_name" in config["vision_cfg"]:
        config["vision_cfg"]["timm_model_pretrained"] = False  # the weights come from the pack, never from the network
    return config


def clip_preprocessing(entry):
    """A judge's own input: {"size", "mean", "std"}. Raises ValueError, KeyError."""
    if "preprocessing" in entry or entry.get("format") is None:
        return entry["preprocessing"]
    size = clip_config(entry)["vision_cfg"]["image_size"]
    mean, std = open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD
    return {"size": size if isinstance(size, int) else size[0], "mean": list(mean), "std": list(std)}


def model_and_state(name, entry, folder):
    """One model of a pack.

    Args:
        name: of the model; entry: of the manifest; folder: of the pack.

    Returns:
        (module with fresh weights, or without any on torch's meta device; its state dict as stored).

    Raises:
        ValueError, KeyError, TypeError, RuntimeError: the entry or a file does not hold what the format says.
    """
    form = entry.get("format")
    if form is None and name in OWN:
        return OWN[name](entry["config"]), read_state(folder / entry["file"])
    builder = FORMATS.get(form)
    if builder is None or name not in builder.models:
        able = ", ".join(sorted(key for key, value in FORMATS.items() if name in value.models)) or "none"
        raise ValueError(f"format {form!r} holds no {name}; what does: {able}")
    return builder(name, entry, folder)


def _for(*models):
    def mark(build):
        build.models = models
        return build

    return mark


@_for("judge", "heldout")
def open_clip_model(_, entry, folder):
    """open_clip's CLIP from its safetensors, .bin or training checkpoint."""
    model = build_clip(clip_config(entry))
    state = {key: value for key, value in read_state(folder / entry["file"]).items() if key not in NO_WEIGHTS}
    if "logit_scale" in state:  # a number or a list of one
        state["logit_scale"] = state["logit_scale"].reshape(model.logit_scale.shape)
    return model, state


@_for("vqgan")
def taming_model(_, entry, folder):
    """taming-transformers' VQModel from its Lightning checkpoint and yaml; the training loss's own networks are left out."""
    config = entry.get("config")
    if config is None:
        model = read_config(folder / entry["config_file"])["model"]
        if not str(model.get("target", "taming.models.vqgan.VQModel")).endswith("VQModel"):
            raise ValueError(f"{entry['config_file']} is of a {model['target']}; VQModel is supported")
        config = {key: model["params"][key] for key in ("ddconfig", "n_embed", "embed_dim")}
    state = read_state(folder / entry["file"])
    return build_vqgan(config), {key: value for key, value in state.items() if not key.startswith("loss.")}


@_for("denoiser", "autoencoder", "preview")
def diffusers_model(name, entry, folder):
    """One model of a diffusers folder."""
    config = read_config(folder / entry["config_file"])
    kind = config.get("_class_name")
    if kind not in CLASSES[name]:
        raise ValueError(f"{entry['config_file']} is of a {kind}; {' and '.join(CLASSES[name])} are supported")
    cls = getattr(diffusers, kind)
    known = inspect.signature(cls.__init__).parameters  # the others are notes of the version that wrote the file
    with torch.device("meta"):  # a large network's random weights take longer than reading the real ones
        model = cls.from_config({key: value for key, value in config.items() if key in known})
    return model, _current(read_state(folder / entry["file"]), model)


def _current(state, model):
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


@_for("text")
def transformers_text(_, entry, folder):
    """transformers' CLIP text model as Stable Diffusion has it."""
    config = read_config(folder / entry["config_file"])
    config = config.get("text_config", config)
    return clip_text.build_clip_text(config), clip_text.translated(read_state(folder / entry["file"]))


@_for("autoencoder", "preview")
def taesd_model(_, entry, folder):
    """TAESD in its own layout: decoder and, if named, encoder in files of their own."""
    options = entry.get("latent_channels", 4), entry.get("midblock_norm", False)
    files = {"decoder": entry["file"], **({"encoder": entry["encoder_file"]} if "encoder_file" in entry else {})}
    states = {part: read_state(folder / file) for part, file in files.items()}
    state = {f"{part}.{key}": value for part, values in states.items() for key, value in values.items()}
    return tiny.build_tiny(*options, "encoder" in files), state


FORMATS = {
    "open_clip": open_clip_model,
    "taming": taming_model,
    "diffusers": diffusers_model,
    "transformers": transformers_text,
    "taesd": taesd_model,
}
