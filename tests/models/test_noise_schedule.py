"""Noise schedules of diffusers' files: what is read, how many steps there are, and what is refused."""

import diffusers
import pytest
import torch

from core.base.errors import PackError, SettingError
from core.base.settings import PAINTERS, settings_of
from core.models.noise_schedule import SCHEDULERS, read_schedule
from tests.conftest import SCHEDULER
from tests.models.oracle import denoiser

SPACINGS = ("leading", "trailing", "linspace")


@pytest.mark.parametrize("spacing", SPACINGS)
def test_every_number_of_steps_has_as_many_timesteps(spacing):
    """For 61 steps of "trailing" and twelve others, diffusers' own list has one more: −1."""
    model = denoiser(timestep_spacing=spacing)
    steps = next(setting for setting in settings_of(PAINTERS["diffusion"]) if setting.name == "steps")
    for n in range(int(steps.low), int(steps.high) + 1):
        timesteps = model.timesteps(n)
        assert len(timesteps) == n and timesteps == sorted(set(timesteps), reverse=True)
        assert 0 <= timesteps[-1] and timesteps[0] < 1000


@pytest.mark.parametrize(
    ("spacing", "offset", "most"), [("leading", 0, 50), ("leading", 1, 49), ("trailing", 0, 50)]
)
def test_more_steps_than_noise_levels_are_refused_with_the_most(spacing, offset, most):
    model = denoiser(num_train_timesteps=50, timestep_spacing=spacing, steps_offset=offset)
    with pytest.raises(
        SettingError, match=f"steps is 100; .* knows 50 noise levels and takes at most {most} steps"
    ):
        model.timesteps(100)
    with pytest.raises(SettingError, match=f"takes at most {most} steps"):
        model.timesteps(most + 1)
    assert max(model.timesteps(most)) < 50 and len(model.timesteps(most)) == most


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", SCHEDULERS)
def test_whatever_sampler_a_file_names_its_noise_is_the_same(name):
    wanted = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
    try:
        theirs = getattr(diffusers, name)(**wanted)
    except ImportError as error:
        pytest.skip(f"{name} needs another package ({error})")
    ours = read_schedule({**theirs.config, "_class_name": name})
    assert torch.allclose(ours.alphas_cumprod, theirs.alphas_cumprod.float(), atol=1e-6)


@pytest.mark.parametrize(
    "name",
    [
        "FlowMatchEulerDiscreteScheduler",
        "CMStochasticIterativeScheduler",
        "ScoreSdeVeScheduler",
        "EDMEulerScheduler",
        "LCMScheduler",
        "Nonsense",
    ],
)
def test_schedules_of_other_kinds_of_models_are_refused_by_name(name):
    with pytest.raises(
        PackError, match=f"scheduler is '{name}'; supported: DDIMScheduler, .* Use a denoiser"
    ):
        read_schedule({"_class_name": name})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"prediction_type": "flow_prediction"}, "prediction_type is 'flow_prediction'; supported: epsilon"),
        ({"beta_schedule": "sigmoid"}, "beta_schedule is 'sigmoid'; supported: linear"),
        ({"use_flow_sigmas": True}, "use_flow_sigmas is True"),
        (
            {"rescale_betas_zero_snr": True, "prediction_type": "epsilon"},
            "pure noise.*supported: v_prediction",
        ),
    ],
)
def test_keys_that_would_be_misread_are_refused(changes, words):
    with pytest.raises(PackError, match=words):
        read_schedule({**SCHEDULER, **changes})


@pytest.mark.parametrize("kind", ["v_prediction", "sample"])
def test_pure_noise_at_the_first_level_is_read_where_the_prediction_allows_it(kind):
    x0, eps = torch.randn(2, 1, 4, 8, 8)
    model = denoiser(-x0 if kind == "v_prediction" else x0, rescale_betas_zero_snr=True, prediction_type=kind)
    assert model.alpha_bar(999) == 0.0
    found_x0, found_eps = model.x0_eps(eps, 999, None)
    assert torch.allclose(found_x0, x0, atol=1e-6) and torch.allclose(found_eps, eps, atol=1e-6)


def test_a_predicted_picture_is_kept_within_its_range_as_diffusers_does():
    x = torch.randn(2, 4, 8, 8)
    for changes in ({"clip_sample": True, "clip_sample_range": 0.5}, {"thresholding": True}):
        model = denoiser(3 * torch.randn(2, 4, 8, 8), **changes)
        theirs = diffusers.DDIMScheduler.from_config(model.scheduler.config)
        theirs.set_timesteps(10)
        t = int(theirs.timesteps[3])
        expected = theirs.step(model.unet.answer, t, x).pred_original_sample
        assert torch.allclose(model.x0_eps(x, t, None)[0], expected, atol=1e-5)
        free = denoiser(model.unet.answer.detach()).x0_eps(x, t, None)[0]
        assert not torch.allclose(expected, free)
