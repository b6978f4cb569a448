"""What raw ascent comes to under each judge, in words. No torch.

The figures lie beside this file; `python -m core bench judges --prompts 4 --seed 7 --out
core/lesson/judges_compared.json` measures them.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.base.judges import NAMES, STEERING
from core.base.measure_names import SHARED_SCALE, two_decimals

FILE = Path(__file__).with_name("judges_compared.json")
CHOICES = ("judge", "heldout", "robust")


@functools.cache
def comparison() -> dict[str, Any]:
    """What the benchmark wrote: pack_hash, prompts, and "medians": painter → choice → measure → value."""
    return json.loads(FILE.read_text("utf-8"))


def ascent_under_judges(pack_hash: str, reference: Mapping[str, Any]) -> str:
    """A few sentences on pixel ascent; "" for another pack than the one measured.

    Args:
        reference: figures of the pack's real pictures.
    """
    found = comparison()
    medians = found["medians"]["pixels"]
    if found["pack_hash"] != pack_hash or not set(CHOICES) <= set(medians):
        return ""
    realism = max(medians[choice]["realism"] for choice in CHOICES)
    return (
        f"Raw ascent on {found['prompts']} drawn prompts, medians on the {SHARED_SCALE}. "
        + " ".join(_under(choice, medians[choice]) for choice in CHOICES)
        + f" Realism ends at {two_decimals(realism)} at most; 95 of 100 real pictures reach "
        f"{two_decimals(reference['realism']['p5'])}.{_with_codebook(found['medians'].get('vqgan', {}))}"
    )


def _with_codebook(medians: Mapping[str, Mapping[str, float]]) -> str:
    """What the robust judge changes there, in the second judge's eyes; "" if unknown."""
    if not {"judge", "robust"} <= set(medians):
        return ""
    before, after = (medians[choice]["heldout"] for choice in ("judge", "robust"))
    change = f"the second judge goes from {two_decimals(before)} to {two_decimals(after)}"
    return f" With a codebook, the robust judge {'helps' if after > before else 'does not help'}: {change}."


def _under(choice: str, middle: Mapping[str, float]) -> str:
    """"On the robust judge it reaches 1.25; the first judge says 0.42, the second judge 0.37."."""
    (steering,) = STEERING[choice]
    others = [f"the {NAMES[one].lower()}" for one in NAMES if one != steering and one in middle]
    said = [two_decimals(middle[one]) for one in NAMES if one != steering and one in middle]
    told = ", ".join(
        f"{who}{' says' if number == 0 else ''} {value}"
        for number, (who, value) in enumerate(zip(others, said, strict=True))
    )
    return f"On the {NAMES[steering].lower()} it reaches {two_decimals(middle[steering])}; {told}."
