"""For whoever keeps the server running: `/healthz`, `/metrics`, and a count of every request."""

import functools
import logging
import time

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import resources
from app.public_text import public_text
from app.web.safe_routes import safe_route
from core.base.errors import UserError
from core.service import prometheus
from core.service.health import HealthCheck

LOG = logging.getLogger("app")
COUNTED_ROUTES = frozenset(
    {
        "frames",
        "runs",
        "extras",
        "thumbnails",
        "pictures",
        "scenes",
        "signs",
        "lessons",
        "sweeps",
        "exports",
        "assets",
    }
)
request_counts = prometheus.RequestMetrics()


def routes(base: str = "") -> list[Route]:
    """Starlette routes below `base` ("" or "/prefix")."""
    return [safe_route(f"{base}/healthz", get_health), safe_route(f"{base}/metrics", get_metrics)]


@functools.cache
def _health_check() -> HealthCheck:
    return HealthCheck(resources.store())


def get_health(_request: Request) -> Response:
    """200 when runs can be asked for, painted and kept; else 503 with a sentence for whatever is wrong."""
    try:
        report = _health_check().report()
    except UserError as error:
        return JSONResponse({"status": "failing", "store": public_text(error)}, 503)
    parts = {name: public_text(said) for name, said in report.parts.items()}
    return JSONResponse({"status": "ok" if report.ok else "failing", **parts}, 200 if report.ok else 503)


def get_metrics(_request: Request) -> Response:
    """Everything that is counted, for Prometheus."""
    of_store = prometheus.store_metrics(resources.store())
    families = [*of_store, *prometheus.process_metrics(), *_open_pages(), *request_counts.families()]
    return PlainTextResponse(prometheus.exposition_text(families), media_type=prometheus.CONTENT_TYPE)


def _open_pages() -> list[prometheus.Metric]:
    """How many pages are open, as Streamlit counts them."""
    from streamlit.runtime import exists, get_instance

    if not exists():
        return []
    stats = get_instance().stats_mgr.get_stats(family_names=["active_sessions"]).get("active_sessions", ())
    if not stats:
        return []
    return [prometheus.gauge("ctjp_sessions", "Pages open now.", sum(stat.value for stat in stats))]


class RequestCounter:
    """ASGI middleware that counts the requests to the app's own routes, and logs those that failed."""

    def __init__(self, app: ASGIApp, base: str = "") -> None:
        self.app = app
        self.base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._route(scope)
        if route not in COUNTED_ROUTES:
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def send_and_look(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_and_look)
        finally:
            seconds = time.perf_counter() - began
            request_counts.add(route, status, seconds)
            if status >= 500:
                run = (scope.get("path_params") or {}).get("run")
                what = {"route": route, "status": status, "seconds": round(seconds, 3), "run": run}
                LOG.warning("A request failed.", extra=what)

    def _route(self, scope: Scope) -> str:
        """The first part of the path below the app's base, or ""."""
        parts = scope["path"].removeprefix(self.base).split("/") if scope["type"] == "http" else []
        return parts[1] if len(parts) > 1 else ""
