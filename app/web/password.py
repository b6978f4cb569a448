"""The optional password of the whole app: pages, their connection, pictures and files alike.

Streamlit's own sign-in (`st.login`) needs an identity provider; without one it recommends a password among
the secrets, compared in constant time. A check inside a page would leave every other address open, so it is
made here, before anything else is asked. Whoever knows the password gets a session (Starlette's: a signed
cookie) that says so and nothing else.
"""

import base64
import hashlib
import logging
import os
import secrets
import time
from collections import Counter
from urllib.parse import quote

import streamlit as st
from python_multipart.exceptions import FormParserError
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.errors import StreamlitSecretNotFoundError

from app import resources
from app.web.login_page import LOGIN_HEADERS, login_form
from core.base.errors import StoreError

LOG = logging.getLogger("app")
LOGIN_COOKIE = "ctjp_gate"
LOGIN_PATH = "/login"
OPEN_PATHS = ("/healthz", "/_stcore/health")  # for whatever watches the server; they tell nothing of anybody
SESSION_SECONDS = 7 * 24 * 3600
MAX_WRONG_PER_MINUTE = 30  # tries from one address; behind a proxy that hides addresses it is everybody's
MAX_FORM_BYTES = 4096
_PROCESS_KEY = secrets.token_hex(32)


def password() -> str:
    """The app's password, or "" for none: CTJP_PASSWORD, in Streamlit's secrets or in the environment.

    Secrets that cannot be read may hold one: then nobody gets in.
    """
    try:
        return str(st.secrets.get("CTJP_PASSWORD") or os.environ.get("CTJP_PASSWORD", ""))
    except (StreamlitSecretNotFoundError, OSError, ValueError) as error:
        if getattr(error, "error_id", "") == "no-secrets-found":
            return os.environ.get("CTJP_PASSWORD", "")
        LOG.error("The secrets cannot be read, so nobody is let in: %s", error)
        return secrets.token_urlsafe()


class PasswordMiddleware:
    """ASGI middleware; lets everything through while there is no password.

    Args:
        base: "" or "/prefix" of the app's addresses.
        expected: the password.
    """

    def __init__(self, app: ASGIApp, base: str = "", expected: str = "") -> None:
        self.app = app
        self.base = base
        self.expected = expected
        self._wrong_tries: Counter[str] = Counter()
        self._minute: int | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self.expected or scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        # Made for each request: the key is the store's, which may come and go, and https is seen only now.
        with_session = SessionMiddleware(
            self._answer,
            secret_key=_signing_key() + self.expected,
            session_cookie=LOGIN_COOKIE,
            max_age=SESSION_SECONDS,
            path=self.base or "/",
            https_only=scope.get("scheme") == "https",
        )
        await with_session(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        path = scope["path"]
        answer: ASGIApp = self.app
        if scope["type"] == "http" and path == self.base + LOGIN_PATH:
            answer = await self._login(Request(scope, _at_most(MAX_FORM_BYTES, receive)))
        elif path not in [self.base + name for name in OPEN_PATHS] and not self._may_enter(connection):
            answer = _refuse(connection, self.base)
        await answer(scope, receive, send)

    async def _login(self, request: Request) -> Response:
        if request.method != "POST":
            return login_form()
        # First: between counting and comparing, nobody else gets a turn.
        submitted = await _submitted_password(request)
        if self._too_many(request):
            return login_form("Too many wrong passwords; wait a minute and try again.", 429)
        if not self._is_password(request, submitted):
            return login_form("Wrong password. Try again.", 401)
        request.session["entered"] = True
        target = _safe_target(request.query_params.get("next", ""), self.base)
        return RedirectResponse(target, 303, headers=LOGIN_HEADERS)

    def _may_enter(self, connection: HTTPConnection) -> bool:
        """Whether a request brings our cookie, or (as a collector of metrics does) the password."""
        if connection.session.get("entered"):
            return True
        kind, _, credentials = connection.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic" or self._too_many(connection):
            return False
        try:
            submitted = base64.b64decode(credentials, validate=True).partition(b":")[2]
        except ValueError:
            return False
        return self._is_password(connection, submitted)

    def _is_password(self, connection: HTTPConnection, submitted: bytes) -> bool:
        """Whether these bytes are the password; wrong ones are counted."""
        is_right = secrets.compare_digest(_digest(submitted), _digest(self.expected.encode()))
        self._wrong_tries[_client_address(connection)] += not is_right
        return is_right

    def _too_many(self, connection: HTTPConnection) -> bool:
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._wrong_tries.clear()
            self._minute = minute
        return self._wrong_tries[_client_address(connection)] >= MAX_WRONG_PER_MINUTE


def _signing_key() -> str:
    """The store's, so that a restart asks nobody again; without a store, one of this process."""
    try:
        return resources.store().derived_id("gate")
    except StoreError:
        return _PROCESS_KEY


def _refuse(connection: HTTPConnection, base: str) -> ASGIApp:
    """Pages lead to the form, everything else is refused."""
    scope = connection.scope
    if scope["type"] == "websocket":
        return _close_websocket
    if scope["method"] == "GET" and "text/html" in connection.headers.get("accept", ""):
        query = scope["query_string"].decode("latin-1")
        target = quote(quote(scope["path"]) + (f"?{query}" if query else ""), safe="")
        return RedirectResponse(f"{base}{LOGIN_PATH}?next={target}", 303, headers=LOGIN_HEADERS)
    sentence = "This server needs a password. Open its start page to enter it."
    return PlainTextResponse(sentence, 401, headers=LOGIN_HEADERS)


async def _close_websocket(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Refuse a connection before it is made; the browser sees status 403."""
    await send({"type": "websocket.close", "code": 1008})


def _safe_target(address: str, base: str) -> str:
    """Where to go on: an address of this app, never of another server."""
    is_inside = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if is_inside and address.isprintable() else base + "/"


def _digest(submitted: bytes) -> bytes:
    """Of the same length whatever was submitted, so that comparing takes always the same time."""
    return hashlib.sha256(submitted).digest()


def _client_address(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else ""


def _at_most(limit: int, receive: Receive) -> Receive:
    """Receive that ends a body that is longer than `limit` bytes there."""
    left = limit

    async def receive_part() -> Message:
        nonlocal left
        message = await receive()
        body = message.get("body", b"")[:left]
        left -= len(body)
        return {**message, "body": body, "more_body": message.get("more_body", False) and left > 0}

    return receive_part


async def _submitted_password(request: Request) -> bytes:
    """The password in the form, b"" if there is none."""
    try:
        form = await request.form(max_files=0, max_fields=8)
    except (HTTPException, MultiPartException, FormParserError, ClientDisconnect):
        return b""
    submitted = form.get("password", "")
    return submitted.encode() if isinstance(submitted, str) else b""
