"""What the figures of one picture say, in sentences and as marks beside those of real pictures. No torch.

The words claim no more than the figures: a picture "resembles the reference photographs", and is never called real.
"""

from core.gap import beyond_real, gap_limit, judge_gap, rescale

JUDGES = {"score": ("Judge", "the score that the painters climb"), "heldout": ("Held-out judge", "no painter ever sees it")}
PARTS = {
    "statistics": ("S", "statistics of the pixels"),
    "manifold": ("K", "nearness to reference photographs, as an encoder sees them"),
}
GROUPS = ("spectrum", "local contrast", "edges", "colour")  # of core.statistics, which would bring SciPy
HALF = {"low": 0.5, "mid": 0.9, "high": 1.0}  # what realism and its parts are calibrated to: 95 in 100 photographs reach .5
PLEASED = 0.5  # rescaled score from which a judge may be said to like a picture
UNRELATED = 0.25  # rescaled score below which a photograph with another's caption does about as well


def marks(result, reference):
    """The three figures beside their grey bands.

    Args:
        result: score, heldout, realism, components.
        reference: a manifest's "reference"; without one (None) only realism has a band, what it was calibrated to.

    Returns:
        list of dicts: key, label, help, value, and low, mid, high: 5th, 50th, 95th percentile of real photographs.
    """
    named = {**JUDGES, "realism": ("Realism", "likeness to the reference photographs")}
    bands = {key: _band(reference[key]) for key in named} if reference else {"realism": HALF}
    return [{"key": key, "label": label, "help": help, "value": result[key], **bands.get(key, {})} for key, (label, help) in named.items()]


def parts(result):
    """What realism consists of, each 0 … 1, calibrated so that 95 % of real photographs lie above .5.

    Returns:
        list of dicts like those of `marks`; p has a band of its own, since real photographs spread evenly over 0 … 1.
    """
    found = result["components"]
    rows = [{"key": k, "label": name, "help": help, "value": found[k], **HALF} for k, (name, help) in PARTS.items() if k in found]
    rows += [
        {"key": k, "label": k.capitalize(), "help": "one group of the statistics in S", "value": found[k], **HALF}
        for k in GROUPS
        if k in found
    ]
    if "p_value" in found:
        help = "share of real photographs that lie at least as far out"
        rows.append({"key": "p_value", "label": "p", "help": help, "value": found["p_value"], "low": 0.05, "mid": 0.5, "high": 1.0})
    return rows


def sentences(result, reference):
    """Two to five plain sentences about one picture; arguments as for `marks`."""
    if reference is None:
        judged = [f"{label}: {_figure(result[key])}." for key, (label, _) in JUDGES.items()]
        return [" ".join(judged), _realism(result, {"p5": HALF["low"]})]
    said = [_judged(key, result[key], reference[key]) for key in JUDGES]
    # On pictures that please neither, two honest judges may differ by half the scale.
    pleased = rescale(result["score"], reference["score"]) >= PLEASED
    gap = judge_gap(result["score"], result["heldout"], reference)
    if pleased and gap > gap_limit(reference):
        rare = ", by more than with 99 in 100 reference photographs" if beyond_real(gap, reference) else ""
        said.append(f"The judge likes it clearly better than the held-out judge does{rare}.")
    said.append(_realism(result, reference["realism"]))
    if result["components"].get("too_typical"):
        said.append("Its statistics lie nearer to the average than those of 99 in 100 photographs, as when somebody had optimised them.")
    return said


def _judged(key, value, reference):
    low, high = _figure(reference["p5"]), _figure(reference["p95"])
    start = f"{JUDGES[key][0]}: {_figure(value)},"
    if value > reference["p95"]:
        return f"{start} more than 95 in 100 reference photographs get with their own captions ({high})."
    if value >= reference["p5"]:
        return f"{start} within the range of reference photographs with their own captions ({low} to {high})."
    if rescale(value, reference) < UNRELATED:
        other = _figure(reference["mismatched"])
        return f"{start} no better than a photograph with somebody else's caption (about {other}; its own gives {low} or more)."
    return f"{start} less than 95 in 100 reference photographs get with their own captions ({low})."


def _realism(result, reference):
    found = result["components"]
    verb = "resembles" if result["realism"] >= reference["p5"] else "does not resemble"
    text = f"It {verb} the reference photographs: realism {_figure(result['realism'])} (95 in 100 of them reach {_figure(reference['p5'])})"
    if "statistics" in found and "manifold" in found:
        text += _weak_part(found)
    if "p_value" in found:
        share = found["p_value"]
        text += f"; {'fewer than 1' if share < 0.01 else round(100 * share)} in 100 photographs lie as far out"
    return text + "."


def _weak_part(found):
    """The part that decides, where one clearly does."""
    if abs(found["statistics"] - found["manifold"]) < 0.1:
        return ""
    if found["manifold"] < found["statistics"]:
        return ", held down by K: no reference photograph is near"
    groups = [name for name in GROUPS if name in found]
    weakest = min(groups, key=found.get, default=None)
    which = f", most of all {weakest}" if weakest and found[weakest] < 0.5 else ""
    return f", held down by S: the pixels' statistics{which}"


def _band(reference):
    return {"low": reference["p5"], "mid": reference["p50"], "high": reference["p95"]}


def _figure(value):
    return f"{value:.2f}".replace("-", "−")
