"""The diffusion painter: its samplers against diffusers' own, its guidance, its modes and its repeats."""

from dataclasses import replace

import numpy as np
import torch

from core.base.request import RunRequest
from tests.painters.conftest import PROMPT, pictures_of


def test_the_prediction_is_shown_before_the_judges_nudge(make):
    guided, unguided = (
        list(
            make(
                "diffusion", {"steps": 3, "repeats": 1, "guidance_strength": strength}, extras=True
            ).frames()
        )
        for strength in (2.0, 0.0)
    )
    assert np.array_equal(
        guided[1].extras["x0"], unguided[1].image
    )  # up to the first nudge both are the same
    assert not np.array_equal(guided[1].extras["x0"], guided[1].image)
    assert np.array_equal(unguided[1].extras["x0"], unguided[1].image)


def test_judge_guidance_climbs_more_than_no_guidance(make, tiny_pack):
    values = {"steps": 20, "mode": "judge", "repeats": 1, "cutouts": 1}
    plain = make("diffusion", {**values, "guidance_strength": 0.0})
    guided = make("diffusion", {**values, "guidance_strength": 2.0})
    score = tiny_pack.judge.score
    assert score(pictures_of(guided)[-1], plain.target) > score(pictures_of(plain)[-1], plain.target) + 0.1


def test_unguided_diffusion_is_diffusers_ddim(make, tiny_pack):
    from diffusers import DDIMScheduler

    painter = make("diffusion", {"steps": 10, "mode": "judge", "guidance_strength": 0.0})
    denoiser = tiny_pack.denoiser
    scheduler = DDIMScheduler.from_config(denoiser.scheduler.config)
    scheduler.set_timesteps(10)
    x = torch.randn(1, *denoiser.latent_shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for t in scheduler.timesteps:
            v = denoiser.unet(x, t, encoder_hidden_states=denoiser.empty_context()).sample
            x = scheduler.step(v, t, x, eta=0.0).prev_sample
        expected = denoiser.decode(x)[0].permute(1, 2, 0).numpy() * 255
    assert np.abs(pictures_of(painter)[-1] - expected).max() < 2


def test_unguided_dpm_solver_is_diffusers(make, tiny_pack):
    from diffusers import DPMSolverMultistepScheduler

    painter = make(
        "diffusion", {"steps": 10, "mode": "judge", "guidance_strength": 0.0, "sampler": "dpm-solver++"}
    )
    denoiser = tiny_pack.denoiser
    wanted = {
        "algorithm_type": "dpmsolver++",
        "solver_order": 2,
        "final_sigmas_type": "zero",
        "set_alpha_to_one": True,
    }
    scheduler = DPMSolverMultistepScheduler.from_config({**denoiser.scheduler.config, **wanted})
    # diffusers drops one of its own when it is given timesteps: their levels, and the clean end
    scheduler.set_timesteps(timesteps=denoiser.timesteps(10))
    x = torch.randn(1, *denoiser.latent_shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for t in scheduler.timesteps:
            v = denoiser.unet(x, t, encoder_hidden_states=denoiser.empty_context()).sample
            x = scheduler.step(v, t, x).prev_sample
        expected = denoiser.decode(x)[0].permute(1, 2, 0).numpy() * 255
    assert np.abs(pictures_of(painter)[-1] - expected).mean() < 2
    ddim = make("diffusion", {"steps": 10, "mode": "judge", "guidance_strength": 0.0})
    assert np.abs(pictures_of(ddim)[-1] - expected).mean() > 4


def test_the_first_diffusion_frame_is_decoded_noise_and_the_last_is_the_sample(make):
    frames = list(make("diffusion", {"steps": 3}, extras=True).frames())
    assert np.array_equal(frames[-1].image, frames[-1].extras["noisy"])
    assert not np.array_equal(frames[1].image, frames[1].extras["noisy"])


def test_a_schedule_that_ends_with_noise_shows_the_prediction_and_keeps_the_noise(make, monkeypatch):
    """set_alpha_to_one: false, as in Stable Diffusion."""
    painter = make("diffusion", {"steps": 3}, extras=True)
    scheduler = painter.models.denoiser.scheduler
    monkeypatch.setattr(scheduler, "final_alpha_cumprod", scheduler.alphas_cumprod[200])
    *_, last = painter.frames()
    difference = np.abs(last.image.astype(float) - last.extras["noisy"])
    assert 0 < difference.mean() < 40


def test_modes_differ_and_judge_mode_never_reads_the_prompt(make, tiny_pack):
    by_mode = {
        mode: pictures_of(make("diffusion", {"steps": 3, "mode": mode}))[-1]
        for mode in ("judge", "text", "both")
    }
    assert len({picture.tobytes() for picture in by_mode.values()}) == 3
    painter = make("diffusion", {"steps": 3, "mode": "judge"})
    painter.target = replace(painter.target, prompt="a blue rabbit")  # same embedding, other words
    assert np.array_equal(pictures_of(painter)[-1], by_mode["judge"])


def test_classifier_free_guidance_scale_one_is_plain_conditional_sampling(make):
    one = pictures_of(make("diffusion", {"steps": 3, "mode": "text", "cfg_scale": 1.0}))
    nearly = pictures_of(make("diffusion", {"steps": 3, "mode": "text", "cfg_scale": 1.001}))
    assert np.abs(one.astype(int) - nearly).mean() < 2


def test_judge_guidance_keeps_to_its_interval(make):
    once = {"repeats": 1, "cutouts": 1}
    painter = make("diffusion", {"steps": 10, "guide_start": 0.2, "guide_stop": 0.5, **once})
    counts = [frame.evaluations for frame in painter.frames()]
    assert counts == [0, 0, 0, 1, 2, 3, 3, 3, 3, 3, 3]


def test_repeats_end_where_they_are_told_to_and_before_the_last_step(make):
    def nudges(**values: float) -> list[int]:
        frames = make("diffusion", {"steps": 5, "repeat_stop": 1.0, "cutouts": 1, **values}).frames()
        counts = [frame.evaluations for frame in frames]
        return list(np.diff(counts))

    assert nudges(repeats=4) == [4, 4, 4, 4, 1]
    assert nudges(repeats=4, repeat_stop=0.6) == [4, 4, 4, 1, 1]
    assert nudges(repeats=4, guide_start=0.2, guide_stop=0.4) == [0, 4, 0, 0, 0]
    assert nudges(repeats=4, guidance_strength=0.0) == [0] * 5


def test_without_repeats_a_run_keeps_its_name_and_its_pictures(make):
    early, late = ({"steps": 3, "repeats": 1, "repeat_stop": stop} for stop in (0.2, 0.9))
    assert np.array_equal(pictures_of(make("diffusion", early)), pictures_of(make("diffusion", late)))
    request = RunRequest.make(PROMPT, diffusion={"repeats": 1, "repeat_stop": 1.0})
    assert "repeat" not in request.canonical(), "as runs were stored before there were repeats"
    assert '"repeats":4' in RunRequest.make(PROMPT).canonical()


def test_repeats_lift_the_judge_score_and_change_no_unguided_step(make, tiny_pack):
    values = {"steps": 10, "mode": "judge", "guidance_strength": 0.5}
    once, often = (make("diffusion", {**values, "repeats": n}) for n in (1, 4))
    score = tiny_pack.judge.score
    assert score(pictures_of(often)[-1], once.target) > score(pictures_of(once)[-1], once.target)
    text = {"steps": 3, "mode": "text"}
    assert np.array_equal(
        pictures_of(make("diffusion", text)), pictures_of(make("diffusion", {**text, "repeats": 4}))
    )
