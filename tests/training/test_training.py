"""The trainers: every stage learns, resumes exactly, and leaves weights from which a pack is made."""

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from core.cli import train
from core.training import autoencoder, choices, denoiser, finish, judges, stages
from core.training.captions import tokenizer
from core.training.common import Budget
from core.training.data import Feed
from tests.support.training_data import trained, weights

pytestmark = pytest.mark.usefixtures("small_models")


@pytest.mark.parametrize("stage", stages.STAGES)
def test_a_stopped_training_goes_on_where_it_was(stage, data, before, steady, tmp_path):
    works = {name: tmp_path / name for name in ("whole", "parts", "short")}
    for work in works.values():
        work.mkdir()
        for file in ("judge.pt", "codebook.pt"):
            if file != f"{stage}.pt":
                shutil.copy(before / file, work)
    model, session = trained(stage, data, works["whole"], 4)
    trained(stage, data, works["parts"], 2)
    resumed, again = trained(stage, data, works["parts"], 4)
    assert torch.equal(weights(model), weights(resumed))
    assert session.step == again.step == 4 and again.seconds > 0
    assert session.calls == [[0, 4]] and again.calls == [[0, 2], [2, 4]]
    untrained, _ = trained(stage, data, works["short"], 1)
    assert not torch.equal(weights(model), weights(untrained))
    saved = load_file(works["whole"] / f"{stage}.safetensors")
    assert all(value.dtype != torch.float32 and value.isfinite().all() for value in saved.values())
    assert json.loads((works["whole"] / f"{stage}.json").read_text())["pictures"] == 24


def test_the_autoencoder_learns_and_its_decoder_stage_leaves_encoder_and_codes_alone(data, steady, tmp_path):
    feed = Feed(data / "painters")
    images = feed.images(torch.arange(8))

    def error(model):
        return torch.nn.functional.mse_loss(model.core.decode(model.encode(images)), images).item()

    first, _ = autoencoder.train_autoencoder(feed, tmp_path / "one.pt", Budget(2), 8, 1e-3)
    later, _ = autoencoder.train_autoencoder(feed, tmp_path / "many.pt", Budget(60), 8, 5e-3)
    assert error(later) < 0.9 * error(first), (error(later), error(first))
    start = later.folded()
    second, _ = finish.train_decoder(feed, start, tmp_path / "decoder.pt", Budget(3), batch=4)
    after = second.state_dict()
    learned = {name for name in after if not torch.equal(after[name], start[name])}
    assert learned and all(name.startswith(("decoder.", "post_quant_conv.")) for name in learned)


def test_the_folded_autoencoder_encodes_to_normalised_latents(data, tmp_path):
    feed = Feed(data / "painters")
    model, _ = autoencoder.train_autoencoder(feed, tmp_path / "ae.pt", Budget(3), batch=6)
    model.norm.running_mean += 2.0
    model.norm.running_var *= 3.0
    vqgan = autoencoder.build_vqgan(autoencoder.CONFIG).eval()
    vqgan.load_state_dict(model.folded())
    images = feed.images(torch.arange(4))
    with torch.no_grad():
        assert torch.allclose(vqgan.encode(images), model.eval().encode(images), atol=1e-5)


def test_an_autoencoder_can_begin_with_the_weights_of_another(data, monkeypatch, tmp_path):
    monkeypatch.setattr(autoencoder, "schedule", lambda step, progress, **_: 0.0)  # nothing moves
    feed = Feed(data / "painters")

    def run(name, seed, **more):
        return autoencoder.train_autoencoder(feed, tmp_path / name, Budget(1), 4, seed=seed, **more)[0]

    first = run("one.pt", 7)
    second = run("two.pt", 8, start=first.core.state_dict())
    named = dict(second.core.named_parameters())
    assert all(torch.equal(value, named[name]) for name, value in first.core.named_parameters())
    # without a decoder of the same widths: the encoder is taken over, the decoder stays fresh
    part = {name: value for name, value in first.core.state_dict().items() if not name.startswith("decoder.")}
    third = run("three.pt", 8, start=part).core
    assert torch.equal(third.encoder.conv_in.weight, first.core.encoder.conv_in.weight)
    assert not torch.equal(third.decoder.conv_in.weight, first.core.decoder.conv_in.weight)


def test_a_denoiser_can_begin_with_the_weights_of_another(data, monkeypatch, tmp_path):
    monkeypatch.setattr(denoiser, "schedule", lambda step, progress, **_: 0.0)  # nothing moves
    feed = Feed(data / "painters", words=tokenizer())
    latents = denoiser.Latents(feed, autoencoder.build_vqgan(autoencoder.CONFIG).eval(), "cpu")
    one, _ = denoiser.train_denoiser(latents, tmp_path / "one.pt", Budget(1), 4)
    start = one.state_dict()
    two, _ = denoiser.train_denoiser(latents, tmp_path / "two.pt", Budget(1), 4, seed=9, start=start)
    assert torch.equal(weights(one), weights(two))


def test_a_fresh_decoder_learns_to_read_a_given_encoder_first(data, monkeypatch, tmp_path):
    monkeypatch.setattr(autoencoder, "WAITING", 2.0)
    feed = Feed(data / "painters")
    given = autoencoder.build_vqgan(autoencoder.CONFIG).state_dict()
    start = {name: value for name, value in given.items() if not name.startswith("decoder.")}
    model, _ = autoencoder.train_autoencoder(feed, tmp_path / "ae.pt", Budget(3), batch=4, start=start)
    assert torch.equal(model.core.encoder.conv_in.weight, given["encoder.conv_in.weight"])
    assert not torch.equal(model.core.post_quant_conv.weight, given["post_quant_conv.weight"])


def test_the_text_encoder_learns_with_the_denoiser(data, before, tmp_path):
    shutil.copy(before / "codebook.pt", tmp_path)
    early = trained("denoiser", data, tmp_path, 1)[0]["text"].token_embedding.weight.clone()
    late = trained("denoiser", data, tmp_path, 4)[0]["text"].token_embedding.weight
    assert not torch.equal(early, late)


@pytest.mark.parametrize(
    ("stage", "choice"), [(stage, choice) for stage, names in train.CHOICES.items() for choice in names]
)
def test_every_choice_can_be_left_out_and_makes_a_difference(stage, choice, data, before, tmp_path):
    feed = Feed(data / "judge", words=tokenizer())
    latents = denoiser.Latents(feed, autoencoder.build_vqgan(autoencoder.CONFIG).eval(), "cpu")
    begin = denoiser.build_denoiser().state_dict()

    def run(without):
        path = tmp_path / f"{without or 'nothing'}.pt"
        if stage == "judge":
            return judges.train_judge("judge", feed, path, Budget(3), batch=6, without=without)[0]
        return denoiser.train_denoiser(latents, path, Budget(3), batch=4, start=begin, without=without)[0]

    whole_one, part = weights(run("")), weights(run(choice))
    assert whole_one.shape != part.shape or not torch.equal(whole_one, part)


def test_the_choices_are_measured_from_the_checkpoints(data, tmp_path):
    for stage in ("judge", "heldout", "vqgan", "decoder", "denoiser"):
        trained(stage, data, tmp_path, 2)
    for choice in ("nothing", "min-snr", "pooled-caption"):
        trained("denoiser", data, tmp_path, 2, without=choice)
    lines = choices.measure(tmp_path, data)
    assert {line["model"] for line in lines} == {"judge", "heldout", "vqgan", "denoiser"}
    worth = {line["choice"]: line for line in lines if line["model"] == "denoiser"}
    assert set(worth) == {
        "moving average of the weights instead of the last ones",
        choices.CHOICE["min-snr"],
        choices.CHOICE["pooled-caption"],
    }
    figures = [line[key] for line in lines for key in ("with", "without")]
    assert np.isfinite(figures).all() and {line["steps"] for line in lines} == {2}
    pooled = worth[choices.CHOICE["pooled-caption"]]
    assert pooled["with"] != pooled["without"]
    for path in tmp_path.glob("*.pt"):  # weights alone, as a GPU gives them back, allow no comparison
        path.unlink()
    assert choices.measure(tmp_path, data) == []


def test_what_a_stage_builds_on_is_named_when_it_is_missing(data, tmp_path):
    with pytest.raises(FileNotFoundError, match="python -m core train vqgan --work"):
        trained("decoder", data, tmp_path, 1)
    with pytest.raises(FileNotFoundError, match="python -m core train world"):
        trained("judge", tmp_path / "nowhere", tmp_path, 1)
