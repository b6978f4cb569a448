"""Writing a pack: weights as float16 safetensors, hashes into the manifest."""

import hashlib
import json
from pathlib import Path

import numpy as np
import safetensors.numpy
import safetensors.torch
import torch

from core.images import write_bytes
from core.packs.manifest import FORMAT, MANIFEST, read_manifest


def write_pack(folder, manifest, states):
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
    models = {}
    for name, state in states.items():
        models[name] = _written(folder, name, state, manifest["models"][name])
    complete = {"format": FORMAT, **manifest, "models": models}
    write_manifest(folder, complete)
    return complete


def replace_model(folder, name, state, entry):
    """Write one model of a finished pack again, or for the first time; `entry` overrules what its manifest said.

    Returns:
        The manifest.

    Raises:
        PackError: the folder holds no pack. ValueError, OutputError: as in `write_pack`.
    """
    folder, manifest = Path(folder), read_manifest(folder)
    manifest["models"][name] = _written(folder, name, state, {**manifest["models"].get(name, {}), **entry})
    write_manifest(folder, manifest)
    return manifest


def _written(folder, name, state, entry):
    """Write the weights of one model; its entry with file, hash and size filled in."""
    arrays = all(isinstance(value, np.ndarray) for value in state.values())
    data = safetensors.numpy.save(_contiguous(state)) if arrays else safetensors.torch.save(_halved(name, state))
    write_bytes(folder / f"{name}.safetensors", data)
    return {
        **entry,
        "file": f"{name}.safetensors",
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "parameters": sum(int(np.prod(value.shape)) for value in state.values()),
    }


def write_manifest(folder, manifest):
    """Write a complete manifest, atomically. Raises OutputError."""
    write_bytes(Path(folder) / MANIFEST, (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode())


def _contiguous(state):
    return {key: np.ascontiguousarray(value) for key, value in state.items()}


def _halved(name, state):
    """float tensors → float16, except where that overflows; integers stay."""
    stored = {}
    for key, value in state.items():
        value = value.detach().cpu()
        if value.is_floating_point():
            if not value.isfinite().all():
                raise ValueError(f"{name}: {key} holds values that are not finite")
            half = value.half()
            value = half if half.isfinite().all() else value.float()
        # clone: tied weights and channels_last layouts cannot be stored as they are
        stored[key] = value.clone(memory_format=torch.contiguous_format)
    return stored
