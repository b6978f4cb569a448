"""Lines about a pack that several commands print."""

from __future__ import annotations

from collections.abc import Iterator

from core.packs import cost, installed
from core.packs.catalogue import CataloguePack
from core.packs.download import size_text


def estimate_line(pack: CataloguePack) -> str:
    """Memory and time that a pack needs here."""
    needs = cost.estimate_cost(pack)
    times = needs.default_run_times(cost.gflops_here())
    return f"memory about {needs.memory / 1e9:.1f} GB; a default run here about: {times}"


def fact_lines(pack: CataloguePack) -> Iterator[str]:
    """What a pack needs, and its licences."""
    yield estimate_line(pack)
    yield "licences: " + "; ".join(licence.name for licence in pack.licences())


def missing_text(pack: CataloguePack) -> str:
    """How much of a pack is still to be downloaded."""
    here = installed.bytes_here(pack)
    rest = size_text(max(pack.bytes() - here, 0))
    return f"{rest} to get" + (f", {size_text(here)} are here" if here else "")
