"""Weights from files of other programs, and nothing but weights: no code in a file is run, none is imported for it."""

import json
import pickle
import re

import safetensors.torch
import torch
import yaml

SUFFIXES = (".safetensors", ".ckpt", ".pt", ".pth", ".bin")

# What checkpoints of PyTorch Lightning name beside their tensors. None of it is imported: each name becomes a stand-in.
LIGHTNING = (
    "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint",
    "pytorch_lightning.callbacks.early_stopping.EarlyStopping",
    "pytorch_lightning.callbacks.lr_monitor.LearningRateMonitor",
    "pytorch_lightning.utilities.parsing.AttributeDict",
    "lightning_fabric.utilities.data.AttributeDict",
    "argparse.Namespace",
    "numpy.core.multiarray.scalar",
    "numpy.dtype",
)
INSTEAD = "get the same weights as safetensors"


class _StandIn(dict):
    """Takes whatever a pickle gives to the object that it stands for, and keeps nothing that matters."""

    def __init__(self, *_):
        super().__init__()

    def __setstate__(self, state):
        pass


def read_state(path):
    """The state dict of a file: safetensors, or a torch checkpoint of plain tensors (also below "state_dict").

    Args:
        path: one of SUFFIXES.

    Returns:
        name → tensor on the CPU, in the stored precision; a "module." that every name begins with is left out.

    Raises:
        ValueError: not such a file; one line that says why. OSError: it cannot be read.
    """
    if path.suffix not in SUFFIXES:
        raise ValueError(f"{path.name} is no file of weights; it must end in {', '.join(SUFFIXES)}")
    try:
        found = safetensors.torch.load_file(path) if path.suffix == ".safetensors" else _unpickled(path)
    except safetensors.SafetensorError as error:
        raise ValueError(f"{path.name} is not a safetensors file: {error}") from error
    found = found.get("state_dict", found) if isinstance(found, dict) else found
    if not isinstance(found, dict) or not found or not all(isinstance(value, torch.Tensor) for value in found.values()):
        raise ValueError(f"{path.name} holds no state dict of tensors")
    if all(name.startswith("module.") for name in found):
        found = {name.removeprefix("module."): value for name, value in found.items()}
    return dict(found)


def _unpickled(path):
    try:
        with torch.serialization.safe_globals([(_StandIn, name) for name in LIGHTNING]):
            return torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, pickle.UnpicklingError, EOFError, KeyError, IndexError, TypeError, AttributeError) as error:
        if "TorchScript" in str(error):
            raise ValueError(f"{path.name} is a TorchScript archive, which holds code; {INSTEAD}") from error
        if wanted := re.search(r"GLOBAL ([\w.]+)", str(error)):
            raise ValueError(f"{path.name} asks for {wanted[1]}, which is not let in from a file; {INSTEAD}") from error
        raise ValueError(f"{path.name} is not a torch checkpoint of plain tensors") from error


def read_config(path):
    """A .json or .yaml file as plain data. Raises ValueError, OSError."""
    text = path.read_text("utf-8")
    try:
        found = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise ValueError(f"{path.name} is not readable: {str(error).splitlines()[0]}") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} holds no configuration")
    return found
