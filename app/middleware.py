"""Headers that every answer carries, and the cookie that lets a browser cancel its own runs."""

import secrets

from starlette.requests import cookie_parser

from app.state import OWNER_COOKIE

YEAR = 365 * 24 * 3600
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    # The address names a run; it is nobody else's business.
    (b"referrer-policy", b"same-origin"),
)


class Headers:
    """ASGI middleware around the whole app."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        # Not the standard library's parser: it gives up at another program's odd cookie, and ours would be replaced.
        jar = cookie_parser(headers.get(b"cookie", b"").decode("latin-1"))
        cookie = None
        if OWNER_COOKIE not in jar and b"text/html" in headers.get(b"accept", b""):
            cookie = _owner_cookie(secure=scope.get("scheme") == "https")

        async def send_with_headers(message):
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                extra = [pair for pair in HEADERS if pair[0] not in present]
                extra += [(b"set-cookie", cookie)] if cookie else []
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _owner_cookie(secure):
    # Lax, not strict: coming by a link must not replace the cookie that is already there.
    value = f"{OWNER_COOKIE}={secrets.token_urlsafe(24)}; Path=/; Max-Age={YEAR}; HttpOnly; SameSite=Lax"
    return (value + ("; Secure" if secure else "")).encode()
