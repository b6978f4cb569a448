"""Settings in a picture that are out of bounds, unknown or missing: each is named and keeps its default."""

import pytest

from core.base.png_records import read_picture_settings
from core.base.setting import settings_of
from core.base.settings import PAINTERS
from tests.base.test_png_records import changed

DAMAGED = [
    ({"pixels": {"steps": 10**9}}, "Pixel ascent: steps is 1000000000"),
    ({"pixels": {"learning_rate": float("nan")}}, "learning rate is nan"),
    ({"pixels": {"learning_rate": float("inf")}}, "learning rate is inf"),
    ({"pixels": {"learning_rate": -1}}, "learning rate is -1"),
    ({"pixels": {"learning_rate": "0.1"}}, "wrong kind"),
    ({"pixels": {"steps": True}}, "steps is True"),
    ({"pixels": {"steps": [1]}}, "a list"),
    ({"pixels": {"steps": 10**400}}, "steps is 1"),
    ({"pixels": {"canvas": "x" * 5000}}, "canvas is"),
    ({"pixels": {"canvas": {"a": 1}}}, "wrong kind"),
    ({"pixels": {"colour": 1, "steps": 5}}, "no setting colour"),
    ({"pixels": {f"x{i}": i for i in range(50)}}, "45 more"),
    ({"pixels": 5}, "no table"),
    ({"pixels": {}, "oil": {}}, "no painter oil"),
    ({"diffusion": {"guide_start": 0.9, "guide_stop": 0.1}}, "lies after"),
]


@pytest.mark.parametrize(("settings", "said"), DAMAGED, ids=[said for _, said in DAMAGED])
def test_a_setting_out_of_bounds_is_named_and_left_at_its_default(settings, said):
    found = read_picture_settings(changed(settings=settings), "mine")
    sentence = " ".join(found.ignored)
    assert said in sentence and len(sentence) < 900
    for painter, chosen in found.request.settings.items():
        for setting in settings_of(PAINTERS[painter]):
            if setting.name != "steps" or chosen.steps != 5:
                assert getattr(chosen, setting.name) == setting.default


@pytest.mark.parametrize("settings", [None, [], "x", {}, {"oil": {}}])
def test_without_a_known_painter_all_have_their_defaults(settings):
    found = read_picture_settings(changed(settings=settings), "mine")
    assert found.request.painters == tuple(PAINTERS) and found.ignored


@pytest.mark.parametrize("seed", [-1, 2**31, "7", 1.5, True, None, [], 10**300])
def test_a_seed_that_cannot_be_is_named(seed):
    found = read_picture_settings(changed(seed=seed), "mine")
    assert found.request.seed == 0 and "The seed is" in found.ignored[0] and len(found.ignored[0]) < 200
