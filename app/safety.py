"""What every answer of the app's own addresses has in common: a sentence instead of a traceback, and headers that keep it harmless."""

import functools
import logging

from starlette.responses import PlainTextResponse
from starlette.routing import Route

from core.errors import UserError

LOG = logging.getLogger("app")
# Nothing here is ever a document of its own.
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
BUG = "Something went wrong that should not have. It was logged; report it if it happens again."


def route(path, endpoint):
    """A Starlette route whose endpoint (a plain function: it runs in a thread) is `safely`."""
    return Route(path, safely(endpoint))


def safely(endpoint):
    """The endpoint, with SAFE on every answer: a UserError becomes its own sentence with 503, anything else is logged and 500."""

    @functools.wraps(endpoint)
    def answer(request):
        try:
            response = endpoint(request)
        except UserError as error:  # the store is locked, full, damaged …; asking again may go through
            response = PlainTextResponse(str(error), 503)
        except Exception:
            LOG.exception("An answer to %s failed.", request.url.path)
            response = PlainTextResponse(BUG, 500)
        for name, value in SAFE.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer
