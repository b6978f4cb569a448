"""The real command, `streamlit run app/main.py`: it serves, it opens a session, it never loads torch."""

import contextlib
import json
import os
import signal
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from core.base.request import RunRequest
from core.bench.streamlit_protocol import component_data
from core.packs.manifest import pack_hash, read_manifest
from core.storage.records import Run
from core.storage.run_store import RunStore
from tests.support.serving import STEPS, example_request, fetch, invented_steps, serving, wait_for

UNKNOWN = "a" * 26
OWNER = "o" * 32


@pytest.fixture(scope="module")
def server(place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Any]]:
    """(address, process) of the app over that store."""
    with serving(*place, tmp_path_factory.mktemp("log") / "server.log") as running:
        yield running


@pytest.fixture(scope="module")
def store(server, place) -> Iterator[RunStore]:
    """The store that the app uses."""
    with RunStore(place[0]) as opened:
        yield opened


@pytest.fixture(scope="module")
def example(store: RunStore) -> Run:
    """The run that came with the pack."""
    (run,) = [run for run in store.recent() if run.folder]
    return run


def forward_messages(address: str, query: str = "", session: str | None = None) -> list[ForwardMsg]:
    """Open a session as a browser does, or come back with its id; the messages of its first script run."""
    cookie = {"Cookie": "ctjp_owner=" + OWNER}
    protocols = ["streamlit", "none", session] if session else ["streamlit"]
    with connect(
        address.replace("http", "ws") + "/_stcore/stream", subprotocols=protocols, additional_headers=cookie
    ) as socket:
        message = BackMsg()
        message.rerun_script.query_string = query
        socket.send(message.SerializeToString())
        received = []
        while not (received and received[-1].WhichOneof("type") == "script_finished"):
            received.append(ForwardMsg.FromString(socket.recv(timeout=60)))
    return received


def player_of(messages: list[ForwardMsg]) -> Any:
    """The player's message among those of a script run; other parts of the page are components too."""
    elements = [m.delta.new_element for m in messages if m.WhichOneof("type") == "delta"]
    components = [
        element.bidi_component for element in elements if element.WhichOneof("type") == "bidi_component"
    ]
    (player,) = [component for component in components if component.component_name.endswith("ctjp_player")]
    return player


def test_a_session_opens_and_shows_the_example(server, example):
    messages = forward_messages(server[0])
    assert messages[-1].script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
    elements = [m.delta.new_element for m in messages if m.WhichOneof("type") == "delta"]
    kinds = {element.WhichOneof("type") for element in elements}
    assert "exception" not in kinds and "alert" not in kinds
    player = player_of(messages)
    data = component_data(player.json)
    assert (data["run"], data["active"]) == (example.id, False)
    assert len(player.js_content) < 2000, "the script is fetched once, not sent with every rerun"


def test_a_run_in_the_address_is_the_one_shown(server, store, place):
    run = store.submit(example_request(place[1], seed=99), "other")
    store.queue.set_status(run.id, "failed", "Set so by a test.")
    messages = forward_messages(server[0], f"run={run.id}")
    assert component_data(player_of(messages).json)["run"] == run.id


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="reads /proc to see what a process has loaded"
)
def test_the_server_loads_neither_torch_nor_tables_and_the_painter_process_does(server, store):
    forward_messages(server[0])
    state = wait_for(
        lambda: (s := store.queue.painter_state()) and s.state == "ready" and s, 180, "the painter process"
    )
    assert "torch" in Path(f"/proc/{state.pid}/maps").read_text()
    loaded = Path(f"/proc/{server[1].pid}/maps").read_text()
    assert "streamlit" in loaded or "_multiarray_umath" in loaded, "these are not the server's"
    assert [name for name in ("torch", "pandas", "pyarrow") if name in loaded] == []


def test_a_frame_is_a_picture_for_ever_and_nothing_else(server, example):
    status, headers, body = fetch(f"{server[0]}/frames/{example.id}/vqgan/3.png")
    assert status == 200 and body.startswith(b"\x89PNG")
    assert headers["Content-Type"] == "image/png"
    assert "immutable" in headers["Cache-Control"] and headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]


FRAMES = [
    f"{UNKNOWN}/pixels/0",
    "{run}/pixels/999",
    "{run}/nobody/0",
    "{run}/pixels/-1",
    "{run}/pixels/0x1",
    "{run}/pixels/1e1",
    "{run}/pixels/%D9%A3",
    "{run}/pixels/0000000000000000003",
    "../{run}/pixels/0",
    "{run}/..%2f..%2fstore/0",
    "{run}/pixels/..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/store.sqlite%00/0",
    "{run}%00/pixels/0",
    "{run}/pixels/0%0a",
    "{upper}/pixels/0",
    "..\\..\\store/pixels/0",
]


@pytest.mark.parametrize("path", FRAMES)
def test_no_address_reaches_anything_but_a_frame(server, example, path):
    path = path.replace("{run}", example.id).replace("{upper}", example.id.upper())
    status, headers, body = fetch(f"{server[0]}/frames/{path}.png")
    assert not body.startswith(b"\x89PNG") and b"root:" not in body and b"SQLite" not in body
    assert (
        status in (400, 404) or b"<!doctype html>" in body.lower()
    )  # Streamlit's own page for paths that are not ours


@pytest.mark.parametrize(
    "name",
    [
        "../resources.py",
        "..%2fresources.py",
        "resources.py",
        "icon.svg",
        "%2e%2e%2fmain.py",
        "",
        "player/player.js%00",
        "player/../../main.py",
    ],
)
def test_only_the_player_s_files_are_assets(server, name):
    digest = assets(server).rsplit("/", 1)[1]
    _, _, body = fetch(f"{server[0]}/assets/{digest}/{name}")
    assert b"import " not in body and b"<svg" not in body


def assets(server: tuple[str, Any]) -> str:
    """Where the player's scripts lie, as the page says."""
    elements = [m.delta.new_element for m in forward_messages(server[0]) if m.WhichOneof("type") == "delta"]
    return next(
        component_data(e.bidi_component.json)["assets"]
        for e in elements
        if e.WhichOneof("type") == "bidi_component"
    )


def test_assets_are_served_for_ever_under_their_digest(server):
    base = assets(server)
    for name, part in (
        ("player/player.js", b"export default"),
        ("player/player.css", b".player"),
        ("charts.json", b"vega-lite"),
        ("vega.js", b"vegaEmbed"),
    ):
        status, headers, body = fetch(f"{server[0]}{base}/{name}")
        assert status == 200 and part in body and "immutable" in headers["Cache-Control"], name
    status, _, body = fetch(f"{server[0]}/assets/0123456789abcdef/player/player.js")
    assert status == 404 and b"reload" in body


def test_the_state_of_a_run_comes_with_every_row(server, example):
    status, headers, body = fetch(f"{server[0]}/runs/{example.id}.json")
    told = json.loads(body)
    assert status == 200 and headers["Cache-Control"] == "no-store"
    assert (told["status"], told["example"], told["prompt"]) == ("done", True, example.request.prompt)
    assert len(told["rows"]) == sum(steps + 1 for steps in STEPS.values())
    assert told["verdict"] and told["reference"]["realism"]["p5"] == 0.5
    assert json.loads(fetch(f"{server[0]}/runs/{example.id}.json?after={told['seq']}")[2])["rows"] == []


@pytest.mark.parametrize(
    "path", [f"{UNKNOWN}.json", "x.json", "{run}.json?after=-1", "{run}.json?after=1;drop", "..%2f{run}.json"]
)
def test_no_other_address_tells_of_a_run(server, example, path):
    status, _, body = fetch(f"{server[0]}/runs/{path.replace('{run}', example.id)}")
    assert status in (400, 404) or b"<!doctype html>" in body.lower()
    assert b"prompt" not in body


def test_a_run_s_address_gives_no_secret_away(server, example):
    assert b"owner" not in fetch(f"{server[0]}/runs/{example.id}.json")[2]


def test_rows_written_meanwhile_are_served(server, store, place):
    run = store.submit(example_request(place[1], seed=98), "other")
    store.queue.set_status(run.id, "failed", "Set so by a test.")
    for frame, measurement in list(invented_steps(run.request))[:3]:
        store.record(run.id, frame, measurement)
    told = json.loads(fetch(f"{server[0]}/runs/{run.id}.json")[2])
    assert [row[1] for row in told["rows"]] == [0, 1, 2]
    assert fetch(f"{server[0]}/frames/{run.id}/pixels/2.png")[0] == 200
    assert fetch(f"{server[0]}/frames/{run.id}/pixels/3.png")[0] == 404


def test_the_page_sets_a_cookie_that_scripts_cannot_read(server):
    page = urllib.request.Request(server[0], headers={"Accept": "text/html"})
    with urllib.request.urlopen(page, timeout=30) as answer:
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("ctjp_owner_") and "HttpOnly" in cookie and "SameSite=Lax" in cookie
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    page.add_header("Cookie", cookie.split(";")[0])
    with urllib.request.urlopen(page, timeout=30) as answer:
        assert answer.headers["Set-Cookie"] is None, "a browser keeps the cookie that it has"


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_a_server_killed_in_the_middle_of_a_run_finishes_it_when_it_is_started_again(
    server, store, place, tmp_path
):
    """Last in this file: it kills the server with its painter process, as a container is killed.

    The browser comes back an hour later, when nobody knows its session any more.
    """
    session = forward_messages(server[0])[0].new_session.initialize.session_id
    asked = RunRequest.make(
        "a red fox in snow", pack=str(place[1]), painters=("pixels",), pixels={"steps": 80}
    )
    run = store.submit(asked, pack_hash(read_manifest(place[1])), OWNER)
    rows = wait_for(lambda: len(found := store.rows(run.id)) >= 5 and found, 180, "the first steps")
    server[1].kill()
    with contextlib.suppress(
        ProcessLookupError
    ):  # without its server it may have ended between two steps already
        os.kill(store.queue.painter_state().pid, signal.SIGKILL)
    server[1].wait()
    frames = {
        row.step: store.frame_path(run.id, "pixels", row.step).read_bytes() for row in store.rows(run.id)
    }
    with serving(*place, tmp_path / "server.log") as (address, _):
        done = wait_for(
            lambda: (found := store.get(run.id)) and not found.active and found, 240, "the end of the run"
        )
        assert (done.status, done.reason) == ("done", "")
        assert sorted(row.step for row in store.rows(run.id)) == list(range(81))
        for step, before in frames.items():
            assert store.frame_path(run.id, "pixels", step).read_bytes() == before, (
                "a step that was there is what it was"
            )
        messages = forward_messages(address, f"run={run.id}", session)
        assert component_data(player_of(messages).json)["run"] == run.id
        told = json.loads(fetch(f"{address}/runs/{run.id}.json?after={rows[-1].seq}")[2])
        assert told["status"] == "done" and {row[1] for row in told["rows"]} >= set(range(len(frames), 81))
        assert store.queue.may_cancel(run.id, OWNER)
