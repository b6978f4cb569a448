"""The load benchmark: it speaks Streamlit's protocol, counts honestly, and a class of two gets through."""

import json
import sys
from collections import Counter

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from core.__main__ import main
from core.base.settings import PAINTERS
from core.bench import load, load_rows, streamlit_protocol
from core.bench.commit_times import CommitTimes, Delay
from core.bench.visitor import Update
from tests.support.serving import pack_with_example


def test_what_a_visitor_sends_is_what_streamlit_reads():
    sent = BackMsg.FromString(
        streamlit_protocol.rerun("run=ü&seed=1", "id-of-run", {"id-of-seed": 300, "other": -2})
    ).rerun_script
    assert sent.query_string == "run=ü&seed=1"
    states = {
        state.id: (state.WhichOneof("value"), getattr(state, state.WhichOneof("value")))
        for state in sent.widget_states.widgets
    }
    wanted = {
        "id-of-run": ("trigger_value", True),
        "id-of-seed": ("int_value", 300),
        "other": ("int_value", -2),
    }
    assert states == wanted


def message(**parts):
    """Bytes of a ForwardMsg with an element, or with a part of its own."""
    made = ForwardMsg(hash="h")
    for name, fields in parts.items():
        whole = name in ("page_info_changed", "script_finished")
        owner = made if whole else made.delta.new_element
        if isinstance(fields, dict):
            for field, value in fields.items():
                setattr(getattr(owner, name), field, value)
        else:
            setattr(owner, name, fields)
    return made.SerializeToString()


def test_what_streamlit_sends_is_what_a_visitor_reads():
    page = streamlit_protocol.Page()
    component = {
        "id": "c",
        "component_name": "something.ctjp_player",
        "json": json.dumps({"json": '{"run": "abc"}'}),
    }
    for part in (
        {"button": {"id": "id-of-run", "label": "Run"}},
        {"number_input": {"id": "id-of-seed", "label": "Seed", "min": 0.5, "default": 3.0}},
        {"bidi_component": component},
        {"alert": {"body": "The queue is full: 5 runs wait already."}},
        {"page_info_changed": {"query_string": "run=abc"}},
    ):
        assert page.read_message(message(**part)) is False
    assert page.read_message(message(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY)) is True
    assert (page.buttons, page.numbers) == ({"Run": "id-of-run"}, {"Seed": "id-of-seed"})
    assert (page.components, page.query, page.failed) == ({"ctjp_player": {"run": "abc"}}, "run=abc", False)
    assert page.alerts == ["The queue is full: 5 runs wait already."]
    page.read_message(message(exception={"message": "boom"}))
    assert page.failed


def test_an_update_is_as_late_as_its_oldest_row():
    commits = CommitTimes(store=None)
    commits.rows = {"a": ([3, 4, 9], [10.0, 11.0, 12.0])}
    seen = [("a", 3, 9, 12.5, 12.75), ("a", 9, 9, 13.0, 13.0), ("a", 0, 4, 11.5, 11.5), ("b", 1, 2, 1.0, 1.0)]
    delays = commits.delays([Update(*update) for update in seen])
    assert delays == [(1.5, 1.75)], "first looks and runs that nobody saw begin tell nothing"


def test_live_updates_are_judged_by_their_pictures():
    assert [row.ok for row in load_rows.live_updates("2", [Delay(0.1, 0.7)] * 20, "")] == [False, None]
    assert [row.ok for row in load_rows.live_updates("2", [Delay(0.1, 0.4)] * 20, "")] == [True, None]
    assert load_rows.live_updates("2", [], "")[0].ok is False


def test_shares_are_those_of_real_values():
    values = list(range(1, 31))
    assert [load_rows.nearest_rank(values, share) for share in (0.95, 0.5)] == [29, 15]
    assert load_rows.nearest_rank([7], 0.95) == 7


@pytest.mark.parametrize(
    ("tally", "ok"), [({("frames", 200): 9, ("runs", 503): 1}, True), ({("frames", 404): 1}, False)]
)
def test_only_refused_frames_fall_short_but_everything_refused_is_told(tally, ok):
    row = load_rows.refusals(Counter(tally))
    assert row.ok is ok and ("503" in row.note or "404" in row.note)


def test_a_class_may_wait_no_longer_than_its_runs_take_one_by_one():
    row = load_rows.one_knob([2.0, 4.0, 6.0], alone=2.0)
    assert row.ok and row.figure == 6.0 and "3 × 2.00 s" in row.note and "by 4 s" in row.note
    assert load_rows.one_knob([2.0, 4.0, 6.1], alone=2.0).ok is False
    row = load_rows.no_one_knob(3, "It was refused.")
    assert row.ok is False and row.note == "It was refused."


def test_a_class_of_two_gets_through(tiny_pack, tmp_path, monkeypatch):
    """The whole course with tiny models; how fast it is says nothing on a busy machine."""
    monkeypatch.setattr(load, "WATCH_SECONDS", 1.0)
    monkeypatch.setattr(load, "LONG", {})
    monkeypatch.setattr(load, "SMALL", {"painters": "pixels", "pixels.steps": "3"})
    monkeypatch.setattr(load, "KNOB_SETTINGS", {painter: {"steps": 3} for painter in PAINTERS})
    pack = pack_with_example(tiny_pack.folder, tmp_path / "pack")
    rows = {row.check: row for row in load.load_test(minutes=0.02, sessions=2, runs=2, pack=pack)}
    assert rows["4"].figure == 1 and rows["6"].figure == 2 and rows["9"].ok and rows["8"].ok, rows
    assert rows["10"].figure > 0 and "2 × " in rows["10"].note
    assert rows["1"].figure > 0 and {"2", "3", "5", "5.1"} <= set(rows)


def test_a_missing_package_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    for module in ("load", "visitor", "commit_times", "load_rows"):
        monkeypatch.delitem(sys.modules, f"core.bench.{module}", raising=False)
    assert main(["bench", "load"]) == 2
    assert "needs the package aiohttp; install it with `pip install" in capsys.readouterr().err
