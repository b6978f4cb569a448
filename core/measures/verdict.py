"""What a run shows, in two to five plain sentences computed from its measurements, whatever they say.

Pure functions on numbers; no torch, no tables. The words claim no more than the numbers: a picture
"resembles the reference pictures" when its realism lies where theirs lies, and is never called real.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from core.base.measure_names import two_decimals
from core.base.settings import PAINTER_LABELS, PAINTERS, PainterSettings, optimised_realism_parts
from core.measures.judge_gap import Reference, judges_reference
from core.measures.judge_sentences import LastRows, best, listed, named, steering_sentence, witness_sentences
from core.measures.references import photograph_band
from core.measures.roles import JudgeWords, by_role, judge_words
from core.measures.turning_point import FALL, Row, TurningPoint, find_turning_point, measure_levels

Rows = Mapping[str, Sequence[Any]]  # painter → rows in step order: mappings or objects, see `verdict`
Settings = Mapping[str, PainterSettings | Mapping[str, Any]]  # painter → its settings

NEEDED = ("step", "total", "score", "heldout", "realism")
KEYS = (*NEEDED, "robust")


def verdict(rows: Rows, reference: Reference | None, settings: Settings | None = None) -> list[str]:
    """Sentences about a finished, stopped or running comparison.

    Args:
        rows: of each painter, in step order; each a mapping or an object with step, total, score, heldout,
            realism and, where the pack has a robust judge, robust. Painters without rows are left out.
        reference: a pack manifest's: percentiles and means of real pictures. None where nobody measured
            them: then the judges are compared by their own scores, and realism with that of natural
            photographs. Of a weighted prompt with realism alone (`judge_gap.reference_for`).
        settings: tell which judge each painter followed, which did not use it at all, and which optimised
            realism too.

    Returns:
        Two to five sentences; none while nothing but a start exists.
    """
    sentences, series = verdict_summary(rows, reference, settings), _series(rows)
    if not sentences:
        return []
    turns = described_turning_points(rows, reference, settings).values()
    found = [turn for turn in turns if turn.step is not None]
    if found:
        sentences.append(max(found, key=lambda turn: turn.fall).text)
    elif all(row["step"] >= row["total"] for row in _last(series).values()):
        sentences.append(_never_wrong(series))
    return sentences


def _seen_by(optimised: Mapping[str, tuple[str, ...]], reference: Reference | None) -> list[str]:
    """Painters that saw the held-out judge's features: those that climbed K, where K looks through it.

    A pack's figures of realism say through which network; those measured before packs had one of their own
    say nothing, and meant the held-out judge.
    """
    figures: Mapping[str, Any] = (reference or {}).get("realism", {})
    looks_through_it = reference is not None and figures.get("encoder", "heldout") == "heldout"
    return [painter for painter, own in optimised.items() if "K" in own and looks_through_it]


def verdict_summary(
    rows: Rows, reference: Reference | None, settings: Settings | None = None, cosine: bool = False
) -> list[str]:
    """The verdict without its last sentence: who pleases the judge, the held-out judge, and realism.

    Args:
        rows, reference, settings: as for `verdict`.
        cosine: say judges' scores as cosines in place of the shared scale.
    """
    settings = settings or {}
    found = by_role(_series(rows), judges_reference(reference), settings)
    last = _last(found.rows)
    if not any(row["step"] for row in last.values()):
        return []
    judged = LastRows(last, found.references, settings, cosine)
    parts = {painter: optimised_realism_parts(settings.get(painter)) for painter in last}
    optimised = {painter: own for painter, own in parts.items() if own}
    sentences = [
        steering_sentence(judged),
        witness_sentences(judged, _seen_by(optimised, reference)),
    ]
    if measured := {painter: row for painter, row in last.items() if painter not in optimised}:
        sentences.append(_realism(measured, reference))
    if optimised:
        sentences.append(_optimised(optimised))
    return sentences


class DescribedTurningPoint(NamedTuple):
    """One painter's moment, in words.

    Args:
        step: None where there is no such moment; then `text` says so.
        figure: the measure that falls, "realism" or "heldout"; None with the step.
        fall: by how much.
        text: a sentence.
        label: two or three words.
    """

    step: int | None
    figure: str | None
    fall: float
    text: str
    label: str


def described_turning_points(
    rows: Rows, reference: Reference | None, settings: Settings | None = None
) -> dict[str, DescribedTurningPoint]:
    """For every painter the moment it goes wrong, in display order; {} while nothing but a start exists.

    Args:
        rows, reference, settings: as for `verdict`.
    """
    found = by_role(_series(rows), judges_reference(reference), settings)
    if not any(row["step"] for row in _last(found.rows).values()):
        return {}
    return {
        painter: _described(painter, own, found.references[painter], judge_words(settings, (painter,)))
        for painter, own in found.rows.items()
    }


def _series(rows: Rows) -> dict[str, list[Row]]:
    """Painter → finite rows as mappings, in display order, without painters that have none."""
    series = {painter: _finite(rows[painter]) for painter in PAINTERS if rows.get(painter)}
    return {painter: own for painter, own in series.items() if own}


def _finite(rows: Sequence[Any]) -> list[Row]:
    """Rows as mappings, without those whose values are not finite numbers."""
    plain: list[dict[str, Any]] = [
        {key: row.get(key) if isinstance(row, Mapping) else getattr(row, key, None) for key in KEYS}
        for row in rows
    ]
    return [row for row in plain if all(row[key] is not None and math.isfinite(row[key]) for key in NEEDED)]


def _last(series: Mapping[str, Sequence[Row]]) -> dict[str, Row]:
    return {painter: own[-1] for painter, own in series.items()}


def _optimised(optimised: Mapping[str, Sequence[str]]) -> str:
    """What became of realism where painters optimised it: painter → parts."""
    shown = [
        f"{PAINTER_LABELS[painter]} (which climbed {' and '.join(parts)})"
        for painter, parts in optimised.items()
    ]
    return f"Realism was optimised in this run: for {listed(shown)} it is no longer a measure."


def _realism(last: Mapping[str, Row], reference: Reference | None) -> str:
    """Who resembles the reference pictures most and least."""
    values = {painter: row["realism"] for painter, row in last.items()}
    most_real, worst = best(values), best(values, -1)
    p5 = (reference["realism"] if reference else photograph_band())["p5"]
    names, value, several = named(most_real), two_decimals(values[most_real[0]]), len(most_real) > 1
    if values[most_real[0]] >= p5:
        most = "" if len(last) == 1 else " most"
        text = f"{names} resemble{'' if several else 's'} the reference pictures{most}"
        text += f"{',' if most else ':'} realism {value}"
    elif len(last) == 1:
        text = f"{names} does not resemble the reference pictures: realism {value}"
    else:
        nearest = f"{names} {'come' if several else 'comes'} nearest, realism {value}"
        text = f"None of the pictures resembles the reference pictures; {nearest}"
    if set(most_real) != set(worst):
        text += f", {named(worst)} least, {two_decimals(values[worst[0]])}"
    return f"{text} (95 of 100 of them reach {two_decimals(p5)})."


def _described(
    painter: str, series: Sequence[Row], reference: Reference | None, words: JudgeWords
) -> DescribedTurningPoint:
    """One painter's moment in words, whether or not there is one."""
    found = find_turning_point(series, reference)
    label = PAINTER_LABELS[painter]
    levels = measure_levels(series, reference)
    highest = max(levels["realism"])
    beside = "" if found and found.figure == "heldout" else _never_rose(levels.get("heldout"))
    if found is None and highest < FALL:
        text = f"{label} was wrong from the start: its realism never rose above {two_decimals(highest)}"
        first = series[0]["realism"]
        if first - highest >= FALL:  # it started from a picture, which a median over a tenth does not see
            text = f"{label} started with a realism of {two_decimals(first)} and lost it at once: after that"
            text += f" it stays at {two_decimals(highest)} or below, in medians over a tenth of the run"
        return DescribedTurningPoint(None, None, 0.0, f"{text}{beside}.", "from the start")
    if found is None:
        text = f"{label} has no turning point: nothing falls for good while its score rises"
        return DescribedTurningPoint(None, None, 0.0, f"{text}{beside}.", "no turning point")
    step = found.start["step"]
    start = f"From step {step} on" if step else "From the start"
    text = f"{start}, {label}'s {words.score} {_changes(found, reference, words)}{beside}."
    return DescribedTurningPoint(
        step, found.figure, found.fall, text, f"step {step}" if step else "from the start"
    )


def _never_rose(heldout: Sequence[float] | None) -> str:
    """Said beside a turning point, or none: the held-out score stayed where an unrelated picture's is."""
    if heldout is None or max(heldout) - max(0.0, heldout[0]) >= FALL:
        return ""
    return f"; its held-out score never rose above {two_decimals(max(heldout))} (shared scale, 0 unrelated)"


def _changes(found: TurningPoint, reference: Reference | None, words: JudgeWords) -> str:
    """How the levels of both change: medians over a tenth of the run."""
    rises, falls = (
        f"from {two_decimals(before)} to {two_decimals(after)}"
        for before, after in zip(found.before, found.after, strict=True)
    )
    name = words.witness_own if found.figure == "heldout" else "realism"
    scale = "on the shared scale, " if judges_reference(reference) else ""
    return f"rises {rises} while {name} falls {falls} ({scale}medians over a tenth of the run)"


def _never_wrong(series: Mapping[str, Sequence[Row]]) -> str:
    """The last sentence where no painter goes wrong."""
    if len(series) == 1:
        return "Its realism and held-out score did not fall clearly while its judge score rose."
    return "For none of them did realism or the held-out score fall clearly while the judge score rose."
