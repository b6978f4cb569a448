"""What the app's own answers share: checked parts of a path, and how long they may be kept."""

import re
from collections.abc import Iterable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from app import resources
from core.base.ids import is_id
from core.base.settings import PAINTERS
from core.storage.records import Run
from core.storage.sweep_store import Sweep, get_sweep

STEP_PATTERN = re.compile(r"[0-9]{1,6}")
PERCENT_PATTERN = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?")
PLACES_PATTERN = re.compile(r"([0-9]{1,2}(\.[0-9]{1,2}){0,47})?")
ROW_PATTERN = re.compile(r"[0-9]{1,15}")
YEAR_SECONDS = 365 * 24 * 3600
FOREVER = {"Cache-Control": f"private, max-age={YEAR_SECONDS}, immutable"}
FOREVER_FOR_ALL = {"Cache-Control": f"public, max-age={YEAR_SECONDS}, immutable"}
NO_STORE = {"Cache-Control": "no-store"}
PICTURE_TYPES = {".png": "image/png", ".webp": "image/webp"}  # Python learnt the second one only in 3.13


def not_found(text: str = "No such picture.") -> Response:
    """404 with one sentence."""
    return PlainTextResponse(text, 404, headers=NO_STORE)


def file_or_not_found(path: Path | None, headers: dict[str, str] = FOREVER) -> Response:
    """A picture's file, or 404 where there is none."""
    if path is None:
        return not_found()
    return FileResponse(path, media_type=PICTURE_TYPES.get(path.suffix), headers=headers)


def path_parts(request: Request, *names: str) -> Iterable[str]:
    """The named parts of a route's path, in this order."""
    return (request.path_params[name] for name in names)


def is_frame(run_id: str, painter: str, step: str) -> bool:
    """Whether these parts of a path can name a frame."""
    return is_id(run_id) and painter in PAINTERS and STEP_PATTERN.fullmatch(step) is not None


def stored_run(request: Request) -> Run | None:
    """The run that the path names, or None. Raises StoreError."""
    run_id = request.path_params["run"]
    return resources.store().get(run_id) if is_id(run_id) else None


def stored_sweep(request: Request) -> Sweep | None:
    """The sweep that the path names, or None. Raises StoreError."""
    sweep_id = request.path_params["sweep"]
    return get_sweep(resources.store(), sweep_id) if is_id(sweep_id) else None
