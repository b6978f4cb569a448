"""The load benchmark: it speaks Streamlit's protocol, counts honestly, and a class of two gets through."""

import pytest

from core.bench import load as bench
from core.bench import wire
from core.bench.visitor import Visitor
from tests.serving import pack_with_example


def test_what_a_visitor_sends_is_what_streamlit_reads():
    from streamlit.proto.BackMsg_pb2 import BackMsg

    sent = BackMsg.FromString(wire.rerun("run=ü&seed=1", "id-of-run", {"id-of-seed": 300, "other": -2})).rerun_script
    assert sent.query_string == "run=ü&seed=1"
    states = {state.id: (state.WhichOneof("value"), getattr(state, state.WhichOneof("value"))) for state in sent.widget_states.widgets}
    wanted = {"id-of-run": ("trigger_value", True), "id-of-seed": ("int_value", 300), "other": ("int_value", -2)}
    assert states == wanted


def test_what_streamlit_sends_is_what_a_visitor_reads():
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    def message(fill):
        made = ForwardMsg()
        made.hash = "h"
        fill(made)
        return made.SerializeToString()

    def element(made):
        return made.delta.new_element

    def button(made):
        element(made).button.id, element(made).button.label = "id-of-run", "Run"

    def number(made):
        field = element(made).number_input
        field.id, field.label, field.min, field.default = "id-of-seed", "Seed", 0.5, 3.0

    def component(made):
        part = element(made).bidi_component
        part.id, part.component_name, part.json = "c", "something.ctjp_player", '{"run": "abc"}'

    def alert(made):
        element(made).alert.body = "The queue is full: 5 runs wait already."

    def query(made):
        made.page_info_changed.query_string = "run=abc"

    def finished(made):
        made.script_finished = ForwardMsg.FINISHED_SUCCESSFULLY

    page = wire.Page()
    assert [page.take(message(fill)) for fill in (button, number, component, alert, query, finished)] == [False] * 5 + [True]
    assert (page.buttons, page.numbers) == ({"Run": "id-of-run"}, {"Seed": "id-of-seed"})
    assert (page.components, page.query, page.failed) == ({"ctjp_player": {"run": "abc"}}, "run=abc", False)
    assert page.alerts == ["The queue is full: 5 runs wait already."]
    page.take(message(lambda made: setattr(element(made).exception, "message", "boom")))
    assert page.failed


def test_an_update_is_as_late_as_its_oldest_row():
    commits = bench.Commits(store=None)
    commits.rows = {"a": ([3, 4, 9], [10.0, 11.0, 12.0])}
    updates = [("a", 3, 9, 12.5, 12.75), ("a", 9, 9, 13.0, 13.0), ("a", 0, 4, 11.5, 11.5), ("b", 1, 2, 1.0, 1.0)]
    assert commits.late(updates) == [(1.5, 1.75)], "first looks and runs that nobody saw begin tell nothing"
    assert [row.ok for row in bench._update_rows("2", [(0.1, 0.7)] * 20, "")] == [False, None]
    assert bench._update_rows("2", [], "")[0].ok is False


def test_shares_are_those_of_real_values():
    values = list(range(1, 31))
    assert (bench._share(values, 0.95), bench._share(values, 0.5), bench._share([7], 0.95)) == (29, 15, 7)


@pytest.mark.parametrize(("tally", "ok"), [({("frames", 200): 9, ("runs", 503): 1}, True), ({("frames", 404): 1}, False)])
def test_only_refused_frames_fall_short_but_everything_refused_is_told(tally, ok):
    from collections import Counter

    row = bench._row_of_refusals(Counter(tally))
    assert row.ok is ok and ("503" in row.note or "404" in row.note)


def test_a_class_of_two_gets_through(tiny_pack, tmp_path, monkeypatch):
    """The whole course with tiny models; how fast it is says nothing on a busy machine."""
    monkeypatch.setattr(bench, "WATCH_SECONDS", 1.0)
    monkeypatch.setattr(bench, "LONG", {})
    monkeypatch.setattr(bench, "SMALL", {"painters": "pixels", "pixels.steps": "3"})
    pack = pack_with_example(tiny_pack.folder, tmp_path / "pack")
    rows = {row.check: row for row in bench.load(minutes=0.02, sessions=2, runs=2, pack=pack)}
    assert rows["4"].figure == 1 and rows["6"].figure == 2 and rows["9"].ok and rows["8"].ok, rows
    assert rows["1"].figure > 0 and {"2", "3", "5", "5.1"} <= set(rows)


def test_a_missing_package_is_named(monkeypatch):
    import asyncio
    import sys

    from core.errors import SettingError

    monkeypatch.setitem(sys.modules, "websockets.asyncio.client", None)
    visitor = Visitor("127.0.0.1", 1)
    monkeypatch.setattr(visitor.http, "get", lambda *_: asyncio.sleep(0, (200, b"")))
    with pytest.raises(SettingError, match="pip install websockets"):
        asyncio.run(visitor.open())
