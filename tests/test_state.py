"""Session keys and address parameters, in a real (headless) script run."""

import pytest
from streamlit.testing.v1 import AppTest

from app import state
from core.settings import PAINTERS, RunRequest, knobs

RUN = "a" * 26
OTHER = "b" * 26


def script(body):
    """An AppTest of these lines; what they put under "out" is read from its session."""
    return AppTest.from_string("import streamlit as st\nfrom app import state\n" + body)


def out(test):
    test.run()
    assert not test.exception
    return test.session_state["out"]


def test_the_run_in_the_address_wins_over_the_one_last_shown():
    test = script("state.put(state.RUN, 'b' * 26)\nst.session_state.out = state.requested_run()")
    assert out(test) == (OTHER, None)
    test.query_params["run"] = RUN
    assert out(test) == (RUN, None)


@pytest.mark.parametrize("junk", ["", "short", "A" * 26, "../../../etc/passwd", "a" * 25 + "1", "a" * 27, "a" * 26 + "\n"])
def test_junk_in_the_address_is_named_and_never_used(junk):
    test = script("st.session_state.out = state.requested_run()")
    test.query_params["run"] = junk
    assert out(test) == (None, junk)


def test_showing_a_run_puts_it_into_the_address():
    test = script(f"state.show_run('{RUN}')\nst.session_state.out = st.query_params['run'], state.get(state.RUN)")
    assert out(test) == (RUN, RUN)


def test_a_session_keeps_its_secret_and_sessions_differ():
    body = "st.session_state.out = (state.owner(), state.owner())"
    test = script(body)
    first = out(test)
    assert first[0] == first[1] == out(test)[0]
    assert len(first[0]) >= 32
    assert out(script(body))[0] != first[0]


def test_only_the_first_run_of_a_script_is_a_first_visit():
    test = script("st.session_state.out = state.first_visit()")
    assert [out(test), out(test), out(test)] == [True, False, False]


def test_adopting_a_run_fills_every_field_of_the_form():
    request = RunRequest.make("a blue car", 7, painters=("vqgan",), vqgan={"steps": 9, "cutouts": 2})
    test = script(
        "from core.settings import RunRequest\n"
        f"state.adopt(RunRequest.from_dict({request.to_dict()!r}))\n"
        "st.session_state.out = dict(st.session_state.items())"
    )
    filled = out(test)
    assert (filled[state.PROMPT], filled[state.SEED]) == ("a blue car", 7)
    assert [filled[state.painter_key(p)] for p in PAINTERS] == [False, True, False]
    assert filled[state.knob_key("vqgan", "steps")] == 9
    assert filled[state.knob_key("vqgan", "cutouts")] == 2
    assert state.knob_key("pixels", "steps") not in filled


def test_knobs_that_were_never_shown_are_left_to_their_defaults():
    test = script(
        "from core.settings import PAINTERS, knobs\n"
        "state.put(state.knob_key('pixels', 'steps'), 5)\n"
        "st.session_state.out = [state.knob_values(p, knobs(PAINTERS[p])) for p in ('pixels', 'vqgan')]"
    )
    assert out(test) == [{"steps": 5}, {}]


def test_keys_of_different_fields_never_collide():
    fields = [state.PROMPT, state.SEED, state.EXAMPLE, state.MESSAGE, state.RUN, state.PLAYER]
    fields += [state.painter_key(painter) for painter in PAINTERS]
    fields += [state.knob_key(painter, knob.name) for painter, cls in PAINTERS.items() for knob in knobs(cls)]
    assert len(set(fields)) == len(fields)
