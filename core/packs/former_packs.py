"""Packs that were shipped before: what their runs are compared with. No torch.

A pack that is trained again keeps its name, and the runs of the earlier one keep its hash. Their scores are
cosines of judges that are no longer here, so today's grey bands would say nothing about them; those of their
own time lie in `former_packs.json`, by hash: name, title, and the figures of real pictures.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from core.base.errors import PackError
from core.packs.judged_reference import judged_reference
from core.packs.manifest import pack_hash, read_manifest

FORMER_FILE = Path(__file__).with_name("former_packs.json")
PAINTED_BY_ANOTHER = "Painted by another pack of the same name: {title} ({hash}…)."
MEASURED_BY_ANOTHER = "Measured with an earlier pack of the same name: {title} ({hash}…)."
THEIR_BANDS = "The grey bands and the verdict use real pictures as that pack measured them."
TODAYS_BANDS = "The grey bands and the verdict use real pictures as the pack installed now measured them."


@functools.cache
def former_packs() -> dict[str, dict[str, Any]]:
    """Hash → {"pack", "title", "reference"} of every pack that was shipped before."""
    return json.loads(FORMER_FILE.read_text("utf-8"))


def is_here(name: str, painted_with: str) -> bool:
    """Whether the pack of this name is the one of this hash; a run that notes no hash is believed."""
    try:
        return not painted_with or pack_hash(read_manifest(name)) == painted_with
    except PackError:
        return False


def reference_at(name: str, painted_with: str = "") -> dict[str, Any] | None:
    """Figures of real pictures as a pack measured them; None if nobody has.

    Of a pack that was shipped before, those it came with; of one that nobody kept, today's of its name.

    Args:
        painted_with: hash of the pack that painted; "" for whichever is installed.
    """
    try:
        today = judged_reference(read_manifest(name))
    except PackError:
        return None
    former = former_packs().get(painted_with)
    return former["reference"] if former and former["pack"] == name else today


def another_pack_note(name: str, painted_with: str, said: str = PAINTED_BY_ANOTHER) -> str:
    """Sentences for a run whose pack is installed in another edition only; "" for any other run.

    Args:
        said: what that pack did, with {title} and {hash}.
    """
    try:
        installed = read_manifest(name)["name"]
    except PackError:
        return ""  # that it is missing is said where it is needed
    if is_here(name, painted_with):
        return ""
    former = former_packs().get(painted_with)
    title = former["title"] if former else f"another edition of {installed}"
    bands = THEIR_BANDS if former else TODAYS_BANDS
    return f"{said.format(title=title, hash=painted_with[:16])} {bands}"
