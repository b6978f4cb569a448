"""What every answer of ours has: a sentence instead of a traceback, headers that keep it harmless."""

import functools
import logging
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.public_text import public_text
from core.base.errors import UserError

LOG = logging.getLogger("app")
# Nothing here is ever a document of its own.
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
RETRY_SECONDS = "2"  # app/static/shared/polling.js waits at least so long after an answer with status 503
BUG_MESSAGE = "Something unexpected went wrong. It has been logged; please report it if it happens again."

Endpoint = Callable[[Request], Response]


def safe_route(path: str, endpoint: Endpoint) -> Route:
    """A Starlette route whose endpoint (a plain function: it runs in a thread) is made safe."""
    return Route(path, safe_endpoint(endpoint))


def safe_endpoint(endpoint: Endpoint) -> Endpoint:
    """The endpoint with SAFE_HEADERS; a UserError becomes its sentence with 503, a bug is logged, 500."""

    @functools.wraps(endpoint)
    def answer(request: Request) -> Response:
        response = _answer_or_sentence(endpoint, request)
        for name, value in SAFE_HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        if response.status_code == 503:
            response.headers.setdefault("Retry-After", RETRY_SECONDS)
        return response

    return answer


def _answer_or_sentence(endpoint: Endpoint, request: Request) -> Response:
    try:
        return endpoint(request)
    except UserError as error:  # the store is locked, full, damaged …; asking again may go through
        return PlainTextResponse(public_text(error), 503)
    except Exception:
        LOG.exception("An answer to %s failed.", request.url.path)
        return PlainTextResponse(BUG_MESSAGE, 500)
