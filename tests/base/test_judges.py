"""The judges: who steers, who is held out, and what each is called."""

import pytest

from core.base.judges import (
    HELD_OUT,
    NAMES,
    STEERING,
    USUAL_NAMES,
    Roles,
    judge_choice,
    judge_names,
    named_judges,
    roles_of,
)
from core.base.request import RunRequest
from core.base.settings import painter_settings


@pytest.mark.parametrize(
    ("choice", "steering", "witness"),
    [
        ("judge", ("score",), "heldout"),
        ("heldout", ("heldout",), "score"),
        ("both", ("score", "heldout"), "robust"),
        ("robust", ("robust",), "heldout"),
    ],
)
def test_a_witness_steers_nothing(choice, steering, witness):
    settings = painter_settings("vqgan", {"judge": choice})
    assert roles_of(settings) == roles_of({"judge": choice}) == Roles(steering, witness)
    without = roles_of(settings, has_robust=False).witness
    assert without == (None if witness == "robust" else witness)


def test_settings_of_earlier_versions_follow_the_judge():
    assert [judge_choice(settings) for settings in (None, {}, {"steps": 3})] == ["judge"] * 3
    assert set(STEERING) == {"judge", "heldout", "both", "robust"}


def test_names_say_the_usual_roles_until_one_painter_differs():
    usual = RunRequest.make("a fox")
    assert judge_names(usual.settings) == judge_names() == USUAL_NAMES
    assert judge_names(RunRequest.make("a fox", vqgan={"judge": "heldout"}).settings) == NAMES


def test_the_robust_judge_is_never_called_as_held_out_as_another_network():
    """It began with the judge's weights."""
    usual = named_judges(RunRequest.make("a fox").settings)["robust"]
    assert HELD_OUT not in f"{usual.help} {usual.role}" and usual.help.startswith("the judge")


def test_the_default_judge_leaves_the_names_of_stored_runs_alone():
    assert (
        RunRequest.make("a fox").canonical()
        == RunRequest.make("a fox", pixels={"judge": "judge"}).canonical()
    )
    assert '"judge":"robust"' in RunRequest.make("a fox", pixels={"judge": "robust"}).canonical()
