"""Adapters of open_clip, taming and diffusers."""

import subprocess
import sys

import pytest
import torch

from core.models.clamp import clamp_inward
from core.models.clip import TextEncoder, Tokenizer, build_clip, compact_vocabulary
from core.models.taming import Vqgan, build_vqgan
from tests.conftest import TEXT, VQGAN, tiny_manifest

TEXTS = ["a red fox in snow", "the rabbit's blue house"]


@pytest.fixture
def tokenizer() -> Tokenizer:
    """Of the words in TEXTS, 8 ids a text."""
    words, vocabulary = compact_vocabulary(TEXTS)
    return Tokenizer(vocabulary, words, context_length=8)


def test_torchvision_imports_beside_any_torch():
    code = "import core.models, torchvision, open_clip; torchvision.transforms.Resize(4)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_the_shim_stays_away_from_a_torchvision_that_works(monkeypatch):
    from core.models import torchvision_shim

    sentinel = object()
    monkeypatch.setitem(sys.modules, "torchvision", sentinel)
    assert torchvision_shim.torchvision_imports()
    assert sys.modules["torchvision"] is sentinel


def test_tokenizer_frames_pads_and_maps_to_its_own_ids(tokenizer):
    ids = tokenizer(["a red fox", ""])
    assert ids.shape == (2, 8) and ids.dtype == torch.long
    assert ids[0, 0] == tokenizer.start and ids[0, 4] == tokenizer.end and not ids[0, 5:].any()
    assert ids[0].argmax() == 4  # open_clip pools at the largest id
    assert ids[1].tolist() == [tokenizer.start, tokenizer.end, 0, 0, 0, 0, 0, 0]
    assert ids.max() < tokenizer.size
    assert len(set(ids[0, 1:4].tolist())) == 3 and ids[0, 1:4].min() >= 1


def test_tokenizer_cuts_long_texts_but_keeps_the_end(tokenizer):
    ids = tokenizer(["red fox " * 20])
    assert ids.shape == (1, 8) and ids[0, -1] == tokenizer.end and (ids > 0).all()


def test_unknown_words_are_left_out_and_named_once_in_order(tokenizer):
    prompt = "A Zebra, 3 red FOXES… zebra's house 🦊 4k"
    assert tokenizer.unknown_words(prompt) == ["zebra", "3", "foxes", "🦊", "4k"]
    assert torch.equal(tokenizer([prompt]), tokenizer(["a red house"]))


def test_same_text_same_ids_whatever_case_and_punctuation(tokenizer):
    assert torch.equal(tokenizer(["The RABBIT’s blue-house!"]), tokenizer(["the rabbit blue house"]))


@pytest.mark.parametrize("tower", ["judge", "heldout"])
def test_clip_builds_a_vit_or_a_resnet(tower):
    entry = tiny_manifest()["models"][tower]
    clip = build_clip(entry["config"]).eval()
    side = entry["preprocessing"]["size"]
    ids = torch.tensor([[3, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]])
    assert clip.encode_image(torch.rand(2, 3, side, side)).shape == (2, 16)
    assert clip.encode_text(ids).shape == (1, 16)
    assert TextEncoder(clip)(ids).shape == (1, TEXT["context_length"], TEXT["width"])


def test_token_states_are_what_clip_pools():
    clip = build_clip(tiny_manifest()["models"]["judge"]["config"]).eval()
    ids = torch.tensor([[3, 1, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0]])
    pooled = TextEncoder(clip)(ids)[0, 2] @ clip.text_projection
    assert torch.allclose(pooled, clip.encode_text(ids)[0], atol=1e-5)


@pytest.fixture
def vqgan() -> Vqgan:
    """A tiny one with random weights."""
    model = build_vqgan(VQGAN).eval()
    torch.nn.init.normal_(model.codebook)
    return model


def test_vqgan_shapes_range_and_official_keys(vqgan, capsys):
    images = torch.rand(2, 3, 32, 32)
    reconstruction, z, indices = vqgan(images)
    assert reconstruction.shape == images.shape and 0 <= reconstruction.min() and reconstruction.max() <= 1
    assert z.shape == (2, 4, 8, 8) and indices.shape == (2, 8, 8) and vqgan.grid(32) == 8
    keys = {key.split(".")[0] for key in vqgan.state_dict()}
    assert keys == {"encoder", "decoder", "quantize", "quant_conv", "post_quant_conv"}
    assert "quantize.embedding.weight" in vqgan.state_dict()
    build_vqgan(VQGAN)
    assert capsys.readouterr().out == ""


def test_unshuffle_one_is_the_official_layout():
    ddconfig = {**VQGAN["ddconfig"], "in_channels": 3, "out_ch": 3}
    vqgan = build_vqgan({**VQGAN, "ddconfig": ddconfig, "unshuffle": 1})
    assert vqgan.encoder.conv_in.in_channels == 3 and vqgan.grid(16) == 8
    assert vqgan(torch.rand(1, 3, 16, 16))[0].shape == (1, 3, 16, 16)


def test_quantise_gives_the_nearest_code_and_passes_the_gradient_straight(vqgan):
    z = torch.randn(2, 4, 8, 8, requires_grad=True)
    zq, indices = vqgan.quantise(z)
    flat = z.detach().permute(0, 2, 3, 1).reshape(-1, 4)
    assert torch.equal(indices.flatten(), torch.cdist(flat, vqgan.codebook.detach()).argmin(1))
    assert torch.allclose(zq, vqgan.lookup(indices), atol=1e-6)
    (gradient,) = torch.autograd.grad((zq * torch.arange(4.0).view(1, 4, 1, 1)).sum(), z)
    assert torch.equal(gradient, torch.arange(4.0).view(1, 4, 1, 1).expand_as(z))


def test_every_vqgan_weight_learns_also_in_bf16_channels_last(vqgan):
    vqgan = vqgan.train().to(memory_format=torch.channels_last)
    images = torch.rand(2, 3, 32, 32).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        reconstruction, z, indices = vqgan(images)
        loss = (reconstruction - images).abs().mean() + vqgan.codebook_loss(z, indices)
    loss.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in vqgan.parameters())
    assert any(p.grad.abs().sum() > 0 for p in vqgan.encoder.parameters())


def test_clamp_lets_values_come_back_but_not_run_away():
    x = torch.tensor([-0.5, -0.5, 0.5, 1.5, 1.5], requires_grad=True)
    clamped = clamp_inward(x)
    assert clamped.tolist() == [0, 0, 0.5, 1, 1]
    (gradient,) = torch.autograd.grad(clamped, x, torch.tensor([-1.0, 1.0, 1.0, -1.0, 1.0]))
    assert gradient.tolist() == [-1, 0, 1, 0, 1]
