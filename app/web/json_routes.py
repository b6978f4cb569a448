"""The routes that answer in JSON: runs, their extras and signs, computations of the lesson, sweeps."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from app import failure_signs, painter_status, resources
from app.web.answers import (
    FOREVER,
    NO_STORE,
    PLACES_PATTERN,
    ROW_PATTERN,
    STEP_PATTERN,
    not_found,
    stored_run,
    stored_sweep,
)
from app.web.run_state import describe_run
from app.web.sweep_state import describe_sweep
from core.storage import frame_extras
from core.storage.deleted_runs import deleted_run


def get_run(request: Request) -> Response:
    """How a run stands. 410: it was deleted.

    `?after=` is the newest row that the player has; `&known=1` leaves out what it was told before.
    """
    run = stored_run(request)
    after = request.query_params.get("after", "0")
    if run is None and deleted_run(resources.store(), request.path_params["run"]):
        return PlainTextResponse("This run was deleted.", 410, headers=NO_STORE)
    if run is None or not ROW_PATTERN.fullmatch(after):
        return not_found("No such run.")
    return _fresh(describe_run(run, int(after), is_known=request.query_params.get("known") == "1"))


def get_extras(request: Request) -> Response:
    """Which extras a run has: painter → step → names."""
    run = stored_run(request)
    if run is None:
        return not_found("No such run.")
    return _fresh({painter: _extras_of(run.id, painter) for painter in run.request.painters})


def _extras_of(run_id: str, painter: str) -> dict[int, list[str]]:
    folder = resources.store().frames.extras_folder(run_id, painter)
    return frame_extras.extras_index(folder, [painter])[painter] if folder else {}


def get_failure_signs(request: Request) -> Response:
    """The signs of cheating in one frame of raw ascent; a frame never changes, so neither do they."""
    run = stored_run(request)
    step = request.path_params["step"]
    if run is None or not STEP_PATTERN.fullmatch(step):
        return not_found()
    path = resources.store().frame_path(run.id, "pixels", step)
    if path is None:
        return not_found()
    return JSONResponse(failure_signs.signs_of_frame(path, run.request.pack), headers=FOREVER)


def get_lesson_job(request: Request) -> Response:
    """How far a computation of the lesson is; with its result when it is done."""
    job = resources.lesson_jobs().get(request.path_params["job"])
    if job is None:
        return not_found("No such computation.")
    answer = {"id": job.id, "status": job.status, "reason": job.reason, "share": job.share}
    if job.status == "done":
        return _fresh({**answer, "result": resources.lesson_jobs().result(job.id)})
    return _fresh({**answer, "note": painter_status.waiting_reason() if job.status == "waiting" else ""})


def get_sweep(request: Request) -> Response:
    """Every cell of a sweep with its newest figures; `?known=0.2`: cells whose steps the page has."""
    sweep = stored_sweep(request)
    known = request.query_params.get("known", "")
    if sweep is None or not PLACES_PATTERN.fullmatch(known):
        return not_found("No such sweep.")
    return _fresh(describe_sweep(sweep, [int(place) for place in known.split(".") if place]))


def _fresh(data: Mapping[str, Any]) -> Response:
    """An answer that changes while somebody looks, so nobody keeps it."""
    return JSONResponse(data, headers=NO_STORE)
