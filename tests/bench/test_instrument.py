"""What every check of a realism proxy is made of: bounds, reports, and checks that can fail."""

from types import SimpleNamespace

import numpy as np
import pytest

from core.base.errors import UserError
from core.bench import instrument
from core.bench.report import at_least, at_most, report_table, skipped, within
from tests.conftest import SIZE, smooth_picture


class ProxyDouble:
    """A realism proxy whose results are given: picture → R."""

    size = (SIZE, SIZE)

    def __init__(self, say):
        self.say = say

    def score(self, picture):
        value = self.say(picture)
        return SimpleNamespace(
            realism=value, statistics=value, manifold=value, p_value=value, groups={"colour": value}
        )


def counting(values):
    """A proxy that answers with one value after another."""
    values = iter(values)
    return ProxyDouble(lambda _: next(values))


def outcomes(rows):
    return {row.name: row.ok for row in rows}


def test_bounds():
    assert [at_least("1", "", 0.7, 0.7).ok, at_least("1", "", 0.69, 0.7).ok] == [True, False]
    assert [at_most("1", "", 0.05, 0.05).ok, at_most("1", "", 0.06, 0.05).ok] == [True, False]
    assert [within("1", "", 0.97, 0.95, 0.03).ok, within("1", "", 0.985, 0.95, 0.03).ok] == [True, False]
    assert [at_least("1", "", float("nan"), 0).ok, skipped("1", "", "why").ok] == [False, None]


def test_table_names_what_falls_short():
    lines = report_table(
        [
            at_least("2", "one", 0.9, 0.5),
            at_least("2", "two", 0.1, 0.5),
            skipped("9", "three", "nothing here"),
        ]
    ).split("\n")
    assert (
        "FALLS SHORT" in lines[1] and "FALLS SHORT" not in lines[0] + lines[2] and "nothing here" in lines[2]
    )


def test_calibration_accepts_a_calibrated_proxy_only():
    uniform = np.random.default_rng(0).permutation(np.linspace(0.001, 0.999, 600))
    pictures = [None] * 600
    good = outcomes(instrument.calibration("2", ProxyDouble(lambda _: 0.9), pictures))
    assert good["real pictures, unseen"] and good["share with R ≥ .5"]
    assert (
        not good["share with S ≥ .5"] and not good["conformal p uniform: KS p"]
    )  # all above .5, and p is constant
    spread = outcomes(instrument.calibration("2", counting(uniform), pictures))
    assert spread["conformal p uniform: KS p"] and not spread["share with R ≥ .5"]
    ninety_five = [0.4 if i % 20 == 0 else 0.9 for i in range(600)]
    assert outcomes(instrument.calibration("2", counting(ninety_five), pictures))["share with S ≥ .5"]
    assert not outcomes(instrument.calibration("2", ProxyDouble(lambda _: 0.9), pictures[:499]))[
        "real pictures, unseen"
    ]


def test_re_encodings_need_a_median_of_seven_tenths():
    kinds = {"fine": lambda p, _: 0.7, "bad": lambda p, _: 0.69}
    rows = list(instrument.re_encodings("3", ProxyDouble(lambda value: value), [None] * 3, kinds, None))
    assert [row.ok for row in rows] == [True, False]


def test_ladders_must_fall_but_shuffling_need_not():
    picture = smooth_picture(np.random.default_rng(0))
    levels = [0.9, 0.7, 0.5, 0.3, 0.1]
    falling = instrument.ladders("5", counting(levels * 4), [picture], np.random.default_rng(0))
    assert [row.ok for row in falling] == [True, True, True, None]
    swapped = [0.9, 0.7, 0.3, 0.5, 0.1]
    assert [
        row.ok for row in instrument.ladders("5", counting(swapped * 4), [picture], np.random.default_rng(0))
    ] == [False] * 3 + [None]


def test_a_proxy_that_sees_no_damage_does_not_fall():
    assert instrument.falling([0.5] * 5) == 0 and instrument.falling([5, 4, 3, 2, 1]) == pytest.approx(-1)


def test_empty_pictures_must_be_finite_and_grey_unrealistic():
    rng = np.random.default_rng(0)

    class Picky(ProxyDouble):
        def score(self, picture):
            if min(picture.shape[:2]) == 1:
                raise UserError("too small")
            return super().score(picture)

    good = list(instrument.empty("6", Picky(lambda _: 0.01), rng))
    assert len(good) == 9 and all(row.ok for row in good) and good[-1].note == "too small"
    assert [row.ok for row in instrument.empty("6", Picky(lambda _: 0.2), rng)][:2] == [False, False]
    assert not any(
        row.ok
        for row in instrument.empty("6", Picky(lambda _: float("nan")), rng)
        if row.figure != "clear error"
    )


def test_auroc():
    assert instrument.auroc(np.array([0.8, 0.9]), np.array([0.1, 0.2])) == 1
    assert instrument.auroc(np.array([0.1, 0.9]), np.array([0.1, 0.9])) == 0.5
