"""The example chips: a click shows their run, which is shipped or was painted ahead."""

import pytest

from app import resources
from core.service.ahead_requests import chip_requests
from tests.conftest import EXAMPLES
from tests.support.app_pages import checked, forget_caches, opened
from tests.support.serving import pack_with_example


@pytest.mark.parametrize("predicts", [False, True])
def test_a_click_on_an_example_shows_its_run_unless_one_wants_to_predict_it(pack, predicts):
    test = opened()
    checked(test.toggle(key="predict").set_value(predicts).run())
    pills = next(group for group in test.button_group if group.key == "example")
    checked(pills.set_value(EXAMPLES[1]).run())
    assert test.text_input(key="prompt").value == EXAMPLES[1]
    run_id = test.session_state["shown_run"] if "shown_run" in test.session_state else None
    if predicts:
        assert run_id is None and resources.store().recent() == []
    else:
        asked = resources.store().get(run_id)
        assert asked.request == chip_requests(str(pack))[1], "what is painted ahead for this chip"


def test_the_shipped_example_is_what_its_chip_shows(bare_pack, tmp_path, monkeypatch):
    folder = pack_with_example(bare_pack, tmp_path / "pack")
    monkeypatch.setenv("CTJP_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("CTJP_PACK", str(folder))
    forget_caches()
    test = opened()
    for number in (1, 0):
        pills = next(group for group in test.button_group if group.key == "example")
        checked(pills.set_value(EXAMPLES[number]).run())
    assert test.session_state["shown_run"] == resources.example_id()
    asked = [run.request for run in resources.store().recent() if not run.folder]
    assert asked == chip_requests(str(folder)), "nothing else was asked for, and this is painted ahead"
    forget_caches()
