"""Predict first: the questions that may be asked before a run, and what the run answered. No torch.

Every answer is read from the painters' last rows and the pack's real photographs, never from a prediction.
"""

from core.settings import LABELS, PAINTERS, optimised_proxy
from core.turns import TIE

BELOW, WITHIN, ABOVE = "below", "within", "above"
# Figure → the places that may be chosen. Realism ends at 1: above real photographs there is hardly anything.
CHOICES = {"score": (BELOW, WITHIN, ABOVE), "realism": (BELOW, WITHIN)}


def place(value, band):
    """Where a figure lies in the band of 90 % of real photographs: "below", "within" or "above".

    Args:
        band: mapping with "p5" and "p95".
    """
    if value < band["p5"]:
        return BELOW
    return ABOVE if value > band["p95"] else WITHIN


def outcome(last, reference, settings=None):
    """What a finished run answered.

    Args:
        last: painter → Row of its last step.
        reference: a pack manifest's "reference".
        settings: painter → settings; a realism that was climbed is no measure, so it answers nothing.

    Returns:
        JSON-ready dict: "painters" is painter → figure → {"value", "place"}; "best" lists the painters that share
        the highest realism.
    """
    found = {}
    for painter in (p for p in PAINTERS if p in last):
        row = last[painter]
        figures = ("score",) if optimised_proxy((settings or {}).get(painter)) else ("score", "realism")
        found[painter] = {figure: _answer(getattr(row, figure), figure, reference) for figure in figures}
    realism = {painter: answers["realism"]["value"] for painter, answers in found.items() if "realism" in answers}
    top = max(realism.values(), default=0.0)
    return {"painters": found, "best": [painter for painter, value in realism.items() if top - value < TIE]}


def _answer(value, figure, reference):
    where = place(value, reference[figure])
    return {"value": value, "place": WITHIN if figure == "realism" and where == ABOVE else where}


def questions(painters, reference):
    """What the form asks: figure → label, choices and band; and the painters that may be named best."""
    bands = {figure: [reference[figure]["p5"], reference[figure]["p95"]] for figure in CHOICES}
    return {
        "painters": [{"name": painter, "label": LABELS[painter]} for painter in PAINTERS if painter in painters],
        "figures": [
            {"name": "score", "label": "Judge", "choices": CHOICES["score"], "band": bands["score"]},
            {"name": "realism", "label": "Realism", "choices": CHOICES["realism"], "band": bands["realism"]},
        ],
    }
