"""What a pack's realism reference holds, in sentences made from the reference's own record. No torch."""

from __future__ import annotations

from typing import Any

from core.measures.references import PHOTOGRAPHS, read_recipe
from core.packs.manifest import Manifest
from core.packs.realism_encoder import ENCODER_NAMES, fitted_encoder


def reference_contents(manifest: Manifest) -> list[str]:
    """Sentences: the pictures, in which versions, what calibrated it, and what K looks through."""
    entry = manifest["models"].get("realism")
    if entry is None:
        recipe = read_recipe(PHOTOGRAPHS)
        whose = ENCODER_NAMES[recipe["encoder"].get("model", "heldout")]
        network = f"K looks through {whose} of another pack, which never learned from photographs."
        return [*_pictures(recipe, "photographs"), network]
    network = f"K looks through {ENCODER_NAMES[fitted_encoder(manifest)['model']]}."
    return [*_pictures(entry.get("training") or {}, "real pictures of this pack's world"), network]


def _pictures(record: dict[str, Any], what: str) -> list[str]:
    """Sentences on the pictures of a reference, as far as its record tells."""
    if "versions" not in record:  # fitted before versions were listed
        return [f"{record['recipe']}."] if "recipe" in record else ["What it was fitted to is not recorded."]
    crops = f", cut {record['crops']} times each" if record.get("crops", 1) > 1 else ""
    listed = "; ".join(record["versions"])
    return [
        f"{record['pictures']:,} {what}{crops}, each {len(record['versions'])} times: {listed}.",
        "Nothing that a painter or an autoencoder made.",
        f"Calibrated on {record['calibration']:,} others, as they are.",
    ]
