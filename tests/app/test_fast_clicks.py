"""A click that comes while a callback is at work: what was asked for before it is done all the same."""

import ast
import importlib
import io
import tomllib
from types import SimpleNamespace

import pytest
from PIL import Image
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.scriptrunner import RerunData, RerunException, get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests
from streamlit.util import calc_hash

from app import clicks, resources, session, submission
from app.clicks import to_its_end
from app.components import uploads
from app.keys import CompareKeys, GalleryKeys, SweepKeys
from core.storage import sweep_store
from core.storage.ballots import Ballots
from core.storage.own_pictures import OwnPictures
from tests.support.app_pages import checked, opened, opened_page, press
from tests.support.serving import ROOT

CALLBACKS = ("on_click", "on_change", "on_told", "on_trigger")
NEEDS_NONE = {"no_action"}  # it touches no session


@pytest.fixture
def click_after(monkeypatch):
    """Another click comes just when a function has done its work, once; `names`: what its browser names.

    Returns what the function has returned, each time.
    """

    def arrange(owner, name, names=""):
        real, results = getattr(owner, name), []

        def call(*args, **kwargs):
            results.append(real(*args, **kwargs))
            if len(results) == 1:
                get_script_run_ctx().script_requests.request_rerun(_rerun(names))
            return results[-1]

        monkeypatch.setattr(owner, name, call)
        return results

    return arrange


def _rerun(names):
    return RerunData(query_string=names, page_script_hash=get_script_run_ctx().page_script_hash)


def first_question(test):
    return next(one.label for one in test.button if (one.key or "").startswith("preset:"))


def test_a_run_is_painted_and_shown(pack, click_after):
    test = opened()
    test.number_input(key="seed").set_value(7)
    asked = click_after(submission, "submit_run")
    press(test, "Run")
    assert test.query_params["run"] == asked[0].id and asked[0].request.seed == 7
    assert [run.id for run in resources.store().recent()] == [asked[0].id]


def test_an_example_is_painted_and_shown(pack, click_after):
    test = opened()
    asked = click_after(submission, "submit_run")
    pills = next(group for group in test.button_group if group.key == "example")
    picked = resources.examples()[1]
    checked(pills.set_value(picked).run())
    assert test.query_params["run"] == asked[0].id and asked[0].request.prompt == picked


@pytest.mark.parametrize("is_question", [False, True])
def test_a_grid_is_painted_and_shown_though_the_browser_still_names_the_one_before(
    pack, click_after, is_question
):
    test = press(checked(opened_page("sweep").run()), "Paint grid")
    earlier = test.session_state[SweepKeys.SHOWN]
    test.text_input(key=SweepKeys.X_VALUES).set_value("2, 3")
    checked(test.run())
    asked = click_after(submission, "start_sweep", f"sweep={earlier}")
    press(test, first_question(test) if is_question else "Paint grid")
    assert test.query_params["sweep"] == asked[0].id != earlier
    assert test.session_state[SweepKeys.SHOWN] == asked[0].id and SweepKeys.TO_OPEN not in test.session_state
    assert (test.text_input(key=SweepKeys.X_VALUES).value == "2, 3") != is_question


def test_a_question_on_the_main_page_leads_to_its_grid(pack, click_after):
    test = opened()
    asked = click_after(submission, "start_sweep")
    press(test, first_question(test))
    assert test.query_params["sweep"] == asked[0].id


def test_whoever_goes_elsewhere_before_the_grid_is_drawn_is_not_led_back(pack):
    test = opened()
    test.session_state[SweepKeys.TO_OPEN] = "a" * 26
    test._page_hash = calc_hash("gallery")  # AppTest can go to files alone
    checked(test.run())
    assert test.text_input(key=GalleryKeys.SEARCH) and SweepKeys.TO_OPEN not in test.session_state


def test_the_room_is_asked_once(pack, click_after):
    test = opened()
    click_after(Ballots, "open")
    press(test, "Predict, then look")
    run_id = test.query_params["run"]
    ballots = resources.ballots().database.read("SELECT id FROM ballots WHERE run = ?", run_id)
    assert len(ballots) == 1


def test_a_picture_is_kept_once(pack, click_after, monkeypatch):
    picture = io.BytesIO()
    Image.new("RGB", (40, 40)).save(picture, "PNG")
    file = SimpleNamespace(file_id="1", name="a.png", getvalue=picture.getvalue)
    monkeypatch.setattr(uploads, "uploaded_files", lambda key: [file])
    test = opened_page("your_pictures")
    test.session_state["prompt"] = resources.examples()[0]
    checked(test.run())
    kept = click_after(OwnPictures, "add")
    press(test, "Measure")
    assert len(kept) == 1 and test.session_state["pictures:told"] == []


def test_what_the_judge_is_to_paint_is_painted_and_shown(pack, click_after):
    test = opened()
    test._page_hash = calc_hash("rank")
    checked(test.run())
    asked = click_after(submission, "submit_run")
    press(test, "Now ask it to paint")
    assert test.query_params["run"] == asked[0].id


def interrupted(clicks):
    """A callback that every one of these clicks interrupts once, and what it has done."""
    waiting, done = list(clicks), []

    @to_its_end
    def act():
        if waiting:
            raise RerunException(waiting.pop(0))
        done.append(True)

    return act, done


def pressed(button):
    """A click on a button, as the browser sends it."""
    return RerunData(widget_states=WidgetStates(widgets=[WidgetState(id=button, trigger_value=True)]))


def test_the_other_click_follows_once_the_first_is_done():
    act, done = interrupted([pressed("other")])
    with pytest.raises(RerunException) as other:
        act()
    assert done == [True] and other.value.rerun_data.widget_states == pressed("other").widget_states


def test_of_three_quick_clicks_none_is_lost(monkeypatch):
    requests = ScriptRequests()
    monkeypatch.setattr(clicks, "get_script_run_ctx", lambda: SimpleNamespace(script_requests=requests))
    act, done = interrupted([pressed("second"), pressed("third")])
    act()
    follows = requests.on_scriptrunner_yield().rerun_data
    assert done == [True] and {widget.id for widget in follows.widget_states.widgets} == {"second", "third"}


def test_a_cancelled_grid_says_how_much_was_stopped(pack, click_after):
    test = press(checked(opened_page("sweep").run()), "Paint grid")
    cancelled = click_after(sweep_store, "cancel_sweep")
    press(test, "Cancel")
    assert cancelled[0] > 1 and cancelled[1:] == [0], "begun again, it finds nothing to cancel"
    assert f"{cancelled[0]} cells were stopped" in test.info[0].value


def test_b_stays_away_though_the_browser_still_names_it(pack, click_after):
    test = press(press(opened(), "Run"), "Keep as B")
    kept = test.session_state[CompareKeys.RUN_B]
    click_after(session, "put", f"run={kept}&b={kept}")
    press(test, "Remove B")
    assert "b" not in test.query_params and test.session_state[CompareKeys.RUN_B] is None


def test_another_click_waits_and_does_not_stop_the_first_for_good():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["runner"]["fastReruns"] is False


def callbacks():
    """(module, expression) of everything that a widget of the app calls."""
    for path in sorted((ROOT / "app").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            named = [keyword.value for keyword in call.keywords if keyword.arg in CALLBACKS]
            is_component = ast.unparse(call.func) == "_component.show"
            for value in [*named, *(call.args[2:] if is_component else [])]:
                yield module, value


def test_every_callback_goes_to_its_end():
    """`to_its_end` or `reports_to` stands over it, unless it is handed on from another function."""
    found = {
        (module, ast.unparse(value)) for module, value in callbacks() if not isinstance(value, ast.Constant)
    }
    unprotected = []
    for module, name in found:
        value = importlib.import_module(module)
        for part in name.split("."):
            value = getattr(value, part, None)
        if value is not None and name not in NEEDS_NONE and not hasattr(value, "goes_to_its_end"):
            unprotected.append(f"{module}.{name}")
    assert unprotected == [] and len(found) > 30
