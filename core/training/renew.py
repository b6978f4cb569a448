"""A pack some of whose networks were trained further, or anew: the others stay those of the pack before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import safetensors.numpy
from safetensors.torch import load_file

from core.base.errors import SettingError
from core.packs import pack_hash
from core.packs.manifest import pack_folder, read_manifest
from core.packs.write import write_pack
from core.training import pack as packs
from core.training.worlds import SETS, WORLDS

if TYPE_CHECKING:
    import torch

# The denoiser's latents and the realism reference are those of these networks: a new one needs a new pack.
FITTED = ("vqgan", "decoder", "eyes")


def present(work: Path) -> list[str]:
    """The networks whose weights lie in `work`."""
    return [name for name in (*packs.NETWORKS, *packs.MORE) if (work / f"{name}.safetensors").exists()]


def renew(
    work: Path, data: Path, folder: Path, start: Path, tell: Callable[[str], object] = print
) -> dict[str, Any]:
    """Write the pack `start` with the networks in `work` in place of its own, and measure it.

    Args:
        work: folder of the weights, each with its record beside it.
        data: folder of the rendered sets; figures come from "test".
        folder: where the pack goes; may be that of `start`.
        start: the pack before, whose weights the networks began with.

    Returns:
        The manifest. It says of each network that was replaced how it was trained before.

    Raises:
        SettingError: `work` holds a network that others are fitted to or build on, or none at all.
    """
    source = pack_folder(str(start))
    networks = present(work)
    _check(networks)
    manifest = read_manifest(source)
    began_with = pack_hash(manifest)[:16]
    states = _states(source, manifest["models"])
    for network in networks:
        new, record = packs.checkpoint(work, network)
        states |= _parts(network, new)
        entry = manifest["models"][network]
        entry |= packs.entry(network, manifest["models"]["denoiser"]["latent"])
        training = {"recipe": packs.RECIPE[network], **record, "began_with": f"weights of pack {began_with}"}
        entry["training"] = {**training, "before": entry["training"]}
        seen = max(int(record["pictures"]), int(entry["training"]["before"]["pictures"]))
        drawn = {"set": SETS[network], "seeds": WORLDS[SETS[network]].drawn(seen)}
        manifest["renderings"][network] = drawn
    tell(f"{', '.join(networks)} replaced in pack {began_with}")
    write_pack(folder, manifest, states)
    return packs.measure(folder, data, manifest, states, tell)


def _check(networks: Sequence[str]) -> None:
    """Raises SettingError."""
    if not networks:
        raise SettingError(
            "There are no weights in --work to put into the pack of --start. Train a stage first."
        )
    fitted = [network for network in networks if network in FITTED]
    if fitted:
        raise SettingError(
            f"--work holds {' and '.join(fitted)}, to which other parts of the pack are fitted. Train all "
            "networks for a new pack, or use a --work without it."
        )
    if "judge" in networks and "robust" not in networks:
        raise SettingError(
            "--work holds judge, which the pack's robust builds on, but no robust. Train robust as well."
        )


def _states(source: Path, models: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """Model → its weights; the realism reference as numpy arrays, which are kept as they are."""
    loads = {name: safetensors.numpy.load_file if name == "realism" else load_file for name in models}
    return {name: load(source / f"{name}.safetensors") for name, load in loads.items()}


def _parts(network: str, state: dict[str, torch.Tensor]) -> Mapping[str, Mapping[str, Any]]:
    """Model → its weights: a denoiser comes with its text encoder."""
    return packs.halves(state) if network == "denoiser" else {network: state}
