"""What is measured of real pictures to make a reference of them."""

import numpy as np
import pytest

from core.base.errors import UserError
from core.measures import reencodings
from core.measures.reference_fitting import KEPT_DISTANCES, _neighbourhoods, fit_reference, ledoit_wolf
from tests.measures.made_pictures import features, real


def test_radii_ignore_the_pictures_own_re_encoding():
    angles = np.array([0.0, 0.01, 1.0, 1.01, 2.5, 2.51, 4.5, 4.51])  # four pictures, each beside its copy
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    bank, radii = _neighbourhoods(points, k=1, related=2, chunk=3)
    assert len(bank) == 4 and radii.min() > 0.9


def test_crops_of_one_original_are_no_neighbours():
    rng = np.random.default_rng(11)
    crops = [np.roll(picture, shift, 1) for picture in (real(rng) for _ in range(10)) for shift in range(4)]
    others = [real(rng) for _ in range(20)]
    alone, related = (
        fit_reference(crops, features, others, kinds=(), per=per)["manifold_radii"] for per in (1, 4)
    )
    assert np.median(related) > 1.5 * np.median(alone)


def test_reference_is_small_and_reproducible():
    rng = np.random.default_rng(7)
    pictures = [real(rng) for _ in range(40)]
    first, second = (fit_reference(iter(pictures[:20]), features, iter(pictures[20:])) for _ in range(2))
    assert all(np.array_equal(first[name], second[name]) for name in first)
    # what grows with the pictures: per kept row 2 bytes × D and 4 of radius; half of all versions are kept
    assert (
        len(first["manifold_features"]) == 20 * (1 + len(reencodings.REENCODINGS)) / 2
        and first["manifold_features"].dtype == np.float16
    )
    fixed = sum(array.nbytes for name, array in first.items() if not name.startswith("manifold"))
    assert fixed + 8 * KEPT_DISTANCES + 4000 * (2 * 128 + 4) < 3_000_000


@pytest.mark.parametrize("count, sizes", [(19, (64, 64)), (30, (64, 32))])
def test_fitting_refuses_too_few_pictures_and_mixed_sizes(count, sizes):
    rng = np.random.default_rng(8)
    pictures = [real(rng, sizes[i % 2]) for i in range(count)]
    with pytest.raises(UserError, match="at least 20 pictures of one size"):
        fit_reference(pictures, features, pictures)


def test_ledoit_wolf_matches_scikit_learn():
    covariance = pytest.importorskip("sklearn.covariance", reason="scikit-learn is not installed")
    rng = np.random.default_rng(9)
    values = rng.normal(size=(60, 25)) @ rng.normal(size=(25, 25))
    values -= values.mean(0)
    assert np.allclose(ledoit_wolf(values), covariance.ledoit_wolf(values, assume_centered=True)[0])


def test_every_picture_enters_plain_and_once_through_each_kind():
    rng, seen = np.random.default_rng(12), []
    pictures = [real(rng) for _ in range(20)]
    kinds = [lambda image, _, name=name: seen.append(name) or image for name in "ab"]
    fit_reference(pictures, features, pictures, kinds=kinds)
    assert seen == ["a", "b"] * 20
