"""The trainers: every stage learns, resumes exactly, and the result is a pack that opens."""

import json
import shutil
from dataclasses import astuple

import numpy as np
import pytest
import torch

from core.training import autoencoder, choices, cli, denoiser, judges
from core.training.common import schedule, to_batch
from core.training.data import load_split, render_shard
from core.world.grammar import sample_scene

CONFIG = {
    "ddconfig": {**autoencoder.CONFIG["ddconfig"], "ch": 32, "ch_mult": [1, 1], "z_channels": 32},
    "n_embed": 16,
    "embed_dim": 8,
    "unshuffle": 4,
}
UNET = {**denoiser.CONFIG, "block_out_channels": [32, 32, 32]}


@pytest.fixture(scope="module", autouse=True)
def small_models():
    """The real trainers on small networks: the shipped sizes take hours."""
    patch = pytest.MonkeyPatch()
    patch.setattr(autoencoder, "CONFIG", CONFIG)
    patch.setattr(autoencoder, "WARMUP", 1)
    patch.setattr(denoiser, "CONFIG", UNET)
    patch.setitem(judges.TOWERS, "judge", {"layers": 1, "width": 32, "head_width": 16, "patch_size": 32})
    yield
    patch.undo()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Striped pictures in the layout of rendered shards: rendering is tested elsewhere."""
    folder = tmp_path_factory.mktemp("world")
    rng = np.random.default_rng(0)
    scenes = [sample_scene(rng) for _ in range(24)]
    pictures = rng.integers(0, 255, (24, 1, 16, 3), dtype=np.uint8).repeat(128, 1).repeat(8, 2)  # upright stripes
    (folder / "train").mkdir()
    np.save(folder / "train" / "0000.npy", pictures)
    (folder / "train" / "0000.json").write_text(json.dumps([astuple(scene) for scene in scenes]))
    return folder


def weights(model):
    return torch.cat([value.flatten().float() for value in model.state_dict().values()])


def judge_run(data, path, steps):
    return judges.train_judge("judge", data, path, steps=steps, batch=6)


def autoencoder_run(data, path, steps):
    return autoencoder.train_autoencoder(data, path, steps=steps, batch=4, crop=32)


def denoiser_run(data, path, steps):
    latents = torch.randn(24, 2, 8, 16, 16, generator=torch.Generator().manual_seed(0)).half()
    return denoiser.train_denoiser(latents, load_split(data, "train")[1], path, steps=steps, batch=4)[:2]


@pytest.mark.parametrize("run", [judge_run, autoencoder_run, denoiser_run])
def test_a_stopped_training_goes_on_where_it_was(run, data, tmp_path, monkeypatch):
    # the schedule looks at the total, so hold the rate: only resuming is under test
    for module in (judges, autoencoder, denoiser):
        monkeypatch.setattr(module, "schedule", lambda step, total: 1.0)
    whole, session = run(data, tmp_path / "whole.pt", 4)
    run(data, tmp_path / "parts.pt", 2)
    resumed, again = run(data, tmp_path / "parts.pt", 4)
    assert torch.equal(weights(whole), weights(resumed))
    assert session.step == again.step == 4 and again.seconds > 0
    assert session.calls == [[0, 4]] and again.calls == [[0, 2], [2, 4]]
    untrained, _ = run(data, tmp_path / "short.pt", 1)
    assert not torch.equal(weights(whole), weights(untrained))


def test_the_autoencoder_learns_and_its_decoder_stage_leaves_the_encoder_alone(data, tmp_path, monkeypatch):
    monkeypatch.setattr(autoencoder, "schedule", lambda step, total: 1.0)  # no long warm-up
    images = to_batch(load_split(data, "train")[0][:8], "cpu")
    error = lambda model: torch.nn.functional.mse_loss(model(images)[0], images).item()
    first, _ = autoencoder.train_autoencoder(data, tmp_path / "one.pt", steps=2, batch=8, crop=32)
    later, _ = autoencoder.train_autoencoder(data, tmp_path / "many.pt", steps=60, batch=8, crop=32, rate=5e-3)
    assert error(later) < 0.9 * error(first), (error(later), error(first))
    second, _ = autoencoder.train_decoder(data, first.state_dict(), tmp_path / "decoder.pt", steps=3, batch=4, crop=32)
    assert torch.equal(weights(first.encoder), weights(second.encoder))
    assert torch.equal(first.codebook, second.codebook)
    assert not torch.equal(weights(first.decoder), weights(second.decoder))


def test_codes_nobody_uses_are_replaced():
    tracker = autoencoder.MovingCodebook(4, 2, decay=0.5)
    codebook, generator = torch.zeros(4, 2), torch.Generator().manual_seed(0)
    flat = torch.tensor([[1.0, 2.0], [3.0, 4.0]]).repeat(20, 1)
    for _ in range(12):
        tracker.update(codebook, flat, torch.zeros(40, dtype=torch.long), generator)
    assert codebook[0].tolist() == pytest.approx([2.0, 3.0], abs=0.01)  # the mean of what chose it
    assert all(row in ([1.0, 2.0], [3.0, 4.0]) for row in codebook[1:].tolist())  # real latents


def test_a_training_can_begin_with_the_weights_of_another(data, tmp_path, monkeypatch):
    monkeypatch.setattr(autoencoder, "schedule", lambda step, total: 0.0)  # nothing moves
    monkeypatch.setattr(denoiser, "schedule", lambda step, total: 0.0)
    first, _ = autoencoder.train_autoencoder(data, tmp_path / "one.pt", steps=1, batch=4, crop=32, seed=7)
    second, _ = autoencoder.train_autoencoder(data, tmp_path / "two.pt", steps=1, batch=4, crop=32, start=first.state_dict())
    assert torch.equal(weights(first), weights(second))
    unet, _ = denoiser_run(data, tmp_path / "den.pt", 1)
    latents, scenes = torch.randn(24, 2, 8, 16, 16).half(), load_split(data, "train")[1]
    begun, *_ = denoiser.train_denoiser(latents, scenes, tmp_path / "begun.pt", steps=1, batch=4, seed=7, start=unet["unet"].state_dict())
    assert torch.equal(weights(unet["unet"]), weights(begun["unet"]))
    # from a network without the pooled caption: what agrees is taken over, the rest stays fresh
    plain = denoiser.build_denoiser(pooled=False)["unet"].state_dict()
    begun, *_ = denoiser.train_denoiser(latents, scenes, tmp_path / "part.pt", steps=1, batch=4, seed=7, start=plain)
    assert torch.equal(begun["unet"].conv_in.weight, plain["conv_in.weight"])
    assert begun["unet"].add_embedding.proj.weight.abs().sum() > 0


def test_the_text_encoder_learns_with_the_denoiser(data, tmp_path):
    before, after = (denoiser_run(data, tmp_path / f"{n}.pt", n)[0]["text"] for n in (1, 6))
    assert not torch.equal(before.token_embedding.weight, after.token_embedding.weight)


@pytest.mark.parametrize("stage, choice", [(stage, choice) for stage, names in cli.CHOICES.items() for choice in names])
def test_every_choice_can_be_left_out_and_makes_a_difference(stage, choice, data, tmp_path):
    latents = torch.randn(24, 2, 8, 16, 16, generator=torch.Generator().manual_seed(0)).half()
    scenes = load_split(data, "train")[1]
    begin = denoiser.build_denoiser()["unet"].state_dict()

    def trained(without):
        path = tmp_path / f"{without or 'nothing'}.pt"
        if stage == "judge":
            return judges.train_judge("judge", data, path, steps=2, batch=6, without=without)[0]
        return denoiser.train_denoiser(latents, scenes, path, steps=2, batch=4, start=begin, without=without)[0]

    whole, part = weights(trained("")), weights(trained(choice))
    assert whole.shape != part.shape or not torch.equal(whole, part)


def test_the_choices_are_measured_from_the_checkpoints(data, tmp_path):
    shutil.copytree(data / "train", data / "test", dirs_exist_ok=True)
    work = tmp_path / "work"
    latents = torch.randn(24, 2, 8, 16, 16, generator=torch.Generator().manual_seed(0)).half()
    work.mkdir()
    torch.save(latents, work / "latents.pt")
    scenes = load_split(data, "train")[1]
    for name in judges.SEEDS:
        judges.train_judge(name, data, work / f"{name}.pt", steps=2, batch=6)
    model, _ = autoencoder.train_autoencoder(data, work / "vqgan.pt", steps=2, batch=4, crop=32)
    autoencoder.train_decoder(data, model.state_dict(), work / "decoder.pt", steps=2, batch=2)
    for folder, without in (
        ("", ""),
        ("without-nothing", ""),
        ("without-min-snr", "min-snr"),
        ("without-pooled-caption", "pooled-caption"),
    ):
        denoiser.train_denoiser(latents, scenes, work / folder / "denoiser.pt", steps=2, batch=4, without=without)
    lines = choices.measure(work, data)
    assert {line["model"] for line in lines} == {"judge", "heldout", "vqgan", "denoiser"}
    worth = {line["choice"]: line for line in lines if line["model"] == "denoiser"}
    assert set(worth) == {
        "moving average of the weights instead of the last ones",
        choices.CHOICE["min-snr"],
        choices.CHOICE["pooled-caption"],
    }
    assert all(np.isfinite(line["with"]) and np.isfinite(line["without"]) and line["steps"] == 2 for line in lines)
    assert worth[choices.CHOICE["pooled-caption"]]["with"] != worth[choices.CHOICE["pooled-caption"]]["without"]


def test_naming_tells_facets_of_the_picture():
    torch.manual_seed(0)
    naming = judges.Naming(16)
    scene = judges.Scene("fox", "red", "snow", "day")
    features = torch.nn.functional.normalize(torch.ones(1, 16), dim=1)
    wrong = naming.loss(features, [scene]).item()
    with torch.no_grad():
        for facet, head in naming.heads.items():
            head.bias.fill_(-9.0)
            head.bias[naming.words[facet].index(getattr(scene, facet))] = 9.0
    assert naming.loss(features, [scene]).item() < 0.1 < wrong


def test_pairs_that_agree_are_no_negatives():
    image = torch.nn.functional.normalize(torch.tensor([[1.0, 0.0], [1.0, 0.1]]), dim=1)
    agree = torch.ones(2, 2, dtype=torch.bool)
    assert judges.contrastive_loss(image, image, 20.0, agree).item() == pytest.approx(0.0, abs=1e-6)
    assert judges.contrastive_loss(image, image, 20.0, torch.eye(2, dtype=torch.bool)).item() > 0.3


def test_the_judges_learn_from_different_pictures_and_architectures():
    assert judges.SEEDS["judge"] % 2 != judges.SEEDS["heldout"] % 2  # start of every second picture
    assert judges.config("heldout")["vision_cfg"] != judges.config("judge")["vision_cfg"]


def test_the_schedule_rises_holds_and_falls():
    rates = [schedule(step, 1000) for step in range(1000)]
    assert rates[0] == pytest.approx(0.01) and rates[150] == rates[600] == 1.0
    assert rates[-1] == pytest.approx(0.02) and rates[850] == pytest.approx(0.5, abs=0.01)


def test_a_shard_is_rendered_once_and_the_same_everywhere(tmp_path, monkeypatch):
    from core.training import data as shards

    monkeypatch.setattr(shards, "SHARD", 2)
    first = render_shard(tmp_path / "a", "test", 0, size=24)
    before = first.stat().st_mtime_ns
    assert render_shard(tmp_path / "a", "test", 0, size=24).stat().st_mtime_ns == before
    second = render_shard(tmp_path / "b", "test", 0, size=24)
    assert first.read_bytes() == second.read_bytes()
    pictures, scenes = load_split(tmp_path / "a", "test")
    assert pictures.shape == (2, 24, 24, 3) and len(scenes) == 2


def test_missing_pictures_are_named_with_the_command_that_renders_them(tmp_path):
    with pytest.raises(FileNotFoundError, match="python -m core train world"):
        load_split(tmp_path, "train")
