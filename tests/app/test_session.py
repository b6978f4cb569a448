"""Session keys and address parameters, in a real (headless) script run."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import keys
from app.keys import CompareKeys, painter_key, setting_key
from core.base.request import RunRequest
from core.base.settings import PAINTERS, settings_of

RUN = "a" * 26
OTHER = "b" * 26


def script(body: str) -> AppTest:
    """An AppTest of these lines; what they put under "out" is read from its session."""
    return AppTest.from_string(
        "import streamlit as st\n"
        "from app import address, form, session\n"
        "from app.keys import CompareKeys, setting_key\n" + body
    )


def out(test: AppTest) -> Any:
    """Run the script; what it put under "out"."""
    test.run()
    assert not test.exception
    return test.session_state["out"]


def test_the_run_in_the_address_wins_over_the_one_last_shown():
    test = script(
        "session.put(CompareKeys.SHOWN_RUN, 'b' * 26)\nst.session_state.out = address.requested_run()"
    )
    assert out(test) == (OTHER, None)
    test.query_params["run"] = RUN
    assert out(test) == (RUN, None)


@pytest.mark.parametrize(
    "junk", ["", "short", "A" * 26, "../../../etc/passwd", "a" * 25 + "1", "a" * 27, "a" * 26 + "\n"]
)
def test_junk_in_the_address_is_named_and_never_used(junk):
    test = script("st.session_state.out = address.requested_run()")
    test.query_params["run"] = junk
    assert out(test) == (None, junk)


def test_showing_a_run_puts_it_into_the_address():
    test = script(
        f"address.show_run('{RUN}')\n"
        "st.session_state.out = st.query_params['run'], session.get(CompareKeys.SHOWN_RUN)"
    )
    assert out(test) == (RUN, RUN)


def test_a_session_keeps_its_secret_and_sessions_differ():
    body = "st.session_state.out = (session.owner_secret(), session.owner_secret())"
    test = script(body)
    first = out(test)
    assert first[0] == first[1] == out(test)[0]
    assert len(first[0]) >= 32
    assert out(script(body))[0] != first[0]


def test_only_the_first_run_of_a_script_is_a_first_visit():
    test = script("st.session_state.out = session.first_visit()")
    assert [out(test), out(test), out(test)] == [True, False, False]


def test_adopting_a_run_fills_every_field_of_the_form():
    request = RunRequest.make("a blue car", 7, painters=("vqgan",), vqgan={"steps": 9, "cutouts": 2})
    test = script(
        "from core.base.request import RunRequest\n"
        f"form.fill_from_request(RunRequest.from_dict({request.to_dict()!r}))\n"
        "st.session_state.out = dict(st.session_state.items())"
    )
    filled = out(test)
    assert (filled[CompareKeys.PROMPT], filled[CompareKeys.SEED]) == ("a blue car", 7)
    assert [filled[painter_key(p)] for p in PAINTERS] == [False, True, False]
    assert filled[setting_key("vqgan", "steps")] == 9
    assert filled[setting_key("vqgan", "cutouts")] == 2
    assert setting_key("pixels", "steps") not in filled


def test_settings_that_were_never_shown_are_left_to_their_defaults():
    test = script(
        "session.put(setting_key('pixels', 'steps'), 5)\n"
        "st.session_state.out = [form.setting_values(painter) for painter in ('pixels', 'vqgan')]"
    )
    assert out(test) == [{"steps": 5}, {}]


def test_keys_of_different_fields_never_collide():
    classes = [one for name, one in vars(keys).items() if name.endswith("Keys")]
    fields = [key for one in classes for name, key in vars(one).items() if name.isupper()]
    assert len(classes) >= 10 and len(fields) >= 50, "every page's keys are looked at"
    for painter, settings_class in PAINTERS.items():
        fields += [painter_key(painter), keys.settings_popover_key(painter)]
        fields += [setting_key(painter, setting.name) for setting in settings_of(settings_class)]
    assert len(set(fields)) == len(fields)
