"""The denoiser's adapter: what it makes of a network's answer, its schedule and its latents."""

import pytest
import torch

from core.models.diffusion import build_unet
from tests.conftest import UNET
from tests.models.oracle import denoiser


@pytest.mark.parametrize("kind", ["v_prediction", "epsilon", "sample"])
@pytest.mark.parametrize("t", [10, 500, 900])
def test_denoiser_recovers_picture_and_noise_from_an_exact_prediction(kind, t):
    x0, eps = torch.randn(2, 1, 4, 8, 8)
    alpha_bar = denoiser(x0).alpha_bar(t)
    x = alpha_bar**0.5 * x0 + (1 - alpha_bar) ** 0.5 * eps
    v = alpha_bar**0.5 * eps - (1 - alpha_bar) ** 0.5 * x0
    model = denoiser({"v_prediction": v, "epsilon": eps, "sample": x0}[kind], prediction_type=kind)
    found_x0, found_eps = model.x0_eps(x, t, None)
    assert torch.allclose(found_x0, x0, atol=1e-4) and torch.allclose(found_eps, eps, atol=1e-4)


def test_alpha_bar_is_indexed_by_timestep_and_one_at_the_clean_end():
    model = denoiser()
    assert model.alpha_bar(-1) == 1.0
    # cosine schedule: ᾱ(t) ≈ cos²(π/2 · (t/1000 + .008)/1.008), Nichol and Dhariwal 2021, eq. 17
    assert model.alpha_bar(499) == pytest.approx(0.4938, abs=2e-3)
    values = [model.alpha_bar(t) for t in range(1000)]
    assert values == sorted(values, reverse=True) and values[-1] < 1e-4


def test_timesteps_start_at_full_noise_and_fall():
    model = denoiser()
    for n in (2, 7, 50):
        steps = model.timesteps(n)
        assert len(steps) == n and steps[0] == 999 and steps == sorted(set(steps), reverse=True)


def test_decode_undoes_the_normalisation():
    model = denoiser(mean=0.3, std=2.0)
    z = torch.randn(1, 4, 8, 8)
    assert torch.allclose(model.decode(model.normalise(z)), z, atol=1e-5)


def test_unet_reads_its_context():
    unet = build_unet(UNET).eval()
    made = denoiser(unet)
    x, context = torch.randn(1, 4, 8, 8), torch.randn(2, 12, 32)
    with torch.no_grad():
        one, other = (made.x0_eps(x, 500, c[None])[0] for c in context)
    assert one.shape == x.shape and not torch.allclose(one, other)
