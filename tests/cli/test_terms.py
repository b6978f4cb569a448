"""`--terms`: settings with a name, from which further options depart."""

import pytest

from core.__main__ import build_parser
from core.base.errors import SettingError
from core.base.terms import PRESETS, terms_of
from core.cli import sweep
from core.cli.run import request_from


def asked(*options):
    """What `run` would paint."""
    typed = ["run", "--prompt", "a red fox", "--out", "unused", *options]
    return request_from(build_parser().parse_args(typed))


@pytest.mark.parametrize("name", PRESETS)
def test_terms_give_the_settings_of_that_name(name):
    assert terms_of(asked("--terms", name).settings).name == name


def test_further_options_win_and_the_name_is_not_stored():
    request = asked("--terms", "equal", "--steps", "2", "--vqgan-cutouts", "3", "--painters", "vqgan,pixels")
    assert {own.steps for own in request.settings.values()} == {2}
    assert (request.settings["pixels"].cutouts, request.settings["vqgan"].cutouts) == (8, 3)
    assert "terms" not in request.canonical()


def test_unknown_terms_are_refused():
    with pytest.raises(SettingError, match="'fair'; choose from judge-only, equal, with-text"):
        asked("--terms", "fair")


def test_a_sweep_starts_from_terms_too_and_what_is_swept_or_set_wins():
    typed = ["sweep", "--prompt", "a red fox", "--painter", "pixels", "--x", "cutouts=1,4", "--out", "unused"]
    plan = sweep._plan(build_parser().parse_args([*typed, "--terms", "equal", "--set", "steps=3"]))
    own = [cell.request.settings["pixels"] for cell in plan.cells()]
    assert [(one.cutouts, one.steps, one.learning_rate) for one in own] == [(1, 3, 0.01), (4, 3, 0.01)]
    assert plan.changed == "Pixel ascent: steps 3, learning rate 0.01"
    with pytest.raises(SettingError, match="'fair'; choose from"):
        sweep._plan(build_parser().parse_args([*typed, "--terms", "fair"]))
