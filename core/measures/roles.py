"""A run by role: rows are named by network; here they say who steered a painter and who was held out.

Where every painter follows the judge, that is the same. Where one follows another judge, the two networks of
each painter are put on the shared scale, so that painters can still be compared with each other. No torch.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from core.base.judges import NETWORKS, is_usual, judge_choice, roles_of
from core.measures.judge_gap import Reference, gap_band, steering_value, to_shared_scale, witness_value

Row = Mapping[str, Any]
BAND = ("p5", "p50", "p95")
ON_SHARED_SCALE = {"matched": 1.0, "mismatched": 0.0}


class ByRole(NamedTuple):
    """Rows of a run by role.

    Args:
        rows: painter → rows whose "score" is that of who steered it and whose "heldout" that of its witness,
            None where nobody was held out.
        references: painter → the bands of real pictures in the same units; None where nobody measured them.
    """

    rows: dict[str, list[dict[str, Any]]]
    references: dict[str, Reference | None]


def by_role(
    rows: Mapping[str, Sequence[Row]], reference: Reference | None, settings: Mapping[str, Any] | None
) -> ByRole:
    """A run's rows by role.

    Args:
        rows: painter → mappings with score, heldout and, where the pack has a robust judge, robust.
        reference: a pack manifest's; without one cosines stay what they are.
        settings: painter → its settings.
    """
    settings = settings or {}
    if is_usual(settings):
        plain = {painter: [dict(row) for row in own] for painter, own in rows.items()}
        return ByRole(plain, dict.fromkeys(rows, reference))
    turned = {
        painter: [_by_role(row, settings.get(painter), reference) for row in own]
        for painter, own in rows.items()
    }
    references = {painter: role_reference(settings.get(painter), reference) for painter in rows}
    return ByRole(turned, references)


def role_reference(own: Any, reference: Reference | None) -> Reference | None:
    """Bands of real pictures on the shared scale for who steers a painter and for its witness.

    Args:
        own: the painter's settings.

    Returns:
        "score", "heldout" (without a witness: not there), "gap" where it was measured, and "realism".
    """
    if reference is None:
        return None
    steering, witness = roles_of(own, "robust" in reference)
    both = reference.get("both") if len(steering) > 1 else None
    found = {"realism": reference["realism"], "score": both or _on_shared_scale(reference[steering[0]])}
    if witness is not None:
        found["heldout"] = _on_shared_scale(reference[witness])
    gap = gap_band(own, reference)
    return found | ({"gap": gap} if gap else {})


def _on_shared_scale(band: Mapping[str, float]) -> dict[str, float]:
    right = {"right": band["right"]} if "right" in band else {}
    return {name: float(to_shared_scale(band[name], band)) for name in BAND} | ON_SHARED_SCALE | right


def _by_role(row: Row, own: Any, reference: Reference | None) -> dict[str, Any]:
    if reference is not None:
        found = {
            "score": steering_value(row, own, reference),
            "heldout": witness_value(row, own, reference),
        }
        return {**row, **found}
    steering, witness = roles_of(own)
    mean = math.fsum(row[one] for one in steering) / len(steering)
    return {**row, "score": mean, "heldout": row.get(witness) if witness else None}


def measured_networks(rows: Mapping[str, Sequence[Row]]) -> tuple[str, ...]:
    """The networks that judged a run's frames, in display order."""
    return tuple(
        name for name in NETWORKS if any(row.get(name) is not None for own in rows.values() for row in own)
    )


class JudgeWords(NamedTuple):
    """How sentences on a run speak of its judges.

    Args:
        score: a score by who steered, as in "the highest judge score". role: what to add where it may
            surprise who that was, or "".
        steering: who steered, with its article, in the genitive: "the judge's".
        witness: who was held out, at the start of a sentence, with what it did: "The held-out judge, which
            no painter sees". witness_own: the same in the genitive, without that: "the held-out judge's".
    """

    score: str
    role: str
    steering: str
    witness: str
    witness_own: str


USUAL_WORDS = JudgeWords(
    "judge score", "", "the judge's", "The held-out judge, which no painter sees", "the held-out judge's"
)
# The setting `judge` → how to speak of who steers.
STEERED = ", which steers here,"
STEERING_WORDS = {
    "judge": ("score by the first judge", STEERED, "the first judge's"),
    "heldout": ("score by the second judge", STEERED, "the second judge's"),
    "both": (
        "mean score by the first and the second judge",
        ", which steer together here,",
        "the two judges'",
    ),
    "robust": ("score by the robust judge", STEERED, "the robust judge's"),
}
OWN_WORDS = ("score by the judge that steers it", ",", "its own judge's")  # painters follow different judges
# Network → how to speak of it where it was held out.
HERE = "held out in this run"
WITNESS_WORDS = {
    "score": (f"The first judge, {HERE}", "the first judge's"),
    "heldout": (f"The second judge, {HERE}", "the second judge's"),
    "robust": (f"The robust judge, {HERE}", "the robust judge's"),
}
OTHER_WITNESSES = ("The held-out judge, not the same one for every painter", "the held-out judge's")


def judge_words(settings: Mapping[str, Any] | None, painters: Sequence[str]) -> JudgeWords:
    """How to speak of the judges of these painters of a run (painter → its settings)."""
    if is_usual(settings):
        return USUAL_WORDS
    followed = [(settings or {}).get(painter) for painter in painters]
    choices = {judge_choice(own) for own in followed}
    witnesses = {roles_of(own).witness for own in followed}
    steering = STEERING_WORDS[choices.pop()] if len(choices) == 1 else OWN_WORDS
    witness = WITNESS_WORDS[str(witnesses.pop())] if len(witnesses) == 1 else OTHER_WITNESSES
    return JudgeWords(*steering, *witness)
