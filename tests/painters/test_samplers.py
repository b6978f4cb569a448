"""The samplers alone: on a denoiser that is known exactly, whatever steers it."""

from itertools import pairwise

import pytest
import torch

from core.painters.samplers import SAMPLERS, NoiseLevel, Prediction, noise_levels, second_order_factor

ALPHA_BARS = (0.05, 0.2, 0.5, 0.8, 0.95, 1.0)


def levels() -> list[NoiseLevel]:
    """Five levels down to a clean picture."""
    pairs = list(pairwise(ALPHA_BARS))
    return [
        NoiseLevel(i, 100 * (5 - i), now, then, last=i == len(pairs))
        for i, (now, then) in enumerate(pairs, 1)
    ]


def gaussian(x: torch.Tensor, level: NoiseLevel) -> Prediction:
    """The best denoiser where every picture is as likely as under a Gaussian of variance ¼."""
    variance = level.alpha_bar / 4 + 1 - level.alpha_bar
    x0 = level.alpha_bar**0.5 / 4 / variance * x
    return Prediction(x0, (x - level.alpha_bar**0.5 * x0) / (1 - level.alpha_bar) ** 0.5, x0)


def exact_solution(x: torch.Tensor) -> torch.Tensor:
    """Where the probability flow leads: x keeps its place among all x, in standard deviations."""
    return 0.5 * x / (ALPHA_BARS[0] / 4 + 1 - ALPHA_BARS[0]) ** 0.5


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_sampler_asks_once_per_level_and_ends_at_the_prediction(name):
    asked = []

    def denoise(x: torch.Tensor, level: NoiseLevel) -> Prediction:
        asked.append(level)
        return gaussian(x, level)

    steps = list(SAMPLERS[name](denoise, torch.randn(1, 4, 8, 8), levels()))
    assert asked == [level for level, _, _ in steps] == levels()
    _, prediction, x = steps[-1]
    assert torch.equal(x, prediction.x0)


def test_the_second_order_sampler_lands_nearer_to_the_exact_solution():
    x = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    errors = {}
    for name, sample in SAMPLERS.items():
        *_, (_, _, end) = sample(gaussian, x, levels())
        errors[name] = float((end - exact_solution(x)).abs().mean())
    assert errors["dpm-solver++"] < 0.6 * errors["ddim"]


def test_what_steers_a_prediction_does_not_count_as_its_bend():
    """A nudge that never changes: both samplers take it alike."""

    def nudged(x: torch.Tensor, level: NoiseLevel) -> Prediction:
        return Prediction(torch.full_like(x, level.alpha_bar), torch.zeros_like(x), torch.zeros_like(x))

    x = torch.zeros(1, 1, 2, 2)
    paths = [torch.stack([x for _, _, x in sample(nudged, x, levels())]) for sample in SAMPLERS.values()]
    assert torch.equal(*paths)


def test_the_factor_is_none_where_lambda_is_infinite():
    assert second_order_factor(0.0, 0.2, 0.5) == second_order_factor(0.2, 0.5, 1.0) == 0.0
    assert second_order_factor(0.2, 0.5, 0.8) > 0


def test_levels_lead_from_one_to_the_next_and_to_the_clean_end(tiny_pack):
    found = noise_levels(tiny_pack.denoiser, 7)
    assert [level.step for level in found] == list(range(1, 8))
    assert [level.timestep for level in found] == tiny_pack.denoiser.timesteps(7)
    assert all(one.next_alpha_bar == other.alpha_bar for one, other in pairwise(found))
    assert [level.last for level in found] == [False] * 6 + [True] and found[-1].next_alpha_bar == 1.0
