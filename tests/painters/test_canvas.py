"""Canvases: one contract, three parameterisations."""

import pytest
import torch

from core.painters.canvas import CANVASES, Canvas, make_canvas


def canvas(kind: str, seed: int = 0, size: int = 32, noise: float = 0.01) -> Canvas:
    """One canvas on the CPU."""
    return make_canvas(kind, size, "cpu", torch.Generator().manual_seed(seed), noise)


@pytest.mark.parametrize("kind", CANVASES)
@pytest.mark.parametrize("size", [16, 33])
def test_contract(kind, size):
    made = canvas(kind, size=size)
    image = made.image()
    assert image.shape == (1, 3, size, size) and image.dtype == torch.float32
    assert 0 <= image.min() and image.max() <= 1
    for gradient in torch.autograd.grad(image.square().sum(), made.parameters()):
        assert gradient.isfinite().all() and gradient.abs().sum() > 0


@pytest.mark.parametrize("kind", CANVASES)
def test_start_is_grey_with_the_asked_noise_and_repeats(kind):
    image = canvas(kind, noise=0.02, size=64).image()
    assert image.mean().item() == pytest.approx(0.5, abs=0.01)
    assert 0.01 < image.std().item() < 0.04
    assert torch.equal(image, canvas(kind, noise=0.02, size=64).image())
    assert not torch.equal(image, canvas(kind, noise=0.02, size=64, seed=1).image())
    assert canvas(kind, noise=0.0).image().std() < 1e-6


@pytest.mark.parametrize("kind", CANVASES)
def test_adam_reaches_a_picture(kind):
    wanted = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(2))
    wanted = torch.nn.functional.interpolate(wanted, (32, 32), mode="bicubic", align_corners=False).clamp(
        0, 1
    )
    made = canvas(kind)
    optimiser = torch.optim.Adam(made.parameters(), lr=0.05)
    for _ in range(100):
        optimiser.zero_grad()
        (made.image() - wanted).square().mean().backward()
        optimiser.step()
    assert (made.image() - wanted).square().mean().sqrt() < 0.1  # .27 at the start


def roughness(kind: str) -> float:
    """Share of neighbour differences in what one Adam step on a random wish changes."""
    made = canvas(kind, noise=0.0)
    before = made.image().detach()
    wish = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(3))
    optimiser = torch.optim.Adam(made.parameters(), lr=0.05)
    (made.image() * wish).sum().backward()
    optimiser.step()
    change = made.image().detach() - before
    return ((change[..., 1:] - change[..., :-1]).square().mean() / change.square().mean()).item()


def test_raw_has_no_prior_and_the_others_prefer_broad_shapes():
    # white noise has neighbour differences of twice its variance
    assert roughness("raw") == pytest.approx(2, abs=0.2)
    assert roughness("fourier") < 1 and roughness("multiscale") < 1


def test_raw_pixels_move_by_the_learning_rate():
    made = canvas("raw")
    before = made.image().detach()
    optimiser = torch.optim.Adam(made.parameters(), lr=0.05)
    made.image().sum().backward()
    optimiser.step()
    assert torch.allclose(before - made.image(), torch.full_like(before, 0.05), atol=1e-4)


@pytest.mark.parametrize("kind", ["raw", "fourier", "multiscale"])
def test_every_canvas_holds_at_512_pixels(kind):
    canvas = make_canvas(kind, 512, "cpu", torch.Generator().manual_seed(0), 0.01)
    image = canvas.image()
    assert image.shape == (1, 3, 512, 512) and 0 <= image.min() and image.max() <= 1
    assert 0.005 < image.std() < 0.02  # the starting noise means the same at every size
    gradients = torch.autograd.grad(image.square().sum(), canvas.parameters())
    assert all(gradient.isfinite().all() and gradient.abs().sum() > 0 for gradient in gradients)
