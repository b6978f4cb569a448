"""Pictures in the order in which a judge likes them: places, ties, margins, as CSV. No torch.

Figures are compared as they are shown, to three decimals: what looks the same is a tie, on every machine.
"""

import csv
import io
import math
from dataclasses import dataclass
from itertools import zip_longest

DIGITS = 3
JUDGES = ("judge", "heldout")
TEMPERATURE = 100.0  # CLIP playgrounds multiply cosines by this before their softmax


@dataclass(frozen=True)
class Entry:
    """A picture that was judged: its name, and the cosine of each judge, −1 … 1."""

    name: str
    judge: float
    heldout: float


@dataclass(frozen=True)
class Place:
    """One line of a leaderboard.

    Args:
        entry: Entry. number: which of the pictures it is, from 0, in the order they were given.
        rank: 1 for the best; equal figures share a rank, and the ranks after them are left out (1, 2, 2, 4).
        tied: whether another picture has the same rank.
        margin: how much less the next picture has, ≥ 0; 0 for a tie, None for the last.
        other_rank: the rank that the other judge gives it.
    """

    entry: Entry
    number: int
    rank: int
    tied: bool
    margin: float | None
    other_rank: int


def leaderboard(entries, by="judge"):
    """Entries → list[Place], the best first; ties stay in the order given.

    Args:
        by: the judge whose figure counts, "judge" or "heldout".
    """
    figures, other = ([_shown(getattr(e, name)) for e in entries] for name in (by, JUDGES[by == JUDGES[0]]))
    order = sorted(range(len(entries)), key=lambda i: -figures[i])
    places = []
    for i, after in zip_longest(order, order[1:]):
        margin = None if after is None else _shown(figures[i] - figures[after])
        places.append(Place(entries[i], i, _rank(figures, i), figures.count(figures[i]) > 1, margin, _rank(other, i)))
    return places


def agreement(entries):
    """Rank correlation of both judges over the entries (Spearman, −1 … 1), or None where it is not defined."""
    ranks = [[_mean_rank(figures, i) for i in range(len(entries))] for figures in _both(entries)]
    middle = (len(entries) + 1) / 2
    a, b = ([rank - middle for rank in judge] for judge in ranks)
    spread = math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))
    return sum(x * y for x, y in zip(a, b, strict=True)) / spread if spread else None


def shares(scores):
    """Cosines of one picture with several prompts → what CLIP playgrounds show: shares that add up to 1."""
    best = max(scores)
    weights = [math.exp(TEMPERATURE * (score - best)) for score in scores]
    return [weight / sum(weights) for weight in weights]


def sentences(places):
    """What a leaderboard by the judge says, in two or three sentences; [] for fewer than two pictures."""
    if len(places) < 2:
        return []
    entries = [place.entry for place in places]
    first = [place for place in places if place.rank == 1]
    if len(first) > 1:
        said = [f"{len(first)} pictures share the first place: to {DIGITS} decimals the judge sees no difference."]
    else:
        said = [f"The judge puts “{first[0].entry.name}” first, {first[0].margin:.{DIGITS}f} ahead of the next."]
    best = [place for place in places if place.other_rank == 1]
    if {place.number for place in best} == {place.number for place in first}:
        said.append("So does the held-out judge.")
    else:
        said.append(f"The held-out judge puts “{best[0].entry.name}” first.")
    together = agreement(entries)
    if together is not None and len(places) > 2:
        shown = f"{together:.2f}".replace("-", "−")
        scale = "1: the same order, 0: nothing in common"
        said.append(f"Over all {len(places)} pictures the orders of both judges correlate by {shown} ({scale}).")
    return said


def rows(prompt, places):
    """Places → list of dicts: what a table of them holds. Figures are rounded as they are compared."""
    return [
        {
            "prompt": prompt,
            "rank": place.rank,
            "tied": place.tied,
            "picture": place.entry.name,
            "judge": _shown(place.entry.judge),
            "heldout": _shown(place.entry.heldout),
            "margin": place.margin,
            "other_rank": place.other_rank,
        }
        for place in places
    ]


def csv_text(rows):
    """Dicts with the same keys → CSV with a heading; an absent figure is an empty cell, ties are yes or no."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return text.getvalue()


def _cell(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    # A name that begins like a formula would be computed by whatever spreadsheet opens the table.
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return f"{value:.{DIGITS}f}" if isinstance(value, float) else value


def _shown(value):
    return round(float(value), DIGITS) + 0.0  # no negative zero


def _both(entries):
    return [[_shown(getattr(entry, name)) for entry in entries] for name in JUDGES]


def _rank(figures, i):
    return 1 + sum(figure > figures[i] for figure in figures)


def _mean_rank(figures, i):
    return _rank(figures, i) + (figures.count(figures[i]) - 1) / 2
