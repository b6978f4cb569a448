"""The manifest of a folder with published weights, from the configurations that lie beside them.

A model is known by its configuration: diffusers' and transformers' config.json, open_clip's
open_clip_config.json, taming's and latent diffusion's yaml. core.packs.manifest says what the manifest holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.base.errors import PackError
from core.packs.formats import CLASSES, VQGAN_TARGETS
from core.packs.manifest import MANIFEST, MANIFEST_FORMAT, Entry, Manifest
from core.packs.verification import file_sha256
from core.packs.weights import INDEX, SUFFIXES, read_config, shard_names

DEFAULT_SIZE = 256
SCHEDULER = "scheduler_config.json"
# Class in a config.json of diffusers → the model it is in a pack.
ROLES = {name: role for role in ("denoiser", "autoencoder", "preview") for name in CLASSES[role][:1]}
ROLES["UNet2DModel"] = "denoiser"
JUDGES = ("judge", "heldout")


@dataclass(frozen=True)
class FoundModel:
    """A model in a folder: "clip" or its name in a manifest, and its entry with the files that it needs."""

    role: str
    entry: Entry
    files: tuple[str, ...]


@dataclass(frozen=True)
class Description:
    """What a folder holds: its manifest, and the files of weights that belong to no model of it."""

    manifest: Manifest
    left_out: tuple[str, ...]


def describe_folder(folder: Path, title: str = "", licence: str = "", size: int | None = None) -> Description:
    """Find the models of a folder and describe them.

    The first CLIP by name is the judge, the second the held-out judge.

    Args:
        title: for people; the folder's name by default.
        licence: of the weights, as their publishers say it.
        size: of the pictures in pixels; what the denoiser was trained on by default, or else DEFAULT_SIZE.

    Raises:
        PackError: no folder, or no two CLIP models in it.
    """
    if not folder.is_dir():
        raise PackError(f"{folder} is not a folder. Give one that holds weights and their configurations.")
    found = list(_models(folder))
    models = _by_name(folder, found)
    if not size:
        size = _trained_size(folder, models) or DEFAULT_SIZE
    used = {file for model in models.values() for file in model.files}
    manifest = {
        "format": MANIFEST_FORMAT,
        "name": folder.resolve().name,
        "title": title or folder.resolve().name,
        "size": size,
        "licence": licence,
        "examples": [],
        "words": None,
        "vocabulary": None,
        "reference": None,
        "models": {name: _with_hashes(folder, model) for name, model in models.items()},
    }
    weights = [file for file in _files(folder) if file.endswith((*SUFFIXES, INDEX))]
    return Description(manifest, tuple(file for file in weights if file not in used))


def _by_name(folder: Path, found: list[FoundModel]) -> dict[str, FoundModel]:
    """Model name → model; of two with the same name the first counts. Raises PackError."""
    clips = [model for model in found if model.role == "clip"]
    if len(clips) < len(JUDGES):
        known = ", ".join(model.files[0] for model in clips) or "none"
        raise PackError(
            f"A pack needs two CLIP models, a judge and a held-out judge; {folder} has {known}. Put each "
            "into a folder of its own, with its open_clip_config.json or transformers' config.json beside it."
        )
    models = dict(zip(JUDGES, clips, strict=False))
    for model in found:
        if model.role != "clip":
            models.setdefault(model.role, model)
    return models


def _models(folder: Path) -> Iterator[FoundModel]:
    for file in _files(folder):
        path = folder / file
        if path.suffix not in (".json", ".yaml", ".yml") or file == MANIFEST:
            continue
        try:
            model = _model_of(folder, file, read_config(path))
        except (ValueError, OSError):
            continue  # not a configuration
        if model is not None:
            yield model


def _model_of(folder: Path, file: str, config: dict[str, Any]) -> FoundModel | None:
    """The model that a configuration is of, or None."""
    path = Path(file)
    if path.name == "open_clip_config.json":
        return _found(folder, file, "clip", "open_clip")
    if path.name == "config.json" and config.get("_class_name") in ROLES:
        return _found(folder, file, ROLES[config["_class_name"]], "diffusers", _scheduler(folder, path))
    if path.name == "config.json" and config.get("model_type") in ("clip", "clip_text_model"):
        role = "clip" if config["model_type"] == "clip" else "text"
        return _found(folder, file, role, "transformers")
    if path.suffix != ".json" and _is_vqgan(config):
        return _found(folder, file, "vqgan", "taming")
    return None


def _is_vqgan(config: dict[str, Any]) -> bool:
    model = config.get("model", {})
    while isinstance(model, dict) and "first_stage_config" in model.get("params", {}):
        model = model["params"]["first_stage_config"]
    target = str(model.get("target", "")) if isinstance(model, dict) else ""
    return target.rpartition(".")[2] in VQGAN_TARGETS


def _found(
    folder: Path, config_file: str, role: str, layout: str, scheduler_file: str | None = None
) -> FoundModel | None:
    """The model, if its weights lie beside its configuration."""
    weights = _weights_beside(folder, config_file)
    if weights is None:
        return None
    entry = {"format": layout, "file": weights, "config_file": config_file}
    if scheduler_file:
        entry["scheduler_file"] = scheduler_file
    files = [value for key, value in entry.items() if key != "format"]
    if weights.endswith(INDEX):
        files += [(Path(weights).parent / name).as_posix() for name in shard_names(folder / weights)]
    return FoundModel(role, entry, tuple(files))


def _weights_beside(folder: Path, config_file: str) -> str | None:
    """The weights in a configuration's folder: whole before sharded, the safer format first, full precision
    first."""
    beside = Path(config_file).parent
    names = [file for file in _files(folder) if Path(file).parent == beside]
    shards: set[str] = set()
    for name in names:
        if name.endswith(INDEX):
            shards |= {(beside / shard).as_posix() for shard in shard_names(folder / name)}
    for suffix in (".safetensors", INDEX, *SUFFIXES[1:]):
        fitting = [name for name in names if name.endswith(suffix) and name not in shards]
        if fitting:
            return min(fitting, key=lambda name: (len(name), name))
    return None


def _scheduler(folder: Path, config: Path) -> str | None:
    """A denoiser's scheduler: beside its configuration, or in the folder "scheduler" beside its own."""
    for place in (config.parent / SCHEDULER, config.parent.parent / "scheduler" / SCHEDULER):
        if (folder / place).is_file():
            return place.as_posix()
    return None


def _trained_size(folder: Path, models: dict[str, FoundModel]) -> int | None:
    """Pixels that the denoiser was trained on."""
    if "denoiser" not in models:
        return None
    side = read_config(folder / models["denoiser"].entry["config_file"]).get("sample_size")
    if not isinstance(side, int):
        return None
    decoder = models.get("autoencoder") or models.get("preview")
    if decoder is None:
        return side
    config = read_config(folder / decoder.entry["config_file"])
    blocks = config.get("block_out_channels") or config.get("encoder_block_out_channels") or [0]
    return side * 2 ** (len(blocks) - 1)


def _with_hashes(folder: Path, model: FoundModel) -> Entry:
    files = {}
    for file in model.files:
        path = folder / file
        files[file] = {"sha256": file_sha256(path), "bytes": path.stat().st_size}
    return model.entry | {"files": files}


def _files(folder: Path) -> list[str]:
    """Every file below the folder, relative to it with "/", without hidden ones; sorted."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in paths if not any(part.startswith(".") for part in path.parts))
