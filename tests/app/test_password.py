"""The optional password: without it nothing is shown, not a page, a picture or a connection."""

import asyncio
import base64
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import streamlit as st
from itsdangerous import TimestampSigner
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app import resources
from app.web import password
from core.base.errors import StoreError
from core.storage.run_store import RunStore
from tests.support.asgi import Answer, ask

WORD = "correct horse 🐴 & battery=staple+1%"
PAGE = {"accept": "text/html,*/*"}
FORM = "application/x-www-form-urlencoded"


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    """The app behind the password."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    else:
        await PlainTextResponse("inside")(scope, receive, send)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunStore]:
    """An empty store that the app uses."""
    with RunStore(tmp_path / "store") as made:
        monkeypatch.setattr(resources, "store", lambda: made)
        yield made


@pytest.fixture
def closed(store: RunStore) -> password.PasswordMiddleware:
    """An app that takes WORD."""
    return password.PasswordMiddleware(inside, expected=WORD)


def let_in(app: ASGIApp, word: str = WORD, address: str = "/login", **more: Any) -> Answer:
    """Answer to the form with this word."""
    return ask(app, address, "POST", urlencode({"password": word}).encode(), content_type=FORM, **more)


def cookie_of(answer: Answer) -> str:
    """The cookie that an answer sets, as a browser sends it back."""
    return answer.headers["set-cookie"].partition(";")[0]


def test_without_a_password_nothing_is_asked(store):
    assert ask(password.PasswordMiddleware(inside), "/frames/x").text == "inside"


@pytest.mark.parametrize(
    "path",
    [
        "/frames/x.png",
        "/runs/x.json",
        "/_stcore/host-config",
        "/_stcore/upload_file/a/b",
        "/static/x.js",
        "/metrics",
    ],
)
def test_nothing_is_given_without_the_password(closed, path):
    answer = ask(closed, path)
    assert (
        answer.status == 401
        and "needs a password" in answer.text
        and answer.headers["cache-control"] == "no-store"
    )


def test_no_connection_is_made_without_the_password(closed):
    assert ask(closed, "/_stcore/stream", kind="websocket").status == 403
    assert ask(closed, "/_stcore/stream", kind="websocket", cookie=cookie_of(let_in(closed))).status == 101


@pytest.mark.parametrize("path", ["/healthz", "/_stcore/health"])
def test_whoever_watches_the_server_needs_none(closed, path):
    assert ask(closed, path).text == "inside"


def test_a_page_leads_to_the_form_and_the_form_back_to_the_page(closed):
    answer = ask(closed, "/gallery?run=" + "a" * 26 + "&x=1", **PAGE)
    assert answer.status == 303 and answer.headers["location"].startswith("/login?next=%2Fgallery%3Frun%3D")
    form = ask(closed, answer.headers["location"])
    assert (
        form.status == 200
        and 'type="password"' in form.text
        and "frame-ancestors 'none'" in form.headers["content-security-policy"]
    )
    back = let_in(closed, address=answer.headers["location"])
    assert (back.status, back.headers["location"]) == (303, "/gallery?run=" + "a" * 26 + "&x=1")
    cookie = back.headers["set-cookie"].lower()
    assert (
        "httponly" in cookie
        and "samesite=lax" in cookie
        and "max-age=604800" in cookie
        and "secure" not in cookie
    )
    assert "secure" in let_in(closed, scheme="https").headers["set-cookie"]
    assert ask(closed, "/gallery", cookie=f"other={{1}}; {cookie_of(back)}").text == "inside"


@pytest.mark.parametrize(
    "there",
    [
        "https://example.com",
        "//example.com",
        "/\\example.com",
        "/a%0d%0ax:%20y",
        "javascript:alert(1)",
        "",
        "%2f%2fexample.com",
    ],
)
def test_the_form_leads_nowhere_else(closed, there):
    assert let_in(closed, address=f"/login?next={there}").headers["location"] == "/"


@pytest.mark.parametrize(
    "word", ["", "wrong", WORD.upper(), WORD + " ", "ÿ\0", pytest.param("x" * 100_000, id="long")]
)
def test_a_wrong_password_is_refused_and_said(closed, word):
    answer = let_in(closed, word)
    assert answer.status == 401 and "Wrong password" in answer.text and "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "body", [b"", b"password", b"&&=&", b"password=%zz%", b"\xff\xfe" * 50, b"passwordx=1"]
)
def test_a_form_that_is_none_is_a_wrong_password(closed, body):
    assert ask(closed, "/login", "POST", body, content_type=FORM).status == 401
    assert ask(closed, "/login", "POST", body).status == 401
    assert ask(closed, "/login", "POST", body, content_type="multipart/form-data; boundary=x").status == 401


def test_of_a_form_only_its_first_bytes_are_read(closed):
    padding = b"x=" + b"y" * password.MAX_FORM_BYTES + b"&"
    right = urlencode({"password": WORD}).encode()
    assert ask(closed, "/login", "POST", right + b"&" + padding, content_type=FORM).status == 303
    assert ask(closed, "/login", "POST", padding + right, content_type=FORM).status == 401


def test_guessing_is_slowed_for_one_address_and_not_for_the_others(closed, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(password.time, "monotonic", lambda: now[0])
    answers = [let_in(closed, "wrong").status for _ in range(password.MAX_WRONG_PER_MINUTE + 1)]
    assert answers == [401] * password.MAX_WRONG_PER_MINUTE + [429]
    assert let_in(closed).status == 429 and let_in(closed, client=("10.0.0.2", 1)).status == 303
    now[0] += 60
    assert let_in(closed).status == 303


def test_tries_whose_forms_arrive_together_are_counted_one_by_one(closed):
    """All are asked for before the first password is there, so that none has been counted yet."""
    answers = []

    async def ask_with_all():
        tries, waiting = password.MAX_WRONG_PER_MINUTE + 10, []
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/login",
            "query_string": b"",
            "headers": [(b"content-type", FORM.encode())],
            "client": ("127.0.0.1", 1),
        }

        async def receive():
            waiting.append(1)
            while len(waiting) < tries:
                await asyncio.sleep(0)
            return {"type": "http.request", "body": b"password=wrong"}

        async def send(message):
            answers.append(message.get("status"))

        await asyncio.gather(*(closed(dict(scope), receive, send) for _ in range(tries)))

    asyncio.run(ask_with_all())
    assert (answers.count(401), answers.count(429)) == (password.MAX_WRONG_PER_MINUTE, 10)


def test_a_cookie_holds_until_it_ends_or_the_password_changes(closed, store, monkeypatch):
    cookie = cookie_of(let_in(closed))
    assert WORD not in cookie
    assert (
        ask(password.PasswordMiddleware(inside, expected=WORD), "/x", cookie=cookie).text == "inside"
    )  # as after a restart
    assert ask(password.PasswordMiddleware(inside, expected="another"), "/x", cookie=cookie).status == 401
    name, _, value = cookie.partition("=")
    data, when, mark = value.rsplit(".", 2)
    later = TimestampSigner("x").sign(data).decode().rsplit(".", 2)[1]
    for forged in (
        f"{data}.{later}x.{mark}",
        f"{data}.{when}.{mark[:-1]}",
        f"{data}.{when}.",
        f"x{data}.{when}.{mark}",
        TimestampSigner(WORD).sign(data).decode(),
        data,
        "",
        "²." + mark,
        f"{value}.x",
    ):
        assert ask(closed, "/x", cookie=f"{name}={forged}").status == 401, forged
    monkeypatch.setattr(password.time, "time", lambda: time.monotonic() + 1e10)
    assert ask(closed, "/x", cookie=cookie).status == 401


def test_another_store_s_cookie_is_not_taken(closed, tmp_path, monkeypatch):
    cookie = cookie_of(let_in(closed))
    with RunStore(tmp_path / "other") as other:
        monkeypatch.setattr(resources, "store", lambda: other)
        assert ask(closed, "/x", cookie=cookie).status == 401


def test_a_broken_store_leaves_the_password_working(closed, monkeypatch):
    def broken():
        raise StoreError("The run store is damaged.")

    monkeypatch.setattr(resources, "store", broken)
    cookie = cookie_of(let_in(closed))
    assert ask(closed, "/x", cookie=cookie).text == "inside" and ask(closed, "/x").status == 401


def basic(text: str) -> str:
    """A header with a name and a password."""
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_a_collector_of_metrics_may_bring_the_password_with_every_request(closed):
    assert ask(closed, "/metrics", authorization=basic(f"anybody:{WORD}")).text == "inside"
    for wrong in (basic("a:b"), "Basic ???", "Basic", "Bearer x", basic(WORD)):
        assert ask(closed, "/metrics", authorization=wrong).status == 401


def test_below_a_base_path(store):
    app = password.PasswordMiddleware(inside, base="/judge", expected=WORD)
    assert ask(app, "/judge/healthz").text == "inside" and ask(app, "/healthz").status == 401
    assert ask(app, "/judge/", **PAGE).headers["location"] == "/judge/login?next=%2Fjudge%2F"
    answer = let_in(app, address="/judge/login")
    assert answer.headers["location"] == "/judge/" and "path=/judge" in answer.headers["set-cookie"]


# Where the password comes from


@pytest.fixture
def secrets_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Streamlit's secrets, in a file of the test's."""
    from streamlit import config
    from streamlit.runtime.secrets import Secrets

    path = tmp_path / "secrets.toml"
    option = config.get_option
    monkeypatch.setattr(
        config, "get_option", lambda name: [str(path)] if name == "secrets.files" else option(name)
    )
    monkeypatch.setattr(Secrets, "_maybe_install_file_watchers", lambda self: None)
    monkeypatch.setattr(password, "st", types.SimpleNamespace(secrets=Secrets()))
    monkeypatch.delenv("CTJP_PASSWORD", raising=False)
    assert st.secrets is not password.st.secrets
    return path


def test_no_secrets_and_no_variable_is_no_password(secrets_file, monkeypatch):
    assert password.password() == ""
    monkeypatch.setenv("CTJP_PASSWORD", "from outside")
    assert password.password() == "from outside"


def test_the_password_stands_among_streamlit_s_secrets(secrets_file, monkeypatch):
    monkeypatch.setenv("CTJP_PASSWORD", "from outside")  # and is put back after the test
    secrets_file.write_text('CTJP_PASSWORD = "from the file"\n')
    assert password.password() == "from the file"


def test_secrets_without_it_are_no_password(secrets_file):
    secrets_file.write_text('[other]\nCTJP_PASSWORD = "not this"\n')
    assert password.password() == ""


@pytest.mark.parametrize("content", [b"CTJP_PASSWORD = no quotes", b"\xff\xfe\x00"])
def test_secrets_that_cannot_be_read_let_nobody_in(secrets_file, content, caplog):
    secrets_file.write_bytes(content)
    first, second = password.password(), password.password()
    assert len(first) > 20 and first != second and "nobody is let in" in caplog.text
