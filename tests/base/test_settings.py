"""Settings: bounds, defaults and round trips, written once in core.base.settings."""

import dataclasses

import pytest

from core.base.errors import PromptError, SettingError
from core.base.request import MAX_PROMPT, MAX_SEED, RunRequest, check_prompt
from core.base.settings import PAINTER_LABELS, PAINTERS, painter_settings, settings_of


@pytest.mark.parametrize("painter", PAINTERS)
def test_every_setting_is_complete_and_its_default_is_accepted(painter):
    declared = [f.name for f in dataclasses.fields(PAINTERS[painter])]
    assert [k.name for k in settings_of(PAINTERS[painter])] == declared and painter in PAINTER_LABELS
    for setting in settings_of(PAINTERS[painter]):
        assert setting.label and setting.help.endswith(".")
        assert setting.parse(setting.default, painter) == setting.default
        takes = (setting.choices, setting.read, setting.low is not None and setting.high is not None)
        assert sum(map(bool, takes)) == 1


@pytest.mark.parametrize("steps", [0, -1, 1_000_000, 1.5, True, "many", None, float("nan"), float("inf")])
def test_bad_steps_name_painter_setting_and_range(steps):
    with pytest.raises(SettingError, match=r"Pixel ascent: steps is .*; it takes 1 to 500\."):
        painter_settings("pixels", {"steps": steps})


@pytest.mark.parametrize("text, value", [("7", 7), (7.0, 7), (500, 500), (1, 1)])
def test_good_steps(text, value):
    settings = painter_settings("pixels", {"steps": text})
    assert settings.steps == value and type(settings.steps) is int


def test_choices_and_unknown_names():
    with pytest.raises(SettingError, match="raw, fourier, multiscale"):
        painter_settings("pixels", {"canvas": "oil"})
    with pytest.raises(SettingError, match="unknown setting 'brush'; choose from steps"):
        painter_settings("pixels", {"brush": 1})
    with pytest.raises(
        SettingError, match="Unknown painter 'rembrandt'; choose from pixels, vqgan, diffusion"
    ):
        painter_settings("rembrandt")


def test_guidance_interval_must_not_be_reversed():
    with pytest.raises(SettingError, match="Guided diffusion: guide from 0.8 lies after guide until 0.2"):
        painter_settings("diffusion", {"guide_start": 0.8, "guide_stop": 0.2})


@pytest.mark.parametrize("prompt", ["", "   \n\t", None, 5])
def test_empty_prompts(prompt):
    with pytest.raises(PromptError, match="empty"):
        check_prompt(prompt)


def test_prompt_length_and_white_space():
    assert check_prompt("  a  red\nfox ") == "a red fox"
    assert len(check_prompt("x" * MAX_PROMPT)) == MAX_PROMPT
    with pytest.raises(PromptError, match="2000 characters; at most 300"):
        check_prompt("x" * 2000)


@pytest.mark.parametrize("prompt", ["a red \x00 fox", "a red \udcff fox"])
def test_unprintable_prompts(prompt):
    with pytest.raises(PromptError, match="cannot be printed"):
        check_prompt(prompt)


def test_request_restores_display_order_and_drops_repeats():
    request = RunRequest.make("a red fox", painters=("diffusion", "pixels", "pixels"), pixels={"steps": 5})
    assert request.painters == ("pixels", "diffusion")
    assert request.settings["pixels"].steps == 5


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1, 1.0, True, "1", None])
def test_bad_seeds(seed):
    with pytest.raises(SettingError, match="whole number from 0 to"):
        RunRequest.make("a red fox", seed=seed)


@pytest.mark.parametrize("painters", [(), ("pixels", "rembrandt")])
def test_bad_painters(painters):
    with pytest.raises(SettingError, match="Pixel ascent, VQGAN|pixels, vqgan, diffusion"):
        RunRequest.make("a red fox", painters=painters)


def test_round_trip_and_canonical_text():
    request = RunRequest.make("a fox, “réd” 🦊", seed=3, painters=("vqgan",), vqgan={"steps": 9})
    again = RunRequest.from_dict(request.to_dict())
    assert again.to_dict() == request.to_dict() and again.canonical() == request.canonical()
    assert "🦊" in request.canonical()
    assert (
        request.canonical()
        != RunRequest.make("a fox, “réd” 🦊", seed=4, painters=("vqgan",), vqgan={"steps": 9}).canonical()
    )


@pytest.mark.parametrize(
    "data", [{}, [], None, {"prompt": "a", "seed": 0, "pack": "m", "settings": 3}, {"prompt": "a", "seed": 0}]
)
def test_what_is_not_a_request_is_refused(data):
    with pytest.raises(SettingError):
        RunRequest.from_dict(data)


def test_request_cannot_be_changed():
    request = RunRequest.make("a red fox")
    with pytest.raises(dataclasses.FrozenInstanceError):
        request.seed = 1
    with pytest.raises(TypeError):
        request.settings["pixels"] = None
