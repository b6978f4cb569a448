"""The judge: target, loss, score."""

import math

import numpy as np
import pytest
import torch

from core.base.errors import PromptError
from core.models.judge import EncodedPrompt, Judge
from core.packs.pack import ModelPack


@pytest.fixture
def judge(tiny_pack: ModelPack) -> Judge:
    """The tiny pack's judge."""
    return tiny_pack.judge


@pytest.fixture
def target(judge: Judge) -> EncodedPrompt:
    """A prompt that it knows."""
    return judge.encode("a red fox in snow")


def test_targets_are_unit_vectors_that_depend_on_the_words(judge, target):
    assert target.embedding.shape == (1, 16)
    assert target.embedding.norm().item() == pytest.approx(1, abs=1e-5)
    assert torch.equal(judge.encode("a RED fox, in snow!").embedding, target.embedding)
    assert not torch.allclose(judge.encode("a blue rabbit on grass").embedding, target.embedding, atol=1e-3)


def test_targets_can_be_used_in_a_loss_later(judge, target):
    assert not target.embedding.is_inference() and not target.embedding.requires_grad


@pytest.mark.parametrize("prompt", ["🦊🦊", "quantum zebras", "12345", "!!!"])
def test_a_prompt_without_a_known_word_is_refused_with_examples(judge, prompt):
    with pytest.raises(PromptError, match='Try "a red fox in snow"'):
        judge.encode(prompt)


def test_loss_is_the_squared_great_circle_distance(judge, target):
    images = torch.rand(3, 3, 32, 32)
    cosine = (judge.features(images) * target.embedding).sum(1).clamp(-1, 1)
    expected = np.mean([math.acos(c) ** 2 / 2 for c in cosine.tolist()])
    assert judge.loss(images, target).item() == pytest.approx(expected, rel=1e-3)


def test_the_loss_of_several_parts_is_their_weighted_mean(judge):
    images = torch.rand(3, 3, 32, 32)
    towards, away = (judge.loss(images, judge.encode(text)) for text in ("red fox", "snow"))
    assert torch.equal(judge.loss(images, judge.encode("red fox:2")), towards)
    mixed = judge.loss(images, judge.encode("red fox:3 | snow:-1"))
    assert mixed.item() == pytest.approx(0.75 * towards.item() - 0.25 * away.item(), rel=1e-5)
    assert judge.loss(images, judge.encode("snow:-5")).item() == pytest.approx(-away.item())


def test_a_part_that_is_below_its_stop_pulls_no_longer(judge):
    images = torch.rand(1, 3, 32, 32, requires_grad=True)
    for prompt, pulls in (("red fox:1:9", False), ("red fox:1:0", True), ("red fox:-1:0", False)):
        loss = judge.loss(images, judge.encode(prompt))
        (gradient,) = torch.autograd.grad(loss, images)
        assert loss.isfinite() and bool(gradient.abs().sum() > 0) is pulls, prompt


def test_the_score_of_several_parts_is_the_weighted_mean_of_their_cosines(judge):
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    fox, snow = (judge.score(image, judge.encode(text)) for text in ("red fox", "snow"))
    found = judge.score(image, judge.encode("red fox:2 | snow:-1"))
    assert found == pytest.approx((2 * fox - snow) / 3, abs=1e-6)
    assert judge.score(image, judge.encode("red fox:2")) == fox


def test_every_part_needs_a_known_word(judge):
    with pytest.raises(PromptError, match='knows no word of "zebra"'):
        judge.encode("red fox:2 | zebra")


def test_loss_reaches_the_picture_and_never_the_judge(judge, target):
    images = torch.rand(1, 3, 32, 32, requires_grad=True)
    judge.loss(images, target).backward()
    assert images.grad.abs().sum() > 0
    assert all(p.grad is None for p in judge.clip.parameters())


def test_score_is_the_cosine_of_the_whole_picture_and_repeats(judge, target):
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    tensor = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
    expected = torch.cosine_similarity(judge.features(tensor), target.embedding).item()
    score = judge.score(image, target)
    assert isinstance(score, float) and score == pytest.approx(expected, abs=1e-6)
    assert judge.score(image, target) == score == judge.score(tensor, target)


def test_preprocessing_is_applied_once_and_with_the_judges_own_figures(judge):
    image = torch.rand(1, 3, judge.size, judge.size)
    expected = judge.clip.encode_image((image - 0.5) / 0.25)
    assert torch.allclose(judge.features(image), torch.nn.functional.normalize(expected, dim=-1), atol=1e-5)


def test_large_pictures_are_seen_without_aliasing(judge, monkeypatch):
    seen = []
    encode_image = judge.clip.encode_image
    monkeypatch.setattr(judge.clip, "encode_image", lambda x: (seen.append(x), encode_image(x))[1])
    noise = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    judge.features(noise)
    assert seen[0].shape[-1] == judge.size == 16
    # averaged over 8×8 pixels or more, noise of deviation .29 nearly vanishes; picking pixels keeps half
    # of it
    assert (seen[0] * 0.25 + 0.5).std() < 0.06
