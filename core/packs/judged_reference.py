"""A pack's figures of real pictures, with how often each judge is right about them itself. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.base.judges import NETWORKS


def judged_reference(manifest: Mapping[str, Any]) -> dict[str, Any] | None:
    """The manifest's "reference"; None where nobody measured it.

    Each judge's band also has "right", where it was measured: the share of real pictures, 0 … 1, of which it
    prefers the right subject when only that word of the caption changes.
    """
    reference = manifest["reference"]
    if reference is None:
        return None
    judged = {name: dict(reference[name]) for name in NETWORKS if name in reference}
    for name, band in judged.items():
        share = manifest["models"].get(NETWORKS[name], {}).get("figures", {}).get("subject")
        if share is not None:
            band["right"] = share
    return {**reference, **judged}
