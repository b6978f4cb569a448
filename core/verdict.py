"""What a run shows, in two to four plain sentences computed from its figures, whatever they say.

Pure functions on numbers; no torch, no tables. The words claim no more than the figures: a picture
"resembles the reference photographs" when its realism lies where theirs lies, and is never called real.
"""

import math
from typing import NamedTuple

from core.gap import beyond_real, gap_limit, judge_gap, rescale
from core.settings import LABELS, PAINTERS, optimised_proxy
from core.turns import FALL, TIE, turning_point

CALIBRATED = 0.5  # realism that 95 in 100 of the photographs it was calibrated on reach, whatever the pack
SCALE = "on the shared scale (0 is an unrelated photograph, 1 a matching one)"


def verdict(rows, reference, settings=None):
    """Sentences about a finished, stopped or running comparison.

    Args:
        rows: painter → sequence of rows in step order; each a mapping or an object with step, total,
            score, heldout, realism. Painters without rows are left out.
        reference: a pack manifest's "reference": percentiles and means of real photographs; None where nobody measured
            them: then the judges are compared by their own scores, and nothing is said of photographs but what realism
            itself was calibrated to.
        settings: optionally painter → settings; tells which painters did not use the judge at all, and
            which climbed the realism proxy too.

    Returns:
        Two to five sentences; none while nothing but a start exists.
    """
    sentences, series = summary(rows, reference, settings), _series(rows)
    if not sentences:
        return []
    found = [turn for turn in turns(rows, reference).values() if turn.step is not None]
    if found:
        sentences.append(max(found, key=lambda turn: turn.fall).text)
    elif all(s[-1]["step"] >= s[-1]["total"] for s in series.values()):
        sentences.append(_no_turn(series))
    return sentences


def summary(rows, reference, settings=None):
    """The verdict without its last sentence: who pleases the judge, the held-out judge, the photographs' statistics."""
    series = _series(rows)
    if not any(s[-1]["step"] for s in series.values()):
        return []
    last = {p: s[-1] for p, s in series.items()}
    climbed = {p: parts for p in last if (parts := optimised_proxy((settings or {}).get(p)))}
    measured = {p: row for p, row in last.items() if p not in climbed}
    sentences = [_judge(last, reference, settings), _heldout(last, reference, [p for p, parts in climbed.items() if "K" in parts])]
    return sentences + ([_realism(measured, reference)] if measured else []) + ([_climbed(climbed)] if climbed else [])


def turns(rows, reference):
    """For every painter the moment it goes wrong, in words.

    Args:
        rows, reference: as for `verdict`.

    Returns:
        Painter → Turn, in display order; Turn.step is None where there is no such moment, and Turn.text says so.
        Empty while nothing but a start exists.
    """
    series = _series(rows)
    if not any(s[-1]["step"] for s in series.values()):
        return {}
    return {p: _turn(p, s, reference) for p, s in series.items()}


class Turn(NamedTuple):
    """One painter's moment: step, the figure that falls ("realism" or "heldout"), by how much, a sentence and a label."""

    step: int | None
    figure: str | None
    fall: float
    text: str
    label: str


def _series(rows):
    """Painter → finite rows as mappings, in display order, without painters that have none."""
    series = {p: _finite(rows[p]) for p in PAINTERS if rows.get(p)}
    return {p: s for p, s in series.items() if s}


def _finite(rows):
    """Rows as mappings, without those whose figures are not finite numbers."""
    keys = ("step", "total", "score", "heldout", "realism")
    plain = [{k: row[k] if isinstance(row, dict) else getattr(row, k) for k in keys} for row in rows]
    return [row for row in plain if all(v is not None and math.isfinite(v) for v in row.values())]


def _figure(value):
    return f"{value:.2f}".replace("-", "−")


def _names(painters):
    names = [LABELS[p] for p in painters]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _best(values, sign=1):
    """Painters that share the highest (sign=1) or lowest (sign=−1) value, in display order."""
    top = max(sign * v for v in values.values())
    return [p for p, v in values.items() if top - sign * v < TIE]


def _judge(last, reference, settings):
    scores = {p: row["score"] for p, row in last.items()}
    leaders = _best(scores)
    top = scores[leaders[0]]
    running = any(row["step"] < row["total"] for row in last.values())
    verb = "has" if running else "ends with"
    if len(last) == 1:
        text = f"{_names(leaders)} {verb} a judge score of {_figure(top)}"
    elif len(leaders) > 1:
        share = "share" if running else "end up sharing"
        text = f"{_names(leaders)} {share} the highest judge score, {_figure(top)}"
    else:
        text = f"{_names(leaders)} {verb} the highest judge score, {_figure(top)}"
    if running:
        text = f"So far {text}"
    text += _beside(top, reference and reference["score"])
    blind = [p for p in last if _ignores_judge(p, settings)]
    return text + (f"; {_names(blind) if len(last) > 1 else 'it'} did not use the judge in this run." if blind else ".")


def _beside(score, band):
    """Where a score lies among those of photographs with their own captions; "" without a band."""
    if band is None:
        return ""
    if score > band["p95"]:
        return f": more than 95 in 100 reference photographs get with their own captions ({_figure(band['p95'])})"
    if score >= band["p5"]:
        return f": within the range of reference photographs with their own captions (up to {_figure(band['p95'])})"
    return f": less than 95 in 100 reference photographs get with their own captions ({_figure(band['p5'])})"


def _ignores_judge(painter, settings):
    chosen = (settings or {}).get(painter)
    if painter != "diffusion" or chosen is None:
        return False
    get = chosen.get if isinstance(chosen, dict) else lambda k: getattr(chosen, k, None)
    return get("mode") == "text" or get("guidance_strength") == 0


def _heldout(last, reference, seen_by):
    """`seen_by`: painters that climbed K, and with it the held-out judge's image features."""
    judge, held = ({p: _shared(row, key, reference) for p, row in last.items()} for key in ("score", "heldout"))
    leaders, favourites = _best(judge), _best(held)
    text = f"The held-out judge, {f'whose image features {_names(seen_by)} climbed' if seen_by else 'which no painter sees'},"
    if len(last) == 1 and reference is None:  # two judges' own scores have different ranges: no word on who is convinced
        text = f"{text} gives {_figure(*held.values())}"
    elif len(last) == 1:
        (p,) = last
        gap = judge[p] - held[p]
        agrees = abs(gap) <= gap_limit(reference)
        word = "agrees" if agrees else ("is less convinced" if gap > 0 else "rates it higher")
        text = f"{text} {word}: {_figure(held[p])} against the judge's {_figure(judge[p])}"
    elif agreed := [p for p in leaders if p in favourites]:
        text = f"{text} also puts {_names(agreed)} first: {_figure(held[agreed[0]])} against the judge's {_figure(judge[agreed[0]])}"
    else:
        text = (
            f"{text} disagrees: it prefers {_names(favourites)}, "
            f"{_figure(held[favourites[0]])} against {_figure(held[leaders[0]])} for {_names(leaders[:1])}"
        )
    return f"{text}, {SCALE}.{_gaps(last, reference)}" if reference else f"{text}."


def _shared(row, key, reference):
    """A judge's score on the shared scale, or its own where there is none."""
    return rescale(row[key], reference[key]) if reference else row[key]


def _gaps(last, reference):
    """Whose judge gap lies beyond that of real photographs, as a further sentence."""
    gaps = {p: judge_gap(row["score"], row["heldout"], reference) for p, row in last.items()}
    wide = {p: gap for p, gap in gaps.items() if beyond_real(gap, reference)}
    if not wide:
        return ""
    shown = [f"{LABELS[p]} ({_figure(gap)})" for p, gap in wide.items()]
    listed = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
    return f" The gap between the judges is wider than in 99 of 100 reference photographs for {listed}."


def _climbed(climbed):
    """What became of realism where painters climbed it: painter → parts."""
    shown = [f"{LABELS[p]} (which climbed {' and '.join(parts)})" for p, parts in climbed.items()]
    return f"Realism was optimised in this run: for {' and '.join(shown)} it is no longer a measure."


def _realism(last, reference):
    values = {p: row["realism"] for p, row in last.items()}
    best, worst = _best(values), _best(values, -1)
    p5 = reference["realism"]["p5"] if reference else CALIBRATED
    mark = f"95 in 100 of them reach {_figure(p5)}"
    if values[best[0]] < p5:
        if len(last) == 1:
            text = f"{_names(best)} does not resemble the reference photographs: realism {_figure(values[best[0]])}"
        else:
            nearest = f"{_names(best)} {'comes' if len(best) == 1 else 'come'} nearest, realism {_figure(values[best[0]])}"
            text = f"None of the pictures resembles the reference photographs; {nearest}"
    elif len(last) == 1:
        text = f"{_names(best)} resembles the reference photographs: realism {_figure(values[best[0]])}"
    else:
        verb = "resembles" if len(best) == 1 else "resemble"
        text = f"{_names(best)} {verb} the reference photographs most, realism {_figure(values[best[0]])}"
    if set(best) != set(worst):
        text += f", {_names(worst)} least, {_figure(values[worst[0]])}"
    return f"{text} ({mark})."


def _turn(painter, series, reference):
    """One painter's Turn, whether or not there is a moment."""
    found = turning_point(series, reference)
    if found is None:
        return _no_moment(painter, max(row["realism"] for row in series))
    figure, turn, last, fall = found
    start = f"From step {turn['step']} on" if turn["step"] else "From the start"
    if figure == "realism":
        judge, other = ([row[k] for row in (turn, last)] for k in ("score", "realism"))
        name, scale = "realism", ""
    else:  # the same scale as in the sentence about the held-out judge
        judge, other = ([rescale(row[k], reference[k]) for row in (turn, last)] for k in ("score", "heldout"))
        name, scale = "the held-out judge's", ", both on the shared scale"
    text = (
        f"{start}, {LABELS[painter]}'s judge score rises from {_figure(judge[0])} to {_figure(judge[1])} "
        f"while {name} falls from {_figure(other[0])} to {_figure(other[1])}{scale}."
    )
    return Turn(turn["step"], figure, fall, text, f"step {turn['step']}")


def _no_moment(painter, realism):
    """The Turn of a painter that never goes wrong; `realism`: its highest."""
    text = f"{LABELS[painter]} has no moment at which it goes wrong"
    if realism < FALL:
        return Turn(None, None, 0.0, f"{text}: its realism was never above {_figure(realism)}.", "never right")
    return Turn(None, None, 0.0, f"{text}: no lasting fall as its score rises.", "no step")


def _no_turn(series):
    if len(series) == 1:
        return "Its realism and held-out score did not fall clearly while its judge score rose."
    return "For none of them did realism or the held-out score fall clearly while the judge score rose."
