"""What the painters start from: noise as ever, grey, or a picture."""

import numpy as np
import pytest

from core.base.errors import SettingError
from core.base.images import to_tensor, to_uint8
from core.base.settings import stored_settings
from core.base.start import picture_hash
from core.painters.samplers import last_levels, noise_levels
from tests.conftest import smooth_picture
from tests.painters.conftest import pictures_of

PICTURE = smooth_picture(np.random.default_rng(3))
FROM = {"start": f"picture:{picture_hash(PICTURE)}"}
CASES = [
    pytest.param("pixels", {"canvas": canvas, "cutouts": cutouts}, id=canvas)
    for canvas, cutouts in (("raw", 1), ("fourier", 1), ("multiscale", 3))
]
CASES += [
    pytest.param("vqgan", {}, id="vqgan"),
    pytest.param("diffusion", {}, id="diffusion"),
    pytest.param("diffusion", {"sampler": "dpm-solver++", "start_noise": 0.3}, id="dpm-solver++"),
]
every_painter = pytest.mark.parametrize(("name", "values"), CASES)


def start_of(make, name, values):
    """The picture of step 0."""
    return next(make(name, {"steps": 4, **values, **FROM}, start=PICTURE).frames()).image


@every_painter
def test_a_seed_reproduces_a_run_from_a_picture_and_step_0_is_not_noise(make, name, values):
    values = {"steps": 4, **values}
    found, again = (pictures_of(make(name, {**values, **FROM}, start=PICTURE)) for _ in range(2))
    assert len(found) == 5 and np.array_equal(found, again)
    assert not np.array_equal(found[0], pictures_of(make(name, values))[0])
    other = pictures_of(make(name, {**values, **FROM}, start=PICTURE[::-1].copy()))
    assert not np.array_equal(found, other)


@pytest.mark.parametrize("canvas", ["raw", "fourier", "multiscale"])
def test_pixel_ascent_starts_with_the_very_picture(make, canvas):
    assert np.array_equal(start_of(make, "pixels", {"canvas": canvas}), PICTURE)
    extreme = np.where(PICTURE > 127, 255, 0).astype(np.uint8)  # no sigmoid reaches 0 and 1
    painter = make("pixels", {"steps": 1, "canvas": canvas, **FROM}, start=extreme)
    assert np.array_equal(next(painter.frames()).image, extreme)


@pytest.mark.parametrize("canvas", ["raw", "fourier", "multiscale"])
def test_grey_is_grey(make, canvas):
    assert np.ptp(next(make("pixels", {"canvas": canvas, "start": "grey"}).frames()).image) == 0


def test_vqgan_starts_with_the_picture_s_reconstruction(make, tiny_pack):
    vqgan = tiny_pack.vqgan
    low, high = (bound.view(1, -1, 1, 1) for bound in (vqgan.codebook.amin(0), vqgan.codebook.amax(0)))
    z = vqgan.encode(to_tensor(PICTURE)).clamp(low, high)
    assert np.array_equal(start_of(make, "vqgan", {}), to_uint8(vqgan.decode(vqgan.quantise(z)[0]).detach()))


def test_diffusion_starts_with_the_noised_picture_and_little_noise_keeps_it(make, tiny_pack):
    denoiser = tiny_pack.denoiser
    clean = to_uint8(denoiser.decode(denoiser.encode(to_tensor(PICTURE))).detach()).astype(float)
    far = [
        np.abs(start_of(make, "diffusion", {"start_noise": share}) - clean).mean()
        for share in (0.1, 0.5, 1.0)
    ]
    assert far == sorted(far) and far[0] < far[2]
    noise = next(make("diffusion", {"steps": 4}).frames()).image
    assert np.abs(start_of(make, "diffusion", {"start_noise": 1.0}).astype(float) - noise).mean() < 1


def test_the_steps_lie_in_the_last_share_of_the_schedule(tiny_pack):
    denoiser = tiny_pack.denoiser
    levels = last_levels(denoiser, 6, 0.5)
    assert [level.step for level in levels] == [1, 2, 3, 4, 5, 6] and levels[-1].last
    assert [level.timestep for level in levels] == [
        level.timestep for level in noise_levels(denoiser, 12)[6:]
    ]
    assert last_levels(denoiser, 6, 1.0) == noise_levels(denoiser, 6)
    with pytest.raises(SettingError, match=r"start_noise is 0\.1, and 250 steps do not fit"):
        last_levels(denoiser, 250, 0.1)


def test_a_start_from_noise_is_no_part_of_the_stored_settings(make):
    assert not {"start", "start_noise"} & set(stored_settings(make("diffusion", {}).settings))
    assert stored_settings(make("diffusion", FROM).settings)["start"] == FROM["start"]
