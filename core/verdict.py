"""What a run shows, in two to four plain sentences computed from its figures, whatever they say.

Pure functions on numbers; no torch, no tables. The words claim no more than the figures: a picture
"resembles the reference photographs" when its realism lies where theirs lies, and is never called real.
"""

import math

from core.settings import LABELS, PAINTERS

TIE = 0.005  # figures are shown with two decimals: closer than this reads the same
FALL = 0.10  # a fall of realism or of the rescaled held-out score worth a sentence
RISE = 0.05  # a rise of the rescaled judge score worth a sentence
GAP = 0.20  # rescaled difference from which the two judges are said to differ


def rescale(score, reference):
    """A judge's cosine on a scale where unrelated photographs average 0 and matching ones 1.

    Args:
        score: cosine, −1 … 1.
        reference: mapping with "matched" and "mismatched", that judge's mean cosine for a
            photograph with its own caption and with another's.

    Returns:
        (score − mismatched) / (matched − mismatched); not bounded.
    """
    span = reference["matched"] - reference["mismatched"]
    return (score - reference["mismatched"]) / (span if abs(span) > 1e-9 else 1e-9)


def verdict(rows, reference, settings=None):
    """Sentences about a finished, stopped or running comparison.

    Args:
        rows: painter → sequence of rows in step order; each a mapping or an object with step, total,
            score, heldout, realism. Painters without rows are left out.
        reference: a pack manifest's "reference": percentiles and means of real photographs.
        settings: optionally painter → settings; tells which painters did not use the judge at all.

    Returns:
        Two to four sentences; none while nothing but a start exists.
    """
    series = {p: _finite(rows[p]) for p in PAINTERS if rows.get(p)}
    series = {p: s for p, s in series.items() if s}
    if not any(s[-1]["step"] for s in series.values()):
        return []
    last = {p: s[-1] for p, s in series.items()}
    sentences = [_judge(last, reference, settings), _heldout(last, reference), _realism(last, reference)]
    turn = _turn_sentence(series, reference)
    if turn:
        sentences.append(turn)
    elif all(row["step"] >= row["total"] for row in last.values()):
        sentences.append(_no_turn(series))
    return sentences


def turning_point(series, reference):
    """The step after which a painter's judge score rose while what nobody optimises fell.

    Args:
        series: rows (mappings) of one painter in step order.

    Returns:
        (figure, row at the turn, last row, size of the fall) for the larger fall among realism and
        the rescaled held-out score; None if neither fell by FALL while the rescaled score rose by RISE.
    """
    last = series[-1]
    found = None
    scales = {
        "realism": lambda row: row["realism"],
        "heldout": lambda row: rescale(row["heldout"], reference["heldout"]),
    }
    for figure, value in scales.items():
        # The last of equal maxima: the fall starts where the plateau ends.
        turn = max(series, key=lambda row: (value(row), row["step"]))
        fall = value(turn) - value(last)
        rise = rescale(last["score"], reference["score"]) - rescale(turn["score"], reference["score"])
        if fall >= FALL and rise >= RISE and (found is None or fall > found[3]):
            found = (figure, turn, last, fall)
    return found


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
    top, p95 = scores[leaders[0]], reference["score"]["p95"]
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
    if top > p95:
        text += f": more than 95 in 100 reference photographs get with their own captions ({_figure(p95)})"
    elif top >= reference["score"]["p5"]:
        text += f": within the range of reference photographs with their own captions (up to {_figure(p95)})"
    else:
        text += f": less than 95 in 100 reference photographs get with their own captions ({_figure(reference['score']['p5'])})"
    blind = [p for p in last if _ignores_judge(p, settings)]
    return text + (f"; {_names(blind) if len(last) > 1 else 'it'} did not use the judge in this run." if blind else ".")


def _ignores_judge(painter, settings):
    chosen = (settings or {}).get(painter)
    if painter != "diffusion" or chosen is None:
        return False
    get = chosen.get if isinstance(chosen, dict) else lambda k: getattr(chosen, k, None)
    return get("mode") == "text" or get("guidance_strength") == 0


def _heldout(last, reference):
    judge = {p: rescale(row["score"], reference["score"]) for p, row in last.items()}
    held = {p: rescale(row["heldout"], reference["heldout"]) for p, row in last.items()}
    leaders, favourites = _best(judge), _best(held)
    scale = "0 is an unrelated photograph, 1 a matching one"
    if len(last) == 1:
        (p,) = last
        gap = judge[p] - held[p]
        word = "agrees" if abs(gap) < GAP else ("is less convinced" if gap > 0 else "rates it higher")
        return f"The held-out judge, which no painter sees, {word}: {_figure(held[p])} against {_figure(judge[p])} ({scale})."
    if set(favourites) & set(leaders):
        agreed = [p for p in leaders if p in favourites]
        p = agreed[0]
        text = f"The held-out judge, which no painter sees, also puts {_names(agreed)} first"
        if judge[p] - held[p] >= GAP:
            text += ", but is less convinced"
        return f"{text}: {_figure(held[p])} against the judge's {_figure(judge[p])} ({scale})."
    return (
        f"The held-out judge, which no painter sees, disagrees: it prefers {_names(favourites)}, "
        f"{_figure(held[favourites[0]])} against {_figure(held[leaders[0]])} for {_names(leaders[:1])} ({scale})."
    )


def _realism(last, reference):
    values = {p: row["realism"] for p, row in last.items()}
    best, worst = _best(values), _best(values, -1)
    p5 = reference["realism"]["p5"]
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


def _turn_sentence(series, reference):
    """The largest fall among the painters whose score kept rising; None if there is none."""
    turns = {p: t for p, s in series.items() if (t := turning_point(s, reference))}
    if not turns:
        return None
    painter = max(turns, key=lambda p: turns[p][3])
    figure, turn, last, _ = turns[painter]
    start = f"From step {turn['step']} on" if turn["step"] else "From the start"
    if figure == "realism":
        judge, other = ([row[k] for row in (turn, last)] for k in ("score", "realism"))
    else:  # the same scale as in the sentence about the held-out judge
        judge, other = ([rescale(row[k], reference[k]) for row in (turn, last)] for k in ("score", "heldout"))
    rose = f"rose from {_figure(judge[0])} to {_figure(judge[1])}"
    fell = f"from {_figure(other[0])} to {_figure(other[1])}"
    if figure == "realism":
        return f"{start}, {LABELS[painter]}'s judge score {rose} while its realism fell {fell}."
    return f"{start}, {LABELS[painter]}'s judge score {rose} while the held-out judge's fell {fell}, both on that scale."


def _no_turn(series):
    if len(series) == 1:
        return "Its realism and held-out score did not fall clearly while its judge score rose."
    return "For none of them did realism or the held-out score fall clearly while the judge score rose."
