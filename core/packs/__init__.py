"""Model packs: a folder of weights with a manifest that says what they are; the catalogue of those to
download.

May import base, models, measures and storage; importing it needs no torch, which is loaded when a pack is
opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.packs.manifest import MANIFEST_FORMAT, pack_hash, read_manifest, shipped_packs

if TYPE_CHECKING:
    from core.packs.pack import ModelPack

__all__ = [
    "MANIFEST_FORMAT",
    "open_pack",
    "open_pack_limited",
    "pack_hash",
    "read_manifest",
    "shipped_packs",
    "write_pack",
]


def open_pack(name_or_path: str | Path, device: str = "cpu") -> ModelPack:
    """Open a pack, checking every file's hash; models are built when first asked for.

    Args:
        name_or_path: a name from `shipped_packs()`, or a folder with a manifest.json.
        device: torch device that the models go to.

    Raises:
        PackError: unknown pack, another format, or a file that is missing, cut short or altered.
    """
    from core.packs.pack import ModelPack

    return ModelPack(name_or_path, device)


def open_pack_limited(name_or_path: str | Path) -> ModelPack:
    """As `open_pack` on the CPU, after setting torch's threads to what this machine gives the process.

    Networks as small as the miniature's gain little from a second thread. With such a pack every painter has
    one, the painters of a run share the cores, and the pictures are the same on any number of cores.
    """
    from core.base.machine import limit_threads, use_one_thread

    limit_threads()
    pack = open_pack(name_or_path)
    if not pack.full_size:
        pack.side_by_side = use_one_thread()
    return pack


def write_pack(folder: str | Path, manifest: dict[str, Any], states: Mapping[str, Any]) -> dict[str, Any]:
    """Write weights and manifest; see core.packs.write.write_pack."""
    from core.packs.write import write_pack as write

    return write(folder, manifest, states)
