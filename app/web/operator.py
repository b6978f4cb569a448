"""Who runs this server: whoever opened the operator's link, which is printed when it starts.

Where a connection comes from says nothing: behind a proxy everybody comes from this computer. So it takes a
secret, as Jupyter's token is one; opening the link once leaves it with the browser as a cookie that scripts
cannot read.
"""

import functools
import hashlib
import os
import secrets
from collections.abc import Mapping
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from streamlit import config

from app.web.addresses import base_path

OPERATOR_PATH = "/operator"
OPERATOR_COOKIE = "ctjp_operator"
CODE_PARAMETER = "code"


@functools.cache
def operator_code() -> str:
    """CTJP_OPERATOR_CODE, or a new secret each time the server starts."""
    return os.environ.get("CTJP_OPERATOR_CODE") or secrets.token_urlsafe(24)


def operator_link() -> str:
    """The operator's link, as it is opened on the server's own computer."""
    host = config.get_option("server.address") or "localhost"
    host = "localhost" if host in ("0.0.0.0", "::", "127.0.0.1") else host
    port = config.get_option("server.port")
    return f"http://{host}:{port}{base_path()}{OPERATOR_PATH}?{CODE_PARAMETER}={quote(operator_code())}"


def is_operator(cookies: Mapping[str, str]) -> bool:
    """Whether a browser with these cookies has opened the operator's link."""
    given = str(cookies.get(OPERATOR_COOKIE, ""))
    return secrets.compare_digest(given.encode(), _cookie_value().encode())


def get_operator(request: Request) -> Response:
    """The operator's link: leaves a cookie and leads to the model packs."""
    given = request.query_params.get(CODE_PARAMETER, "")
    if not secrets.compare_digest(given.encode(), operator_code().encode()):
        return PlainTextResponse(
            "This is not the operator's link that was printed when the server started.", 403
        )
    answer = RedirectResponse(f"{base_path()}/packs", 303)
    is_secure = request.url.scheme == "https"
    answer.set_cookie(
        OPERATOR_COOKIE, _cookie_value(), path=base_path() or "/", secure=is_secure, httponly=True
    )
    return answer


def _cookie_value() -> str:
    """Made from the code and never the code itself, so that a cookie cannot be passed on as a link."""
    return hashlib.sha256(b"ctjp operator " + operator_code().encode()).hexdigest()
