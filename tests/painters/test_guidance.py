"""What steers a denoiser, each wrapper alone: on the tiny pack's, or on one that is known exactly."""

from collections.abc import Callable

import pytest
import torch

from core.packs.pack import ModelPack
from core.painters.guidance import judge_guided, rms, self_recurrent, text_guided
from core.painters.samplers import Denoise, NoiseLevel, Prediction, ddim_step, noise_levels

PROMPT = "a red fox in snow"


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    """Gaussian numbers, always the same."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def level(tiny_pack: ModelPack) -> NoiseLevel:
    """The second of four levels of the tiny pack."""
    return noise_levels(tiny_pack.denoiser, 4)[1]


@pytest.fixture
def x(tiny_pack: ModelPack) -> torch.Tensor:
    """A noisy latent of the tiny pack."""
    return noise(1, *tiny_pack.denoiser.latent_shape)


@pytest.fixture
def unguided(tiny_pack: ModelPack) -> Denoise:
    """The tiny pack's denoiser without a prompt."""
    return text_guided(tiny_pack.denoiser, tiny_pack.denoiser.empty_context(), 1.0)


def picture_gradient_of(pack: ModelPack) -> Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]:
    """The gradient of the judge's loss in a whole picture, and that picture."""
    target = pack.judge.encode(PROMPT)

    def picture_gradient(image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        leaf = image.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(pack.judge.loss(leaf, target), leaf)
        return gradient, image.detach()

    return picture_gradient


def test_several_texts_are_composed_by_their_shares(tiny_pack, level, x):
    denoiser = tiny_pack.denoiser
    rows = [denoiser.empty_context(), denoiser.context("a red fox"), denoiser.context("snow")]
    with torch.no_grad():
        empty, fox, snow = (text_guided(denoiser, row, 1.0)(x, level).eps for row in rows)
        found = text_guided(denoiser, torch.cat(rows), 3.0, (0.75, -0.25))(x, level).eps
    assert torch.allclose(found, empty + 3 * (0.75 * (fox - empty) - 0.25 * (snow - empty)), atol=1e-5)


def test_two_contexts_are_weighed_by_the_scale(tiny_pack, level, x):
    denoiser = tiny_pack.denoiser
    empty, prompt = denoiser.empty_context(), denoiser.context(PROMPT)
    with torch.no_grad():
        alone = [text_guided(denoiser, context, 3.0)(x, level) for context in (empty, prompt)]
        both = text_guided(denoiser, torch.cat([empty, prompt]), 3.0)(x, level)
    for name in ("x0", "eps"):
        one, other = (getattr(prediction, name) for prediction in alone)
        assert torch.allclose(getattr(both, name), one + 3 * (other - one), atol=1e-5)
        assert not torch.allclose(one, other, atol=1e-4)


def test_a_nudge_has_the_size_that_was_asked_for_and_leaves_the_noise(tiny_pack, level, x, unguided):
    with torch.no_grad():
        plain = unguided(x, level)
    nudged = judge_guided(unguided, tiny_pack.denoiser.decode, picture_gradient_of(tiny_pack), 0.5)(x, level)
    assert torch.equal(nudged.eps, plain.eps) and torch.equal(nudged.unguided_x0, plain.x0)
    expected = 0.5 * (1 - level.alpha_bar) ** 0.5 * rms(plain.eps)
    assert rms(nudged.x0 - plain.x0).item() == pytest.approx(expected.item(), rel=1e-4)
    assert not (nudged.x0.requires_grad or nudged.judge_view.image.requires_grad)


@pytest.mark.parametrize("exact", [False, True])
def test_the_nudge_goes_down_the_gradient_of_the_prediction_or_of_the_noisy_latent(
    tiny_pack, level, x, unguided, exact
):
    denoiser, target = tiny_pack.denoiser, tiny_pack.judge.encode(PROMPT)
    leaf = (x if exact else unguided(x, level).x0.detach()).clone().requires_grad_()
    predicted = unguided(leaf, level).x0 if exact else leaf
    loss = tiny_pack.judge.loss(denoiser.decode(predicted), target)
    (expected,) = torch.autograd.grad(loss, leaf)
    guided = judge_guided(unguided, denoiser.decode, picture_gradient_of(tiny_pack), 0.5, exact)(x, level)
    moved = guided.unguided_x0 - guided.x0
    assert torch.nn.functional.cosine_similarity(moved.flatten(), expected.flatten(), dim=0) > 0.999


def test_one_repeat_is_the_denoiser_itself(level, x, unguided):
    generator = torch.Generator().manual_seed(1)
    before = generator.get_state()
    with torch.no_grad():
        repeated, plain = self_recurrent(unguided, 1, generator)(x, level), unguided(x, level)
    assert torch.equal(repeated.x0, plain.x0) and torch.equal(generator.get_state(), before)


def test_every_repeat_starts_from_the_prediction_noised_back_to_the_same_level():
    """A denoiser that knows the picture: what it is given is √ᾱ of it, with noise of variance 1 − ᾱ."""
    picture = noise(1, 4, 64, 64, seed=2)
    level = NoiseLevel(2, 500, alpha_bar=0.3, next_alpha_bar=0.6, last=False)
    seen = []

    def denoise(x: torch.Tensor, level: NoiseLevel) -> Prediction:
        seen.append(x)
        eps = (x - level.alpha_bar**0.5 * picture) / (1 - level.alpha_bar) ** 0.5
        return Prediction(picture, eps, picture)

    start = level.alpha_bar**0.5 * picture + (1 - level.alpha_bar) ** 0.5 * noise(1, 4, 64, 64, seed=3)
    last = self_recurrent(denoise, 4, torch.Generator().manual_seed(4))(start, level)
    assert len(seen) == 4 and torch.equal(seen[0], start)
    added = [(x - level.alpha_bar**0.5 * picture) for x in seen]
    for one in added:
        assert one.mean().abs() < 0.02
        assert one.var().item() == pytest.approx(1 - level.alpha_bar, rel=0.05)
    correlation = torch.corrcoef(torch.stack([added[0].flatten(), added[1].flatten()]))[0, 1]
    # of the noise at the next level, √(ᾱ/ᾱ')·√(1−ᾱ') of √(1−ᾱ) stays: the rest is fresh
    assert correlation.item() == pytest.approx((0.5 * 0.4 / 0.7) ** 0.5, abs=0.03)
    assert torch.isfinite(ddim_step(last, level)).all()
