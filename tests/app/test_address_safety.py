"""Whatever address a stranger opens: an answer with its headers or one sentence, and no way out."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from streamlit.testing.v1 import AppTest

from app import resources
from app.components import messages
from app.public_text import public_text
from app.web import monitoring
from app.web.headers import HeadersMiddleware
from app.web.routes import routes
from app.web.safe_routes import SAFE_HEADERS
from app.web.vote_page import VOTE_PATH
from core.base.errors import StoreError
from tests.support.app_pages import (
    forget_caches,
    opened,
    told,
)
from tests.support.asgi import ask

ROOT = Path(__file__).parents[2]
ANY = "a" * 26
ADDRESSES = (
    *(
        f"/frames/{ANY}/pixels/0.png",
        f"/runs/{ANY}.json",
        f"/extras/{ANY}.json",
        f"/extras/{ANY}/pixels/0/gradient",
    ),
    *(
        f"/thumbnails/{ANY}/pixels/0.webp",
        f"/pictures/{ANY}/seen.png",
        f"/scenes/{ANY}.webp",
        f"/signs/{ANY}/0.json",
    ),
    *(f"/lessons/{'0' * 32}.json", f"/lessons/{'0' * 32}/a.png", f"/sweeps/{ANY}.json", f"/sweeps/{ANY}.png"),
    *(f"/exports/{ANY}/csv", f"/sweep-exports/{ANY}/png"),
    *("/assets/0/player/player.js", "/operator", "/healthz", "/metrics"),
    *("/room.json", "/room/code.svg"),
    *(f"/ballots/{ANY}.json", f"/ballots/{ANY}.csv", f"/ballots/{ANY}/a.png", f"/vote/{ANY}"),
)


@pytest.fixture
def app(pack: Path) -> Starlette:
    """The app's own addresses as the server has them."""
    return Starlette(routes=[*routes(), *monitoring.routes()], middleware=[Middleware(HeadersMiddleware)])


def test_the_addresses_here_are_all_that_there_are():
    patterns = [route.path_regex for route in (*routes(), *monitoring.routes())]
    assert all(any(pattern.fullmatch(address) for address in ADDRESSES) for pattern in patterns)
    assert all(any(pattern.fullmatch(address) for pattern in patterns) for address in ADDRESSES)


@pytest.mark.parametrize("address", [address for address in ADDRESSES if address != f"/vote/{ANY}"])
def test_every_answer_carries_the_headers_that_keep_it_harmless(app, address):
    for method in ("GET", "POST", "DELETE"):
        answer = ask(app, address, method)
        assert answer.status == (405 if method != "GET" else answer.status) and answer.status != 500
        wanted = SAFE_HEADERS if method == "GET" else {"X-Content-Type-Options": "nosniff"}
        assert {name: answer.headers.get(name.lower()) for name in wanted} == wanted
        assert answer.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_store_in_trouble_is_one_sentence_on_every_address(app, address, monkeypatch):
    def locked():
        raise StoreError(
            "The run store is locked by another program. Close other programs that use it and try again."
        )

    monkeypatch.setattr(resources, "store", locked)
    answer = ask(app, address)
    if address == "/room.json":  # needs none
        return
    assert answer.status in (403, 404, 503) and "Traceback" not in answer.text
    if not address.startswith(("/scenes", "/assets", "/operator", "/room")):
        assert answer.status == 503 and "is locked by another program" in answer.text


PAGES = sorted(
    path.stem for path in (ROOT / "app" / "views").glob("*.py") if "\ndef page()" in path.read_text("utf-8")
)
OF_THE_STORE = {
    *(
        "codebook",
        "compare",
        "gallery",
        "noise_on_purpose",
        "opening_failure",
        "ranking",
        "sweep",
        "your_pictures",
    ),
}


@pytest.mark.parametrize("page", PAGES)
def test_a_damaged_store_is_one_sentence_on_every_page(pack, page):
    resources.store().close()
    path = resources.store().folder / "store.sqlite"
    path.write_bytes(b"This is no database. " * 1000)
    for name in ("-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    forget_caches()
    imports = f"from app.views import {page}\nfrom app.components.messages import shows_errors\n"
    script = f"{imports}shows_errors({page}.page)()"
    test = AppTest.from_string(script, default_timeout=30).run()
    assert not test.exception and messages.BUG_MESSAGE not in [error.value for error in test.error]
    if page in OF_THE_STORE:
        (said,) = [error.value for error in test.error]
        assert "is not a run store" in said and "move this file away" in said


def test_a_bug_is_logged_and_not_shown(app, monkeypatch, caplog):
    monkeypatch.setattr(resources, "store", lambda: 1 / 0)
    answer = ask(app, f"/runs/{ANY}.json")
    assert (answer.status, "report it" in answer.text, "division" in answer.text) == (500, True, False)
    assert (
        answer.headers["content-security-policy"] == SAFE_HEADERS["Content-Security-Policy"]
        and "ZeroDivisionError" in caplog.text
    )


def test_nothing_on_an_address_can_change_anything_but_a_vote():
    writing = {r.path for r in (*routes(), *monitoring.routes()) if not r.methods <= {"GET", "HEAD"}}
    assert writing == {VOTE_PATH}


EVIL = (
    "..",
    "%2e%2e%2f%2e%2e%2fstore.sqlite",
    "..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%00",
    "a" * 3000,
    "-1",
    "1e9",
    "²",
    "{0}%25s",
    "C:%5cwin.ini",
)


@pytest.mark.parametrize("address", [address for address in ADDRESSES if address.count("/") > 1])
def test_no_part_of_an_address_leads_out_of_its_folder(app, address):
    parts = address.split("/")
    for place in range(2, len(parts)):
        for evil in EVIL:
            stem, dot, suffix = parts[place].partition(".")
            answer = ask(
                app, "/".join([*parts[:place], evil + dot + suffix if dot else evil, *parts[place + 1 :]])
            )
            assert answer.status in (307, 404), (address, evil)
            assert b"root:" not in answer.body and b"SQLite" not in answer.body


def test_no_answer_may_be_framed_by_another_site(app):
    for address in ("/", "/gallery", "/healthz"):
        policy = ask(app, address, accept="text/html").headers["content-security-policy"]
        assert "frame-ancestors 'self'" in policy or "sandbox" in policy, address


def test_sentences_for_visitors_name_no_folder_of_the_server(app, pack, monkeypatch, tmp_path):
    store = tmp_path / "store"
    monkeypatch.setenv("CTJP_PACKS", str(tmp_path / "packs"))
    said = {
        f"{store / 'store.sqlite'} is not a run store.": "store.sqlite is not a run store.",
        f"{store} cannot be written.": "the store cannot be written.",
        f"{tmp_path / 'packs'} is full.": "the folder of packs is full.",
        f"{Path.home() / 'a.txt'} and {ROOT / 'core' / 'x.py'}": "~/a.txt and core/x.py",
    }
    assert {text: public_text(text) for text in said} == said
    path = resources.store().folder / "store.sqlite"
    resources.store().close()
    path.write_bytes(b"This is no database. " * 1000)
    for name in ("-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    forget_caches()
    for text in (ask(app, "/healthz").text, ask(app, f"/runs/{ANY}.json").text, told(opened())[0]):
        assert "store" in text and str(tmp_path) not in text.replace("\\", "")
