"""The pages' scripts and styles under one address that changes with any of them, so that browsers keep them
for ever."""

import functools
import gc
import hashlib
import importlib.metadata
import subprocess
import sys
import threading
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from app.web.addresses import base_path
from app.web.answers import FOREVER_FOR_ALL, not_found, path_parts
from core.base.environment import store_folder
from core.base.files import write_bytes

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "app" / "static"
CHARTS, VEGA = "charts.json", "vega.js"  # made by the server; no file of these names lies in STATIC
CHART_SOURCES = (
    "app/charts",
    "core/base",
    "core/exports",
    "core/measures",
)  # all of our code that has a say in CHARTS
MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
}
BUNDLE_COMMAND = (
    "import sys, vl_convert; sys.stdout.reconfigure(encoding='utf-8'); print(vl_convert.javascript_bundle())"
)
_making_bundle = threading.Lock()


def get_asset(request: Request) -> Response:
    """A script, a style, the charts' specifications or the Vega bundle, by the digest of them all."""
    digest, name = path_parts(request, "digest", "name")
    if digest != assets_digest():
        return not_found("The app has been updated. Please reload the page.")
    if name == VEGA:
        return FileResponse(vega_bundle(), media_type=MEDIA_TYPES[".js"], headers=FOREVER_FOR_ALL)
    content = _charts() if name == CHARTS else _assets().get(name)
    if content is None:
        return not_found("No such file.")
    return Response(content, media_type=MEDIA_TYPES[Path(name).suffix], headers=FOREVER_FOR_ALL)


def assets_address() -> str:
    """Where the app's scripts lie."""
    return f"{base_path()}/assets/{assets_digest()}"


@functools.cache
def assets_digest() -> str:
    """16 hex digits that change with every byte below `assets_address`."""
    digest = hashlib.sha256(f"{_vega_version()} {_charts_version()}".encode())
    for name, content in sorted(_assets().items()):
        digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()[:16]


@functools.cache
def _assets() -> dict[str, bytes]:
    """File name below STATIC → content; of the names there only these are served."""
    paths = (path for path in STATIC.rglob("*") if path.suffix in (".js", ".css"))
    return {path.relative_to(STATIC).as_posix(): path.read_bytes() for path in paths}


@functools.cache
def _charts() -> bytes:
    """The charts' specifications, made when a browser first asks: Altair takes most of a second, and a
    browser asks only once its pictures are there."""
    from app.charts import player_charts

    made = bytes(JSONResponse(player_charts.chart_specs()).body)
    gc.freeze()  # the collector need not walk Altair either
    return made


@functools.cache
def _charts_version() -> str:
    """Changes whenever CHARTS may: with Altair, and with our code that makes them."""
    digest = hashlib.sha256(importlib.metadata.version("altair").encode())
    for folder in CHART_SOURCES:
        for path in sorted((ROOT / folder).glob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@functools.cache
def _vega_version() -> str:
    """Short name of the Vega bundle that this installation makes."""
    return hashlib.sha256(importlib.metadata.version("vl-convert-python").encode()).hexdigest()[:12]


def vega_bundle() -> Path:
    """File with Vega, Vega-Lite and Vega-Embed for the browser; made on first use, then kept beside the
    store.

    Made in a process of its own: it takes two seconds and 130 MB that the server would never give back.
    """
    path = store_folder() / "assets" / f"vega-{_vega_version()}.js"
    with _making_bundle:
        if not path.is_file():
            made = subprocess.run([sys.executable, "-c", BUNDLE_COMMAND], capture_output=True, check=True)
            write_bytes(path, made.stdout)
    return path
