"""Every painter with a prompt of several weighted parts."""

import numpy as np
import pytest

from core.base.settings import PAINTERS, painter_settings
from core.packs.pack import ModelPack
from core.painters.classes import PAINTER_CLASSES
from tests.painters.conftest import PROMPT, pictures_of


def pictures(pack: ModelPack, name: str, prompt: str, **values: object) -> np.ndarray:
    """All pictures that a painter paints of a prompt, uint8 frames×H×W×3."""
    settings = painter_settings(name, {"steps": 4, **values})
    return pictures_of(
        PAINTER_CLASSES[name](pack.painter_models(name), pack.judge.encode(prompt), settings, 0)
    )


@pytest.mark.parametrize("name", PAINTERS)
def test_one_part_alone_is_the_plain_prompt_bit_for_bit_and_a_second_part_counts(tiny_pack, name):
    plain = pictures(tiny_pack, name, PROMPT)
    assert np.array_equal(plain, pictures(tiny_pack, name, f"{PROMPT}:3"))
    for prompt in (f"{PROMPT}:3 | a blue rabbit:-1", f"{PROMPT}:-1"):
        assert not np.array_equal(plain[1:], pictures(tiny_pack, name, prompt)[1:])


def test_raw_ascent_moves_away_from_a_negative_part(tiny_pack):
    judge = tiny_pack.judge
    rabbit = judge.encode("a blue rabbit on grass at sunset")
    towards, away = (
        pictures(tiny_pack, "pixels", f"{rabbit.prompt}:{weight}", steps=20)[-1] for weight in (1, -1)
    )
    assert judge.score(away, rabbit) < judge.score(towards, rabbit) - 0.3


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_the_denoiser_reads_every_part(tiny_pack, scale):
    values = {"mode": "text", "cfg_scale": scale}
    both, fox = (
        pictures(tiny_pack, "diffusion", prompt, **values)
        for prompt in ("a red fox | snow:-0.5", "a red fox")
    )
    assert not np.array_equal(both[-1], fox[-1])
