"""The realism proxy against theory, against synthetic "real" pictures, and against nonsense."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy.stats import kstest

from core import realism as module
from core import reencode
from core.errors import PackError, UserError
from core.realism import MEASURES, Realism, embed, fit_reference, ledoit_wolf
from core.statistics import GROUPS, NAMES, rho, statistics

SIZE = 64


def field(n, alpha, rng):
    """n×n noise with power 1/f^alpha, mean 0, standard deviation 1."""
    radius = np.hypot(np.fft.fftfreq(n)[:, None], np.fft.fftfreq(n)[None])
    radius[0, 0] = np.inf
    plane = np.fft.ifft2(np.fft.fft2(rng.normal(size=(n, n))) * radius ** (-alpha / 2)).real
    return plane / plane.std()


def to_picture(plane):
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)


def real(rng, n=SIZE):
    """A stand-in for a photograph: smooth light on overlapping coloured discs, a little grain."""
    y, x = np.mgrid[:n, :n]
    picture = np.tile(rng.uniform(60, 200, 3), (n, n, 1))
    for _ in range(rng.integers(5, 12)):
        centre, radius = rng.uniform(0, n, 2), n * rng.uniform(0.06, 0.35)
        inside = np.hypot(y - centre[0], x - centre[1]) < radius
        picture[inside] = rng.uniform(20, 235) + rng.normal(0, 25, 3)
    picture *= 1 + 0.2 * field(n, 2.4, rng)[..., None]
    return to_picture(picture + rng.normal(0, 2, (n, n, 1)))


def static(rng, n=SIZE):
    return rng.integers(0, 256, (n, n, 3), dtype=np.uint8)


PROJECTION = np.random.default_rng(99).normal(size=(8 * 8 * 3, 24))
CONE = np.full(24, 8.0)


def features(views):
    """Fixed projection of each picture's 8×8 thumbnail into a cone, as encoders do."""
    n = views.shape[1] // 8
    thumbnails = views.reshape(len(views), 8, n, 8, n, 3).mean(axis=(2, 4)) / 255 - 0.5
    return thumbnails.reshape(len(views), -1) @ PROJECTION + CONE


@pytest.fixture(scope="module")
def reference():
    rng = np.random.default_rng(1)
    return fit_reference([real(rng) for _ in range(150)], features, [real(rng) for _ in range(150)])


@pytest.fixture(scope="module")
def realism(reference):
    return Realism(reference, features)


@pytest.fixture(scope="module")
def unseen():
    rng = np.random.default_rng(2)
    return [real(rng) for _ in range(60)]


def test_rho_matches_theory():
    rng = np.random.default_rng(0)
    assert rho(rng.normal(0, 3, 1_000_000)) == pytest.approx(np.log(np.pi / 2), abs=0.005)
    assert rho(rng.laplace(0, 3, 1_000_000)) == pytest.approx(np.log(2), abs=0.005)


@pytest.mark.parametrize("alpha", [0, 1, 2, 3])
def test_slope_of_power_law_noise(alpha):
    rng = np.random.default_rng(alpha)
    pictures = [np.repeat(to_picture(128 + 40 * field(224, alpha, rng))[..., None], 3, axis=2) for _ in range(8)]
    assert np.mean([statistics(p)[NAMES.index("spectral slope")] for p in pictures]) == pytest.approx(alpha, abs=0.15)


def test_groups_cover_all_statistics_once():
    columns = [i for group in GROUPS.values() for i in range(len(NAMES))[group]]
    assert columns == list(range(25)) and len(set(NAMES)) == 25
    assert statistics(static(np.random.default_rng(0))).shape == (25,)


def test_each_statistic_measures_what_its_name_says():
    value = lambda image, name: statistics(image)[NAMES.index(name)]  # noqa: E731
    rng = np.random.default_rng(0)
    picture = real(rng)
    grey = np.repeat(picture[..., :1], 3, axis=2)
    soft, loud = reencode.blur(picture, 1.5), reencode.noise(picture, 0.1, rng)
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
    assert np.allclose(statistics(picture), statistics(picture[:, ::-1]), atol=1e-9)


def test_mirror_image_has_the_same_reading(realism, unseen):
    # the thumbnail projection is far from mirror-symmetric, so this fails without averaging both views
    one, mirrored = features(np.stack([unseen[0], unseen[0][:, ::-1]]))
    assert not np.allclose(one, mirrored, atol=0.1)
    for picture in unseen[:10]:
        assert abs(realism.score(picture).realism - realism.score(picture[:, ::-1]).realism) < 1e-3


def test_png_round_trip_is_identical(realism, unseen):
    buffer = io.BytesIO()
    Image.fromarray(unseen[0]).save(buffer, "PNG")
    assert realism.score(np.array(Image.open(buffer))) == realism.score(unseen[0])


def degenerate(n):
    y, x = np.mgrid[:n, :n]
    grey = lambda plane: np.repeat(plane.astype(np.uint8)[..., None], 3, axis=2)  # noqa: E731
    single = np.full((n, n, 3), 90, np.uint8)
    single[n // 2, n // 2] = 255
    return {
        "black": grey(0 * x),
        "grey": grey(0 * x + 127),
        "one colour": np.tile(np.array([200, 10, 50], np.uint8), (n, n, 1)),
        "ramp": grey(x * 255 / (n - 1)),
        "checkerboard": grey((x + y) % 2 * 255),
        "single pixel": single,
    }


@pytest.mark.parametrize("name", degenerate(SIZE))
def test_degenerate_pictures_are_finite_and_not_realistic(realism, name):
    for n in (16, 17, SIZE):
        assert np.isfinite(statistics(degenerate(n)[name])).all()
    reading = realism.score(degenerate(SIZE)[name])
    assert np.isfinite([reading.realism, reading.p_value, *reading.groups.values(), *reading.distances.values()]).all()
    assert reading.realism < 0.05


@pytest.mark.parametrize("shape", [(1, 1, 3), (8000, 1, 3), (15, 64, 3), (16, 2049, 3)])
def test_impossible_sizes_name_the_accepted_ones(realism, shape):
    for call in (statistics, realism.score):
        with pytest.raises(UserError, match=f"{shape[1]}×{shape[0]} px.*16 to 2048 px"):
            call(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("image", [np.zeros((64, 64), np.uint8), np.zeros((64, 64, 3)), np.zeros((64, 64, 4), np.uint8)])
def test_other_layouts_are_refused(image):
    with pytest.raises(UserError, match="8-bit RGB"):
        statistics(image)


def test_another_resolution_is_refused(realism):
    with pytest.raises(UserError, match="64×64 px.*has 32×48"):
        realism.score(np.zeros((48, 32, 3), np.uint8))


def test_static_scores_low_and_unseen_real_pictures_high(realism, unseen):
    rng = np.random.default_rng(4)
    readings = [realism.score(picture) for picture in unseen]
    noise = [realism.score(static(rng)) for _ in range(5)]
    assert np.mean([r.statistics >= 0.5 for r in readings]) >= 0.9
    assert np.mean([r.realism >= 0.5 for r in readings]) >= 0.8
    assert np.median([r.realism for r in readings]) > 0.7
    assert max(r.realism for r in noise) < 0.01
    assert max(r.groups["spectrum"] for r in noise) < 0.1
    assert max(r.p_value for r in noise) < 0.01


def test_calibration_puts_the_95th_percentile_at_one_half(reference):
    d50, d95, gamma = reference["calibration"].T
    assert reference["calibration"].shape == (len(MEASURES), 3)
    assert (d50 < d95).all() and (4 <= gamma).all() and (gamma <= 8).all()
    assert np.allclose(1 / (1 + module.excesses(d95, reference["calibration"])), 0.5)


def test_p_values_of_unseen_real_pictures_are_uniform(realism, unseen):
    assert kstest([realism.score(picture).p_value for picture in unseen], "uniform").pvalue > 0.01


def test_benign_re_encodings_stay_realistic_and_heavy_noise_does_not(realism, unseen):
    rng = np.random.default_rng(5)

    def median(change):
        return np.median([realism.score(change(picture)).realism for picture in unseen[:20]])

    assert median(lambda p: reencode.blur(p, 0.6)) > 0.7
    assert median(lambda p: reencode.jpeg(p, 90)) > 0.7
    assert median(lambda p: reencode.resize(p, 0.62)) > 0.7
    assert median(lambda p: reencode.noise(p, 0.02, rng)) > 0.7
    assert median(lambda p: reencode.noise(p, 0.25, rng)) < 0.1


def test_manifold_alone_catches_a_picture_the_encoder_has_never_seen(reference, unseen):
    away = Realism(reference, lambda views: np.tile(np.where(np.arange(24) < 12, 1.0, -1.0), (2, 1)))
    reading = away.score(unseen[0])
    assert reading.statistics > 0.5 > 0.1 > reading.manifold
    assert reading.realism == reading.manifold


def test_statistics_alone_catch_noise_that_the_encoder_overlooks(realism, unseen):
    noisy = reencode.noise(unseen[1], 0.2, np.random.default_rng(6))
    reading = realism.score(noisy)
    assert reading.manifold > 0.5 > 0.05 > reading.statistics
    assert reading.realism == reading.statistics


def test_manifold_distance_is_equation_3(reference, unseen):
    vector = embed(features, unseen[2])
    bank, radii = reference["manifold_features"].astype(float), reference["manifold_radii"]
    score = max(radius / np.linalg.norm(vector - point) for point, radius in zip(bank, radii))
    assert Realism(reference, features).score(unseen[2]).distances["manifold"] == pytest.approx(1 / score, rel=1e-3)


def test_radii_ignore_the_pictures_own_re_encoding():
    angles = np.array([0.0, 0.01, 1.0, 1.01, 2.5, 2.51, 4.5, 4.51])  # four pictures, each beside its copy
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    bank, radii = module._neighbourhoods(points, k=1, related=2, chunk=3)
    assert len(bank) == 4 and radii.min() > 0.9


def test_crops_of_one_original_are_no_neighbours():
    rng = np.random.default_rng(11)
    crops = [np.roll(picture, shift, 1) for picture in (real(rng) for _ in range(10)) for shift in range(4)]
    others = [real(rng) for _ in range(20)]
    alone, related = (fit_reference(crops, features, others, kinds=(), per=per)["manifold_radii"] for per in (1, 4))
    assert np.median(related) > 1.5 * np.median(alone)


def test_too_typical_is_flagged(realism, unseen, monkeypatch):
    assert np.mean([realism.score(picture).too_typical for picture in unseen]) < 0.1
    monkeypatch.setattr(module, "statistics", lambda image: realism.reference["mean"])
    reading = realism.score(unseen[0])
    assert reading.too_typical and reading.statistics > 0.99


def test_reference_is_small_and_reproducible():
    rng = np.random.default_rng(7)
    pictures = [real(rng) for _ in range(40)]
    first, second = (fit_reference(iter(pictures[:20]), features, iter(pictures[20:])) for _ in range(2))
    assert all(np.array_equal(first[name], second[name]) for name in first)
    # what grows with the pictures: per kept row 2 bytes × D and 4 of radius; half of all versions are kept
    assert len(first["manifold_features"]) == 20 * (1 + len(reencode.KINDS)) / 2 and first["manifold_features"].dtype == np.float16
    fixed = sum(array.nbytes for name, array in first.items() if not name.startswith("manifold"))
    assert fixed + 8 * module.KEPT_DISTANCES + 4000 * (2 * 128 + 4) < 3_000_000


@pytest.mark.parametrize("count, sizes", [(19, (64, 64)), (30, (64, 32))])
def test_fitting_refuses_too_few_pictures_and_mixed_sizes(count, sizes):
    rng = np.random.default_rng(8)
    pictures = [real(rng, sizes[i % 2]) for i in range(count)]
    with pytest.raises(UserError, match="at least 20 pictures of one size"):
        fit_reference(pictures, features, pictures)


@pytest.mark.parametrize("name", ["mean", "precision", "manifold_features", "calibration", "calibration_excess", "size"])
def test_damaged_references_are_refused(reference, name):
    with pytest.raises(PackError, match=f"lacks {name}"):
        Realism({key: array for key, array in reference.items() if key != name}, features)
    with pytest.raises(PackError, match=f"{name} has shape"):
        Realism(reference | {name: reference[name][None]}, features)
    with pytest.raises(PackError, match="not finite"):
        Realism(reference | {name: np.full(reference[name].shape, np.nan)}, features)


def test_half_precision_is_refused_where_it_would_hurt(reference):
    Realism(reference | {"manifold_radii": reference["manifold_radii"].astype(np.float16)}, features)
    with pytest.raises(PackError, match="precision was stored in half precision"):
        Realism(reference | {"precision": reference["precision"].astype(np.float16)}, features)


def test_an_encoder_of_another_pack_is_refused(reference, unseen):
    with pytest.raises(PackError, match="24 features.*gave 5"):
        Realism(reference, lambda views: np.ones((2, 5))).score(unseen[0])


def test_ledoit_wolf_matches_scikit_learn():
    covariance = pytest.importorskip("sklearn.covariance", reason="scikit-learn is not installed")
    rng = np.random.default_rng(9)
    values = rng.normal(size=(60, 25)) @ rng.normal(size=(25, 25))
    values -= values.mean(0)
    assert np.allclose(ledoit_wolf(values), covariance.ledoit_wolf(values, assume_centered=True)[0])


def test_every_kind_of_re_encoding_changes_a_little_and_keeps_the_layout(unseen):
    for kind in reencode.KINDS:
        out, again = (kind(unseen[0], np.random.default_rng(3)) for _ in range(2))
        assert out.shape == unseen[0].shape and out.dtype == np.uint8 and np.array_equal(out, again)
        assert 0 < np.abs(out.astype(float) - unseen[0]).mean() < 20


def test_every_picture_enters_plain_and_once_through_each_kind():
    rng, seen = np.random.default_rng(12), []
    pictures = [real(rng) for _ in range(20)]
    kinds = [lambda image, _, name=name: seen.append(name) or image for name in "ab"]
    fit_reference(pictures, features, pictures, kinds=kinds)
    assert seen == ["a", "b"] * 20
