"""What the measurement of one picture says, in sentences and as marks beside those of real pictures. No
torch.

The words claim no more than the numbers: a picture "resembles the reference pictures", and is never called
real.
"""

from collections.abc import Mapping
from typing import Any

from core.base.judges import NETWORKS
from core.base.measure_names import COSINE, MEASURES, SHARED_SCALE, two_decimals
from core.measures.judge_gap import (
    Reference,
    gap_beyond_real,
    gap_limit,
    judge_gap,
    judges_reference,
    to_shared_scale,
)
from core.measures.references import photograph_band

Result = Mapping[str, Any]  # score, heldout, realism, and components: name → number
Band = Mapping[str, float]  # p5, p50 and p95 of real pictures; a judge's also "matched" and "mismatched"

PART_LABELS = {
    "statistics": ("S", "statistics of the pixels"),
    "manifold": ("K", "nearness to the reference pictures, as an encoder sees them"),
}
# Of core.measures.pixel_statistics, which would bring SciPy.
STATISTIC_GROUP_NAMES = ("spectrum", "local contrast", "edges", "colour")
PART_BAND = {"p5": 0.5, "p50": 0.9, "p95": 1.0}  # S and K are calibrated so; R, the lower of both, is not
P_VALUE_BAND = {"p5": 0.05, "p50": 0.5, "p95": 1.0}  # real pictures spread evenly over 0 … 1
LIKED_FROM = 0.5  # on the shared scale, from which a judge may be said to like a picture
UNRELATED_BELOW = 0.25  # on the shared scale, below which a picture with another's caption does about as well


def meter_values(result: Result, reference: Reference | None) -> list[dict[str, Any]]:
    """The three measures beside their grey bands; judges on the shared scale wherever there is one.

    Args:
        reference: a manifest's; without one only realism has a band, that of natural photographs.

    Returns:
        dicts: key, label, help (of a judge: its scale), value, and low, mid, high: 5th, 50th, 95th percentile
        of real pictures. A judge's also have "shared": whether it is on that scale.
    """
    bands: Mapping[str, Band] = reference or {"realism": photograph_band()}
    judged = judges_reference(reference)
    marks = []
    for key, name in MEASURES.items():
        if key not in NETWORKS:
            marks.append(_mark(key, name.label, name.help, result[key], bands.get(key)))
            continue
        value, band, scale = result[key], bands.get(key), COSINE
        if judged:
            value, scale = to_shared_scale(value, judged[key]), SHARED_SCALE
            band = _on_shared_scale(judged[key])
        label = "Judge" if key == "score" else name.label
        marks.append(_mark(key, label, scale, value, band) | {"shared": judged is not None})
    return marks


def _on_shared_scale(band: Band) -> Band:
    return {one: to_shared_scale(value, band) for one, value in band.items() if one != "right"}


def realism_parts(result: Result) -> list[dict[str, Any]]:
    """What realism consists of, each 0 … 1, as `meter_values`; 95 of 100 real pictures reach .5 in each."""
    found = result["components"]
    parts = {
        **PART_LABELS,
        **{name: (name.capitalize(), "one group of the statistics in S") for name in STATISTIC_GROUP_NAMES},
        "p_value": ("p", "share of reference pictures that lie at least as far out"),
    }
    return [
        _mark(key, label, help, found[key], P_VALUE_BAND if key == "p_value" else PART_BAND)
        for key, (label, help) in parts.items()
        if key in found
    ]


def _mark(key: str, label: str, help: str, value: float, band: Band | None) -> dict[str, Any]:
    """One number as the page shows it."""
    mark = {"key": key, "label": label, "help": help, "value": value}
    return mark | ({"low": band["p5"], "mid": band["p50"], "high": band["p95"]} if band else {})


def picture_sentences(result: Result, reference: Reference | None) -> list[str]:
    """Two to five plain sentences about one picture; arguments as for `meter_values`."""
    judges = {"score": "Judge", "heldout": "Held-out judge"}
    reference = judges_reference(reference)
    if reference is None:
        judged = [f"{label}: {two_decimals(result[key])} ({COSINE})." for key, label in judges.items()]
        return [" ".join(judged), _realism(result, photograph_band())]
    sentences = [_judged(label, result[key], reference[key]) for key, label in judges.items()]
    # On pictures that please neither, two honest judges may differ by half the scale.
    pleased = to_shared_scale(result["score"], reference["score"]) >= LIKED_FROM
    gap = judge_gap(result["score"], result["heldout"], reference)
    if pleased and gap > gap_limit(reference):
        rare = ", by more than for 99 of 100 reference pictures" if gap_beyond_real(gap, reference) else ""
        sentences.append(f"The judge likes it clearly better than the held-out judge does{rare}.")
    sentences.append(_realism(result, reference["realism"]))
    if result["components"].get("too_typical"):
        sentences.append(
            "Its statistics lie nearer to the average than those of 99 of 100 reference pictures, as if "
            "somebody had optimised them."
        )
    return sentences


def among_references(score: float, band: Band) -> str:
    """Where a judge's score lies among those of reference pictures with their own captions."""
    low, high = two_decimals(band["p5"]), two_decimals(band["p95"])
    if score > band["p95"]:
        return f"95 of 100 reference pictures score at most {high} with their own captions"
    if score < band["p5"]:
        return f"95 of 100 reference pictures score at least {low} with their own captions"
    return f"within the range of reference pictures with their own captions, {low} to {high}"


def _judged(label: str, score: float, band: Band) -> str:
    """What one judge says, on the shared scale.

    Args:
        score: cosine. band: of cosines.
    """
    score, band = to_shared_scale(score, band), _on_shared_scale(band)
    if score < band["p5"] and score < UNRELATED_BELOW:
        return (
            f"{label}: {two_decimals(score)} on the shared scale, hardly more than a reference picture with "
            f"another's caption (0 on average; 95 of 100 reach {two_decimals(band['p5'])} with their own)."
        )
    return f"{label}: {two_decimals(score)} on the shared scale ({among_references(score, band)})."


def _realism(result: Result, band: Band) -> str:
    """Whether it resembles the reference pictures, and what decides that."""
    found = result["components"]
    verb = "resembles" if result["realism"] >= band["p5"] else "does not resemble"
    text = (
        f"It {verb} the reference pictures: realism {two_decimals(result['realism'])} "
        f"(95 of 100 of them reach {two_decimals(band['p5'])})"
    )
    if "statistics" in found and "manifold" in found:
        text += _weak_part(found)
    if "p_value" in found:
        share = found["p_value"]
        count = "fewer than 1" if share < 0.01 else round(100 * share)
        text += f"; {count} in 100 reference pictures lie as far out"
    return text + "."


def _weak_part(found: Mapping[str, float]) -> str:
    """The part that decides, where one clearly does."""
    if abs(found["statistics"] - found["manifold"]) < 0.1:
        return ""
    if found["manifold"] < found["statistics"]:
        return ", held down by K: no reference picture is near"
    groups = [name for name in STATISTIC_GROUP_NAMES if name in found]
    weakest = min(groups, key=found.__getitem__, default=None)
    which = f", most of all {weakest}" if weakest and found[weakest] < 0.5 else ""
    return f", held down by S: the pixels' statistics{which}"
