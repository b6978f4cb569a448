"""Checks that fit any reference: given its `Realism` and real pictures that it has not seen, they yield rows."""

import numpy as np
from scipy.stats import kstest, rankdata, spearmanr

from core.bench.corruptions import LADDERS, empty_pictures
from core.bench.rows import Row, at_least, at_most, within
from core.errors import UserError

REQUIRED_LADDERS = ("noise", "blur", "JPEG")


def score_all(realism, pictures):
    """Headline realism of every picture, float64[n]."""
    return np.array([realism.score(picture).realism for picture in pictures])


def auroc(high, low):
    """How often one of `high` exceeds one of `low`; ties count half."""
    ranks = rankdata(np.concatenate([high, low]))[: len(high)]
    return (ranks.sum() - len(high) * (len(high) + 1) / 2) / (len(high) * len(low))


def calibration(check, realism, pictures, independent=None):
    """Do unseen real pictures score as calibrated? `independent`: which of them share no photograph (default: all)."""
    readings = [realism.score(picture) for picture in pictures]
    statistics = np.array([reading.statistics for reading in readings])
    headline = np.array([reading.realism for reading in readings])
    p_values = np.array([reading.p_value for reading in readings])[independent if independent is not None else slice(None)]
    yield Row(check, "real pictures, unseen", len(readings), "≥ 500", len(readings) >= 500)
    yield within(check, "share with S ≥ .5", np.mean(statistics >= 0.5), 0.95, 0.03)
    yield at_least(check, "share with R ≥ .5", np.mean(headline >= 0.5), 0.85)
    uniform = kstest(p_values, "uniform").pvalue
    yield Row(check, "conformal p uniform: KS p", float(uniform), "> 0.01", bool(uniform > 0.01), f"{len(p_values)} pictures")


def re_encodings(check, realism, pictures, kinds, rng):
    """Do harmless re-encodings do no harm? `kinds`: name → (image, rng) → image."""
    for name, kind in kinds.items():
        yield at_least(check, f"{name}: median R", np.median(score_all(realism, [kind(p, rng) for p in pictures])), 0.7)


def ladder_means(realism, pictures, ladder, rng):
    """Mean R on every level of a ladder, mild to heavy."""
    _, levels, damage = LADDERS[ladder]
    return [float(score_all(realism, [damage(p, level, rng) for p in pictures]).mean()) for level in levels]


def falling(means):
    """Spearman's correlation of severity with mean R: −1 where every level scores below the one before it, 0 where none differs."""
    return 0.0 if len(set(means)) == 1 else float(spearmanr(range(len(means)), means).statistic)


def ladders(check, realism, pictures, rng):
    """Does R fall as the damage grows?"""
    for name in LADDERS:
        means = ladder_means(realism, pictures, name, rng)
        shown = "mean R " + " ".join(f"{mean:.3f}" for mean in means)
        row = at_most(check, f"{name}: Spearman of severity and R", falling(means), -0.95, shown)
        yield row if name in REQUIRED_LADDERS else Row(check, row.name, row.figure, note=shown)


def empty(check, realism, rng):
    """Are pictures without content finite, and not realistic? Are impossible sizes refused clearly?"""
    side = realism.size[0]
    for name, picture in empty_pictures(side, rng).items():
        reading = realism.score(picture)
        numbers = [reading.realism, reading.statistics, reading.manifold, reading.p_value, *reading.groups.values()]
        if not np.isfinite(numbers).all():
            yield Row(check, name, "not finite", "finite", False)
        elif name in ("grey", "ramp"):
            yield at_most(check, f"{name}: R", reading.realism, 0.05)
        else:
            yield Row(check, f"{name}: R", reading.realism, "finite", True)
    for height, width in ((1, 1), (1, 8000)):
        try:
            figure = realism.score(np.zeros((height, width, 3), np.uint8)).realism
            yield Row(check, f"{width}×{height}", figure, "finite or a clear error", bool(np.isfinite(figure)))
        except UserError as error:
            yield Row(check, f"{width}×{height}", "clear error", "finite or a clear error", True, str(error))
