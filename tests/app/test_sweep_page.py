"""The page Sweep: its form, links to a sweep, and presets."""

import pytest

from app import resources, submission
from app.components import presets
from core.base.sweep_plan import SweepAxis, SweepPlan
from core.base.sweep_presets import SWEEP_PRESETS
from core.storage import sweep_store
from tests.conftest import EXAMPLES
from tests.support.app_pages import button, checked, opened, press, told

# The tiny pack knows too few words to be one of the miniature world.
OFFERED = [preset for preset in SWEEP_PRESETS if not preset.needs_world]


def own_page(**parameters):
    """The page Sweep alone, in a session of its own."""
    from streamlit.testing.v1 import AppTest

    test = AppTest.from_string("from app.views import sweep\nsweep.page()", default_timeout=30)
    for name, value in parameters.items():
        test.query_params[name] = value
    return checked(test.run())


def shown_sweep(test):
    named = test.query_params["sweep"]
    return sweep_store.get_sweep(resources.store(), named if isinstance(named, str) else named[0])


def test_the_form_makes_the_sweep_that_it_says(pack):
    test = own_page()
    test.text_input(key="sweep:prompt").set_value(EXAMPLES[1])
    test.selectbox(key="sweep:painter").set_value("vqgan")
    checked(test.run())
    test.text_input(key="sweep:x_values").set_value("2, 3")
    test.selectbox(key="sweep:y").set_value("seed")
    checked(test.run())
    assert test.text_input(key="sweep:y_values").value == "0, 1, 2, 3, 4"
    test.text_input(key="sweep:y_values").set_value("8,9")
    press(test, "Paint grid")
    made = shown_sweep(test).plan
    assert (made.prompt, made.painters, made.x, made.y) == (
        EXAMPLES[1],
        ("vqgan",),
        SweepAxis("cutouts", (2, 3)),
        SweepAxis("seed", (8, 9)),
    )
    assert [run.request.painters for run in resources.store().recent()] == [("vqgan",)] * 4
    assert not button(test, "Cancel").disabled
    assert button(own_page(sweep=test.query_params["sweep"]), "Cancel").disabled, (
        "a stranger may look, not stop"
    )
    press(test, "Cancel")
    assert {run.status for run in resources.store().recent()} == {"stopped"}
    assert "4 cells were stopped" in told(test)[0]


def test_a_link_to_a_sweep_fills_its_form(pack):
    made = SweepPlan.make(
        EXAMPLES[1],
        "diffusion",
        SweepAxis("guidance_strength", (0.0, 0.5)),
        None,
        3,
        str(pack),
        {"diffusion": {"steps": 8}},
    )
    sweep = submission.start_sweep(made, "x" * 24)
    test = own_page(sweep=sweep.id)
    assert (
        test.text_input(key="sweep:prompt").value == EXAMPLES[1]
        and test.number_input(key="sweep:seed").value == 3
    )
    assert (test.selectbox(key="sweep:painter").value, test.selectbox(key="sweep:x").value) == (
        "diffusion",
        "guidance_strength",
    )
    assert test.text_input(key="sweep:x_values").value == "0, 0.5"
    press(test, "Paint grid")
    assert shown_sweep(test).plan.cells() == made.cells(), (
        "a new session takes over the settings that are not swept, too"
    )


@pytest.mark.parametrize("junk", ["nonsense", "a" * 26, "", "../etc"])
def test_a_sweep_that_is_not_here_is_no_traceback(pack, junk):
    test = own_page(sweep=junk)
    assert not test.error and button(test, "Paint grid")


@pytest.mark.parametrize("values", ["", "1, 99", "one", "1" * 400])
def test_values_that_cannot_be_painted_are_said_and_nothing_is_queued(pack, values):
    test = own_page()
    test.text_input(key="sweep:x_values").set_value(values)
    press(test, "Paint grid")
    assert len(test.error) == 1
    assert resources.store().recent() == []


def test_a_preset_paints_with_one_click(pack):
    test = own_page()
    offered = presets.offered_presets()
    left_out = {one.name for one in SWEEP_PRESETS} - {one.name for one in offered}
    assert left_out == {"judges", "robust", "real_picture"}
    for preset in offered:  # this test's pack has one judge alone, and knows too few words of the world
        press(test, preset.title)
        assert preset.matches(shown_sweep(test).plan)
    assert test.selectbox(key="sweep:x").value == "seed"


def test_a_preset_on_the_main_page_leads_to_its_sweep(pack):
    test = opened()
    press(test, OFFERED[0].title)
    assert len(resources.store().recent()) == 3
    assert {run.request.painters for run in resources.store().recent()} == {("pixels",)}
