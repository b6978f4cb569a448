"""The noise lesson: a picture into noise by the closed form, and the painter's way back."""

import json
from collections.abc import Iterator

import numpy as np
import pytest

from core.base.images import encode_png, to_tensor, to_uint8
from core.base.measure_names import MEASURES
from core.lesson import noise, real_pictures
from tests.support.computing import finished

STEPS = 9


@pytest.fixture(scope="module")
def way(tiny_pack) -> Iterator[tuple[list[float], dict, dict[str, np.ndarray]]]:
    """Into noise and back in few steps, losslessly: (shares, data, pictures)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(noise, "encode_webp", lambda image, quality: encode_png(image))
        patch.setattr(noise, "STEPS", STEPS)
        patch.setattr(noise, "LEAPS", (1, 2, 5, STEPS))
        request = noise.check({"scene": "fox", "seed": 4}, tiny_pack.manifest)
        yield finished(noise.compute(tiny_pack, request))


def strip(made: dict[str, np.ndarray], name: str, size: int = 32) -> np.ndarray:
    """The tiles of a strip, uint8 n×H×W×3."""
    return made[f"{name}.webp"].reshape(size, -1, size, 3).transpose(1, 0, 2, 3)


def test_the_way_into_noise_and_back_is_complete(way):
    shares, data, made = way
    levels = noise.STEPS + 1
    assert shares == sorted(shares) and shares[-1] == 1
    assert len(shares) > levels  # slices, so that a run may go on between them
    alpha_bar = data["alpha_bar"]
    assert alpha_bar == sorted(alpha_bar, reverse=True) and alpha_bar[0] == 1 and alpha_bar[-1] < 1e-3
    assert data["timesteps"][0] == 0 and data["timesteps"] == sorted(data["timesteps"])
    for name in ("forward", "off", "on"):
        assert len(data[name]) == levels and all(set(found) == set(MEASURES) for found in data[name])
    assert all(len(strip(made, name)) == levels for name in ("forward", "off-x0", "on-noisy"))
    assert all(
        len(found) == len(noise.LEAPS) == len(strip(made, f"{lane}-leaps"))
        for lane, found in data["leap_figures"].items()
    )
    json.dumps(data)


def test_both_lanes_begin_with_the_noise_that_the_picture_ends_in(way, tiny_pack):
    import torch

    _, _, made = way
    noisy = torch.randn(1, *tiny_pack.denoiser.latent_shape, generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        start = to_uint8(tiny_pack.denoiser.decode(noisy)).astype(int)
    for found in (strip(made, "off-noisy")[0], strip(made, "on-noisy")[0], strip(made, "forward")[-1]):
        assert abs(found - start).mean() < 1  # ᾱ of the last level is not quite 0


def test_the_forward_process_is_the_closed_form_in_the_denoisers_latents(way, tiny_pack):
    import torch

    _, data, made = way
    denoiser = tiny_pack.denoiser
    level = 8
    epsilon = torch.randn(1, *denoiser.latent_shape, generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        clean = denoiser.normalise(tiny_pack.vqgan.encode(to_tensor(real_pictures.load_scene("fox", 32))))
        a = denoiser.alpha_bar(data["timesteps"][level])
        wanted = to_uint8(denoiser.decode(a**0.5 * clean + (1 - a) ** 0.5 * epsilon)).astype(int)
    assert a == pytest.approx(data["alpha_bar"][level], abs=1e-5)
    assert (strip(made, "forward")[level] == wanted).all()


def test_the_nudge_is_all_that_differs_and_the_leap_is_the_first_guess(way):
    _, data, made = way
    assert data["settings"]["off"]["mode"] == "text" and data["settings"]["on"]["mode"] == "both"
    for lane in noise.NUDGE_MODES:
        shortest, *_, longest = data["leap_figures"][lane]
        assert (shortest, longest) == (data[lane][1], data[lane][-1])
    assert data["off"][0] == data["on"][0] and data["off"][-1] != data["on"][-1]
