"""Random crops from an explicit generator."""

import pytest
import torch

from core.painters.cutouts import CROP_SCALES, draw_crops, take_crops, tile_images


def generator(seed: int = 0) -> torch.Generator:
    """Always the same draws."""
    return torch.Generator().manual_seed(seed)


def cutouts(images: torch.Tensor, count: int, size: int, generator: torch.Generator) -> torch.Tensor:
    """As many crops as a painter shows its judge."""
    return take_crops(images, draw_crops(count, generator), size)


def ramp(size: int = 64) -> torch.Tensor:
    """Red rises from left to right, green from top to bottom, so that a crop tells where it was."""
    line = (torch.arange(size) + 0.5) / size
    return torch.stack([line.expand(size, size), line[:, None].expand(size, size), torch.zeros(size, size)])[
        None
    ]


def extent(crop: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """(left, right, top, bottom) of a crop of `ramp`, as fractions of the picture."""
    red, green = crop[0], crop[1]
    half = (red[:, 1] - red[:, 0]).mean().abs() / 2
    return red.min() - half, red.max() + half, green.min() - half, green.max() + half


def test_one_cutout_is_the_whole_picture_and_draws_nothing():
    images, g = torch.rand(1, 3, 32, 32), generator()
    state = g.get_state()
    assert cutouts(images, 1, 16, g) is images
    assert torch.equal(g.get_state(), state)


def test_shape_range_and_gradient():
    images = torch.rand(1, 3, 48, 48, requires_grad=True)
    crops = cutouts(images, 6, 16, generator())
    assert crops.shape == (6, 3, 16, 16) and 0 <= crops.min() and crops.max() <= 1
    (gradient,) = torch.autograd.grad(crops.sum(), images)
    assert gradient.isfinite().all() and gradient.abs().sum() > 0


@pytest.mark.parametrize("size", [16, 32, 64])
def test_crops_differ_in_place_and_scale_even_if_the_canvas_is_no_larger_than_the_input(size):
    crops = cutouts(ramp(), 200, size, generator())
    sides = torch.stack([right - left for left, right, *_ in map(extent, crops)])
    low, high = CROP_SCALES
    assert sides.min() >= low - 0.02 and sides.max() <= high + 0.02
    assert sides.std() > 0.08  # uniform on .5 … .95 has .13
    lefts = torch.stack([extent(crop)[0] for crop in crops])
    assert lefts.std() > 0.05


def test_crops_are_square_and_stay_inside():
    for crop in cutouts(ramp(), 100, 32, generator()):
        left, right, top, bottom = extent(crop)
        assert abs((right - left) - (bottom - top)) < 0.02
        assert min(left, top) > -0.02 and max(right, bottom) < 1.02


def test_about_half_are_mirrored_and_none_is_upside_down():
    crops = cutouts(ramp(), 200, 16, generator())
    mirrored = (crops[:, 0, :, 0] > crops[:, 0, :, -1]).all(1).float().mean()
    assert 0.35 < mirrored < 0.65
    assert (crops[:, 1, 0] < crops[:, 1, -1]).all()


def test_shrinking_does_not_alias():
    stripes = (torch.arange(128) % 2).float().expand(1, 3, 128, 128)
    crops = cutouts(stripes, 20, 32, generator())
    assert (crops - 0.5).abs().mean() < 0.1  # plain sampling gives .25 or more


def test_same_generator_same_crops_and_global_randomness_is_left_alone():
    images = torch.rand(1, 3, 32, 32)
    torch.manual_seed(1)
    state = torch.get_rng_state()
    first = cutouts(images, 4, 16, generator(5))
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(7)
    assert torch.equal(first, cutouts(images, 4, 16, generator(5)))
    assert not torch.equal(first, cutouts(images, 4, 16, generator(6)))


def test_sheet_places_row_by_row():
    images = torch.arange(5.0).view(5, 1, 1, 1).expand(5, 3, 2, 2) / 5
    page = tile_images(images, columns=3)
    assert page.shape == (1, 3, 4, 6)
    assert page[0, 0, ::2, ::2].flatten().tolist() == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 0.5])
