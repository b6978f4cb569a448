"""The address that others in the room can open: which one is chosen, its QR code, and what is said without
one."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from starlette.applications import Starlette

from app.web import room
from app.web.routes import routes
from core.base import network
from tests.support.asgi import Answer, ask

APP = Starlette(routes=routes())
Configure = Callable[..., None]


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Sets what the server was started with, and the networks of its computer."""

    def configure(
        address: str = "0.0.0.0",
        own: tuple[str, ...] = ("10.0.0.7",),
        named: str = "",
        port: int = 8501,
        container: bool = False,
    ) -> None:
        options = {"server.address": address, "server.port": port, "browser.serverPort": port}
        options |= {"browser.serverAddress": named or "localhost", "server.baseUrlPath": ""}
        monkeypatch.setattr(room.config, "get_option", options.get)
        monkeypatch.setattr(room.config, "is_manually_set", lambda option: bool(named))
        monkeypatch.setattr(room, "own_addresses", lambda: list(own))
        monkeypatch.setattr(room, "is_in_container", lambda: container)
        room._addresses.cache_clear()

    return configure


def code_of(path: str, **headers: str) -> Answer:
    return ask(APP, f"/room/code.svg?to={quote(path, safe='')}", **headers)


def test_the_address_a_page_was_opened_at_is_the_one_that_others_open(configured):
    configured(address="127.0.0.1")  # behind a proxy
    assert room.room_of("https", "judge.example.org") == room.Room("https://judge.example.org")
    assert room.room_of("http", "10.0.0.9:8501").origin == "http://10.0.0.9:8501"


@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1:8501", "[::1]:8501", "LOCALHOST", "", "a b"])
def test_where_that_is_this_computer_only_its_addresses_in_its_networks_are(configured, host):
    configured(own=("10.0.0.7", "192.168.4.2"))
    found = room.room_of("http", host)
    assert (found.origin, found.others) == ("http://10.0.0.7:8501", ("http://192.168.4.2:8501",))
    configured(address="192.168.4.2")
    assert room.room_of("http", host) == room.Room("http://192.168.4.2:8501")
    configured(named="lectures.example.org", port=80)
    assert room.room_of("http", host) == room.Room("http://lectures.example.org")


@pytest.mark.parametrize(
    ("settings", "note", "command"),
    [
        ({"address": "127.0.0.1"}, "Only this computer", room.START_COMMAND),
        ({"address": "localhost", "port": 9000}, "Only this computer", "=0.0.0.0 --server.port=9000"),
        ({"own": ()}, "not in a network", ""),
        ({"container": True}, "STREAMLIT_BROWSER_SERVER_ADDRESS", ""),
    ],
)
def test_a_page_that_nobody_else_can_open_says_so_and_what_to_do(configured, settings, note, command):
    configured(**settings)
    found = room.room_of("http", "localhost:8501")
    assert found.origin == "" and note in found.note
    assert found.command.endswith(command) and bool(found.command) == bool(command)
    refused = code_of("/", host="localhost:8501")
    assert refused.status == 404 and refused.text == found.note


def test_what_a_proxy_claims_of_the_host_does_not_count(configured):
    configured()
    answer = ask(APP, "/room.json", host="10.0.0.9:8501", x_forwarded_host="elsewhere.example")
    assert '"http://10.0.0.9:8501"' in answer.text and "elsewhere" not in answer.text


def test_the_code_holds_the_address_that_others_open(configured, monkeypatch):
    configured()
    made: list[str] = []
    real = room.segno.make

    def make(text: str, **options: Any) -> Any:
        made.append(text)
        return real(text, **options)

    monkeypatch.setattr(room.segno, "make", make)
    path = "/class/?run=" + "a" * 26 + "&step=50"
    answer = code_of(path, host="localhost:8501")
    assert answer.status == 200 and answer.headers["content-type"] == "image/svg+xml"
    assert made == ["http://10.0.0.7:8501" + path] and "<path" in answer.text


@pytest.mark.parametrize("path", ["", "x", "//elsewhere.example", "/\\elsewhere", "/a b", "/" + "a" * 1000])
def test_a_code_leads_nowhere_else(configured, path):
    configured()
    assert code_of(path, host="10.0.0.9").status == 404


def test_a_link_in_a_file_works_for_the_class_or_at_least_for_its_maker(configured):
    configured()
    assert room.link_origin("http://localhost:8501/exercises?x=1") == "http://10.0.0.7:8501"
    assert room.link_origin("") == ""
    configured(address="127.0.0.1")
    assert room.link_origin("http://localhost:8501/exercises") == "http://localhost:8501"


def test_this_computer_s_addresses_leave_out_what_nobody_else_can_open(monkeypatch):
    networks = {"lo": ["127.0.0.1"], "wlan0": ["192.168.4.2", "169.254.1.1"], "eth0": ["10.0.0.7"]}
    networks |= {"docker0": ["172.17.0.1"], "eth1": ["10.9.9.9"]}
    family = network.socket.AF_INET
    known = {
        name: [SimpleNamespace(family=family, address=one) for one in addresses]
        for name, addresses in networks.items()
    }
    states = {name: SimpleNamespace(isup=name != "eth1") for name in networks}
    monkeypatch.setattr(network, "own_address", lambda: "10.0.0.7")
    monkeypatch.setattr(network.psutil, "net_if_addrs", lambda: known)
    monkeypatch.setattr(network.psutil, "net_if_stats", lambda: states)
    assert network.own_addresses() == ["10.0.0.7", "192.168.4.2"]


def test_the_guide_and_the_readme_name_the_command_that_opens_it_to_the_room():
    root = network.Path(__file__).parents[2]
    guide = (root / "core" / "service" / "README.md").read_text("utf-8")
    assert room.START_COMMAND in guide and room.START_COMMAND in (root / "README.md").read_text("utf-8")
    for said in ("firewall", "keep its devices apart", "STREAMLIT_BROWSER_SERVER_ADDRESS"):
        assert re.search(said, guide, re.IGNORECASE), said
