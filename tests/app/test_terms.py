"""The terms of the comparison on the form: one click sets them, and the settings say which they are."""

import pytest

from app import resources
from app.components import judge_field
from app.keys import CompareKeys, setting_key
from core.base.settings import PAINTERS
from core.base.terms import EQUAL, JUDGE_ONLY, WITH_TEXT, preset_settings, terms_of
from tests.support.app_pages import (
    bare_pack,  # noqa: F401  a fixture
    checked,
    opened,
    opened_drawers,
    pack,  # noqa: F401  a fixture
    press,
    shown,
    told,
)


@pytest.fixture
def reads_text(monkeypatch):
    monkeypatch.setattr(resources, "denoiser_reads_text", lambda name: True)


def field(test, key=CompareKeys.TERMS):
    """The control with the presets, or another one of its kind."""
    return next(one for one in test.get("button_group") if one.key == key)


def captions(test):
    return " ".join(one.value for one in test.caption)


@pytest.mark.parametrize("name", [JUDGE_ONLY, EQUAL, WITH_TEXT])
def test_one_click_gives_a_run_on_these_terms(pack, reads_text, name):  # noqa: F811
    test = opened(**{"diffusion.mode": "text", "v": "2"})
    assert field(test).value is None and "Own settings" in captions(test)
    checked(field(test).set_value(name).run())
    assert field(test).value == name and "Own settings" not in captions(test)
    press(test, "Run")
    assert terms_of(shown(test).request.settings).name == name
    assert "terms" not in shown(test).request.canonical() and told(test) == []


def test_a_changed_setting_makes_them_the_visitor_s_own(pack, reads_text):  # noqa: F811
    test = opened_drawers(opened(terms=EQUAL))
    assert field(test).value == EQUAL
    cutouts = next(one for one in test.number_input if one.key == "knob:vqgan:cutouts")
    checked(cutouts.set_value(3).run())
    assert field(test).value is None and "Own settings" in captions(test)
    checked(field(test).set_value(EQUAL).run())
    assert test.session_state["knob:vqgan:cutouts"] == preset_settings(EQUAL)["vqgan"]["cutouts"]


def test_a_pack_whose_denoiser_reads_no_text_does_not_offer_text(pack):  # noqa: F811
    test = opened()
    assert len(field(test).options) == 2 and "reads no text" in field(test).help


def test_the_robust_judge_is_no_stranger_to_the_first(monkeypatch):
    monkeypatch.setattr(judge_field.resources, "manifest", lambda: {"models": {"robust": {}, "heldout": {}}})
    relative = "; the robust judge, a relative of the first, looks on."
    assert judge_field._parts("both") == f"The first judge and the second judge steer{relative}"
    assert judge_field._parts("robust") == "The robust judge steers; the second judge is held out."


def test_one_click_has_every_painter_follow_another_judge(pack, monkeypatch):  # noqa: F811
    monkeypatch.setattr(judge_field, "judge_choices", lambda manifest: ("judge", "heldout"))
    test = opened()
    assert field(test, CompareKeys.JUDGE).value == "judge"
    checked(field(test, CompareKeys.JUDGE).set_value("heldout").run())
    assert field(test, CompareKeys.JUDGE).value == "heldout" and "is held out" in captions(test)
    assert {test.session_state[setting_key(painter, "judge")] for painter in PAINTERS} == {"heldout"}
    checked(field(test, CompareKeys.JUDGE).set_value(None).run())  # a click on the one that is marked
    assert field(test, CompareKeys.JUDGE).value == "heldout"
