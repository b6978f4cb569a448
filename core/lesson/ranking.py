"""Pictures in the order in which a judge likes them: ranks, ties, margins, as CSV. No torch.

Scores are compared as they are shown, to three decimals: what looks the same is a tie, on every machine.
"""

from __future__ import annotations

import csv
import io
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from core.base.measure_names import two_decimals
from core.measures.judge_gap import Reference, judges_reference, to_shared_scale
from core.storage.metrics_file import harmless_cell

DIGITS = 3
JUDGES = ("judge", "heldout")
TEMPERATURE = 100.0  # CLIP playgrounds multiply cosines by this before their softmax
BYTE_ORDER_MARK = "\ufeff"  # tells Excel that a table is UTF-8


@dataclass(frozen=True)
class RankedPicture:
    """A picture that was judged: its name, and each judge's score, a cosine or on the shared scale."""

    name: str
    judge: float
    heldout: float


@dataclass(frozen=True)
class LeaderboardPlace:
    """One line of a leaderboard.

    Args:
        number: which of the pictures it is, from 0, in the order they were given.
        rank: 1 for the best; equal scores share a rank, and the ranks after them are left out (1, 2, 2, 4).
        tied: whether another picture has the same rank.
        margin: how much less the next picture has, ≥ 0; 0 for a tie, None for the last.
        other_rank: the rank that the other judge gives it.
    """

    entry: RankedPicture
    number: int
    rank: int
    tied: bool
    margin: float | None
    other_rank: int


def leaderboard(entries: Sequence[RankedPicture], by: str = "judge") -> list[LeaderboardPlace]:
    """The best first; ties stay in the order given.

    Args:
        by: the judge whose score counts, "judge" or "heldout".
    """
    scores = _scores(entries, by)
    ranks = _ranks(scores)
    other = _ranks(_scores(entries, JUDGES[by == JUDGES[0]]))
    alike = Counter(scores)
    order = sorted(range(len(entries)), key=lambda i: ranks[i])
    return [
        LeaderboardPlace(
            entry=entries[i],
            number=i,
            rank=ranks[i],
            tied=alike[scores[i]] > 1,
            margin=None if after is None else _shown(scores[i] - scores[after]),
            other_rank=other[i],
        )
        for i, after in zip_longest(order, order[1:])
    ]


def on_shared_scale(entries: Iterable[RankedPicture], reference: Reference | None) -> list[RankedPicture]:
    """The same pictures with both scores on the shared scale; as they are where a pack has none."""
    judged = judges_reference(reference)
    if judged is None:
        return list(entries)
    return [
        RankedPicture(
            one.name,
            to_shared_scale(one.judge, judged["score"]),
            to_shared_scale(one.heldout, judged["heldout"]),
        )
        for one in entries
    ]


def rank_correlation(entries: Sequence[RankedPicture]) -> float | None:
    """Spearman's rank correlation of both judges, −1 … 1, or None where it is not defined."""
    try:
        return statistics.correlation(*(_mean_ranks(_scores(entries, judge)) for judge in JUDGES))
    except statistics.StatisticsError:  # fewer than two, or a judge that gives all the same
        return None


def softmax_shares(scores: Sequence[float]) -> list[float]:
    """Cosines of one picture with several prompts → what CLIP playgrounds show: shares that add up to 1."""
    best = max(scores)
    weights = [math.exp(TEMPERATURE * (score - best)) for score in scores]
    return [weight / sum(weights) for weight in weights]


def leaderboard_sentences(places: Sequence[LeaderboardPlace]) -> list[str]:
    """What a leaderboard by the judge says, in two or three sentences; [] for fewer than two pictures."""
    if len(places) < 2:
        return []
    first = [place for place in places if place.rank == 1]
    best = [place for place in places if place.other_rank == 1]
    if len(first) > 1:
        sentences = [
            f"{len(first)} pictures share first place: to {DIGITS} decimals the judge sees no difference."
        ]
    else:
        ahead = f"{first[0].margin:.{DIGITS}f}"
        sentences = [f"The judge puts “{first[0].entry.name}” first, {ahead} ahead of the next."]
    if {place.number for place in best} == {place.number for place in first}:
        sentences.append("So does the held-out judge.")
    else:
        sentences.append(f"The held-out judge puts “{best[0].entry.name}” first.")
    correlation = rank_correlation([place.entry for place in places])
    if correlation is not None and len(places) > 2:
        sentences.append(_correlation_sentence(correlation, len(places)))
    return sentences


def _correlation_sentence(correlation: float, count: int) -> str:
    return (
        f"Over all {count} pictures, the two judges' orders correlate by {two_decimals(correlation)} "
        "(1: the same order, 0: nothing in common)."
    )


def leaderboard_rows(prompt: str, places: Iterable[LeaderboardPlace]) -> list[dict[str, Any]]:
    """What a table of the places holds. Scores are rounded as they are compared."""
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


def csv_text(rows: Sequence[Mapping[str, Any]], excel: bool = False) -> str:
    """Dicts with the same keys → CSV with a heading; an absent value is an empty cell, ties are yes or no.

    Args:
        excel: begin with the mark without which Excel takes UTF-8 for the machine's old encoding.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return (BYTE_ORDER_MARK if excel else "") + text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return harmless_cell(value)
    return f"{value:.{DIGITS}f}" if isinstance(value, float) else value


def _shown(value: float) -> float:
    return round(float(value), DIGITS) + 0.0  # no negative zero


def _scores(entries: Iterable[RankedPicture], judge: str) -> list[float]:
    return [_shown(getattr(entry, judge)) for entry in entries]


def _ranks(scores: Sequence[float]) -> list[int]:
    """The rank of each score, 1 for the highest; sorted once, since a folder may hold thousands."""
    first: dict[float, int] = {}
    for rank, score in enumerate(sorted(scores, reverse=True), start=1):
        first.setdefault(score, rank)
    return [first[score] for score in scores]


def _mean_ranks(scores: Sequence[float]) -> list[float]:
    """Ranks in which equal scores share the mean of theirs."""
    alike = Counter(scores)
    return [rank + (alike[score] - 1) / 2 for rank, score in zip(_ranks(scores), scores, strict=True)]
