"""The values of a sweep in their order, and the one between two of them."""

import pytest

from core.base.errors import SettingError
from core.base.sweep_plan import MAX_VALUES, SweepPlan, parse_axis
from core.base.sweep_presets import SWEEP_PRESETS
from core.base.sweep_values import is_ordered, value_between, value_order, with_value_between


def plan(x, painter="pixels", **more):
    return SweepPlan.make("a red fox", painter, parse_axis(*x.split("="), painter), **more)


def test_amounts_ascend_and_everything_else_stays_as_it_was_typed():
    typed = plan("learning_rate=0.4,0.1,0.2")
    assert is_ordered(typed) and [typed.x.values[i] for i in value_order(typed)] == [0.1, 0.2, 0.4]
    for x in ("canvas=multiscale,raw", "seed=5,2", "painter=vqgan,pixels", "start=noise,grey"):
        assert not is_ordered(plan(x)) and value_order(plan(x)) == (0, 1)


@pytest.mark.parametrize(
    ("x", "painter", "gap", "value"),
    [
        ("cutouts=1,4,16", "pixels", 0, 2),
        ("cutouts=16,1,4", "pixels", 1, 10),
        ("guidance_strength=0.4,0.5", "diffusion", 0, 0.45),
        ("guidance_strength=0,0.2,0.6,2,10", "diffusion", 2, 1.3),
        ("guidance_strength=0.4,0.45", "diffusion", 0, 0.425),  # finer than the form's steps
        ("learning_rate=0.001,0.002", "pixels", 0, 0.0015),
        ("learning_rate=0.123451,0.123452", "pixels", 0, 0.1234515),
    ],
)
def test_the_value_between_lies_half_way_on_the_form_s_steps_where_one_is_there(x, painter, gap, value):
    assert value_between(plan(x, painter), gap) == value


@pytest.mark.parametrize(
    ("x", "gap", "sentence"),
    [
        ("cutouts=4,5", 0, "“Cutouts” takes whole numbers, and there is none between 4 and 5."),
        ("canvas=raw,fourier", 0, "“Canvas” takes certain values only: raw, fourier, multiscale."),
        ("seed=1,5", 0, "“Seed” has no order, so there is nothing between two of its values."),
        ("painter=pixels,vqgan", 0, "“Painter” has no order"),
        ("start=noise,grey", 0, "“Start” has no order"),
        ("cutouts=1,4", 1, "no such pair of values"),
        ("cutouts=4", 0, "no such pair of values"),
        ("steps=" + ",".join(str(10 * i) for i in range(1, MAX_VALUES + 1)), 0, "at most 12"),
    ],
)
def test_where_there_is_none_a_sentence_says_why(x, gap, sentence):
    with pytest.raises(SettingError, match=sentence):
        value_between(plan(x), gap)


def test_a_sweep_with_one_more_value_is_the_same_sweep_otherwise():
    made = plan("cutouts=16,1,4", seed=3, base={"pixels": {"steps": 7}})
    longer = with_value_between(made, 0)
    assert longer.x.values == (1, 2, 4, 16) and longer.seed == 3
    asked = {cell.request.canonical() for cell in made.cells()}
    assert asked < {cell.request.canonical() for cell in longer.cells()}
    assert SweepPlan.from_text(longer.canonical()) == longer


def test_a_question_is_recognised_when_values_between_were_added():
    preset = next(one for one in SWEEP_PRESETS if one.name == "guidance")
    longer = with_value_between(preset.plan("a red fox", 0, "miniature", {}), 1)
    assert [one.name for one in SWEEP_PRESETS if one.matches(longer)] == ["guidance"]
    assert not preset.matches(plan("guidance_strength=0.3,0.4", "diffusion"))
