"""Weights from files of other programs, and nothing but weights: no code in a file is run, none is imported
for it.
"""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
import yaml

SUFFIXES = (".safetensors", ".ckpt", ".pt", ".pth", ".bin")
INDEX = ".index.json"
# What checkpoints name beside their tensors. None of it is imported: each name becomes a stand-in.
HARMLESS = (
    "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint",
    "pytorch_lightning.callbacks.early_stopping.EarlyStopping",
    "pytorch_lightning.callbacks.lr_monitor.LearningRateMonitor",
    "pytorch_lightning.utilities.parsing.AttributeDict",
    "lightning_fabric.utilities.data.AttributeDict",
    "argparse.Namespace",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    "numpy.dtype",
    "omegaconf.dictconfig.DictConfig",
    "omegaconf.listconfig.ListConfig",
    "omegaconf.base.ContainerMetadata",
    "omegaconf.base.Metadata",
    "omegaconf.nodes.AnyNode",
    "omegaconf.nodes.StringNode",
    "omegaconf.nodes.IntegerNode",
    "omegaconf.nodes.FloatNode",
    "omegaconf.nodes.BooleanNode",
    "typing.Any",
    "collections.defaultdict",
    "builtins.dict",
    "builtins.list",
    "builtins.int",
    "builtins.float",
    "builtins.str",
    "builtins.bool",
)
# What training programs put before every name: of several GPUs, and of torch.compile.
WRAPPERS = ("module.", "_orig_mod.")
INSTEAD = "get the same weights as safetensors"
UNPICKLING_ERRORS = (
    RuntimeError,
    pickle.UnpicklingError,
    EOFError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
)

State = dict[str, torch.Tensor]


class _StandIn(dict):
    """Takes whatever a pickle gives to the object that it stands for, and keeps nothing that matters."""

    def __init__(self, *_: Any):
        super().__init__()

    def __setstate__(self, state: Any) -> None:
        pass


def read_state(path: Path) -> State:
    """The state dict of a file: safetensors, or a torch checkpoint of plain tensors (also below
    "state_dict").

    Args:
        path: one of SUFFIXES, or the INDEX of weights that lie in several files beside it.

    Returns:
        name → tensor on the CPU, in the stored precision, without WRAPPERS.

    Raises:
        ValueError: not such a file; one line that says why. OSError: it cannot be read.
    """
    if path.name.endswith(INDEX):
        state: State = {}
        for name in shard_names(path):
            state |= read_state(path.with_name(name))
        return state
    if path.suffix not in SUFFIXES:
        known = ", ".join((*SUFFIXES, INDEX))
        raise ValueError(f"{path.name} is no file of weights; it must end in {known}")
    try:
        found = safetensors.torch.load_file(path) if path.suffix == ".safetensors" else _unpickled(path)
    except safetensors.SafetensorError as error:
        raise ValueError(f"{path.name} is not a safetensors file: {error}") from error
    found = found.get("state_dict", found) if isinstance(found, dict) else found
    if not isinstance(found, dict) or not found or not all(map(torch.is_tensor, found.values())):
        raise ValueError(f"{path.name} holds no state dict of tensors")
    return _unwrapped(found)


def shard_names(path: Path) -> list[str]:
    """Names of the files, beside an index, that hold its weights. Raises ValueError, OSError."""
    names = sorted(set(read_config(path).get("weight_map", {}).values()))
    if not names or not all(isinstance(name, str) and Path(name).name == name for name in names):
        raise ValueError(f"{path.name} names no files beside it")
    return names


def _unwrapped(state: State) -> State:
    """Names as the model itself has them."""
    while prefix := next(
        (wrapper for wrapper in WRAPPERS if all(n.startswith(wrapper) for n in state)), None
    ):
        state = {name.removeprefix(prefix): value for name, value in state.items()}
    return {name.replace("._orig_mod.", "."): value for name, value in state.items()}


def _unpickled(path: Path) -> Any:
    try:
        with torch.serialization.safe_globals([(_StandIn, name) for name in HARMLESS]):
            return torch.load(path, map_location="cpu", weights_only=True)
    except UNPICKLING_ERRORS as error:
        if "TorchScript" in str(error):
            raise ValueError(f"{path.name} is a TorchScript archive, which holds code; {INSTEAD}") from error
        if wanted := re.search(r"GLOBAL ([\w.]+)", str(error)):
            raise ValueError(
                f"{path.name} asks for {wanted[1]}, which is not let in from a file; {INSTEAD}"
            ) from error
        raise ValueError(f"{path.name} is not a torch checkpoint of plain tensors") from error


def read_config(path: Path) -> dict[str, Any]:
    """A .json or .yaml file as plain data. Raises ValueError, OSError."""
    text = path.read_text("utf-8")
    try:
        found = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise ValueError(f"{path.name} is not readable: {str(error).splitlines()[0]}") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} holds no configuration")
    return found
