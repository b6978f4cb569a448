"""What a stored run says about each recall card, in one sentence with numbers. No torch.

Each function takes the run's rows and the percentiles of the pack's real pictures (`ranking` also what the
pack's manifest says of its judge, under JUDGE_FIGURES); it raises KeyError or
IndexError if the run lacks a painter or a step that it needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from core.base.measure_names import two_decimals
from core.base.settings import PAINTER_LABELS, PAINTERS
from core.lesson import toy_judge
from core.lesson.predictions import band_position
from core.measures.judge_gap import gap_limit, judge_gap, to_shared_scale

if TYPE_CHECKING:
    from core.storage.records import StepRow

SCALE = "on the shared scale"
JUDGE_FIGURES = "judge's figures"  # what the manifest says of the judge, beside the percentiles
Series = Mapping[str, Sequence["StepRow"]]  # painter → its rows in step order


def last_row(series: Series, painter: str) -> StepRow:
    """The painter's last row. Raises KeyError."""
    return series[painter][-1]


def row_at(series: Series, painter: str, percent: float) -> StepRow:
    """The painter's row nearest to a place of the run."""
    return min(series[painter], key=lambda row: abs(row.step / row.total - percent / 100))


def shared(row: StepRow, network: str, reference: Mapping) -> str:
    """A judge's score on the shared scale, as text."""
    return two_decimals(to_shared_scale(getattr(row, network), reference[network]))


def scorer(series: Series, reference: Mapping) -> str:
    """Where pixel ascent's last score and realism lie."""
    row = last_row(series, "pixels")
    band = reference["score"]
    low, high = (two_decimals(to_shared_scale(band[end], band)) for end in ("p5", "p95"))
    return (
        f"Pixel ascent ends with a judge score of {shared(row, 'score', reference)} {SCALE}, "
        f"{band_position(row.score, band)} the band of real pictures ({low} to {high}). "
        f"Its realism is {two_decimals(row.realism)}; 95 of 100 real pictures "
        f"reach {two_decimals(reference['realism']['p5'])}."
    )


def toy(_series: Series, _reference: Mapping) -> str:
    """The worked example of the toy judge."""
    scores, realism = (
        " → ".join(two_decimals(value(picture)) for picture in toy_judge.WORKED_PICTURES)
        for value in (toy_judge.score, toy_judge.realism)
    )
    return f"Worked example: the score goes {scores} while toy realism goes {realism}."


def missing(series: Series, reference: Mapping) -> str:
    """Every painter's last score and realism."""
    parts = []
    for painter in PAINTERS:
        row = last_row(series, painter)
        score = shared(row, "score", reference)
        parts.append(f"{PAINTER_LABELS[painter]} {score} and {two_decimals(row.realism)}")
    return f"One judge for all three. Final score {SCALE} and realism: {', '.join(parts)}."


def direction(series: Series, reference: Mapping) -> str:
    """What the first steps along the gradient did."""
    first = series["pixels"][0]
    then = row_at(series, "pixels", 10)
    return (
        f"Pixel ascent after {then.step} of {then.total} steps along the gradient, {SCALE}: judge score "
        f"{shared(first, 'score', reference)} → {shared(then, 'score', reference)}, held-out score "
        f"{shared(first, 'heldout', reference)} → {shared(then, 'heldout', reference)}."
    )


def ranking(series: Series, reference: Mapping) -> str:
    """How well the judge ranks captions, where the pack says so, beside what it gives to pixel ascent."""
    score = shared(last_row(series, "pixels"), "score", reference)
    return (
        f"{_ranked(reference.get(JUDGE_FIGURES) or {})}On the shared scale, where a real picture has 1 with "
        f"its own caption and 0 with another's on average, it gives pixel ascent's last picture {score}."
    )


def _ranked(figures: Mapping) -> str:
    """What a manifest's figures say of the judge on real pictures, or ""."""
    if not {"captions", "top1", "subject"} <= set(figures):
        return ""
    return (
        f"Of real pictures, this judge puts the right caption first among {figures['captions']:,} in "
        f"{100 * figures['top1']:.0f} %, and has the subject right in {100 * figures['subject']:.0f} %. "
    )


def adversarial(series: Series, reference: Mapping) -> str:
    """The two judges' opinions of pixel ascent's last picture."""
    row = last_row(series, "pixels")
    judge, heldout = (shared(row, network, reference) for network in ("score", "heldout"))
    gap = judge_gap(row.score, row.heldout, reference)
    return (
        f"On the shared scale the judge gives pixel ascent's last picture {judge}, the "
        f"held-out judge {heldout}: a gap of {two_decimals(gap)}. For 99 of 100 real pictures "
        f"it is at most {two_decimals(gap_limit(reference))}."
    )


def prior(series: Series, reference: Mapping) -> str:
    """The held-out judge's opinion of every painter's last picture."""
    parts = []
    for painter in PAINTERS:
        heldout = shared(last_row(series, painter), "heldout", reference)
        parts.append(f"{PAINTER_LABELS[painter]} {heldout}")
    return (
        "What the held-out judge says about the three last pictures (0 is an unrelated real picture, 1 a "
        f"matching one): {', '.join(parts)}."
    )


def steps(series: Series, reference: Mapping) -> str:
    """Guided diffusion's first guess beside its last picture."""
    leap = series["diffusion"][1]
    last = last_row(series, "diffusion")
    return (
        f"Guided diffusion's first guess, one leap from noise, has realism {two_decimals(leap.realism)} and "
        f"a held-out score of {shared(leap, 'heldout', reference)} {SCALE}; after {last.step} steps they are "
        f"{two_decimals(last.realism)} and {shared(last, 'heldout', reference)}."
    )
