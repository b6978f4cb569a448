"""For whoever keeps a server running: health, metrics, logs, copies, and answers that are made once."""

import asyncio
import json
import logging
import re
import shutil
import socket
import threading
import types

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from app import delivery, operations, services
from core import backup, health, logs, metrics
from core.errors import OutputError, StoreError
from core.health import Health
from core.store import RunStore
from tests.serving import ROOT, example_request, invented_steps


@pytest.fixture
def store(tmp_path):
    with RunStore(tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def client(store, monkeypatch):
    monkeypatch.setattr(services, "store", lambda: store)
    operations._health.cache_clear()
    app = Starlette(routes=operations.routes("/class"), middleware=[Middleware(operations.Watch, base="/class")])
    yield TestClient(app)
    operations._health.cache_clear()


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.time = 1000.0

    def __call__(self):
        return self.time


def aged(store):
    """(Health of a server that has run for long, its clock)."""
    clock = Clock()
    made = Health(store, clock, clock)
    clock.time += health.START_SECONDS + 1
    return made, clock


def beat(store, clock, state="ready", ticks=0):
    store.beat("w", state=state, ticks=ticks, message="It is started again in 1 s.")
    with store.database.transaction() as db:
        db.execute("UPDATE painter SET beat = ?", (clock.time,))


def test_a_server_is_well_while_its_painter_process_moves(store):
    made, clock = aged(store)
    for ticks in range(3):
        clock.time += health.HANG_SECONDS
        beat(store, clock, ticks=ticks)
        assert made.report().ok, made.report()


def test_a_painter_process_that_is_gone_stuck_or_restarting_is_told(store):
    made, clock = aged(store)
    assert "not running" in made.report().parts["painter"]
    clock.time += 2
    beat(store, clock)
    assert made.report().ok
    clock.time += health.HANG_SECONDS + 1
    beat(store, clock)  # it beats, but its count stands still
    assert "no progress" in made.report().parts["painter"]
    clock.time += 2
    beat(store, clock, "restarting", 1)
    assert "started again" in made.report().parts["painter"]
    clock.time += 2
    beat(store, clock, "loading", 2)
    assert made.report().ok
    clock.time += health.STALE_SECONDS + 1
    assert "not running" in made.report().parts["painter"]


def test_a_store_that_cannot_be_written_and_a_full_disk_are_told(store, monkeypatch):
    made, clock = aged(store)
    monkeypatch.setattr(health.shutil, "disk_usage", lambda folder: types.SimpleNamespace(free=5e6))
    assert "Only 5 MB" in made.report().parts["disk"]
    with RunStore(store.folder) as other:
        store.database.close()  # the next connection does not wait
        store.database.busy_seconds = 0.0
        with other.database.transaction():
            clock.time += 2
            assert "locked" in made.report().parts["store"]


def test_healthz_answers_200_or_503_with_every_part(client, store):
    answer = client.get("/class/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok"), "a server that has just started waits for its painter process"
    assert set(answer.json()) == {"status", "store", "painter", "disk"}
    assert answer.headers["cache-control"] == "no-store"
    store.beat("w", state="restarting", message="The painter process hung.")
    operations._health.cache_clear()
    answer = client.get("/class/healthz")
    assert (answer.status_code, answer.json()["painter"]) == (503, "The painter process hung.")


SAMPLE = re.compile(r'[a-z_]+(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? -?[0-9.e+]+')


def test_metrics_are_what_prometheus_reads(client, store):
    run = store.submit(example_request("pack"), "hash")
    for frame, measurement in list(invented_steps(run.request))[:4]:
        store.record(run.id, frame, measurement)
    operations.requests.add("frames", 200, 0.03)
    answer = client.get("/class/metrics")
    lines = answer.text.splitlines()
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert all(line.startswith(("# HELP ", "# TYPE ")) or SAMPLE.fullmatch(line) for line in lines), lines
    assert 'ctjp_runs{status="queued"} 1' in lines and 'ctjp_waiting{of="people"} 1' in lines and "ctjp_steps_total 4" in lines
    counted = dict(line.rsplit(" ", 1) for line in lines if line.startswith("ctjp_request_seconds"))
    inf = 'ctjp_request_seconds_bucket{route="frames",le="+Inf"}'
    assert float(counted[inf]) == float(counted['ctjp_request_seconds_count{route="frames"}']) >= 1
    assert float(counted['ctjp_request_seconds_bucket{route="frames",le="0.025"}']) < float(counted[inf])


def test_labels_cannot_break_out():
    assert metrics.text([("a", "gauge", "b", [("", {"l": 'x"\n\\'}, 1)])]).splitlines()[2] == r'a{l="x\"\n\\"} 1'


def test_a_line_tells_the_run_in_words_or_as_json(monkeypatch):
    assert logs.line("A run has ended.", run="abc", status="done", reason="").endswith(" INFO A run has ended. run=abc status=done")
    monkeypatch.setenv("CTJP_LOG", "json")
    told = json.loads(logs.line('It "broke"\n', "ERROR", 0, run="abc"))
    assert told == {"time": "1970-01-01T00:00:00Z", "level": "ERROR", "text": 'It "broke"\n', "run": "abc"}


def test_loggers_write_such_lines_with_tracebacks_inside(monkeypatch):
    monkeypatch.setenv("CTJP_LOG", "json")
    try:
        raise ValueError("no")
    except ValueError as error:
        record = logging.LogRecord("app", logging.ERROR, "f", 1, "Broke %s.", ("twice",), (ValueError, error, error.__traceback__))
    record.run = "abc"
    told = json.loads(logs.Formatter().format(record))
    assert (told["text"], told["run"], told["logger"]) == ("Broke twice.", "abc", "app") and "ValueError: no" in told["error"]


def filled(store, seed):
    run = store.submit(example_request("pack", seed=seed), "hash")
    for frame, measurement in invented_steps(run.request):
        store.record(run.id, frame, measurement)
    store.set_status(run.id, "done")
    return run


def whole(folder, runs):
    """Every row and picture of the runs is in the store of a folder."""
    with RunStore(folder) as copy:
        for run in runs:
            rows = copy.rows(run.id)
            assert copy.get(run.id).status == "done" and len(rows) == sum(s.steps + 1 for s in run.request.settings.values())
            assert all(copy.frame_path(run.id, row.painter, row.step) for row in rows)
        return copy.submit(example_request("pack", seed=99), "hash").status


def test_a_copied_folder_is_the_store(store, tmp_path):
    """The write-ahead log lies beside the database and is copied with it: what is committed is there, though nothing was closed."""
    runs = [filled(store, seed) for seed in range(2)]
    assert (store.folder / "store.sqlite-wal").stat().st_size > 0
    shutil.copytree(store.folder, tmp_path / "copy")
    assert whole(tmp_path / "copy", runs) == "queued"


def test_backup_is_whole_while_somebody_writes_and_can_be_brought_up_to_date(store, tmp_path):
    first = filled(store, 0)
    writing = store.submit(example_request("pack", seed=50), "hash")
    stop = threading.Event()

    def write():
        for frame, measurement in invented_steps(writing.request):
            if stop.is_set():
                return
            store.record(writing.id, frame, measurement)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        backup.backup(store.folder, tmp_path / "copy")
    finally:
        stop.set()
        thread.join()
    assert whole(tmp_path / "copy", [first]) == "queued"
    with RunStore(tmp_path / "copy") as copy:
        assert all(copy.frame_path(writing.id, row.painter, row.step) for row in copy.rows(writing.id)), "a row without its picture"
    second = filled(store, 1)
    assert backup.backup(store.folder, tmp_path / "copy") < 200
    assert whole(tmp_path / "copy", [first, second]) == "queued"
    assert backup.backup(store.folder, tmp_path / "copy") == 1, "only the database: no picture is copied twice"


def test_backup_refuses_what_would_lose_something(store, tmp_path):
    with pytest.raises(StoreError, match="no run store"):
        backup.backup(tmp_path / "nowhere", tmp_path / "copy")
    with pytest.raises(OutputError, match="in the store itself"):
        backup.backup(store.folder, store.folder / "copy")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("all of it")
    with pytest.raises(OutputError, match="something else"):
        backup.backup(store.folder, tmp_path / "mine")
    with RunStore(tmp_path / "other") as other:
        kept = filled(other, 0)
        with pytest.raises(OutputError, match="holds another store"):
            backup.backup(store.folder, other.folder)
        assert other.get(kept.id)


def test_a_first_backup_that_was_broken_off_may_be_tried_again(store, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(backup.os, "replace", lambda *_: (_ for _ in ()).throw(OSError("No space left")))
        with pytest.raises(OutputError, match="could not be finished"):
            backup.backup(store.folder, tmp_path / "copy")
    assert backup.backup(store.folder, tmp_path / "copy") == 1


def kept_app(limit=1000):
    """(client of an app behind `Kept`, calls): /a/N never changes, /b/N may, /c/N is missing."""
    calls = []

    async def answer(request):
        calls.append(request.url.path)
        kind, number = request.path_params["kind"], request.path_params["number"]
        headers = {"Cache-Control": "private, max-age=9, immutable" if kind != "b" else "no-store"}
        return Response(bytes([number]) * 300, 404 if kind == "c" else 200, headers=headers)

    app = Starlette(routes=[Route("/{kind}/{number:int}", answer)], middleware=[Middleware(delivery.Kept, limit=limit)])
    return TestClient(app), calls


def test_what_never_changes_is_made_once():
    client, calls = kept_app()
    first, again = client.get("/a/1"), client.get("/a/1")
    assert (again.content, dict(again.headers)) == (first.content, dict(first.headers)) and calls == ["/a/1"]
    assert client.get("/a/1?x").content == first.content and client.head("/a/1").content == b""
    assert client.get("/a/1", headers={"Range": "bytes=0-1"}).status_code == 200 and len(calls) == 4


def test_what_may_change_or_is_missing_is_asked_for_each_time():
    client, calls = kept_app()
    for path in ("/b/1", "/c/1"):
        client.get(path), client.get(path)
    assert calls == ["/b/1", "/b/1", "/c/1", "/c/1"]


def test_what_was_not_asked_for_longest_gives_way():
    client, calls = kept_app(limit=900)
    for number in (1, 2, 3, 1, 4):
        client.get(f"/a/{number}")
    calls.clear()
    client.get("/a/1"), client.get("/a/2")
    assert calls == ["/a/2"]


def test_connections_to_what_listens_send_at_once():
    """As Streamlit makes its socket: without naming TCP, so that asyncio leaves the option alone."""

    async def delayed():
        listening = socket.socket(family=socket.AF_INET)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        delivery.send_at_once()
        accepted = asyncio.get_running_loop().create_future()
        server = await asyncio.start_server(lambda reader, writer: accepted.set_result(writer), sock=listening)
        _, writer = await asyncio.open_connection(*listening.getsockname())
        ours = await asyncio.wait_for(accepted, 30)
        option = ours.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        ours.close()
        writer.close()
        server.close()
        return option

    assert asyncio.run(delayed())


def readme_block(kind):
    return re.search(rf"```{kind}\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL).group(1)


def test_the_service_and_the_container_start_the_app_and_set_what_there_is():
    known = (ROOT / "README.md").read_text("utf-8")
    service, container = readme_block("ini"), readme_block("dockerfile")
    assert "streamlit run app/main.py" in service and '"streamlit", "run", "app/main.py"' in container
    for text in (service, container):
        assert all(f"`{name}" in known for name in re.findall(r"CTJP_\w+", text))
    copied = re.findall(r"^COPY (\S+) \S+$", container, re.MULTILINE)
    assert copied == ["requirements.txt", "app", "core", ".streamlit"] and all((ROOT / name).exists() for name in copied)
    assert "/healthz" in container
