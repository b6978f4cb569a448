"""Predict first: the questions that may be asked before a run, and what the run answered. No torch.

Every answer is read from the painters' last rows and the pack's real pictures, never from a prediction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from core.base.measure_names import MEASURES, SHARED_SCALE
from core.base.settings import PAINTER_LABELS, PAINTERS, PainterSettings, optimised_realism_parts
from core.measures.judge_gap import to_shared_scale
from core.measures.turning_point import TIE

if TYPE_CHECKING:
    from core.storage.records import StepRow

BELOW = "below"
WITHIN = "within"
ABOVE = "above"
# Measure → the places that may be chosen. Realism ends at 1: hardly anything lies above real pictures.
CHOICES = {"score": (BELOW, WITHIN, ABOVE), "realism": (BELOW, WITHIN)}


def band_position(value: float, band: Mapping[str, float]) -> str:
    """Where a value lies in the band from "p5" to "p95" of real pictures: "below", "within" or "above"."""
    if value < band["p5"]:
        return BELOW
    return ABOVE if value > band["p95"] else WITHIN


def prediction_answers(
    last: Mapping[str, StepRow], reference: Mapping, settings: Mapping[str, PainterSettings] | None = None
) -> dict[str, Any]:
    """What a finished run answered.

    Args:
        last: painter → the row of its last step.
        reference: a pack manifest's "reference".
        settings: of the painters; a realism that was optimised is no measure, so it answers nothing.

    Returns:
        JSON-ready dict: "painters" is painter → measure → {"value", "place"}; "best" lists the painters that
        share the highest realism.
    """
    painters: dict[str, dict[str, dict]] = {}
    for painter in PAINTERS:
        if painter in last:
            optimised = optimised_realism_parts((settings or {}).get(painter))
            measures = ("score",) if optimised else ("score", "realism")
            painters[painter] = {name: _answer(last[painter], name, reference) for name in measures}
    realism = {
        painter: found["realism"]["value"] for painter, found in painters.items() if "realism" in found
    }
    top = max(realism.values(), default=0.0)
    return {
        "painters": painters,
        "best": [painter for painter, value in realism.items() if top - value < TIE],
    }


def _answer(row: StepRow, measure: str, reference: Mapping) -> dict[str, Any]:
    value = getattr(row, measure)
    place = band_position(value, reference[measure])
    return {
        "value": _shown(value, measure, reference),
        "place": place if place in CHOICES[measure] else WITHIN,
    }


def _shown(value: float, measure: str, reference: Mapping) -> float:
    """A value as the page shows it: a judge's on the shared scale."""
    band = reference[measure]
    return to_shared_scale(value, band) if measure == "score" and "matched" in band else value


def questions(painters: Iterable[str], reference: Mapping) -> dict[str, list]:
    """What the form asks: each measure's label, choices and band; the painters that may be named best."""
    asked = set(painters)
    return {
        "painters": [{"name": name, "label": PAINTER_LABELS[name]} for name in PAINTERS if name in asked],
        "figures": [
            {
                "name": name,
                "label": MEASURES[name].short,
                "scale": SHARED_SCALE if name == "score" and "matched" in reference[name] else "",
                "choices": choices,
                "band": [_shown(reference[name][end], name, reference) for end in ("p5", "p95")],
            }
            for name, choices in CHOICES.items()
        ],
    }
