"""The form, the picture and the address say the same, or the page says that they do not."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from app import address, resources
from app.components.messages import escape_markdown
from app.views import compare
from app.web.headers import OWNER_COOKIE
from app.web.routes import routes
from core.base.environment import pack_name
from core.base.request import RunRequest
from core.storage.deleted_runs import deleted_run, may_restore
from core.storage.run_store import RunStore
from tests.conftest import EXAMPLES
from tests.support.app_pages import button, checked, forget_caches, opened, press, shown, told
from tests.support.asgi import ask
from tests.support.serving import pack_with_example

PAINT = "**Press Run to paint this.**"


def said(test: AppTest) -> list[str]:
    """What the form says about Run."""
    return [element.value for element in test.markdown if element.value.startswith("**Press Run")]


def parameter(test: AppTest, name: str) -> str:
    """One parameter of the address."""
    value = test.query_params[name]
    return value if isinstance(value, str) else value[0]


def run_of(prompt: str, status: str = "done", owner: str = "") -> str:
    """A run of all painters without a single step."""
    request = RunRequest.make(prompt, 0, pack_name())
    run = resources.store().submit(request, resources.app_pack_hash(), owner)
    resources.store().queue.set_status(run.id, status)
    return run.id


@pytest.fixture
def with_example(bare_pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store and a pack that brings an example."""
    monkeypatch.setenv("CTJP_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("CTJP_PACK", str(pack_with_example(bare_pack, tmp_path / "pack")))
    forget_caches()


def test_a_changed_form_says_what_run_does(pack):
    test = opened(run=run_of("a red fox in snow"))
    assert said(test) == []
    test.text_input(key="prompt").set_value("a blue rabbit")
    assert said(checked(test.run())) == [PAINT]
    run_of("a blue rabbit")
    assert said(checked(test.run())) == ["**Press Run to see this:** it has already been painted."]
    press(test, "Run")
    assert said(test) == [] and "already exists" in told(test)[0]
    test.number_input(key="seed").set_value(3)
    assert said(checked(test.run())) == [PAINT] and told(test) == [], "the message was about the form before"


def test_the_address_of_a_run_names_its_own_settings(pack):
    test = opened(prompt="a red fox in snow", seed="4", view="presenter")
    test.text_input(key="prompt").set_value("a blue rabbit")
    test.number_input(key="seed").set_value(0)
    press(test, "Run")
    assert (parameter(test, "prompt"), parameter(test, "view")) == ("a blue rabbit", "presenter")
    assert "seed" not in test.query_params and parameter(test, "run") == shown(test).id


def test_back_leads_through_the_runs_to_the_example_and_the_form_goes_along(with_example, monkeypatch):
    test = opened()
    runs = []
    for prompt in ("a blue rabbit", "a yellow duck"):
        test.text_input(key="prompt").set_value(prompt)
        runs.append(shown(press(test, "Run")).id)
    monkeypatch.setattr(address, "has_travelled", lambda: True)
    test.query_params["run"] = runs[0]
    checked(test.run())
    assert (test.text_input(key="prompt").value, said(test)) == ("a blue rabbit", [])
    del test.query_params["run"]
    checked(test.run())
    assert "run" not in test.query_params
    assert (test.text_input(key="prompt").value, said(test)) == (EXAMPLES[0], [])
    forget_caches()


def test_a_click_that_was_sent_before_the_address_was_known_does_not_lead_back(pack):
    test = press(opened(), "Run")
    run_id = shown(test).id
    del test.query_params["run"]  # what the browser still says
    test.number_input(key="seed").set_value(5)
    checked(test.run())
    assert parameter(test, "run") == run_id and test.number_input(key="seed").value == 5


def test_coming_from_another_page_the_run_shown_last_is_there_again(pack):
    test = press(opened(), "Run")
    run_id = shown(test).id
    del test.query_params["run"]
    test.session_state["compare_is_open"] = False  # as another page leaves it
    checked(test.run())
    assert parameter(test, "run") == run_id


def test_a_run_deleted_in_another_tab_is_said_to_be_deleted_and_undo_brings_it_back(with_example):
    test = press(opened(), "Run")
    run = shown(test)
    resources.store().queue.set_status(run.id, "stopped")
    owner = test.session_state["owner"]
    assert resources.gallery().delete(run.id, owner)
    checked(test.run())
    assert told(test) == [compare.RUN_DELETED] and parameter(test, "run") == run.id
    assert test.text_input(key="prompt").value == run.request.prompt
    press(test, "Undo")
    assert told(test) == [] and resources.store().get(run.id) is not None
    forget_caches()


def test_only_whoever_started_it_is_offered_undo(pack):
    run_id = run_of("a red fox in snow", "stopped", owner="theirs")
    assert resources.gallery().delete(run_id, "theirs")
    test = opened(run=run_id)
    assert told(test) == [compare.RUN_DELETED]
    assert [one.label for one in test.button if one.label == "Undo"] == []


def test_undo_after_too_long_says_so(pack):
    test = press(opened(), "Run")
    run = shown(test)
    resources.store().queue.set_status(run.id, "stopped")
    assert resources.gallery().delete(run.id, test.session_state["owner"])
    checked(test.run())
    assert resources.gallery().remove(run.id)
    button(test, "Undo").click()
    assert escape_markdown(compare.NO_LONGER_RESTORED) in told(checked(test.run()))


def test_the_player_is_told_that_a_run_was_deleted(pack):
    app = Starlette(routes=routes())
    run_id = run_of("a red fox in snow", "stopped", owner="mine")
    assert resources.gallery().delete(run_id, "mine")
    cookie = f"{OWNER_COOKIE}=whatever"
    assert ask(app, f"/runs/{run_id}.json", cookie=cookie).status == 410
    assert ask(app, f"/runs/{'a' * 26}.json").status == 404


def test_a_deleted_run_is_found_until_it_is_removed_for_good(tmp_path):
    with RunStore(tmp_path) as store:
        run = store.submit(RunRequest.make("a red fox"), "hash", "mine")
        assert deleted_run(store, run.id) is None
        with store.database.transaction() as db:
            db.execute("UPDATE runs SET deleted_at = 1 WHERE id = ?", (run.id,))
        found = deleted_run(store, run.id)
        assert found is not None and found.request == run.request
        assert may_restore(store, run.id, "mine") and not may_restore(store, run.id, "theirs")
        assert deleted_run(store, "../etc") is None and deleted_run(store, None) is None
