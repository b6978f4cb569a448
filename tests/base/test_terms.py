"""Terms of a comparison, computed from settings: judge evaluations, who reads the prompt, the name."""

import random
from dataclasses import replace

import pytest

from core.base.defaults import VERSION
from core.base.errors import SettingError
from core.base.links import parameters, read_link
from core.base.request import RunRequest
from core.base.setting import settings_of
from core.base.settings import PAINTERS, painter_settings
from core.base.terms import (
    EQUAL,
    JUDGE_ONLY,
    OWN,
    PRESETS,
    RATES,
    WITH_TEXT,
    judge_evaluations,
    painter_terms,
    preset_settings,
    terms_of,
)


def equal_with(painter, **values):
    """The settings of equal terms with some of one painter's changed."""
    preset = preset_settings(EQUAL)
    return {**preset, painter: {**preset[painter], **values}}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_its_own_name_through_a_request_and_an_address(name):
    asked = preset_settings(name)
    request = RunRequest.make("a red fox", **asked)
    assert terms_of(request.settings).name == name
    assert terms_of(RunRequest.from_dict(request.to_dict()).settings).name == name
    link = read_link(parameters("a red fox", 0, tuple(PAINTERS), asked))
    assert terms_of({painter: link.settings.get(painter, {}) for painter in PAINTERS}).name == name


def test_an_address_may_name_terms_and_change_a_setting_of_them():
    link = read_link({"terms": "equal", "pixels.steps": "7"})
    assert link.ignored == () and link.given
    assert link.settings["pixels"] == {**preset_settings(EQUAL)["pixels"], "steps": 7}
    assert link.settings["vqgan"] == preset_settings(EQUAL)["vqgan"]
    unknown = read_link({"terms": "fair", "v": str(VERSION)})
    assert unknown.ignored == ("terms=fair",) and unknown.settings == {}


def test_equal_terms_are_equal_and_nobody_reads_the_prompt():
    terms = {painter: painter_terms(painter, values) for painter, values in preset_settings(EQUAL).items()}
    assert len({(one.cutouts, one.evaluations, one.prompt) for one in terms.values()}) == 1
    assert {one.prompt for one in terms.values()} == {"judge"}


def test_only_with_text_tells_the_denoiser_the_prompt():
    told = {name: painter_terms("diffusion", preset_settings(name)["diffusion"]).prompt for name in PRESETS}
    assert told == {JUDGE_ONLY: "judge", EQUAL: "judge", WITH_TEXT: "judge and text"}


@pytest.mark.parametrize("painter", PAINTERS)
def test_another_rate_or_number_makes_own_settings_and_what_has_no_effect_does_not(painter):
    assert terms_of(equal_with(painter, **{RATES[painter]: 0.77})).name == OWN
    assert terms_of(equal_with(painter, cutouts=9)).name == OWN
    assert terms_of(equal_with(painter, at_once=3, precision="float32")).name == EQUAL


def test_settings_that_change_nothing_beside_others_do_not_count():
    assert terms_of(equal_with("diffusion", cfg_scale=7.5)).name == EQUAL
    assert terms_of(equal_with("diffusion", repeat_stop=0.3)).name == OWN
    text = preset_settings(WITH_TEXT)
    once = {**text["diffusion"], "repeats": 1, "repeat_stop": 0.3}
    assert terms_of({**text, "diffusion": once}).name == WITH_TEXT
    assert terms_of(equal_with("vqgan", proxy_weight=1.0)).name == EQUAL
    assert terms_of(equal_with("vqgan", also_optimise="S")).name == OWN


def test_own_settings_say_what_differs_and_claim_no_more():
    same = terms_of(equal_with("pixels", learning_rate=0.9)).sentence
    assert (
        same
        == "nothing but the judge knows the prompt; each painter has 8 cutouts and 480 judge evaluations."
    )
    assert "judge evaluations differ" in terms_of(equal_with("pixels", steps=7)).sentence
    assert "cutouts and judge evaluations differ" in terms_of(equal_with("pixels", cutouts=7)).sentence
    reading = terms_of(equal_with("diffusion", mode="both"))
    assert reading.name == OWN and reading.sentence.startswith("the denoiser reads the prompt itself")
    assert "realism is optimised too" in terms_of(equal_with("vqgan", also_optimise="S and K")).sentence


def test_the_same_other_judge_keeps_the_terms_and_is_named_and_different_ones_do_not():
    robust = {p: {**own, "judge": "robust"} for p, own in preset_settings(JUDGE_ONLY).items()}
    found = terms_of(robust)
    assert found.name == JUDGE_ONLY and found.sentence.startswith("nothing but the robust judge knows")
    assert painter_terms("vqgan", robust["vqgan"]).prompt == "robust judge"
    mixed = terms_of({**robust, "pixels": preset_settings(JUDGE_ONLY)["pixels"]})
    assert mixed.name == OWN and mixed.sentence.startswith("painters follow different judges")
    rates = {p: {**own, "judge": "robust"} for p, own in preset_settings(EQUAL).items()}
    assert terms_of(rates).name == OWN


def test_a_denoiser_that_takes_no_text_reads_no_prompt():
    settings = preset_settings(WITH_TEXT)
    assert terms_of(settings, reads_text=False).name == OWN
    assert painter_terms("diffusion", settings["diffusion"], reads_text=False).prompt == "judge"
    unread = {**settings["diffusion"], "cfg_scale": 0.0}
    assert painter_terms("diffusion", unread).prompt == "judge"


def test_the_line_of_a_painter():
    assert painter_terms("pixels", {"steps": 1, "cutouts": 1}).line() == (
        "prompt: judge · prior: none · 1 cutout · 1 judge evaluation"
    )
    assert painter_terms("pixels", {"steps": 500, "cutouts": 64, "canvas": "multiscale"}).line() == (
        "prompt: judge · prior: multi-scale canvas · 64 cutouts · 32,000 judge evaluations"
    )
    text = painter_terms("diffusion", {"mode": "text"})
    assert text.line() == "prompt: text · prior: denoiser · no judge evaluations"
    alone = painter_terms("diffusion", {"mode": "judge", "guidance_strength": 0.0})
    assert alone.prompt == "does not reach it"


def some_value(rng, setting):
    if setting.read:
        return setting.default
    if setting.choices:
        return rng.choice(setting.choices)
    if setting.name in ("steps", "cutouts"):
        return rng.randint(2, 9)
    numbers = rng.randint if setting.type is int else rng.uniform
    return numbers(setting.low, setting.high)


def some_diffusion(rng):
    """Settings of diffusion, drawn; shares often where a step begins."""
    drawn = {s.name: some_value(rng, s) for s in settings_of(PAINTERS["diffusion"]) if rng.random() < 0.7}
    shares = sorted(rng.choice([rng.random(), rng.randint(0, 5) / 5]) for _ in range(2))
    drawn |= {"guide_start": shares[0], "guide_stop": shares[1]}
    return painter_settings("diffusion", drawn)


def test_evaluations_are_those_that_the_painter_plans():
    from core.painters.diffusion import DiffusionPainter
    from core.painters.samplers import NoiseLevel

    rng = random.Random(0)
    seen = set()
    for _ in range(300):
        settings = some_diffusion(rng)
        painter = DiffusionPainter(None, None, settings, 0)
        levels = [NoiseLevel(step, 0, 0, 0, step == settings.steps) for step in range(1, settings.steps + 1)]
        planned = settings.cutouts * sum(map(painter.nudges, levels))
        assert judge_evaluations("diffusion", settings) == planned, settings
        assert judge_evaluations("diffusion", replace(settings, sampler="dpm-solver++")) == planned
        seen.add(planned)
    assert len(seen) > 50


def test_unknown_terms_are_named_with_those_that_there_are():
    with pytest.raises(SettingError, match="'fair'; choose from judge-only, equal, with-text"):
        preset_settings("fair")
