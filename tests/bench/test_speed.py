"""`bench speed`: the usual methods are as they claim, time counts where it is spent, short falls are told."""

import json
import types

import numpy as np
import pytest
import torch
from torch import nn

import core.packs
from core.__main__ import main
from core.base.request import RunRequest
from core.bench import overhead, quality, speed
from core.bench.full_size_models import FullSize
from core.bench.report import ReportRow
from core.bench.usual_method import UsualDiffusion, UsualVqgan, pooled_cutouts, spherical_distance
from core.models.eyes import build_eyes

PROMPT = "a red fox in snow"


@pytest.fixture
def models(tiny_pack):
    """The tiny pack as the usual methods take it, with a small KL autoencoder."""
    from diffusers import AutoencoderKL

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        denoiser = tiny_pack.denoiser
        kl = AutoencoderKL(
            latent_channels=denoiser.latent_shape[0], block_out_channels=[8], norm_num_groups=4
        )
    kl.eval().requires_grad_(False)
    return types.SimpleNamespace(
        judge=tiny_pack.judge,
        vqgan=tiny_pack.vqgan,
        denoiser=denoiser,
        unet=denoiser.unet,
        kl=kl,
        size=tiny_pack.size,
        device="cpu",
    )


@pytest.fixture(autouse=True)
def seeded():
    """The usual methods draw from torch's own generator, as the notebooks do."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def test_the_usual_vqgan_decodes_the_nearest_codes_and_climbs(models):
    target = models.judge.encode(PROMPT)
    usual = UsualVqgan(models, target, cutouts=4)
    usual.z = (usual.z + 0.3 * torch.randn(usual.z.shape)).detach().requires_grad_()
    expected = models.vqgan.decode(models.vqgan.quantise(usual.z)[0])
    assert torch.allclose(usual.synth(), expected, atol=1e-5)
    usual = UsualVqgan(models, target, cutouts=4)
    scores = [models.judge.score(usual(), target) for _ in range(12)]
    assert scores[-1] > scores[0]
    usual.display = False
    assert usual() is None


def test_the_usual_diffusion_moves_along_the_judges_gradient(models):
    target = models.judge.encode(PROMPT)
    usual = UsualDiffusion(models, target, cutouts=1, steps=4)
    before = usual.latents
    noise = usual.conditioned(usual.scheduler.timesteps[0], torch.zeros_like(before))
    assert noise.shape == before.shape and noise.abs().sum() > 0
    usual()
    assert usual.latents.isfinite().all() and not torch.equal(usual.latents, before)


def test_the_usual_cutouts_and_distance():
    cuts = pooled_cutouts(torch.rand(1, 3, 32, 32), 5, 16)
    assert cuts.shape == (5, 3, 16, 16) and not torch.equal(cuts[0], cuts[1])
    one, other = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    assert spherical_distance(one, other).item() == pytest.approx((np.pi / 2) ** 2 / 2, rel=1e-5)


def test_steps_are_timed_in_turns_after_one_that_warms_up(monkeypatch):
    clock, order = [0.0], []
    monkeypatch.setattr(speed.time, "perf_counter", lambda: clock[0])

    def step(name, *seconds):
        seconds = iter(seconds)
        return lambda: (order.append(name), clock.__setitem__(0, clock[0] + next(seconds)))

    found = speed.SpeedTest().seconds(3, usual=step("usual", 90, 4, 6, 50), ours=step("ours", 90, 2, 2, 1))
    assert order == ["usual", "ours"] * 4
    assert found == {"usual": 6, "ours": 2} and speed.ratio(found) == 3


def test_a_watch_counts_forwards_and_backwards_of_its_modules_only(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(overhead, "_now", lambda: clock[0])

    class Slow(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            clock[0] += 2
            return x * 2

        @staticmethod
        def backward(ctx, gradient):
            clock[0] += 3
            return gradient * 2

    class Net(nn.Module):
        def forward(self, x):
            return Slow.apply(x)

    net, x = Net(), torch.ones(3, requires_grad=True)
    with overhead.NetworkTimer([net]) as watch:
        rest = overhead.CallTimer(watch)
        rest.timed(lambda: torch.autograd.grad(Slow.apply(net(x)).sum(), x))()
    assert (
        watch.seconds == 5 and rest.seconds == 5 and rest.networks == 5
    )  # one is watched, an equal one is not
    net(x)
    assert watch.seconds == 5


def test_the_share_of_a_run_is_measured_and_leaves_the_pack_as_it_was(tiny_pack):
    found = overhead.measure_overhead(tiny_pack, {"pixels": 2, "vqgan": 2, "diffusion": 2})
    assert (
        0 < found.measuring + found.storing < found.rest < found.rest + found.judging < 1
        and found.judging > 0
    )
    assert all("scores" not in vars(part) for part in (tiny_pack.judge, tiny_pack.heldout, tiny_pack.realism))
    assert not tiny_pack.vqgan.decoder._forward_hooks


def small_models(pack, models) -> FullSize:
    """The full-size models with small networks in place of theirs."""
    full = FullSize(pack.size)
    small = {name: getattr(pack, name) for name in ("judge", "heldout", "realism", "vqgan", "denoiser")}
    vars(full).update(small, unet=models.unet, kl=models.kl, tiny=models.kl, encoder=pack.encoder)
    return full


def test_the_full_size_models_take_the_place_of_a_pack(tiny_pack, models):
    full = small_models(tiny_pack, models)
    found = overhead.measure_overhead(full, {"pixels": 2, "vqgan": 2, "diffusion": 2})
    assert 0 < found.rest < found.rest + found.judging < 1


def test_every_row_of_steps_comes_with_its_figures(tiny_pack, models, monkeypatch):
    """How fast small networks are says nothing of large ones."""
    monkeypatch.setattr(speed, "FullSize", lambda *arguments: small_models(tiny_pack, models))
    monkeypatch.setattr(core.packs, "open_pack", lambda *arguments: tiny_pack)
    threads = torch.get_num_threads()
    rows = speed.run(speed.SpeedTest(short=True), ["a", "b", "c", "d"])
    assert [row.check for row in rows] == ["a"] * 2 + ["b"] * 2 + ["c"] + ["d"] * 4
    assert all(row.figure > 0 for row in rows) and torch.get_num_threads() == threads


def test_the_encoder_of_realism_is_timed_too_whether_it_is_a_judge_or_not(tiny_pack, monkeypatch):
    request = RunRequest.make("a red fox", painters=("pixels",))
    assert tiny_pack.encoder is tiny_pack.heldout
    assert tiny_pack.heldout.tower in overhead._networks(tiny_pack, request)
    eyes = build_eyes({"size": 16, "widths": [8, 8]})
    monkeypatch.setattr(tiny_pack.realism, "encoder", eyes, raising=False)
    assert eyes in overhead._networks(tiny_pack, request)


def test_effects_are_differences_over_the_same_prompts_and_seeds(tiny_pack, monkeypatch):
    pytest.importorskip("numba")
    variants = {"pixels": {"default": {"steps": 2}, "again": {"steps": 2}, "longer": {"steps": 4}}}
    monkeypatch.setattr(quality, "VARIANTS", variants)
    first, again, longer = quality.measure_effects(tiny_pack, 2, 1)
    assert again.figures["score"][1:] == (0, 0) and first.figures["score"][0] == again.figures["score"][0]
    assert longer.figures["score"][1] != 0
    assert len(quality.effects_table([first, longer]).splitlines()) == 3
    assert longer.as_dict()["score"]["difference"] == longer.figures["score"][1]


def test_falling_short_is_told_by_the_exit_status(monkeypatch, capsys):
    rows = [ReportRow("a", "one", 3.0, "≥ 2", True), ReportRow("b", "two", 1.0, "≥ 4", False)]
    asked = []

    def run(test, only):
        asked.append(only)
        return rows

    monkeypatch.setattr(speed, "run", run)
    assert main(["bench", "speed", "--json", "--only", "a, b"]) == 1 and asked == [["a", "b"]]
    assert json.loads(capsys.readouterr().out)["short"] == 1
    rows[1] = ReportRow("b", "two", 5.0, "≥ 4", True)
    assert main(["bench", "speed"]) == 0 and "no figure falls short" in capsys.readouterr().out
    assert main(["bench", "speed", "--only", "z"]) == 2
    assert main(["bench", "speed", "--quality", "--prompts", "0"]) == 2
