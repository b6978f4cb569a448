"""One contract for all painters, and what is special to each."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.painters import PAINTERS, DiffusionPainter, PixelPainter, VqganPainter
from core.settings import PAINTERS as SETTINGS
from core.settings import painter_settings

PROMPT = "a red fox in snow"
SHORT = {
    "pixels": [{}, {"canvas": "fourier"}, {"canvas": "multiscale", "cutouts": 3}],
    "vqgan": [{}, {"cutouts": 1}],
    "diffusion": [
        {},
        {"mode": "judge", "cutouts": 3},
        {"mode": "text"},
        {"cfg_scale": 1.0},
        {"gradient": "exact", "sampler": "dpm-solver++"},
    ],
}
CASES = [
    pytest.param(name, {"steps": 4, **values}, id=f"{name}-{'-'.join(map(str, values.values())) or 'default'}")
    for name, variants in SHORT.items()
    for values in variants
]
every_painter = pytest.mark.parametrize(("name", "values"), CASES)


@pytest.fixture
def make(tiny_pack):
    target = tiny_pack.judge.encode(PROMPT)

    def make(name, values, seed=0, extras=False):
        return PAINTERS[name](tiny_pack.painter_models(name), target, painter_settings(name, values), seed, extras)

    return make


def images(painter):
    return np.stack([frame.image for frame in painter.frames()])


def test_there_is_a_painter_for_all_settings_in_the_same_order():
    assert list(PAINTERS) == list(SETTINGS)
    assert all(PAINTERS[name].name == name for name in PAINTERS)


@every_painter
def test_frames_run_from_the_start_to_the_last_step(make, name, values):
    frames = list(make(name, values).frames())
    assert [frame.step for frame in frames] == [0, 1, 2, 3, 4]
    assert all(frame.total == 4 and frame.painter == name for frame in frames)
    for frame in frames:
        assert frame.image.shape == (32, 32, 3) and frame.image.dtype == np.uint8
        assert frame.extras == {}


@every_painter
def test_evaluations_start_at_none_and_count_what_the_judge_saw(make, name, values, monkeypatch):
    painter = make(name, values)
    judge, seen = painter.models.judge, []
    features = type(judge).features
    monkeypatch.setattr(type(judge), "features", lambda self, x: (seen.append(len(x)), features(self, x))[1])
    counts = []
    for frame in painter.frames():
        counts.append(frame.evaluations)
        assert frame.evaluations == sum(seen)
    assert counts[0] == 0
    expected = 0 if values.get("mode") == "text" else 4 * painter.settings.cutouts
    assert counts[-1] == expected


@every_painter
def test_same_seed_same_bytes_whatever_else_draws_random_numbers(make, name, values):
    expected = images(make(name, values, seed=7))
    noisy = make(name, values, seed=7)
    other = make(name, values, seed=8).frames()
    found = []
    for frame in noisy.frames():
        torch.manual_seed(len(found))
        torch.rand(5), np.random.rand(5), next(other, None)
        found.append(frame.image)
    assert np.array_equal(expected, np.stack(found))
    assert np.array_equal(expected, images(noisy))  # a second pass starts anew


@every_painter
def test_another_seed_gives_another_picture_from_the_first_frame_on(make, name, values):
    one, other = images(make(name, values, seed=1)), images(make(name, values, seed=2))
    assert all(not np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@every_painter
def test_global_randomness_and_gradient_mode_stay_the_consumers(make, name, values):
    torch.manual_seed(0)
    np.random.seed(0)
    state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
    for enabled in (True, False):
        with torch.set_grad_enabled(enabled):
            for _ in make(name, values).frames():
                assert torch.is_grad_enabled() is enabled
    assert torch.equal(torch.get_rng_state(), state)
    assert np.array_equal(np.random.get_state()[1], numpy_state)


@every_painter
def test_the_consumers_gradient_mode_changes_no_byte(make, name, values):
    with torch.no_grad():
        without = images(make(name, values))
    assert np.array_equal(without, images(make(name, values)))


@every_painter
def test_to_stop_stop_iterating(make, name, values):
    frames = make(name, values).frames()
    seen = [frame.step for frame in itertools.islice(frames, 2)]
    frames.close()
    assert seen == [0, 1] and torch.is_grad_enabled()
    assert next(frames, None) is None


@every_painter
def test_models_collect_no_gradients_and_do_not_change(make, name, values, tiny_pack):
    models = [tiny_pack.judge.clip, tiny_pack.vqgan, tiny_pack.denoiser.unet]
    before = [p.clone() for model in models for p in model.parameters()]
    list(make(name, values).frames())
    after = [p for model in models for p in model.parameters()]
    assert all(p.grad is None for p in after)
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


@every_painter
def test_extras_are_pictures_and_change_nothing_else(make, name, values):
    painter = make(name, values, extras=True)
    frames = list(painter.frames())
    assert np.array_equal(images(make(name, values)), np.stack([frame.image for frame in frames]))
    expected = {"gradient"} if values.get("mode") != "text" else set()
    expected |= {"cutouts"} if expected and painter.settings.cutouts > 1 else set()
    expected |= {"x0", "noisy"} if name == "diffusion" else set()
    assert frames[0].extras == {}
    for frame in frames[1:]:
        assert set(frame.extras) == expected
        for picture in frame.extras.values():
            assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3


@every_painter
def test_extras_at_every_nth_step_are_those_of_every_step(make, name, values):
    some, every = ({frame.step: frame.extras for frame in make(name, values, extras=n).frames()} for n in (2, 1))
    total = max(every)
    assert {step for step, extras in some.items() if extras} == {1, *range(2, total + 1, 2), total}
    for step, extras in some.items():
        assert all(np.array_equal(picture, every[step][key]) for key, picture in extras.items())


def test_the_prediction_is_shown_before_the_judges_nudge(make):
    guided, unguided = (
        list(make("diffusion", {"steps": 3, "mode": "judge", "guidance_strength": strength}, extras=True).frames())
        for strength in (2.0, 0.0)
    )
    assert np.array_equal(guided[1].extras["x0"], unguided[1].image)  # up to the first nudge both are the same
    assert not np.array_equal(guided[1].extras["x0"], guided[1].image)
    assert np.array_equal(unguided[1].extras["x0"], unguided[1].image)


def test_the_gradient_map_shows_the_change_the_judge_asks_for(make):
    frames = list(make("pixels", {"steps": 1, "learning_rate": 0.001}, extras=True).frames())
    change = frames[1].image.astype(float) - frames[0].image
    asked = frames[1].extras["gradient"].astype(float) - 127.5
    assert np.corrcoef(change.ravel(), asked.ravel())[0, 1] > 0.3


@pytest.mark.parametrize("canvas", ["raw", "fourier", "multiscale"])
def test_pixel_ascent_climbs(make, tiny_pack, canvas):
    painter = make("pixels", {"steps": 30, "canvas": canvas})
    first, *_, last = images(painter)
    score = tiny_pack.judge.score
    assert score(last, painter.target) > score(first, painter.target) + 0.3


def test_vqgan_climbs_and_stays_on_the_codebook(make, tiny_pack, monkeypatch):
    painter = make("vqgan", {"steps": 30, "learning_rate": 0.3})
    decoded = []
    decode = type(tiny_pack.vqgan).decode
    monkeypatch.setattr(type(tiny_pack.vqgan), "decode", lambda self, z: (decoded.append(z.detach()), decode(self, z))[1])
    first, *_, last = images(painter)
    score = tiny_pack.judge.score
    assert score(last, painter.target) > score(first, painter.target) + 0.05
    codes = tiny_pack.vqgan.codebook
    for z in (decoded[0], decoded[-1]):
        flat = z.permute(0, 2, 3, 1).reshape(-1, codes.shape[1])
        assert torch.cdist(flat, codes).amin(1).max() < 1e-3
    assert len(decoded) == 31  # once per frame: the picture shown is the one the judge sees next


def test_vqgan_latents_stay_in_the_codebooks_range(make, tiny_pack, monkeypatch):
    latents = []
    quantise = type(tiny_pack.vqgan).quantise
    monkeypatch.setattr(
        type(tiny_pack.vqgan), "quantise", lambda self, z: (latents.append(z.detach().clone()), quantise(self, z))[1]
    )
    list(make("vqgan", {"steps": 5, "learning_rate": 1.0}).frames())
    low, high = (bound.view(1, 4, 1, 1) for bound in (tiny_pack.vqgan.codebook.amin(0), tiny_pack.vqgan.codebook.amax(0)))
    assert all((low <= z).all() and (z <= high).all() for z in latents)
    assert not torch.equal(latents[0], latents[-1])


def test_judge_guidance_climbs_more_than_no_guidance(make, tiny_pack):
    values = {"steps": 20, "mode": "judge"}
    plain = make("diffusion", {**values, "guidance_strength": 0.0})
    guided = make("diffusion", {**values, "guidance_strength": 2.0})
    score = tiny_pack.judge.score
    assert score(images(guided)[-1], plain.target) > score(images(plain)[-1], plain.target) + 0.1


def test_unguided_diffusion_is_diffusers_ddim(make, tiny_pack):
    from diffusers import DDIMScheduler

    painter = make("diffusion", {"steps": 10, "mode": "judge", "guidance_strength": 0.0})
    denoiser = tiny_pack.denoiser
    scheduler = DDIMScheduler.from_config(denoiser.scheduler.config)
    scheduler.set_timesteps(10)
    x = torch.randn(1, *denoiser.latent_shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for t in scheduler.timesteps:
            v = denoiser.unet(x, t, encoder_hidden_states=denoiser.empty()).sample
            x = scheduler.step(v, t, x, eta=0.0).prev_sample
        expected = denoiser.decode(x)[0].permute(1, 2, 0).numpy() * 255
    assert np.abs(images(painter)[-1] - expected).max() < 2


def test_unguided_dpm_solver_is_diffusers(make, tiny_pack):
    from diffusers import DPMSolverMultistepScheduler

    painter = make("diffusion", {"steps": 10, "mode": "judge", "guidance_strength": 0.0, "sampler": "dpm-solver++"})
    denoiser = tiny_pack.denoiser
    wanted = {"algorithm_type": "dpmsolver++", "solver_order": 2, "final_sigmas_type": "zero", "set_alpha_to_one": True}
    scheduler = DPMSolverMultistepScheduler.from_config({**denoiser.scheduler.config, **wanted})
    # diffusers drops one of its own when it is given timesteps: their levels, and the clean end
    scheduler.set_timesteps(timesteps=denoiser.timesteps(10))
    x = torch.randn(1, *denoiser.latent_shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for t in scheduler.timesteps:
            v = denoiser.unet(x, t, encoder_hidden_states=denoiser.empty()).sample
            x = scheduler.step(v, t, x).prev_sample
        expected = denoiser.decode(x)[0].permute(1, 2, 0).numpy() * 255
    assert np.abs(images(painter)[-1] - expected).mean() < 2
    ddim = make("diffusion", {"steps": 10, "mode": "judge", "guidance_strength": 0.0})
    assert np.abs(images(ddim)[-1] - expected).mean() > 4


def test_the_exact_gradient_is_that_of_the_noisy_picture(make, tiny_pack, monkeypatch):
    painter = make("diffusion", {"steps": 2, "mode": "judge", "gradient": "exact"})
    denoiser, judge, target = tiny_pack.denoiser, tiny_pack.judge, painter.target
    x = torch.randn(1, *denoiser.latent_shape, generator=torch.Generator().manual_seed(0))
    t = denoiser.timesteps(2)[0]
    loss = lambda x: judge.loss(denoiser.decode(denoiser.x0_eps(x, t, denoiser.empty())[0]), target)
    leaf = x.clone().requires_grad_()
    (expected,) = torch.autograd.grad(loss(leaf), leaf)
    found = []
    gradient = type(painter).judge_gradient
    monkeypatch.setattr(type(painter), "judge_gradient", lambda self, *a: (found.append(gradient(self, *a)), found[-1])[1])
    list(painter.frames())
    assert torch.allclose(found[0][0], expected, rtol=1e-3, atol=1e-6) and expected.abs().sum() > 0


def test_the_first_diffusion_frame_is_decoded_noise_and_the_last_is_the_sample(make):
    frames = list(make("diffusion", {"steps": 3}, extras=True).frames())
    assert np.array_equal(frames[-1].image, frames[-1].extras["noisy"])
    assert not np.array_equal(frames[1].image, frames[1].extras["noisy"])


def test_modes_differ_and_judge_mode_never_reads_the_prompt(make, tiny_pack):
    by_mode = {mode: images(make("diffusion", {"steps": 3, "mode": mode}))[-1] for mode in ("judge", "text", "both")}
    assert len({picture.tobytes() for picture in by_mode.values()}) == 3
    painter = make("diffusion", {"steps": 3, "mode": "judge"})
    painter.target = replace(painter.target, prompt="a blue rabbit")  # same embedding, other words
    assert np.array_equal(images(painter)[-1], by_mode["judge"])


def test_classifier_free_guidance_scale_one_is_plain_conditional_sampling(make):
    one = images(make("diffusion", {"steps": 3, "mode": "text", "cfg_scale": 1.0}))
    nearly = images(make("diffusion", {"steps": 3, "mode": "text", "cfg_scale": 1.001}))
    assert np.abs(one.astype(int) - nearly).mean() < 2


def test_judge_guidance_keeps_to_its_interval(make):
    painter = make("diffusion", {"steps": 10, "guide_start": 0.2, "guide_stop": 0.5})
    counts = [frame.evaluations for frame in painter.frames()]
    assert counts == [0, 0, 0, 1, 2, 3, 3, 3, 3, 3, 3]


def test_the_whole_picture_is_the_default_view_of_raw_ascent():
    settings = painter_settings("pixels")
    assert (settings.canvas, settings.cutouts) == ("raw", 1)


def test_painters_are_final():
    assert all(not cls.__subclasses__() for cls in (PixelPainter, VqganPainter, DiffusionPainter))
