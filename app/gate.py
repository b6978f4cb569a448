"""The optional password of the whole app: pages, their connection, pictures and files alike.

Streamlit's own sign-in (`st.login`) needs an identity provider; without one it recommends a password among the secrets,
compared in constant time. A check inside a page would leave every other address open, so it is made here, before anything
else is asked. Whoever knows the password gets a cookie that holds no more than its end, signed.
"""

import base64
import hashlib
import hmac
import logging
import os
import secrets
import time
from collections import Counter
from urllib.parse import quote, unquote_to_bytes

import streamlit as st
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from streamlit.errors import StreamlitSecretNotFoundError

from app import services
from app.safety import SAFE
from core.errors import StoreError

LOG = logging.getLogger("app")
COOKIE = "ctjp_gate"
LOGIN = "/login"
OPEN = ("/healthz", "/_stcore/health")  # for whatever watches the server; they tell nothing of anybody
DAYS = 7
MOST_WRONG = 30  # tries a minute from one address; behind a proxy that is everybody's
MOST_BYTES = 4096  # of a form
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Can the judge paint?</title><style>body { font: 1.1rem system-ui, sans-serif; max-width: 24rem; margin: 20vh auto; padding: 0 1rem }
input, button { font: inherit; padding: 0.5rem 0.8rem; width: 100%%; box-sizing: border-box; margin-top: 0.6rem }
:root { color-scheme: light dark }</style>
<h1>Can the judge paint?</h1><form method="post"><label>Password
<input type="password" name="password" autocomplete="current-password" autofocus required></label><button>Open</button></form>
<p role="alert">%s</p></html>"""
FORM_SAFE = SAFE | {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


def password():
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


class Gate:
    """ASGI middleware; lets everything through while there is no password.

    Args:
        base: "" or "/prefix" of the app's addresses.
        wanted: the password.
    """

    def __init__(self, app, base="", wanted=""):
        self.app, self.base, self.wanted = app, base, wanted
        self._wrong, self._minute = Counter(), None

    async def __call__(self, scope, receive, send):
        if not self.wanted or scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        path = scope["path"]
        if scope["type"] == "http" and path == self.base + LOGIN:
            answer = await self._login(asked, scope["method"], receive)
        elif path in [self.base + name for name in OPEN] or self._known(asked):
            answer = self.app
        else:
            answer = _refusal(asked, self.base)
        await answer(scope, receive, send)

    async def _login(self, asked, method, receive):
        if method != "POST":
            return _form()
        given = await _given(receive)  # first: between counting and comparing nobody else gets a turn
        if self._too_many(asked):
            return _form("Too many wrong passwords; wait a minute and try again.", 429)
        if not self._right(asked, given):
            return _form("That is not the password.", 401)
        answer = RedirectResponse(_inside(asked.query_params.get("next", ""), self.base), 303, headers=FORM_SAFE)
        end = DAYS * 24 * 3600
        answer.set_cookie(
            COOKIE, self._signed(int(time.time()) + end), end, path=self.base or "/",
            secure=asked.scope.get("scheme") == "https", httponly=True, samesite="lax",
        )  # fmt: skip
        return answer

    def _known(self, asked):
        """Whether a request brings our cookie, or the password as in HTTP's basic authentication (for a collector of metrics)."""
        given = asked.cookies.get(COOKIE, "")
        end = given.partition(".")[0]
        if end.isascii() and end.isdigit() and len(end) <= 12:
            return int(end) > time.time() and _same(given.encode(), self._signed(int(end)))
        kind, _, given = asked.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic" or self._too_many(asked):
            return False
        try:
            return self._right(asked, base64.b64decode(given, validate=True).partition(b":")[2])
        except ValueError:
            return False

    def _right(self, asked, given):
        """Whether these bytes are the password; wrong ones are counted."""
        right = _same(given, self.wanted)
        self._wrong[_who(asked)] += not right
        return right

    def _too_many(self, asked):
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._wrong, self._minute = Counter(), minute
        return self._wrong[_who(asked)] >= MOST_WRONG

    def _signed(self, end):
        """A cookie that is good until `end` (seconds since the epoch), as long as the password stays the same."""
        return f"{end}.{hmac.new(_key(), f'{end} {self.wanted}'.encode(), hashlib.sha256).hexdigest()}"


_OWN_KEY = secrets.token_hex(32)


def _key():
    """The store's, so that a restart of the server asks nobody again; without a store one of this process."""
    try:
        return services.store().named("gate").encode()
    except StoreError:
        return _OWN_KEY.encode()


def _refusal(asked, base):
    """Pages lead to the form, everything else is refused."""
    if asked.scope["type"] == "websocket":
        return _closed
    if asked.scope["method"] == "GET" and "text/html" in asked.headers.get("accept", ""):
        query = asked.scope["query_string"].decode("latin-1")
        there = quote(quote(asked.scope["path"]) + (f"?{query}" if query else ""), safe="")
        return RedirectResponse(f"{base}{LOGIN}?next={there}", 303, headers=FORM_SAFE)
    return PlainTextResponse("This server wants a password; open its first page to give it.", 401, headers=FORM_SAFE)


async def _closed(scope, receive, send):
    """Refuse a connection before it is made; the browser sees status 403."""
    await send({"type": "websocket.close", "code": 1008})


def _form(told="", status=200):
    return HTMLResponse(PAGE % told, status, headers=FORM_SAFE)


def _inside(address, base):
    """Where to go on: an address of this app, never of another server."""
    inside = address.startswith("/") and not address.startswith("//") and "\\" not in address and address.isprintable()
    return address if inside else base + "/"


def _same(given, wanted):
    return hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(wanted.encode()).digest())


def _who(asked):
    return asked.client.host if asked.client else ""


async def _given(receive):
    """Bytes of the password in a form; of the form, MOST_BYTES are read."""
    body, more = b"", True
    while more and len(body) <= MOST_BYTES:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    fields = dict(part.partition(b"=")[::2] for part in body[:MOST_BYTES].split(b"&"))
    return unquote_to_bytes(fields.get(b"password", b"").replace(b"+", b" "))
