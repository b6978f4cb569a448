"""Writing a pack: weights as float16 safetensors, hashes into the manifest."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import safetensors.numpy
import safetensors.torch
import torch

from core.base.files import write_bytes
from core.packs.manifest import MANIFEST, MANIFEST_FORMAT, Entry, Manifest, read_manifest

ModelState = Mapping[str, torch.Tensor] | Mapping[str, np.ndarray]


def write_pack(folder: str | Path, manifest: Manifest, states: Mapping[str, ModelState]) -> Manifest:
    """Write a pack; files first, the manifest last, each atomically.

    Args:
        folder: created if need be.
        manifest: as the pack's manifest.json without "format" and, per model, without "file",
            "sha256", "bytes" and "parameters": those are filled in.
        states: model name → state dict of tensors (stored as float16 where that loses no range),
            or of numpy arrays (stored as they are: the realism reference).

    Returns:
        The complete manifest.

    Raises:
        ValueError: a weight is not finite, or models and states have different names.
        OutputError: the folder cannot be written.
    """
    folder = Path(folder)
    if set(manifest["models"]) != set(states):
        raise ValueError(f"manifest has models {sorted(manifest['models'])}, states {sorted(states)}")
    models = {name: _written(folder, name, state, manifest["models"][name]) for name, state in states.items()}
    complete = {"format": MANIFEST_FORMAT, **manifest, "models": models}
    write_manifest(folder, complete)
    return complete


def replace_model(folder: str | Path, name: str, state: ModelState, entry: Entry) -> Manifest:
    """Write one model of a finished pack again, or for the first time.

    Args:
        entry: overrules what the manifest said of this model.

    Returns:
        The manifest.

    Raises:
        PackError: the folder holds no pack. ValueError, OutputError: as in `write_pack`.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    former = manifest["models"].get(name, {})
    manifest["models"][name] = _written(folder, name, state, {**former, **entry})
    write_manifest(folder, manifest)
    return manifest


def _written(folder: Path, name: str, state: ModelState, entry: Entry) -> Entry:
    """Write the weights of one model; its entry with file, hash and size filled in."""
    if all(isinstance(value, np.ndarray) for value in state.values()):
        arrays = {key: np.ascontiguousarray(value) for key, value in state.items()}
        data = safetensors.numpy.save(arrays)
    else:
        data = safetensors.torch.save(_halved(name, state))
    write_bytes(folder / f"{name}.safetensors", data)
    return {
        **entry,
        "file": f"{name}.safetensors",
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "parameters": sum(int(np.prod(value.shape)) for value in state.values()),
    }


def write_manifest(folder: str | Path, manifest: Manifest) -> None:
    """Write a complete manifest, atomically. Raises OutputError."""
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    write_bytes(Path(folder) / MANIFEST, text.encode())


def _halved(name: str, state: ModelState) -> dict[str, torch.Tensor]:
    """float tensors → float16, except where that overflows; integers stay."""
    stored = {}
    for key, tensor in state.items():
        value = torch.as_tensor(tensor).detach().cpu()
        if value.is_floating_point():
            if not value.isfinite().all():
                raise ValueError(f"{name}: {key} holds values that are not finite")
            half = value.half()
            value = half if half.isfinite().all() else value.float()
        # clone: tied weights and channels_last layouts cannot be stored as they are
        stored[key] = value.clone(memory_format=torch.contiguous_format)
    return stored
