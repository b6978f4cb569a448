"""The pages' scripts and styles under one address that changes with any of them, so that browsers keep them
for ever."""

import functools
import hashlib
import importlib.metadata
import subprocess
import sys
import threading
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from app.web.addresses import base_path
from app.web.answers import FOREVER_FOR_ALL, not_found, path_parts
from core.base.environment import store_folder
from core.base.files import write_bytes

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "app" / "static"
CHARTS, VEGA = "charts.json", "vega.js"  # made by the server; no file of these names lies in STATIC
# All of our code that has a say in CHARTS.
CHART_SOURCES = ("app/charts", "core/base", "core/exports", "core/measures")
MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
}
# Each prints its file.
COMMANDS = {
    VEGA: "import sys, vl_convert; sys.stdout.reconfigure(encoding='utf-8'); "
    "print(vl_convert.javascript_bundle())",
    CHARTS: "import json; from app.charts.player_charts import chart_specs; print(json.dumps(chart_specs()))",
}
_making = {name: threading.Lock() for name in COMMANDS}


def get_asset(request: Request) -> Response:
    """A script, a style, the charts' specifications or the Vega bundle, by the digest of them all."""
    digest, name = path_parts(request, "digest", "name")
    if digest != assets_digest():
        return not_found("The app has been updated. Please reload the page.")
    headers = FOREVER_FOR_ALL
    if name in COMMANDS:
        return FileResponse(made_file(name), media_type=MEDIA_TYPES[Path(name).suffix], headers=headers)
    if name not in _assets():
        return not_found("No such file.")
    return Response(_assets()[name], media_type=MEDIA_TYPES[Path(name).suffix], headers=headers)


def assets_address() -> str:
    """Where the app's scripts lie."""
    return f"{base_path()}/assets/{assets_digest()}"


@functools.cache
def assets_digest() -> str:
    """16 hex digits that change with every byte below `assets_address`."""
    digest = hashlib.sha256("".join(map(_version, COMMANDS)).encode())
    for name, content in sorted(_assets().items()):
        digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()[:16]


@functools.cache
def _assets() -> dict[str, bytes]:
    """File name below STATIC → content; of the names there only these are served."""
    paths = (path for path in STATIC.rglob("*") if path.suffix in (".js", ".css"))
    return {path.relative_to(STATIC).as_posix(): path.read_bytes() for path in paths}


def made_file(name: str) -> Path:
    """File with CHARTS, or with VEGA: Vega, Vega-Lite and Vega-Embed for the browser; made on first use, then
    kept beside the store.

    Made in a process of its own: it takes up to two seconds and 130 MB that the server would never give back.
    """
    path = (store_folder() / "assets" / name).with_stem(f"{Path(name).stem}-{_version(name)}")
    with _making[name]:
        if not path.is_file():
            command = [sys.executable, "-c", COMMANDS[name]]
            write_bytes(path, subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)
    return path


@functools.cache
def _version(name: str) -> str:
    """12 hex digits that change whenever one of COMMANDS may make another file."""
    package = {VEGA: "vl-convert-python", CHARTS: "altair"}[name]
    digest = hashlib.sha256(importlib.metadata.version(package).encode())
    for folder in CHART_SOURCES if name == CHARTS else ():
        for path in sorted((ROOT / folder).glob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
