"""Optimising realism too: a differentiable proxy that says what the real one says, and what climbing does."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from core.base.frame import Frame
from core.base.images import read_image, to_tensor
from core.base.request import RunRequest
from core.base.settings import PainterSettings, optimised_realism_parts, painter_settings
from core.bench import attacks
from core.bench.material import RealismTest
from core.measures import differentiable_realism, pixel_statistics
from core.measures.differentiable_realism import DifferentiableRealism
from core.measures.judge_gap import gap_beyond_real, judge_gap
from core.measures.verdict import verdict
from core.packs.pack import ModelPack
from core.painters.classes import PAINTER_CLASSES
from core.storage.run_folder import read_run
from tests.conftest import SIZE, smooth_picture

PROMPT = "a red fox in snow"
GAMERS = ("pixels", "vqgan")


def pictures(side: int = 64) -> dict[str, np.ndarray]:
    """Real-looking, noisy, oddly shaped and nearly empty pictures."""
    rng = np.random.default_rng(0)
    return {
        "smooth": smooth_picture(rng, side),
        "white noise": rng.integers(0, 256, (side, side, 3), dtype=np.uint8),
        "faint noise": np.clip(128 + 3 * rng.normal(size=(side, side, 3)), 0, 255).astype(np.uint8),
        "odd sides": smooth_picture(rng, 2 * side)[: side + 33, : side + 1],
        "half black": np.where(
            np.arange(side)[:, None, None] < side // 2, 0, smooth_picture(rng, side)
        ).astype(np.uint8),
    }


@pytest.fixture(scope="module")
def real(miniature: ModelPack) -> list[np.ndarray]:
    """Four real pictures of the miniature world."""
    return RealismTest(miniature).pictures(4)


@pytest.mark.parametrize("name", pictures())
def test_statistics_are_those_of_numpy(name):
    picture = pictures()[name]
    expected = pixel_statistics.pixel_statistics(picture)
    found = differentiable_realism.differentiable_statistics(to_tensor(picture))[0].numpy()
    assert np.abs(found - expected).max() < 1e-3 * max(1, np.abs(expected).max())
    assert found == pytest.approx(expected, rel=1e-3, abs=1e-3)


def test_statistics_of_rendered_pictures_in_a_batch(real):
    expected = np.stack([pixel_statistics.pixel_statistics(picture) for picture in real])
    found = differentiable_realism.differentiable_statistics(
        torch.cat([to_tensor(picture) for picture in real])
    ).numpy()
    assert found == pytest.approx(expected, rel=1e-3, abs=1e-4)


def test_scores_are_those_of_the_realism_proxy(miniature, real):
    proxy = DifferentiableRealism(miniature.realism.reference, miniature.encoder.features)
    noise = np.random.default_rng(0).integers(0, 256, real[0].shape, dtype=np.uint8)
    for picture in (*real, noise):
        reading = miniature.realism.score(picture)
        with torch.no_grad():
            found = [float(score) for score in proxy.scores(to_tensor(picture))]
        assert found == pytest.approx([reading.statistics, reading.manifold], rel=1e-3, abs=1e-5)
        loss = float(proxy(to_tensor(picture)))
        assert loss == pytest.approx(
            -np.log(max(reading.statistics, 1e-12)) - np.log(max(reading.manifold, 1e-12)), rel=1e-2, abs=1e-3
        )


def test_parts_choose_what_is_climbed(tiny_pack):
    image = to_tensor(smooth_picture(np.random.default_rng(1)))
    both, only_s, only_k = (
        DifferentiableRealism(tiny_pack.realism.reference, tiny_pack.heldout.features, parts)
        for parts in (("S", "K"), ("S",), ("K",))
    )
    assert [float(x) for x in both.scores(image)] == [
        float(only_s.scores(image)[0]),
        float(only_k.scores(image)[0]),
    ]
    assert float(both(image)) == pytest.approx(float(only_s(image) + only_k(image)), rel=1e-5)


@pytest.mark.parametrize("start", ["grey", "black", "noise", "picture", "slightly off"])
def test_gradients_are_finite_wherever_a_painter_may_be(tiny_pack, start):
    rng = np.random.default_rng(2)
    image = {
        "grey": torch.full((1, 3, SIZE, SIZE), 0.5),
        "black": torch.zeros(1, 3, SIZE, SIZE),
        "noise": torch.from_numpy(rng.random((1, 3, SIZE, SIZE), dtype=np.float32)),
        "picture": to_tensor(smooth_picture(rng)),
        "slightly off": torch.full((1, 3, SIZE, SIZE), 0.5)
        + 1e-4 * torch.from_numpy(rng.random((1, 3, SIZE, SIZE), dtype=np.float32)),
    }[start].requires_grad_()
    proxy = DifferentiableRealism(tiny_pack.realism.reference, tiny_pack.heldout.features)
    loss = proxy(image)
    (gradient,) = torch.autograd.grad(loss, image)
    assert loss.isfinite() and gradient.isfinite().all() and gradient.abs().max() > 0


def test_a_small_step_down_the_gradient_lowers_the_loss(tiny_pack):
    image = to_tensor(smooth_picture(np.random.default_rng(3))).requires_grad_()
    proxy = DifferentiableRealism(tiny_pack.realism.reference, tiny_pack.heldout.features)

    def exact(x: torch.Tensor) -> torch.Tensor:  # without the rounding
        return sum(torch.nn.functional.softplus(excess).mean() for excess in proxy.log_excesses(x))

    (gradient,) = torch.autograd.grad(exact(image), image)
    with torch.no_grad():
        step = 1e-4 * gradient / gradient.norm()
        fall = float(exact(image - step) - exact(image + step))
    assert fall == pytest.approx(-2e-4 * float(gradient.norm()), rel=0.05)


def test_nobody_gets_the_proxy_unless_the_settings_ask(tiny_pack):
    for name in PAINTER_CLASSES:
        assert tiny_pack.painter_models(name).proxy is None
        assert tiny_pack.painter_models(name, painter_settings(name)).proxy is None
    for name in GAMERS:
        proxies = {
            c: tiny_pack.painter_models(name, painter_settings(name, {"also_optimise": c})).proxy
            for c in ("S", "S and K")
        }
        assert (proxies["S"].parts, proxies["S and K"].parts) == (("S",), ("S", "K"))
    assert optimised_realism_parts(painter_settings("diffusion")) == ()


@pytest.mark.parametrize("name", GAMERS)
@pytest.mark.parametrize("choice", ["S", "S and K"])
def test_the_contract_of_painters_holds_in_the_lab(tiny_pack, name, choice):
    settings = painter_settings(name, {"steps": 3, "also_optimise": choice, "proxy_weight": 1.0})
    target = tiny_pack.judge.encode(PROMPT)

    def make(settings: PainterSettings) -> Iterator[Frame]:
        return PAINTER_CLASSES[name](tiny_pack.painter_models(name, settings), target, settings, 7).frames()

    one, again = list(make(settings)), list(make(settings))
    assert [frame.step for frame in one] == [0, 1, 2, 3]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(one, again, strict=True))
    plain = list(make(painter_settings(name, {"steps": 3})))
    assert np.array_equal(plain[0].image, one[0].image) and not np.array_equal(plain[-1].image, one[-1].image)
    weightless = list(
        make(painter_settings(name, {"steps": 3, "also_optimise": choice, "proxy_weight": 0.0}))
    )
    assert np.array_equal(plain[-1].image, weightless[-1].image)
    assert all(
        p.grad is None for model in (tiny_pack.heldout.clip, tiny_pack.judge.clip) for p in model.parameters()
    )


def test_off_by_default_paints_the_shipped_example_to_the_last_bit(miniature):
    """Frames painted by a run that asked for none of it."""
    request = read_run(miniature.folder / "example")[0].request
    target = miniature.judge.encode(request.prompt)
    for name in GAMERS:
        settings = painter_settings(name)
        models = miniature.painter_models(name, settings)
        frames = PAINTER_CLASSES[name](models, target, settings, request.seed).frames()
        for frame in itertools.islice(frames, 6):
            shipped = read_image(miniature.folder / "example" / "frames" / name / f"{frame.step:05d}.png")
            # another processor may round otherwise; a proxy that leaks in changes far more than one level
            assert np.abs(frame.image.astype(int) - shipped).max() <= 1


def test_settings_of_the_lab_leave_the_names_of_other_runs_alone():
    plain = RunRequest.make(PROMPT)
    assert "also_optimise" not in plain.canonical() and "proxy_weight" not in plain.canonical()
    gamed = RunRequest.make(PROMPT, pixels={"also_optimise": "S"})
    assert gamed.canonical() != plain.canonical()
    heavy = RunRequest.make(PROMPT, pixels={"also_optimise": "S", "proxy_weight": 0.5})
    assert len({plain.canonical(), gamed.canonical(), heavy.canonical()}) == 3
    for request in (plain, gamed, heavy):
        assert RunRequest.from_dict(request.to_dict()) == request


def test_climbing_s_wins_s_and_the_gap_objects(miniature):
    settings = painter_settings("pixels", {"also_optimise": "S"})
    target = miniature.judge.encode(PROMPT)
    *_, last = PAINTER_CLASSES["pixels"](
        miniature.painter_models("pixels", settings), target, settings, 0
    ).frames()
    reading = miniature.realism.score(last.image)
    assert reading.statistics > 0.5 > reading.manifold
    score, heldout = (
        miniature.judge.score(last.image, target),
        miniature.heldout.score(last.image, miniature.heldout.encode(PROMPT)),
    )
    assert score > 0.8 and gap_beyond_real(
        judge_gap(score, heldout, miniature.manifest["reference"]), miniature.manifest["reference"]
    )


def rows(score: float, heldout: float, realism: float) -> list[dict[str, float]]:
    """A start and one step."""
    return [
        {"step": s, "total": 1, "score": s * score, "heldout": s * heldout, "realism": s * realism}
        for s in (0, 1)
    ]


REFERENCE = {
    "score": {"p5": 0.4, "p50": 0.7, "p95": 0.85, "matched": 0.7, "mismatched": 0.1},
    "heldout": {"p5": 0.3, "p50": 0.5, "p95": 0.7, "matched": 0.5, "mismatched": 0.0},
    "realism": {"p5": 0.5, "p50": 0.9, "p95": 0.98},
    "gap": {"p5": -0.1, "p50": 0.0, "p95": 0.1, "p99": 0.15},
}


def test_the_verdict_says_that_realism_is_no_longer_a_measure():
    run = {"pixels": rows(0.9, 0.1, 0.95), "diffusion": rows(0.7, 0.5, 0.8)}
    for settings in ({"also_optimise": "S and K"}, painter_settings("pixels", {"also_optimise": "S and K"})):
        text = " ".join(verdict(run, REFERENCE, {"pixels": settings}))
        assert "for Pixel ascent (which climbed S and K) it is no longer a measure." in text
        assert (
            "Guided diffusion resembles the reference pictures: realism 0.80" in text and "0.95" not in text
        )
        assert "whose image features Pixel ascent climbed" in text and "which no painter sees" not in text
        assert "for Pixel ascent" in text and "wider than for 99 of 100 reference pictures" in text.lower()
        own_network = REFERENCE | {"realism": REFERENCE["realism"] | {"encoder": "eyes"}}
        assert "image features" not in " ".join(verdict(run, own_network, {"pixels": settings}))
    only = " ".join(verdict({"pixels": run["pixels"]}, REFERENCE, {"pixels": {"also_optimise": "S"}}))
    assert "no longer a measure" in only and "resembles" not in only and "which no painter sees" in only
    assert "optimised" not in " ".join(verdict(run, REFERENCE, {"pixels": {}}))


def test_the_check_counts_who_objects(monkeypatch):
    told = RealismTest.__new__(RealismTest)
    told.tell = lambda text: None
    run = {"K < .5": False, "judge gap": True, "too typical": False, "S": 0.8, "K": 0.9, "gap": 0.7}
    missed = {**run, "judge gap": False}
    row = attacks._row(told, "some attack", [run] * 19 + [missed])
    assert (row.figure, row.ok) == (0.95, True) and "judge gap 95%" in row.note and "K < .5 0%" in row.note
    assert attacks._row(told, "some attack", [run] * 18 + [missed] * 2).ok is False
