"""The scale that exports show judges' scores on: the page's, the shared one wherever there is one.

Stored rows hold cosines, and tables to compute with (metrics.csv) keep them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from core.base.judges import (
    NETWORKS,
    is_usual,
    judge_labels,
    judge_names,
    named_judges,
    roles_of,
    shown_networks,
)
from core.base.measure_names import COSINE, MEASURES, SHARED_SCALE, MeasureName, two_decimals
from core.base.settings import realism_label
from core.measures.judge_gap import Reference, judges_reference, to_shared_scale
from core.measures.roles import measured_networks

PERCENTILES = ("p5", "p50", "p95")


def scale_name(reference: Reference | None) -> str:
    """The scale's name in full."""
    return SHARED_SCALE if judges_reference(reference) else COSINE


def shown_row(row: Mapping[str, Any], reference: Reference | None) -> dict[str, Any]:
    """A row with its scores as they are shown."""
    judged = judges_reference(reference)
    if judged is None:
        return dict(row)
    names = [name for name in NETWORKS if name in judged and row.get(name) is not None]
    return {**row, **{name: to_shared_scale(row[name], judged[name]) for name in names}}


def shown_reference(reference: Reference | None) -> dict[str, Any] | None:
    """The bands of real pictures as they are shown."""
    judged = judges_reference(reference)
    if judged is None:
        return None if reference is None else dict(reference)
    bands = {
        name: {one: to_shared_scale(judged[name][one], judged[name]) for one in PERCENTILES}
        for name in NETWORKS
        if name in judged
    }
    return {**judged, **bands}


def box_of(bands: Mapping[str, Any] | None) -> list[dict]:
    """Where 90 % of real pictures lie in the plane of score and realism; [] where nobody measured both.

    bands: as they are shown.
    """
    if not bands or "score" not in bands:
        return []
    ends = {"low": "p5", "high": "p95"}
    return [{f"{name}_{end}": bands[name][at] for name in ("score", "realism") for end, at in ends.items()}]


def with_steered(shown: Mapping[str, Any], settings: Any) -> dict[str, Any]:
    """A row as it is shown, with "steered": the score by who steers a painter with these settings."""
    steering = roles_of(settings).steering
    known = all(shown.get(name) is not None for name in steering)
    mean = sum(shown[name] for name in steering) / len(steering) if known else shown["score"]
    return {**shown, "steered": mean}


def shown_measures(
    settings: Mapping[str, Any], rows: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Mapping[str, MeasureName]:
    """What exports show of a run, in order: two judges as they are named in it, and realism.

    Args:
        settings: painter → its settings. rows: painter → mappings.
    """
    if is_usual(settings):
        return MEASURES
    found = _named(settings, shown_networks(settings, measured_networks(rows)))
    return {**found, "realism": MEASURES["realism"]}


def all_measures(
    settings: Mapping[str, Any], rows: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Mapping[str, MeasureName]:
    """The same with every judge that measured the run: further ones follow the two."""
    shown = shown_measures(settings, rows)
    others = [name for name in measured_networks(rows) if name not in shown]
    judges = {name: measure for name, measure in shown.items() if name != "realism"}
    return {**judges, **_named(settings, others), "realism": shown["realism"]} if others else shown


def _named(settings: Mapping[str, Any], networks: Sequence[str]) -> dict[str, MeasureName]:
    """Judges with the role that each has in the run."""
    named = {name: named_judges(settings)[name] for name in networks}
    return {
        name: MeasureName(", ".join(filter(None, (label, role))), short, help)
        for name, (label, short, role, help) in named.items()
    }


def painter_labels(
    measures: Mapping[str, MeasureName], settings: Mapping[str, Any], own: Any
) -> dict[str, str]:
    """Measure → its label below a painter's picture: the judges with the part that each had for this painter.

    Args:
        settings: painter → its settings. own: those of this painter.
    """
    labels = {name: measure.label for name, measure in measures.items()}
    if not is_usual(settings):
        labels = {name: judge_labels(own, False).get(name, label) for name, label in labels.items()}
    return {**labels, "realism": realism_label(own)}


def other_scores(
    settings: Mapping[str, Any], measures: Mapping[str, MeasureName], shown: Mapping[str, Any]
) -> list[str]:
    """What the judges that are not among the measures said of a picture: "robust judge 0.31".

    Args:
        settings: painter → its settings. shown: the picture's row as it is shown.
    """
    named = judge_names(settings)
    others = [name for name in named if name not in measures and shown.get(name) is not None]
    return [f"{named[name].lower()} {two_decimals(shown[name])}" for name in others]
