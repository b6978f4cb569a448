"""The routes that give out files to take away: exports of a run, the grid and the trade-off of a sweep."""

import hashlib
import threading
from pathlib import Path
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response

from app import resources
from app.jobs import exports
from app.jobs.export_files import kinds_of
from app.web.addresses import base_path
from app.web.answers import NO_STORE, PERCENT_PATTERN, not_found, stored_run, stored_sweep
from app.web.headers import owner_in
from app.web.room import link_origin
from app.web.sweep_state import reference_of
from core.base.errors import StoreError, UserError
from core.base.images import read_image
from core.exports.kinds import EXPORT_KINDS, HANDOUTS, SWEEP_EXPORT_KINDS, file_name
from core.exports.sweep_scale import shown_grid
from core.storage import sweep_store
from core.storage.records import Run
from core.storage.sweep_store import Sweep

_drawing_grid = threading.Lock()  # one at a time, since drawing takes a core


def get_export(request: Request) -> Response:
    """A run as a file to keep: 200 with the file, or 202 with how far it is and what to ask for again (`of`).

    `?step=` is a place in the run in percent, as in the page's address.
    """
    kind = request.path_params["kind"]
    percent = request.query_params.get("step", "100")
    stamp = request.query_params.get("of")
    is_stamp = stamp is None or exports.STAMP_PATTERN.fullmatch(stamp)
    if not (kind in EXPORT_KINDS and PERCENT_PATTERN.fullmatch(percent) and is_stamp):
        return not_found("No such export.")
    try:
        run = stored_run(request)
        return (
            not_found("No such run.")
            if run is None
            else _export(request, run, kind, min(float(percent), 100.0), stamp)
        )
    except (exports.TooManyExportsError, StoreError):
        raise  # asking again may go through
    except UserError as error:
        return PlainTextResponse(str(error), 409, headers=NO_STORE)


def get_sweep_export(request: Request) -> Response:
    """The trade-off of a sweep over one setting as a file to keep; otherwise as `get_export`."""
    kind = request.path_params["kind"]
    percent = request.query_params.get("step", "100")
    stamp = request.query_params.get("of")
    is_stamp = stamp is None or exports.STAMP_PATTERN.fullmatch(stamp)
    if not (kind in SWEEP_EXPORT_KINDS and PERCENT_PATTERN.fullmatch(percent) and is_stamp):
        return not_found("No such export.")
    sweep = stored_sweep(request)
    if sweep is None or sweep.plan.y is not None:
        return not_found("No such sweep.")
    headers = _to_be_saved(file_name(sweep.plan, kind, min(float(percent), 100.0)))
    stamp = stamp or exports.export_queue().state_stamp(sweep)
    return _made(request, sweep, kind, min(float(percent), 100.0), stamp, headers)


def _export(request: Request, run: Run, kind: str, percent: float, stamp: str | None) -> Response:
    headers = _to_be_saved(file_name(run.request, kind, percent))
    if exports.is_quick(kind):
        media = EXPORT_KINDS[kind].media
        return Response(exports.export_now(run, kind, percent), media_type=media, headers=headers)
    link = _link_to(request, run) if kind in HANDOUTS else ""
    stamp = stamp or _with_link(exports.export_queue().state_stamp(run), link)
    return _made(request, run, kind, percent, stamp, headers, link)


def _made(
    request: Request,
    source: Run | Sweep,
    kind: str,
    percent: float,
    stamp: str,
    headers: dict[str, str],
    link: str = "",
) -> Response:
    """The file of an export once it is there, or how far it is."""
    queue = exports.export_queue()
    made = queue.request(source, kind, percent, stamp, owner_in(request.cookies), link)
    if isinstance(made, Path):
        return FileResponse(made, media_type=kinds_of(source)[kind].media, headers=headers)
    if made.error:
        return PlainTextResponse(made.error, 409, headers=NO_STORE)
    progress = {"of": stamp, "share": round(made.share, 3), "ahead": queue.jobs_ahead(made)}
    return JSONResponse(progress, 202, headers=NO_STORE)


def _link_to(request: Request, run: Run) -> str:
    """Where others open the run, as far as the page's own address tells."""
    origin = link_origin(str(request.url))
    return f"{origin}{base_path()}/?run={run.id}" if origin else ""


def _with_link(stamp: str, link: str) -> str:
    """A stamp of the same form that also changes with the link that is printed."""
    return hashlib.sha256(f"{stamp} {link}".encode()).hexdigest()[: len(stamp)] if link else stamp


def get_sweep_picture(request: Request) -> Response:
    """The grid of a sweep as it is now, as PNG."""
    sweep = stored_sweep(request)
    if sweep is None:
        return not_found("No such sweep.")
    return Response(_grid_png(sweep), media_type="image/png", headers=_to_be_saved("sweep.png"))


def _grid_png(sweep: Sweep) -> bytes:
    from core.exports.sweep_figure import (
        grid_png,  # drawing's libraries are loaded when somebody saves a grid
    )

    with _drawing_grid:
        state = sweep_store.read_sweep_state(resources.store(), sweep)
        state = shown_grid(sweep.plan, state, reference_of(sweep))
        return grid_png(state, _image_of_cell, resources.reading_note_of(sweep.plan))


def _image_of_cell(cell: dict[str, Any]) -> np.ndarray | None:
    """The newest picture of a cell, uint8 H×W×3, or None while it has none."""
    if not cell["id"] or cell["step"] is None:
        return None
    path = resources.store().frame_path(cell["id"], cell["painter"], cell["step"])
    return read_image(path) if path else None


def _to_be_saved(name: str) -> dict[str, str]:
    """Headers that make a browser save the answer under this name."""
    return NO_STORE | {"Content-Disposition": f'attachment; filename="{name}"'}
