"""What the notebooks do to cutouts: the sizes they name, differentiable, the same draws for the same seed."""

import pytest
import torch

from core.bench import augmentation
from core.bench.augmentation import AUGMENTATIONS, JITTER, MOST_NOISE, SHARE, AugmentedJudge

EACH = (augmentation.noisy, augmentation.moved, augmentation.recoloured, augmentation.all_three)
COUNT = 400


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def cutouts():
    return 0.2 + 0.6 * torch.rand(COUNT, 3, 16, 16, generator=generator(1))


@pytest.mark.parametrize("augment", EACH)
def test_pictures_keep_their_shape_the_draws_their_seed_and_gradients_flow(augment, cutouts):
    images = cutouts.requires_grad_()
    seen = augment(images, generator())
    assert seen.shape == images.shape and seen.dtype == torch.float32
    assert torch.equal(seen, augment(images, generator()))
    assert not torch.equal(seen, augment(images, generator(1)))
    (gradient,) = torch.autograd.grad(seen.sum(), images)
    assert gradient.abs().sum((1, 2, 3)).min() > 0, "the judge's wishes reach every cutout"


def test_noise_has_sizes_up_to_the_largest(cutouts):
    sizes = (augmentation.noisy(cutouts, generator()) - cutouts).std((1, 2, 3))
    assert sizes.min() < 0.1 * MOST_NOISE < 0.9 * MOST_NOISE < sizes.max() < 1.2 * MOST_NOISE


@pytest.mark.parametrize("augment", [augmentation.moved, augmentation.recoloured])
def test_a_share_of_the_cutouts_is_changed(augment, cutouts):
    changed = ((augment(cutouts, generator()) - cutouts).abs().amax((1, 2, 3)) > 1e-4).float().mean()
    assert abs(float(changed) - SHARE) < 0.08


def test_a_grey_cutout_keeps_its_hue_and_changes_its_brightness_a_little():
    grey = torch.full((COUNT, 3, 4, 4), 0.5)
    seen = augmentation.recoloured(grey, generator())
    assert torch.allclose(seen[:, 0], seen[:, 2], atol=1e-6)
    factors = seen.mean((1, 2, 3)) / 0.5
    assert 1 - JITTER <= factors.min() < 0.95 < 1.05 < factors.max() <= 1 + JITTER


def test_a_cutout_of_one_colour_stays_it_wherever_it_is_moved():
    plain = torch.full((COUNT, 3, 8, 8), 0.3)
    assert torch.allclose(augmentation.moved(plain, generator()), plain, atol=1e-6), "no black corners"


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_the_judge_sees_what_was_augmented_and_scores_the_picture_itself(name, tiny_pack, cutouts):
    judge, target = tiny_pack.judge, tiny_pack.judge.encode("a red fox")
    augmented = AugmentedJudge(judge, AUGMENTATIONS[name], seed=3)
    images = cutouts[:4]
    expected = judge.loss(AUGMENTATIONS[name](images, generator(3)), target)
    assert augmented.loss(images, target) == expected != judge.loss(images, target)
    assert augmented.size == judge.size
    assert augmented.score(images[:1], target) == judge.score(images[:1], target)
