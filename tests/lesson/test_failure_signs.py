"""The signs of failure as instruments: each answers to what it is named after, and to nothing else."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from core.base.errors import UserError
from core.lesson import failure_signs, sign_bands
from tests.conftest import smooth_picture

SIZE = 128


def grey(plane: np.ndarray) -> np.ndarray:
    """H×W → uint8 H×W×3."""
    return np.repeat(np.clip(plane, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def blobs(places: list[tuple[int, int]], size: int = SIZE) -> np.ndarray:
    """White discs on mid-grey, five of which fill as much as counts as salient."""
    rows, columns = np.mgrid[:size, :size]
    plane = np.full((size, size), 128.0)
    for row, column in places:
        plane[np.hypot(rows - row, columns - column) <= 11] = 250
    return grey(plane)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.mark.parametrize("period", [7, 16])
def test_a_repeated_texture_is_found_with_its_period(rng, period):
    texture = rng.normal(128, 40, (period, period))
    figures, _, _ = failure_signs.measure_signs(
        grey(np.tile(texture, (SIZE // period + 1,) * 2)[:SIZE, :SIZE])
    )
    assert figures["repeat"] > 0.9
    assert figures["lag"] / period == pytest.approx(round(figures["lag"] / period), abs=0.45)
    alone, _, _ = failure_signs.measure_signs(grey(rng.normal(128, 40, (SIZE, SIZE))))
    assert alone["repeat"] < 0.15  # just as fine, but never the same twice
    assert alone["fine"] == pytest.approx(figures["fine"], rel=0.3)


def test_blur_takes_fine_detail_and_edges_away(rng):
    plane = np.where(rng.random((SIZE, SIZE)) < 0.5, 60.0, 200.0)
    sharp, soft = (failure_signs.measure_signs(grey(gaussian_filter(plane, sigma)))[0] for sigma in (0.5, 3))
    assert sharp["fine"] > 5 * soft["fine"] and sharp["edges"] > 3 * soft["edges"]


def test_fragments_are_counted_and_boxed(rng):
    one, _, none = failure_signs.measure_signs(blobs([(64, 64)]))
    assert (one["pieces"], one["scattered"], none) == (1, 0, [])
    places = [(20, 20), (20, 100), (64, 64), (100, 30), (105, 105)]
    many, _, boxes = failure_signs.measure_signs(blobs(places))
    assert many["pieces"] == 5 and many["scattered"] == pytest.approx(0.8, abs=0.05)
    centres = [((y + height / 2) * SIZE, (x + width / 2) * SIZE) for x, y, width, height in boxes]
    assert len(boxes) == 4  # the largest is the subject
    assert all(min(np.hypot(r - row, c - column) for row, column in places) < 4 for r, c in centres)


def test_a_mirrored_picture_has_the_same_figures(rng):
    picture = smooth_picture(rng, 96)
    figures, mirrored = (failure_signs.measure_signs(image)[0] for image in (picture, picture[:, ::-1]))
    assert mirrored == pytest.approx(figures, rel=1e-6)


def test_an_even_picture_has_no_sign():
    figures, maps, boxes = failure_signs.measure_signs(np.full((64, 48, 3), 90, np.uint8))
    assert all(value == 0 for name, value in figures.items() if name != "lag") and boxes == []
    assert all((plane == 0).all() and plane.shape == (16, 16) for plane in maps.values())


def test_another_layout_is_refused():
    with pytest.raises(UserError, match="8-bit RGB"):
        failure_signs.measure_signs(np.zeros((32, 32), np.uint8))


def test_maps_point_at_the_place(rng):
    real = [smooth_picture(rng, SIZE) for _ in range(6)]
    found = {**failure_signs.sign_bands(real), "size": SIZE}
    picture = real[0].copy()
    picture[:32, 96:] = rng.integers(0, 256, (32, 32, 3))  # four by four tiles at the top right
    for name in failure_signs.MAPS:
        digits = np.array(
            [int(d) for d in failure_signs.signs_for_page(picture, found)["maps"][name]]
        ).reshape(16, 16)
        assert digits[:4, 12:].min() >= 2, name
        assert np.median(digits[6:, :]) == 0, name
    assert failure_signs.signs_for_page(picture)["maps"] == {}  # without bands nothing can be called too much


def test_bands_are_percentiles_of_the_pictures(rng):
    real = [smooth_picture(rng, 64) for _ in range(9)]
    found = failure_signs.sign_bands(iter(real))
    fine = sorted(failure_signs.measure_signs(picture)[0]["fine"] for picture in real)
    assert found["pictures"] == 9
    assert set(found["figures"]) == set(failure_signs.SIGNS)
    assert set(found["tiles"]) == set(failure_signs.MAPS)
    assert found["figures"]["fine"]["p50"] == pytest.approx(fine[4], abs=1e-4)
    assert fine[0] <= found["figures"]["fine"]["p5"] < found["figures"]["fine"]["p95"] <= fine[-1]


def test_the_miniature_has_bands_and_an_unknown_pack_has_none():
    found = sign_bands.read_bands("miniature")
    assert found["size"] == 128 and found["pictures"] >= 100
    assert found["command"].startswith("python -m core lesson signs")
    assert all(band["p5"] <= band["p50"] <= band["p95"] for band in found["figures"].values())
    assert sign_bands.read_bands("nothing of the kind") is None


def test_the_shipped_failure_shows_signs():
    """What the page claims of the example, with the bands that come with the program."""
    from core.base.images import read_image
    from core.packs.manifest import pack_folder

    found = sign_bands.read_bands("miniature")["figures"]
    frames = pack_folder("miniature") / "example" / "frames" / "pixels"
    last = failure_signs.measure_signs(read_image(max(frames.glob("*.png"))))[0]
    signs = ("fine", "repeat", "edges", "pieces")
    assert sum(last[name] > found[name]["p95"] for name in signs) >= 2
