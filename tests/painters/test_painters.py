"""One contract for all painters, and what is special to each."""

import itertools

import numpy as np
import pytest
import torch

from core.base.settings import PAINTERS as SETTINGS
from core.base.settings import painter_settings
from core.base.terms import judge_evaluations
from core.painters.classes import PAINTER_CLASSES
from core.painters.diffusion import DiffusionPainter
from core.painters.pixels import PixelPainter
from core.painters.vqgan import VqganPainter
from tests.painters.conftest import pictures_of

SHORT = {
    "pixels": [{}, {"canvas": "fourier"}, {"canvas": "multiscale", "cutouts": 3}],
    "vqgan": [{}, {"cutouts": 1}],
    "diffusion": [
        {},
        {"mode": "judge", "cutouts": 3, "repeats": 1},
        {"mode": "text"},
        {"mode": "both", "cfg_scale": 1.0, "repeats": 1, "cutouts": 1},
        {"gradient": "exact", "sampler": "dpm-solver++", "repeats": 1},
        {"mode": "judge", "repeats": 3, "repeat_stop": 0.5},
    ],
}
CASES = [
    pytest.param(
        name, {"steps": 4, **values}, id=f"{name}-{'-'.join(map(str, values.values())) or 'default'}"
    )
    for name, variants in SHORT.items()
    for values in variants
]
every_painter = pytest.mark.parametrize(("name", "values"), CASES)


def test_there_is_a_painter_for_all_settings_in_the_same_order():
    assert list(PAINTER_CLASSES) == list(SETTINGS)
    assert all(PAINTER_CLASSES[name].name == name for name in PAINTER_CLASSES)


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
    assert counts[-1] == judge_evaluations(name, painter.settings)
    assert (counts[-1] == 0) == (values.get("mode") == "text")


@every_painter
def test_same_seed_same_bytes_whatever_else_draws_random_numbers(make, name, values):
    expected = pictures_of(make(name, values, seed=7))
    noisy = make(name, values, seed=7)
    other = make(name, values, seed=8).frames()
    found = []
    for frame in noisy.frames():
        torch.manual_seed(len(found))
        torch.rand(5), np.random.rand(5), next(other, None)
        found.append(frame.image)
    assert np.array_equal(expected, np.stack(found))
    assert np.array_equal(expected, pictures_of(noisy))  # a second pass starts anew


@every_painter
def test_another_seed_gives_another_picture_from_the_first_frame_on(make, name, values):
    one, other = pictures_of(make(name, values, seed=1)), pictures_of(make(name, values, seed=2))
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
        without = pictures_of(make(name, values))
    assert np.array_equal(without, pictures_of(make(name, values)))


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
    assert np.array_equal(pictures_of(make(name, values)), np.stack([frame.image for frame in frames]))
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
    some, every = (
        {frame.step: frame.extras for frame in make(name, values, extras=n).frames()} for n in (2, 1)
    )
    total = max(every)
    assert {step for step, extras in some.items() if extras} == {1, *range(2, total + 1, 2), total}
    for step, extras in some.items():
        assert all(np.array_equal(picture, every[step][key]) for key, picture in extras.items())


def test_the_gradient_map_shows_the_change_the_judge_asks_for(make):
    frames = list(make("pixels", {"steps": 1, "learning_rate": 0.001}, extras=True).frames())
    change = frames[1].image.astype(float) - frames[0].image
    asked = frames[1].extras["gradient"].astype(float) - 127.5
    assert np.corrcoef(change.ravel(), asked.ravel())[0, 1] > 0.3


@pytest.mark.parametrize("canvas", ["raw", "fourier", "multiscale"])
def test_pixel_ascent_climbs(make, tiny_pack, canvas):
    painter = make("pixels", {"steps": 30, "canvas": canvas})
    first, *_, last = pictures_of(painter)
    score = tiny_pack.judge.score
    assert score(last, painter.target) > score(first, painter.target) + 0.3


def test_vqgan_climbs_and_stays_on_the_codebook(make, tiny_pack, monkeypatch):
    painter = make("vqgan", {"steps": 30, "learning_rate": 0.3})
    decoded = []
    decode = type(tiny_pack.vqgan).decode
    monkeypatch.setattr(
        type(tiny_pack.vqgan), "decode", lambda self, z: (decoded.append(z.detach()), decode(self, z))[1]
    )
    first, *_, last = pictures_of(painter)
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
        type(tiny_pack.vqgan),
        "quantise",
        lambda self, z: (latents.append(z.detach().clone()), quantise(self, z))[1],
    )
    list(make("vqgan", {"steps": 5, "learning_rate": 1.0}).frames())
    low, high = (
        bound.view(1, 4, 1, 1)
        for bound in (tiny_pack.vqgan.codebook.amin(0), tiny_pack.vqgan.codebook.amax(0))
    )
    assert all((low <= z).all() and (z <= high).all() for z in latents)
    assert not torch.equal(latents[0], latents[-1])


def test_the_whole_picture_is_the_default_view_of_raw_ascent():
    settings = painter_settings("pixels")
    assert (settings.canvas, settings.cutouts) == ("raw", 1)


def test_painters_are_final():
    assert all(not cls.__subclasses__() for cls in (PixelPainter, VqganPainter, DiffusionPainter))
