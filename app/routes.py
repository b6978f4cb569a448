"""The player's own addresses: frames, the state of a run, scripts. Read-only; every part of a path is checked."""

import functools
import hashlib
import re
from pathlib import Path

from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from app import charts, live, services
from core.errors import UserError
from core.settings import PAINTERS

STATIC = Path(__file__).parent / "static"
RUN_ID = re.compile(r"[a-z2-7]{26}")
STEP = re.compile(r"[0-9]{1,6}")
SEQ = re.compile(r"[0-9]{1,15}")
FOREVER = "public, max-age=31536000, immutable"
PRIVATE = "private, max-age=31536000, immutable"
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".json": "application/json"}
# Nothing here is ever a document of its own.
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def routes(base=""):
    """Starlette routes below `base` ("" or "/prefix")."""
    return [
        Route(f"{base}/frames/{{run}}/{{painter}}/{{step}}.png", frame),
        Route(f"{base}/runs/{{run}}.json", run_state),
        Route(f"{base}/assets/{{digest}}/{{name}}", asset),
    ]


def frame(request):
    """One picture; what lies under an address never changes, because a run determines every byte."""
    run, painter, step = (request.path_params[key] for key in ("run", "painter", "step"))
    if not (RUN_ID.fullmatch(run) and painter in PAINTERS and STEP.fullmatch(step)):
        return _refuse("No such picture.")
    path = services.store().frame_path(run, painter, step)
    if path is None:
        return _refuse("No such picture.")
    return FileResponse(path, media_type="image/png", headers={**SAFE, "Cache-Control": PRIVATE})


def run_state(request):
    """What `live.state` says of a run; `?after=` is the newest row that the player has."""
    run_id, after = request.path_params["run"], request.query_params.get("after", "0")
    if not (RUN_ID.fullmatch(run_id) and SEQ.fullmatch(after)):
        return _refuse("No such run.")
    try:
        run = services.store().get(run_id)
        if run is None:
            return _refuse("No such run.")
        return JSONResponse(live.state(run, int(after)), headers={**SAFE, "Cache-Control": "no-store"})
    except UserError as error:
        return PlainTextResponse(str(error), 503, headers={**SAFE, "Cache-Control": "no-store"})


def asset(request):
    """A script of the player, the chart specifications or the vega bundle, by the digest of them all."""
    name = request.path_params["name"]
    if request.path_params["digest"] != assets_digest():
        return _refuse("The app has been updated; reload the page.")
    if name == "vega.js":
        return FileResponse(services.vega_bundle(), media_type=TYPES[".js"], headers={**SAFE, "Cache-Control": FOREVER})
    if name not in _assets():
        return _refuse("No such file.")
    return Response(_assets()[name], media_type=TYPES[Path(name).suffix], headers={**SAFE, "Cache-Control": FOREVER})


@functools.cache
def assets_digest():
    """Changes with every byte that /assets serves, so that browsers may keep them for ever."""
    digest = hashlib.sha256(services.bundle_digest().encode())
    for name, content in sorted(_assets().items()):
        digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()[:16]


@functools.cache
def _assets():
    """File name → bytes; only these names are served."""
    files = {path.name: path.read_bytes() for path in STATIC.iterdir() if path.suffix in (".js", ".css")}
    return {**files, "charts.json": JSONResponse(charts.specs()).body}


def _refuse(text):
    return PlainTextResponse(text, 404, headers={**SAFE, "Cache-Control": "no-store"})
