"""The realism network: what it learns from, and in which order."""

import torch

from core.training import eyes
from core.training.common import Budget
from core.training.data import Feed
from tests.support.training_data import striped


def test_torn_pictures_are_torn_as_their_numbers_say():
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(64, 3, 16, 16, generator=generator)
    pictures, kinds = eyes.torn(images, generator)
    same = [torch.equal(a, b) for a, b in zip(pictures, images, strict=True)]
    assert same == (kinds == 0).tolist() and set(kinds.tolist()) == set(range(len(eyes.KINDS)))
    moved = kinds >= eyes.KINDS.index("jumbled")  # nothing is added or lost
    before, after = (many[moved].flatten(1).sort(1).values for many in (images, pictures))
    assert torch.equal(before, after)
    pasted = kinds == eyes.KINDS.index("pasted")
    share = (pictures[pasted] != images[pasted]).any(1).float().mean((1, 2))
    assert 0.03 < share.min() and share.max() < 0.75


def test_the_realism_network_learns_first_from_crops_then_from_torn_pictures(tmp_path):
    striped(tmp_path, "eyes")
    feed = Feed(tmp_path / "eyes")
    _, session = eyes.train_eyes(feed, tmp_path / "eyes.pt", Budget(30), batch=6)
    assert {"crops", "torn", "told"} <= set(session.figures)
    _, session = eyes.train_eyes(feed, tmp_path / "late.pt", Budget(1), batch=6, share=0)
    assert "crops" not in session.figures
