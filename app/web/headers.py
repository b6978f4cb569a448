"""Headers that every answer carries, and the cookie that lets a browser cancel its own runs."""

import re
import secrets
from collections.abc import Mapping

from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OWNER_COOKIE = "ctjp_owner"
_SECRET = re.compile(r"[A-Za-z0-9_-]{20,64}")
YEAR_SECONDS = 365 * 24 * 3600
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    # The address names a run; it is nobody else's business.
    (b"referrer-policy", b"same-origin"),
    # No other site may lay the pages under its own and catch the clicks.
    (b"content-security-policy", b"frame-ancestors 'self'"),
)


class HeadersMiddleware:
    """ASGI middleware around the whole app."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        cookie = _new_cookie(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                extra = [pair for pair in SECURITY_HEADERS if pair[0] not in present]
                extra += [(b"set-cookie", cookie)] if cookie else []
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        await self.app(scope, receive, send_with_headers)


def owner_in(cookies: Mapping[str, str]) -> str:
    """The secret that says whose runs are a browser's: the first of its owner's cookies, or "" without one.

    Two tabs that are opened together each get a cookie, before either can bring one. Had both the same name,
    the later would take the place of the earlier, and the tab that goes by the earlier would lose its runs.
    So each has a name of its own, and since browsers send the oldest first (RFC 6265, 5.4), all tabs agree.

    Args:
        cookies: name → value, in the order in which the browser sent them.
    """
    ours = (value for name, value in cookies.items() if name.startswith(OWNER_COOKIE))
    return next(filter(_SECRET.fullmatch, ours), "")


def _new_cookie(scope: Scope) -> bytes | None:
    """The owner's cookie for a browser that asks for a page and has none yet."""
    headers = dict(scope["headers"])
    # Not the standard library's parser: it gives up at another program's odd cookie, and ours would be
    # replaced.
    jar = cookie_parser(headers.get(b"cookie", b"").decode("latin-1"))
    if owner_in(jar) or b"text/html" not in headers.get(b"accept", b""):
        return None
    name = f"{OWNER_COOKIE}_{secrets.token_hex(4)}"
    # Lax, not strict: whoever comes by a link brings the cookie that is already there.
    value = f"{name}={secrets.token_urlsafe(24)}; Path=/; Max-Age={YEAR_SECONDS}; HttpOnly; SameSite=Lax"
    return (value + ("; Secure" if scope.get("scheme") == "https" else "")).encode()
