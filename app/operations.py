"""For whoever keeps the server running: `/healthz`, `/metrics`, and a count of every request."""

import functools
import logging
import time

from starlette.responses import JSONResponse, PlainTextResponse

from app import services
from app.safety import route
from core import metrics
from core.errors import UserError
from core.health import Health

LOG = logging.getLogger("app")
ROUTES = {"frames", "runs", "extras", "thumbnails", "pictures", "scenes", "signs", "lessons", "sweeps", "exports", "assets"}
requests = metrics.Requests()


def routes(base=""):
    """Starlette routes below `base` ("" or "/prefix")."""
    return [route(f"{base}/healthz", healthz), route(f"{base}/metrics", figures)]


@functools.cache
def _health():
    return Health(services.store())


def healthz(_request):
    """200 when runs can be asked for, painted and kept; else 503. JSON with a sentence for whatever is wrong."""
    try:
        report = _health().report()
    except UserError as error:
        return JSONResponse({"status": "failing", "store": str(error)}, 503)
    return JSONResponse({"status": "ok" if report.ok else "failing", **report.parts}, 200 if report.ok else 503)


def figures(_request):
    """Everything that is counted, for Prometheus."""
    families = [*metrics.of_store(services.store()), *metrics.of_process(), *_sessions(), *requests.families()]
    # The version is part of the media type: without it Prometheus has to guess.
    return PlainTextResponse(metrics.text(families), media_type="text/plain; version=0.0.4; charset=utf-8")


def _sessions():
    """How many pages are open, as Streamlit counts them."""
    from streamlit.runtime import exists, get_instance

    if not exists():
        return []
    found = get_instance().stats_mgr.get_stats(family_names=["active_sessions"]).get("active_sessions", ())
    told = "Pages that are open now."
    return [("ctjp_sessions", "gauge", told, [("", {}, sum(stat.value for stat in found))])] if found else []


class Watch:
    """ASGI middleware that counts the requests to the app's own routes, and logs those that failed."""

    def __init__(self, app, base=""):
        self.app, self.base = app, base

    async def __call__(self, scope, receive, send):
        route = scope["path"].removeprefix(self.base).split("/")[1:2] if scope["type"] == "http" else []
        if not route or route[0] not in ROUTES:
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def send_and_look(message):
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_and_look)
        finally:
            seconds = time.perf_counter() - began
            requests.add(route[0], status, seconds)
            if status >= 500:
                run = (scope.get("path_params") or {}).get("run")
                LOG.warning("A request failed.", extra={"route": route[0], "status": status, "seconds": round(seconds, 3), "run": run})
