"""The 25 statistics against theory, and that they say what their names say."""

import numpy as np
import pytest

from core.base.errors import UserError
from core.measures import reencodings
from core.measures.differentiable_realism import TorchPictures
from core.measures.pixel_statistics import (
    STATISTIC_GROUPS,
    STATISTIC_NAMES,
    NumpyPictures,
    pixel_statistics,
    rho,
)
from tests.measures.made_pictures import field, real, static, to_picture


def test_rho_matches_theory():
    rng = np.random.default_rng(0)
    assert rho(rng.normal(0, 3, 1_000_000)) == pytest.approx(np.log(np.pi / 2), abs=0.005)
    assert rho(rng.laplace(0, 3, 1_000_000)) == pytest.approx(np.log(2), abs=0.005)


@pytest.mark.parametrize("alpha", [0, 1, 2, 3])
def test_slope_of_power_law_noise(alpha):
    rng = np.random.default_rng(alpha)
    pictures = [
        np.repeat(to_picture(128 + 40 * field(224, alpha, rng))[..., None], 3, axis=2) for _ in range(8)
    ]
    assert np.mean(
        [pixel_statistics(p)[STATISTIC_NAMES.index("spectral slope")] for p in pictures]
    ) == pytest.approx(alpha, abs=0.15)


def test_groups_cover_all_statistics_once():
    columns = [i for group in STATISTIC_GROUPS.values() for i in range(len(STATISTIC_NAMES))[group]]
    assert columns == list(range(25)) and len(set(STATISTIC_NAMES)) == 25
    assert pixel_statistics(static(np.random.default_rng(0))).shape == (25,)


def test_each_statistic_measures_what_its_name_says():
    def value(image, name):
        return pixel_statistics(image)[STATISTIC_NAMES.index(name)]

    rng = np.random.default_rng(0)
    picture = real(rng)
    grey = np.repeat(picture[..., :1], 3, axis=2)
    soft, loud = reencodings.blur(picture, 1.5), reencodings.noise(picture, 0.1, rng)
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::8] = 200
    assert value(soft, "spectral slope") > value(picture, "spectral slope") > value(loud, "spectral slope")
    assert value(soft, "fine share") < value(picture, "fine share") < value(loud, "fine share")
    assert value(grey, "colour detail") < value(picture, "colour detail") - 1
    assert value(grey, "off-grey detail") < value(picture, "off-grey detail") - 1
    assert value(stripes, "contrast up-down, fine") > 0.9 > value(stripes, "contrast left-right, fine")
    assert value(picture // 2, "brightness range") < value(picture, "brightness range")
    assert value(picture, "edges across scales") > value(static(rng), "edges across scales") + 0.2


@pytest.mark.parametrize("height, width", [(64, 64), (33, 48), (17, 31)])
def test_mirror_image_has_the_same_statistics(height, width):
    picture = real(np.random.default_rng(3))[:height, :width]
    assert np.allclose(pixel_statistics(picture), pixel_statistics(picture[:, ::-1]), atol=1e-9)


@pytest.mark.parametrize(
    "image", [np.zeros((64, 64), np.uint8), np.zeros((64, 64, 3)), np.zeros((64, 64, 4), np.uint8)]
)
def test_other_layouts_are_refused(image):
    with pytest.raises(UserError, match="8-bit RGB"):
        pixel_statistics(image)


def test_numpy_and_torch_have_the_same_operations():
    numpy, torch = (
        {name for name in vars(cls) if not name.startswith("_")} for cls in (NumpyPictures, TorchPictures)
    )
    assert numpy == torch
