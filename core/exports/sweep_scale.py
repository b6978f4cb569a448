"""The grid of a sweep on the scale that judges' scores are shown on, for the page and for what is saved."""

from collections.abc import Mapping
from typing import Any

from core.base.sweep_plan import SweepPlan
from core.exports.judge_scale import scale_name, shown_reference, shown_row
from core.storage.sweep_store import seed_spread


def shown_grid(
    plan: SweepPlan, state: Mapping[str, Any], reference: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What `core.storage.sweep_store.grid_state` gives, with scores as they are shown.

    Args:
        reference: figures of real pictures as they were measured, or None.

    Returns:
        The same, with "scale", the scale's name in full, and "reference", the bands as they are shown.
    """
    cells = [shown_row(cell, reference) for cell in state["cells"]]
    return {
        **state,
        "cells": cells,
        "spread": seed_spread(plan, cells),
        "scale": scale_name(reference),
        "reference": shown_reference(reference),
    }
