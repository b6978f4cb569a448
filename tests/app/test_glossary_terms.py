"""The form's fields explain their terms with the glossary's sentences."""

import pytest

from app.components.glossary_terms import GUIDE, OF_SETTINGS, setting_help, term_help
from app.components.messages import escape_markdown
from core.base.glossary import meaning
from core.base.setting import settings_of
from core.base.settings import PAINTERS
from tests.support.app_pages import opened, opened_drawers


@pytest.mark.parametrize(
    ("key", "term"),
    [("pixels:cutouts", "cutouts"), ("diffusion:guidance_strength", "guidance strength")],
)
def test_a_setting_explains_its_term(pack, key, term):
    test = opened_drawers(opened())
    field = next(one for one in test.number_input if one.key == f"knob:{key}")
    assert escape_markdown(meaning(term)) in field.help and f"[{GUIDE}](/about)" in field.help


def test_the_choice_of_the_judge_explains_both(pack):
    choice = next(one for one in opened().button_group if one.key == "which_judge_of_form")
    assert term_help("score", "heldout") in choice.help


def test_every_term_belongs_to_a_setting_that_there_is():
    names = {setting.name for settings in PAINTERS.values() for setting in settings_of(settings)}
    assert set(OF_SETTINGS) <= names and setting_help("steps") is None
