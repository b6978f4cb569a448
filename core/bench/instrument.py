"""Checks that fit any reference: given its `Realism` and real pictures it has not seen, they yield rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
from scipy.stats import kstest, rankdata, spearmanr

from core.base.errors import UserError
from core.bench.corruptions import LADDERS, empty_pictures
from core.bench.report import ReportRow, at_least, at_most, within
from core.measures.realism import Realism

REQUIRED_LADDERS = ("noise", "blur", "JPEG")
IMPOSSIBLE_SIZES = ((1, 1), (1, 8000))
Pictures = Iterable[np.ndarray]  # each uint8 H×W×3
Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]  # of one picture


def score_all(realism: Realism, pictures: Pictures) -> np.ndarray:
    """Headline realism of every picture, float64[n]."""
    return np.array([realism.score(picture).realism for picture in pictures])


def auroc(high: np.ndarray, low: np.ndarray) -> float:
    """How often one of `high` exceeds one of `low`; ties count half."""
    ranks = rankdata(np.concatenate([high, low]))[: len(high)]
    return (ranks.sum() - len(high) * (len(high) + 1) / 2) / (len(high) * len(low))


def calibration(
    check: str, realism: Realism, pictures: Pictures, independent: slice = slice(None)
) -> Iterator[ReportRow]:
    """Do unseen real pictures score as calibrated?

    `independent`: which of them share no photograph (default: all).
    """
    results = [realism.score(picture) for picture in pictures]
    statistics = np.array([result.statistics for result in results])
    headline = np.array([result.realism for result in results])
    p_values = np.array([result.p_value for result in results])[independent]
    yield ReportRow(check, "real pictures, unseen", len(results), "≥ 500", len(results) >= 500)
    yield within(check, "share with S ≥ .5", float(np.mean(statistics >= 0.5)), 0.95, 0.03)
    yield at_least(check, "share with R ≥ .5", float(np.mean(headline >= 0.5)), 0.85)
    uniform = float(kstest(p_values, "uniform").pvalue)
    note = f"{len(p_values)} pictures"
    yield ReportRow(check, "conformal p uniform: KS p", uniform, "> 0.01", uniform > 0.01, note)


def re_encodings(
    check: str, realism: Realism, pictures: Pictures, kinds: Mapping[str, Change], rng: np.random.Generator
) -> Iterator[ReportRow]:
    """Do harmless re-encodings do no harm?"""
    for name, change in kinds.items():
        scores = score_all(realism, [change(picture, rng) for picture in pictures])
        yield at_least(check, f"{name}: median R", float(np.median(scores)), 0.7)


def ladder_means(realism: Realism, pictures: Pictures, ladder: str, rng: np.random.Generator) -> list[float]:
    """Mean R on every level of a ladder, mild to heavy."""
    _, levels, damage = LADDERS[ladder]
    return [
        float(score_all(realism, [damage(picture, level, rng) for picture in pictures]).mean())
        for level in levels
    ]


def falling(means: list[float]) -> float:
    """Spearman's correlation of severity with mean R: −1 where every level scores below the one before it.

    0 where none differs.
    """
    return 0.0 if len(set(means)) == 1 else float(spearmanr(range(len(means)), means).statistic)


def ladders(
    check: str, realism: Realism, pictures: Pictures, rng: np.random.Generator
) -> Iterator[ReportRow]:
    """Does R fall as the damage grows?"""
    for name in LADDERS:
        means = ladder_means(realism, pictures, name, rng)
        shown = "mean R " + " ".join(f"{mean:.3f}" for mean in means)
        row = at_most(check, f"{name}: Spearman of severity and R", falling(means), -0.95, shown)
        yield row if name in REQUIRED_LADDERS else ReportRow(check, row.name, row.figure, note=shown)


def empty(check: str, realism: Realism, rng: np.random.Generator) -> Iterator[ReportRow]:
    """Are pictures without content finite, and not realistic? Are impossible sizes refused clearly?"""
    for name, picture in empty_pictures(realism.size[0], rng).items():
        yield _empty_row(check, name, realism, picture)
    for height, width in IMPOSSIBLE_SIZES:
        yield _impossible_row(check, realism, height, width)


def _empty_row(check: str, name: str, realism: Realism, picture: np.ndarray) -> ReportRow:
    result = realism.score(picture)
    parts = [result.realism, result.statistics, result.manifold, result.p_value, *result.groups.values()]
    if not np.isfinite(parts).all():
        return ReportRow(check, name, "not finite", "finite", False)
    if name in ("grey", "ramp"):
        return at_most(check, f"{name}: R", result.realism, 0.05)
    return ReportRow(check, f"{name}: R", result.realism, "finite", True)


def _impossible_row(check: str, realism: Realism, height: int, width: int) -> ReportRow:
    name = f"{width}×{height}"
    must = "finite or a clear error"
    try:
        figure = realism.score(np.zeros((height, width, 3), np.uint8)).realism
    except UserError as error:
        return ReportRow(check, name, "clear error", must, True, str(error))
    return ReportRow(check, name, figure, must, bool(np.isfinite(figure)))
