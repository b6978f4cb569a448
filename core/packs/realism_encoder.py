"""Which network of a pack realism's K looks through, and whether its reference was fitted with that one.

A pack's `eyes` where it has them: a network that neither judges nor learned from captions. Otherwise its
held-out judge. No torch.

A reference says which one it was fitted with, in its manifest entry:
`"encoder": {"model": "eyes", "sha256": …}`. References without that key are older than the realism network
and belong to the held-out judge.
"""

from __future__ import annotations

from core.base.errors import PackError
from core.packs.manifest import Manifest, weights_hash

ENCODER_NAMES = {"eyes": "the realism network", "heldout": "the held-out judge"}


def realism_encoder(manifest: Manifest) -> str:
    """Name of the model that K looks through: "eyes" or "heldout"."""
    return "eyes" if "eyes" in manifest["models"] else "heldout"


def encoder_record(manifest: Manifest) -> dict[str, str]:
    """{"model", "sha256"} of that model: what a reference fitted with this pack must say. Raises
    PackError.
    """
    model = realism_encoder(manifest)
    return {"model": model, "sha256": weights_hash(manifest["models"][model])}


def fitted_encoder(manifest: Manifest) -> dict[str, str]:
    """{"model", "sha256"} of the network that a pack's own reference was fitted with."""
    heldout = {"model": "heldout", "sha256": weights_hash(manifest["models"]["heldout"])}
    return manifest["models"]["realism"].get("encoder", heldout)


def check_encoder(manifest: Manifest) -> None:
    """Raise PackError unless a pack's own reference was fitted with the network that K looks through."""
    wanted = encoder_record(manifest)
    fitted = fitted_encoder(manifest)
    if fitted == wanted:
        return
    name = ENCODER_NAMES.get(fitted.get("model", ""), "another network")
    raise PackError(
        f"The realism reference of model pack {manifest['name']!r} was fitted with {name} "
        f"({fitted.get('sha256', '')[:12]}…), but K looks through {ENCODER_NAMES[wanted['model']]} "
        f"({wanted['sha256'][:12]}…). Fit it again with: python -m core train realism --out FOLDER"
    )
