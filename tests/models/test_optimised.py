"""Quicker and smaller copies of the models, as full-size packs are painted with."""

import copy
from collections.abc import Callable

import numpy as np
import pytest
import torch

from core.base.errors import PainterError
from core.base.settings import painter_settings
from core.models.optimised import LeanVqgan, lean_denoiser, lean_judge, lean_models, painting_dtype
from core.painters.classes import PAINTER_CLASSES
from core.painters.judge_gradient import ACTIVATION_BYTES, cutouts_that_fit, picture_gradient

HALF = torch.bfloat16


@pytest.fixture
def picture() -> torch.Tensor:
    """1×3×32×32 in [0, 1]."""
    return torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def cosine(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Of two tensors of the same size, whatever their shape."""
    return torch.nn.functional.cosine_similarity(a.flatten(), b.flatten(), dim=0)


def test_which_numbers_a_painter_computes_with(monkeypatch):
    for quick in (True, False):
        monkeypatch.setattr("core.models.optimised.quick_in_bfloat16", lambda device, quick=quick: quick)
        assert painting_dtype("auto", True, "cpu") == (HALF if quick else torch.float32)
        assert (
            painting_dtype("auto", False, "cpu") is None and painting_dtype("float32", False, "cpu") is None
        )
        assert painting_dtype("float32", True, "cpu") == torch.float32
        assert painting_dtype("bfloat16", False, "cpu") == HALF


def test_the_lean_decoder_is_the_decoder(tiny_pack):
    vqgan = copy.deepcopy(tiny_pack.vqgan)
    lean = LeanVqgan(vqgan, torch.float32)
    z = lean.lookup(torch.arange(64).view(1, 8, 8) % len(vqgan.codebook)).detach().requires_grad_()
    ours, theirs = lean.decode(z), vqgan.decode(z)
    assert ours.shape == theirs.shape and torch.allclose(ours, theirs, atol=1e-5)
    weight = torch.rand(ours.shape, generator=torch.Generator().manual_seed(1))
    gradients = [torch.autograd.grad((image * weight).sum(), z)[0] for image in (ours, theirs)]
    assert torch.allclose(*gradients, atol=1e-4) and gradients[0].abs().sum() > 0


def test_the_lean_decoder_keeps_a_fraction_for_its_backward_pass(tiny_pack):
    def kept(decode: Callable[[torch.Tensor], torch.Tensor]) -> int:
        sizes = {}

        def count(tensor: torch.Tensor) -> torch.Tensor:
            sizes[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor

        z = torch.zeros(1, 4, 8, 8, requires_grad=True)
        with torch.autograd.graph.saved_tensors_hooks(count, lambda t: t):
            image = decode(z)
        weights = sum(sizes.get(p.untyped_storage().data_ptr(), 0) for p in tiny_pack.vqgan.parameters())
        del image
        return sum(sizes.values()) - weights

    lean = LeanVqgan(copy.deepcopy(tiny_pack.vqgan), torch.float32)
    assert kept(lean.decode) < kept(tiny_pack.vqgan.decode) / 2


def test_half_precision_gives_nearly_the_same_and_float32_throughout(tiny_pack, picture):
    judge = lean_judge(tiny_pack.judge, HALF)
    target = judge.encode("a red fox in snow")
    assert torch.equal(target.embedding, tiny_pack.judge.encode("a red fox in snow").embedding)
    features = judge.features(picture)
    assert features.dtype == torch.float32 and cosine(features, tiny_pack.judge.features(picture)) > 0.99
    denoiser = lean_denoiser(tiny_pack.denoiser, HALF)
    x = torch.randn(1, *denoiser.latent_shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for ours, theirs in zip(
            *(d.x0_eps(x, 500, d.empty_context()) for d in (denoiser, tiny_pack.denoiser)), strict=True
        ):
            assert ours.dtype == torch.float32 and cosine(ours, theirs) > 0.99
        assert denoiser.decode(x).dtype == torch.float32
        assert torch.equal(
            denoiser.decode_final(x), tiny_pack.denoiser.decode_final(x)
        )  # the last picture is not rounded


def test_the_originals_stay_as_they_are(tiny_pack, picture):
    before = tiny_pack.judge.features(picture)
    models = lean_models(tiny_pack.painter_models("vqgan"), HALF)
    assert {p.dtype for p in models.vqgan.decoder.parameters()} == {
        HALF
    } and models.vqgan.codebook.dtype == torch.float32
    assert {p.dtype for p in (*tiny_pack.judge.clip.parameters(), *tiny_pack.vqgan.parameters())} == {
        torch.float32
    }
    assert torch.equal(before, tiny_pack.judge.features(picture))


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_in_shares_or_together_the_judge_pulls_the_same_way(tiny_pack, picture, count, at_once):
    judge = tiny_pack.judge
    target = judge.encode("a red fox in snow")

    def also(image: torch.Tensor) -> torch.Tensor:
        return 0.1 * image.square().mean()

    (one, seen), (other, also_seen) = (
        picture_gradient(judge, picture, target, count, torch.Generator().manual_seed(3), n, also)
        for n in (0, at_once)
    )
    assert torch.allclose(one, other, rtol=1e-4, atol=1e-7) and one.abs().sum() > 0
    assert torch.allclose(seen, also_seen, atol=1e-6) and len(seen) == count


def test_shares_are_as_large_as_the_budget(tiny_pack, monkeypatch):
    judge = tiny_pack.judge
    assert cutouts_that_fit(judge) == ACTIVATION_BYTES // judge.activation_bytes
    monkeypatch.setattr("core.painters.judge_gradient.ACTIVATION_BYTES", 3 * judge.activation_bytes)
    seen = []
    features = type(judge).features
    monkeypatch.setattr(type(judge), "features", lambda self, x: (seen.append(len(x)), features(self, x))[1])
    picture_gradient(judge, torch.rand(1, 3, 32, 32), judge.encode("a red fox in snow"), 8, torch.Generator())
    assert seen == [3, 3, 2]
    half = lean_judge(judge, HALF)
    assert half.activation_bytes < 0.7 * judge.activation_bytes


CASES = [
    ("pixels", {"canvas": "fourier", "cutouts": 3}),
    ("vqgan", {"at_once": 1, "cutouts": 3}),
    ("diffusion", {"mode": "judge"}),
]
CASES += [("diffusion", {"gradient": "exact"}), ("diffusion", {"sampler": "dpm-solver++"})]


@pytest.mark.parametrize(("name", "values"), CASES)
def test_every_painter_paints_with_lean_models(tiny_pack, name, values):
    settings = painter_settings(name, {"steps": 4, **values})
    target = tiny_pack.judge.encode("a red fox in snow")
    plain = tiny_pack.painter_models(name)
    lean, full = (
        np.stack([frame.image for frame in PAINTER_CLASSES[name](models, target, settings, 0).frames()])
        for models in (lean_models(plain, HALF), plain)
    )
    assert lean.shape == full.shape and not np.array_equal(lean[-1], lean[0])
    # the same picture at first, whatever rounding makes of it later
    assert np.corrcoef(lean[1].ravel(), full[1].ravel())[0, 1] > 0.6


def test_the_pack_hands_lean_models_to_a_painter_that_asks(tiny_pack):
    settings = painter_settings("vqgan", {"precision": "bfloat16"})
    models = tiny_pack.painter_models("vqgan", settings)
    assert (
        isinstance(models.vqgan, LeanVqgan)
        and tiny_pack.painter_models("vqgan", settings).judge is models.judge
    )
    assert tiny_pack.painter_models("vqgan", painter_settings("vqgan")).judge is tiny_pack.judge


@pytest.mark.parametrize(
    ("painter", "values"), [("diffusion", {"gradient": "exact"}), ("vqgan", {"precision": "bfloat16"})]
)
def test_a_runaway_names_the_knob_on_the_new_paths_too(tiny_pack, monkeypatch, painter, values):
    from core.base.request import RunRequest
    from core.execute import execute
    from core.models.judge import Judge

    monkeypatch.setattr(
        Judge, "loss", lambda self, images, target: self.features(images).sum() * float("nan")
    )
    request = RunRequest.make(
        "a red fox in snow", 0, painters=(painter,), **{painter: {"steps": 3, **values}}
    )
    recorder = type("Nowhere", (), {"record": lambda self, frame, measurement: None})()
    with pytest.raises(PainterError, match="Lower (learning rate|judge guidance strength)"):
        execute(request, tiny_pack, recorder)
