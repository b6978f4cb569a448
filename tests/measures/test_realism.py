"""The realism proxy on synthetic "real" pictures, and on nonsense."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from scipy.stats import kstest

from core.base.errors import PackError, UserError
from core.measures import realism as module
from core.measures import reencodings
from core.measures.pixel_statistics import pixel_statistics
from core.measures.realism import COMPONENTS, Realism, embed
from tests.measures.made_pictures import SIZE, features, static


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


def degenerate(n: int) -> dict[str, np.ndarray]:
    """Pictures of n×n in which there is nothing to see."""
    y, x = np.mgrid[:n, :n]

    def grey(plane: np.ndarray) -> np.ndarray:
        return np.repeat(plane.astype(np.uint8)[..., None], 3, axis=2)

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
        assert np.isfinite(pixel_statistics(degenerate(n)[name])).all()
    reading = realism.score(degenerate(SIZE)[name])
    assert np.isfinite(
        [reading.realism, reading.p_value, *reading.groups.values(), *reading.distances.values()]
    ).all()
    assert reading.realism < 0.05


@pytest.mark.parametrize("shape", [(1, 1, 3), (8000, 1, 3), (15, 64, 3), (16, 2049, 3)])
def test_impossible_sizes_name_the_accepted_ones(realism, shape):
    for call in (pixel_statistics, realism.score):
        with pytest.raises(UserError, match=f"{shape[1]}×{shape[0]} px.*16 to 2048 px"):
            call(np.zeros(shape, np.uint8))


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
    assert reference["calibration"].shape == (len(COMPONENTS), 3)
    assert (d50 < d95).all() and (4 <= gamma).all() and (gamma <= 8).all()
    assert np.allclose(1 / (1 + module.excesses(d95, reference["calibration"])), 0.5)


def test_p_values_of_unseen_real_pictures_are_uniform(realism, unseen):
    assert kstest([realism.score(picture).p_value for picture in unseen], "uniform").pvalue > 0.01


def test_benign_re_encodings_stay_realistic_and_heavy_noise_does_not(realism, unseen):
    rng = np.random.default_rng(5)

    def median(change: Callable[[np.ndarray], np.ndarray]) -> float:
        return np.median([realism.score(change(picture)).realism for picture in unseen[:20]])

    assert median(lambda p: reencodings.blur(p, 0.6)) > 0.7
    assert median(lambda p: reencodings.jpeg(p, 90)) > 0.7
    assert median(lambda p: reencodings.resize(p, 0.62)) > 0.7
    assert median(lambda p: reencodings.noise(p, 0.02, rng)) > 0.7
    assert median(lambda p: reencodings.noise(p, 0.25, rng)) < 0.1


def test_manifold_alone_catches_a_picture_the_encoder_has_never_seen(reference, unseen):
    away = Realism(reference, lambda views: np.tile(np.where(np.arange(24) < 12, 1.0, -1.0), (2, 1)))
    reading = away.score(unseen[0])
    assert reading.statistics > 0.5 > 0.1 > reading.manifold
    assert reading.realism == reading.manifold


def test_statistics_alone_catch_noise_that_the_encoder_overlooks(realism, unseen):
    noisy = reencodings.noise(unseen[1], 0.2, np.random.default_rng(6))
    reading = realism.score(noisy)
    assert reading.manifold > 0.5 > 0.05 > reading.statistics
    assert reading.realism == reading.statistics


def test_manifold_distance_is_equation_3(reference, unseen):
    vector = embed(features, unseen[2][None])[0]
    bank, radii = reference["manifold_features"].astype(float), reference["manifold_radii"]
    score = max(radius / np.linalg.norm(vector - point) for point, radius in zip(bank, radii, strict=True))
    assert Realism(reference, features).score(unseen[2]).distances["manifold"] == pytest.approx(
        1 / score, rel=1e-3
    )


def test_too_typical_is_flagged(realism, unseen, monkeypatch):
    assert np.mean([realism.score(picture).too_typical for picture in unseen]) < 0.1
    monkeypatch.setattr(module, "pixel_statistics", lambda image: realism.reference["mean"])
    reading = realism.score(unseen[0])
    assert reading.too_typical and reading.statistics > 0.99


@pytest.mark.parametrize(
    "name", ["mean", "precision", "manifold_features", "calibration", "calibration_excess", "size"]
)
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


def test_every_kind_of_re_encoding_changes_a_little_and_keeps_the_layout(unseen):
    for kind in reencodings.REENCODINGS:
        out, again = (kind(unseen[0], np.random.default_rng(3)) for _ in range(2))
        assert out.shape == unseen[0].shape and out.dtype == np.uint8 and np.array_equal(out, again)
        assert 0 < np.abs(out.astype(float) - unseen[0]).mean() < 20
