"""The judge gap: both judges on one shared scale, and where real pictures lie on it. No torch.

Two judges give the same picture different cosines, so their cosines cannot be compared as they are. On the
shared scale 0 is the average with another picture's caption and 1 with its own, for either judge. The gap
is the judge's figure there minus the held-out judge's: what the judge alone sees.

The limit is the 99th percentile of reference pictures with their own captions. It says nothing about
pictures with other captions, on which two honest judges may differ by half the scale.

All of this was measured with one plain caption for each picture. The score of a prompt of several parts is
a weighted mean of cosines, possibly with negative weights: scale and bands say nothing about it.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

import numpy as np

from core.base.judges import DEFAULT, judge_choice, roles_of
from core.base.weighted_prompt import is_weighted, reading

Reference: TypeAlias = Mapping[str, Mapping[str, float]]  # a pack manifest's "reference"
Score = TypeVar("Score", float, np.ndarray)

# From here on two judges are said to differ where a pack has not measured it; a little above the miniature's.
DEFAULT_GAP_LIMIT = 0.2


def reference_for(prompt: str, reference: dict[str, Any] | None) -> dict[str, Any] | None:
    """What of a pack's reference a prompt's scores can be compared with: of a weighted one realism alone."""
    if reference is None or not is_weighted(prompt):
        return reference
    return {"realism": reference["realism"]}


def judges_reference(reference: Reference | None) -> Reference | None:
    """The reference if it has the judges' figures, or None."""
    return reference if reference and "score" in reference else None


def weighted_note(prompt: str) -> str:
    """What the scores of a weighted prompt are, in one sentence; "" for any other."""
    if not is_weighted(prompt):
        return ""
    return (
        f"Weighted prompt, read as {reading(prompt)}: each score is the weighted mean of its parts' "
        "cosines. The judges' grey bands and shared scale were measured with plain captions and do not apply."
    )


def to_shared_scale(score: Score, reference: Mapping[str, float]) -> Score:
    """A judge's cosine on the shared scale: 0 with another picture's caption, 1 with its own, on average.

    Args:
        score: cosine, −1 … 1.
        reference: "matched" and "mismatched", that judge's mean cosine of a picture with its own caption and
            with another's.

    Returns:
        (score − mismatched) / (matched − mismatched); not bounded.
    """
    span = reference["matched"] - reference["mismatched"]
    return (score - reference["mismatched"]) / (span if abs(span) > 1e-9 else 1e-9)


def judge_gap(score: Score, heldout: Score, reference: Reference | None) -> Any:
    """Judge minus held-out judge on the shared scale; None without a reference.

    Args:
        score, heldout: cosines (numbers or arrays) of the same pictures with the same captions.
    """
    reference = judges_reference(reference)
    if reference is None:
        return None
    return to_shared_scale(score, reference["score"]) - to_shared_scale(heldout, reference["heldout"])


def steering_value(values: Mapping[str, Any], settings: Any, reference: Reference) -> Any:
    """How much the judge that a painter follows likes a picture, on the shared scale; a mean where two do.

    Args:
        values: network of `core.base.judges` → its cosine (number or array).
        settings: of the painter.
    """
    steering = roles_of(settings).steering
    return sum(to_shared_scale(values[one], reference[one]) for one in steering) / len(steering)


def witness_value(values: Mapping[str, Any], settings: Any, reference: Reference) -> Any:
    """The same of the held-out judge that a painter is compared by; None where nobody measured one."""
    witness = roles_of(settings).witness
    if witness is None or witness not in reference or values.get(witness) is None:
        return None
    return to_shared_scale(values[witness], reference[witness])


def role_gap(values: Mapping[str, Any], settings: Any, reference: Reference | None) -> Any:
    """The steering judge minus the held-out judge, on the shared scale; None without reference or witness."""
    reference = judges_reference(reference)
    witness = witness_value(values, settings, reference) if reference else None
    if reference is None or witness is None:
        return None
    return steering_value(values, settings, reference) - witness


def gap_band(settings: Any, reference: Reference | None) -> Mapping[str, float] | None:
    """Percentiles of that gap on reference pictures with their own captions; None where not measured."""
    choice = judge_choice(settings)
    bands: Any = (reference or {}).get("gaps", {})
    return bands.get(choice) or ((reference or {}).get("gap") if choice == DEFAULT else None)


def gap_limit(reference: Reference) -> float:
    """Gap up to which two judges are said to agree."""
    return reference["gap"]["p99"] if "gap" in reference else DEFAULT_GAP_LIMIT


def gap_marked(score: float, heldout: float | None, reference: Reference | None) -> bool:
    """Whether the judges disagree as they do not over real pictures: the mark beside a held-out score.

    The gap is wider than for 99 of 100 reference pictures, and the held-out score lower than for 95 of 100; a
    picture that both like, and one of them more than any real picture, is no accident of the other.

    Args:
        score, heldout: cosines of who steered and who was held out (None: nobody was).
    """
    if reference is None or heldout is None or heldout >= reference["heldout"]["p5"]:
        return False
    return gap_beyond_real(judge_gap(score, heldout, reference), reference)


def gap_beyond_real(gap: float, reference: Reference | None) -> bool:
    """Whether a gap is wider than in 99 of 100 reference pictures; False where that was not measured."""
    return reference is not None and "gap" in reference and bool(gap > reference["gap"]["p99"])
