"""What the trainers minimise, and which pictures, crops, codes and timesteps they draw."""

import itertools

import pytest
import torch

from core.training import autoencoder, denoiser, eyes, judges, robust, worlds
from core.training.captions import tokenizer
from core.training.common import crops
from core.training.data import Feed


def test_codes_lie_where_the_latents_do():
    generator = torch.Generator().manual_seed(0)
    centres = torch.tensor([[3.0, 0.0], [-3.0, 0.0], [0.0, 5.0]])
    points = centres[torch.randint(3, (30 * 16,), generator=generator)]
    latents = points.reshape(30, 4, 4, 2).permute(0, 3, 1, 2)
    latents = latents + 0.01 * torch.randn(latents.shape, generator=generator)
    book = autoencoder.fit_codebook(latents, 6, generator)
    distance = torch.cdist(book, centres)
    assert distance.min(1).values.max() < 0.1  # no code lies where nothing is
    assert distance.min(0).values.max() < 0.1  # and nothing is without a code


def test_a_timestep_never_lies_beyond_the_schedule(monkeypatch):
    monkeypatch.setattr(torch, "rand", lambda count, **_: torch.full((count,), 1 - 2**-24))
    drawn = denoiser.timesteps(512, 1000, None, "cpu")
    assert drawn.max() == 999 and drawn.unique().numel() > 400


def test_an_attack_stays_in_its_ball_and_does_harm():
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(3, 3, 8, 8, generator=generator) * 0.5 + 0.25

    def loss_of(x):
        return (x - 0.25).square().sum()

    moved = robust.attack(loss_of, images, 0.5, generator)
    assert (moved - images).flatten(1).norm(dim=1).max() <= 0.5 + 1e-5
    assert loss_of(moved) > loss_of(images) + 0.1


def test_views_that_collapse_are_punished():
    generator = torch.Generator().manual_seed(0)
    spread = torch.randn(64, 16, generator=generator)
    near = spread + 0.01 * torch.randn(64, 16, generator=generator)
    collapsed = torch.ones(64, 16)
    alike = spread[:, :1].expand(64, 16)  # spread, but every number says the same
    assert eyes.vicreg(spread, near) < 0.5 * min(eyes.vicreg(collapsed, collapsed), eyes.vicreg(alike, alike))
    assert eyes.vicreg(spread, near) < eyes.vicreg(spread, spread.flip(0))


def _places(crop, picture):
    """Every (y, x, mirrored) at which a crop of 5 px lies in a picture of 8 px."""
    places = []
    for y, x, mirrored in itertools.product(range(4), range(4), (False, True)):
        part = picture[:, y : y + 5, x : x + 5]
        if torch.equal(crop, part.flip(-1) if mirrored else part):
            places.append((y, x, mirrored))
    return places


def test_crops_are_parts_of_their_pictures():
    pictures = torch.arange(2 * 3 * 8 * 8, dtype=torch.uint8).view(2, 3, 8, 8)
    generator = torch.Generator().manual_seed(0)
    cut = crops(pictures, torch.tensor([0, 1] * 20), 5, generator).mul(255).round().byte()
    seen = set()
    for k, crop in enumerate(cut):
        places = _places(crop, pictures[k % 2])
        assert len(places) == 1, k
        seen.add(places[0])
    assert len(seen) > 12 and {mirrored for _, _, mirrored in seen} == {False, True}


def test_naming_tells_facets_of_the_picture():
    torch.manual_seed(0)
    naming = judges.Naming(16)
    codes = torch.tensor([[1, 2, 3, 1, 0, 0, 0, 0]])
    features = torch.nn.functional.normalize(torch.ones(1, 16), dim=1)
    wrong = naming.loss(features, codes).item()
    with torch.no_grad():
        for i, head in enumerate(naming.heads):
            head.bias.fill_(-9.0)
            head.bias[codes[0, i]] = 9.0
    assert naming.loss(features, codes).item() < 0.1 < wrong


def test_pairs_that_agree_are_no_negatives():
    image = torch.nn.functional.normalize(torch.tensor([[1.0, 0.0], [1.0, 0.1]]), dim=1)
    agree = torch.ones(2, 2, dtype=torch.bool)
    assert judges.contrastive_loss(image, image, 20.0, agree).item() == pytest.approx(0.0, abs=1e-6)
    assert judges.contrastive_loss(image, image, 20.0, torch.eye(2, dtype=torch.bool)).item() > 0.3


def test_a_picture_fits_every_caption_that_names_nothing_else():
    codes = torch.tensor([[1, 2, 3], [1, 2, 0]])
    same = torch.tensor([0, 1])
    all_named = torch.ones(2, 3, dtype=torch.bool)
    little_named = torch.tensor([[True, True, False]] * 2)
    assert judges.fits(codes, all_named, same).tolist() == [[True, False], [False, True]]
    assert judges.fits(codes, little_named, same).all()
    nothing = torch.zeros(2, 3, dtype=torch.bool)  # a user's own captions
    assert judges.fits(codes, nothing, same).tolist() == [[True, False], [False, True]]


def test_the_wrong_captions_pull_apart():
    image = torch.tensor([[1.0, 0.0]])
    texts = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    assert judges.contrary_loss(image, texts, 20.0) < 0.01
    assert judges.contrary_loss(image, texts.flip(1), 20.0) > 10


def test_look_alikes_share_colour_ground_and_time(data):
    feed = Feed(data / "judge", words=tokenizer())
    feed.codes[12:, 1:4] = feed.codes[0, 1:4]
    chosen = judges.look_alikes(feed, torch.Generator().manual_seed(0), 64)
    groups = feed.codes[chosen, 1:4].view(4, 16, 3)
    assert chosen.shape == (64,) and (groups == groups[:, :1]).all()


def test_the_judges_differ_in_architecture_seed_and_pictures():
    assert judges.TOWERS["judge"] != judges.TOWERS["heldout"]
    others = [robust.SEED, denoiser.SEED, autoencoder.SEED, autoencoder.DECODER_SEED]
    seeds = [*judges.SEEDS.values(), *eyes.SEEDS.values(), *others]
    assert len(set(seeds)) == len(seeds) == 8
    assert worlds.SETS["judge"] != worlds.SETS["heldout"]
