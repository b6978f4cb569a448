"""What the page Sweep is told about a sweep over one setting, and how it gets a value between two."""

import pytest

from app import resources, submission
from app.web import sweep_state
from app.web.sweep_state import describe_sweep
from core.base.frame import Measurement
from core.base.sweep_plan import SweepPlan, parse_axis
from core.storage import sweep_store
from tests.app.test_sweep_page import shown_sweep
from tests.conftest import EXAMPLES
from tests.support.app_pages import checked, press, told
from tests.support.serving import invented_steps

PAGE = """
import streamlit as st
from app.views import sweep
sweep.page()
st.button("Paint between", on_click=sweep._add_value, args=(0,))
"""


@pytest.fixture
def plan(pack):
    def make(x="cutouts=1,4", painter="pixels", **base):
        axis = parse_axis(*x.split("="), painter)
        return SweepPlan.make(EXAMPLES[0], painter, axis, None, 0, str(pack), {painter: base})

    return make


def paint(run_id):
    store = resources.store()
    for frame, _ in invented_steps(store.get(run_id).request):
        store.record(run_id, frame, Measurement(0.1, 0.4, 0.2, 0.7))
    store.queue.set_status(run_id, "done")


def opened_sweep(sweep_id):
    from streamlit.testing.v1 import AppTest

    test = AppTest.from_string(PAGE, default_timeout=30)
    test.query_params["sweep"] = sweep_id
    return checked(test.run())


def test_every_step_is_told_once_on_the_scale_that_is_shown(plan):
    sweep = submission.start_sweep(plan(steps=2), "x" * 24)
    paint(sweep.runs[1])
    state = describe_sweep(sweep)
    assert state["cells"][1]["score"] == 1.0 and state["scale"].startswith("shared scale")
    found = state["tradeoff"]
    assert found["rows"][1] == [[step, 2, 1.0, 0.5, 0.7, True] for step in range(3)]
    assert (found["order"], found["ordered"], found["rows"][0]) == ((0, 1), True, [])
    assert found["between"] == [{"value": "2"}] and found["words"] == []
    box = {"score_low": 0.5, "score_high": 1.5, "realism_low": 0.5, "realism_high": 0.99}
    assert found["box"] == [pytest.approx(box)]
    assert set(describe_sweep(sweep, [1])["tradeoff"]["rows"]) == {0}


def test_where_nothing_lies_between_the_page_is_told_why(plan):
    state = describe_sweep(submission.start_sweep(plan("canvas=raw,fourier"), "x" * 24))
    assert "certain values only" in state["tradeoff"]["between"][0]["refusal"]


def test_a_value_between_two_leads_to_a_sweep_that_has_it_and_paints_nothing_twice(plan):
    sweep = submission.start_sweep(plan(steps=2), "x" * 24)
    for run in sweep.runs:
        paint(run)
    test = press(opened_sweep(sweep.id), "Paint between")
    longer = shown_sweep(test)
    assert longer.plan.x.values == (1, 2, 4) and set(sweep.runs) < set(longer.runs)
    assert test.text_input(key="sweep:x_values").value == "1, 2, 4"
    waiting = [run for run in longer.runs if resources.store().get(run).status == "queued"]
    assert len(waiting) == 1 and sweep_store.get_sweep(resources.store(), sweep.id).plan == sweep.plan


@pytest.mark.parametrize("what", ["program", "pack"])
def test_values_of_an_earlier_version_are_painted_again_and_the_page_says_so_before(plan, what, monkeypatch):
    store = resources.store()
    with monkeypatch.context() as earlier:
        if what == "program":
            earlier.setattr("core.storage.run_store.PAINTING_REVISION", "earlier")
            earlier.setattr("core.storage.queue.PAINTING_REVISION", "earlier")
        pack_hash = "ab" * 32 if what == "pack" else resources.app_pack_hash()
        sweep = sweep_store.start_sweep(store, plan(steps=2), pack_hash, "x" * 24)
        for run in sweep.runs:
            paint(run)
    note = sweep_state.PAINTED_AGAIN.format(number=2, all=2)
    assert describe_sweep(sweep)["tradeoff"]["words"][-1] == note
    longer = shown_sweep(press(opened_sweep(sweep.id), "Paint between"))
    assert [store.get(run).status for run in longer.runs] == ["queued"] * 3


def test_values_of_this_version_need_no_note(plan):
    sweep = submission.start_sweep(plan(steps=2), "x" * 24)
    for run in sweep.runs:
        paint(run)
    words = describe_sweep(sweep)["tradeoff"]["words"]
    assert [one for one in words if "version" in one] == []


def test_a_mixture_of_versions_is_called_one(plan):
    sweep = submission.start_sweep(plan(steps=2), "x" * 24)
    for run in sweep.runs:
        paint(run)
    with resources.store().database.transaction() as db:
        db.execute("UPDATE runs SET measuring_revision = 'another' WHERE id = ?", (sweep.runs[0],))
    assert sweep_state.MIXTURE in describe_sweep(sweep)["tradeoff"]["words"]


def test_a_value_that_is_not_there_is_refused_in_words_and_nothing_is_queued(plan):
    sweep = submission.start_sweep(plan("cutouts=4,5"), "x" * 24)
    before = len(resources.store().recent())
    test = press(opened_sweep(sweep.id), "Paint between")
    assert "none between 4 and 5" in told(test)[0].replace("\\", "")
    assert len(resources.store().recent()) == before


def test_a_sweep_of_another_pack_is_not_added_to(plan, pack, tmp_path, monkeypatch):
    sweep = submission.start_sweep(plan(), "x" * 24)
    with resources.store().database.transaction() as db:
        other = sweep.plan.canonical().replace(str(pack), "elsewhere")
        db.execute("UPDATE sweeps SET plan = ? WHERE id = ?", (other, sweep.id))
    test = press(opened_sweep(sweep.id), "Paint between")
    assert "painted with model pack elsewhere" in told(test)[0].replace("\\", "")
