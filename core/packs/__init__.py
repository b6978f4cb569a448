"""Model packs: a folder of weights with a manifest that says what they are.

Importing this package needs no torch; `open_pack` and `write_pack` import it when called.
"""

from core.packs.manifest import FORMAT, known_packs, pack_hash, read_manifest

__all__ = ["FORMAT", "known_packs", "open_pack", "pack_hash", "read_manifest", "write_pack"]


def open_pack(name_or_path, device="cpu"):
    """Open a pack, checking every file's hash; models are built when first asked for.

    Args:
        name_or_path: a name from `known_packs()`, or a folder with a manifest.json.
        device: torch device that the models go to.

    Returns:
        core.packs.pack.ModelPack.

    Raises:
        PackError: unknown pack, another format, or a file that is missing, cut short or altered.
    """
    from core.packs.pack import ModelPack

    return ModelPack(name_or_path, device)


def write_pack(folder, manifest, states):
    """Write weights and manifest; see core.packs.write.write_pack."""
    from core.packs.write import write_pack as write

    return write(folder, manifest, states)
