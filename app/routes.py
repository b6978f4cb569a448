"""The player's own addresses: frames, the state of a run, scripts. Read-only; every part of a path is checked."""

import functools
import hashlib
import re
from pathlib import Path

from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response

from app import charts, exports, live, services
from app.safety import route
from core import lens, sweep_store
from core.errors import StoreError, UserError
from core.exports.kinds import KINDS, file_name
from core.lesson import scenes
from core.settings import PAINTERS

STATIC = Path(__file__).parent / "static"
RUN_ID = re.compile(r"[a-z2-7]{26}")
STEP = re.compile(r"[0-9]{1,6}")
PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?")
SEQ = re.compile(r"[0-9]{1,15}")
FOREVER = "public, max-age=31536000, immutable"
PRIVATE = "private, max-age=31536000, immutable"
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".json": "application/json"}
NEVER = {"Cache-Control": "no-store"}


def routes(base=""):
    """Starlette routes below `base` ("" or "/prefix")."""
    return [
        route(f"{base}/frames/{{run}}/{{painter}}/{{step}}.png", frame),
        route(f"{base}/runs/{{run}}.json", run_state),
        route(f"{base}/extras/{{run}}.json", extras),
        route(f"{base}/extras/{{run}}/{{painter}}/{{step}}/{{name}}", extra),
        route(f"{base}/thumbnails/{{run}}/{{painter}}/{{step}}.webp", thumbnail),
        route(f"{base}/pictures/{{picture}}/{{kind}}", own_picture),
        route(f"{base}/scenes/{{digest}}.webp", scenes_sheet),
        route(f"{base}/signs/{{run}}/{{step}}.json", signs),
        route(f"{base}/lessons/{{job}}.json", lesson),
        route(f"{base}/lessons/{{job}}/{{name}}", lesson_picture),
        route(f"{base}/sweeps/{{sweep}}.json", sweep_state),
        route(f"{base}/sweeps/{{sweep}}.png", sweep_picture),
        route(f"{base}/exports/{{run}}/{{kind}}", exported),
        route(f"{base}/assets/{{digest}}/{{name}}", asset),
    ]


def frame(request):
    """One picture; what lies under an address never changes, because a run determines every byte."""
    run, painter, step = (request.path_params[key] for key in ("run", "painter", "step"))
    if not (RUN_ID.fullmatch(run) and painter in PAINTERS and STEP.fullmatch(step)):
        return _refuse("No such picture.")
    path = services.store().frame_path(run, painter, step)
    if path is None:
        return _refuse("No such picture.")
    return FileResponse(path, media_type="image/png", headers={"Cache-Control": PRIVATE})


def thumbnail(request):
    """Small version of one picture, for the gallery; like the picture itself it never changes."""
    run, painter, step = (request.path_params[key] for key in ("run", "painter", "step"))
    if not (RUN_ID.fullmatch(run) and painter in PAINTERS and STEP.fullmatch(step)):
        return _refuse("No such picture.")
    path = services.library().thumbnail(run, painter, step)
    if path is None:
        return _refuse("No such picture.")
    return FileResponse(path, media_type="image/webp", headers={"Cache-Control": PRIVATE})


def own_picture(request):
    """A visitor's own picture under its unguessable id; it may be removed at any time, so it is kept briefly only."""
    path = services.own_pictures().file(request.path_params["picture"], request.path_params["kind"])
    if path is None:
        return _refuse("No such picture.")
    return FileResponse(path, headers={"Cache-Control": "private, max-age=300"})


def scenes_sheet(request):
    """The shipped scenes on one sheet, by its digest."""
    if request.path_params["digest"] != scenes.shipped().digest:
        return _refuse("No such picture.")
    return FileResponse(scenes.FOLDER / scenes.SHEET, media_type="image/webp", headers={"Cache-Control": FOREVER})


def extras(request):
    """Which pictures of what the judge saw a run has: painter → step → names."""
    run_id = request.path_params["run"]
    run = services.store().get(run_id) if RUN_ID.fullmatch(run_id) else None
    folder = services.store().extras_folder(run_id) if run else None
    return _refuse("No such run.") if folder is None else JSONResponse(lens.index(folder, run.request.painters), headers=NEVER)


def extra(request):
    """One of these pictures; it belongs to a frame, so it never changes either."""
    run, painter, step, name = (request.path_params[key] for key in ("run", "painter", "step", "name"))
    if not (RUN_ID.fullmatch(run) and painter in PAINTERS and STEP.fullmatch(step) and name in lens.NAMES):
        return _refuse("No such picture.")
    folder = services.store().extras_folder(run)
    path = lens.find(folder, painter, int(step), name) if folder else None
    if path is None:
        return _refuse("No such picture.")
    return FileResponse(path, headers={"Cache-Control": PRIVATE})


def signs(request):
    """What the pixels of one frame of raw ascent say of cheating; a frame never changes, so neither does this."""
    run_id, step = request.path_params["run"], request.path_params["step"]
    run = services.store().get(run_id) if RUN_ID.fullmatch(run_id) and STEP.fullmatch(step) else None
    path = services.store().frame_path(run_id, "pixels", step) if run else None
    if path is None:
        return _refuse("No such picture.")
    return JSONResponse(services.signs_of(path, run.request.pack), headers={"Cache-Control": PRIVATE})


def lesson(request):
    """How far a computation of the lesson is; with its result when it is done."""
    job = services.lessons().get(request.path_params["job"])
    if job is None:
        return _refuse("No such computation.")
    told = {"id": job.id, "status": job.status, "reason": job.reason, "share": job.share}
    if job.status == "done":
        return JSONResponse({**told, "result": services.lessons().result(job.id)}, headers=NEVER)
    note = live.note(services.store().painter_state()) if job.status == "waiting" else ""
    return JSONResponse({**told, "note": note}, headers=NEVER)


def lesson_picture(request):
    """One picture of such a result; it is named by all that determines it."""
    path = services.lessons().file(request.path_params["job"], request.path_params["name"])
    if path is None:
        return _refuse("No such picture.")
    return FileResponse(path, headers={"Cache-Control": PRIVATE})


def run_state(request):
    """What `live.state` says of a run; `?after=` is the newest row that the player has."""
    run_id, after = request.path_params["run"], request.query_params.get("after", "0")
    if not (RUN_ID.fullmatch(run_id) and SEQ.fullmatch(after)):
        return _refuse("No such run.")
    run = services.store().get(run_id)
    return _refuse("No such run.") if run is None else JSONResponse(live.state(run, int(after)), headers=NEVER)


def sweep_state(request):
    """Every cell of a sweep with its newest figures."""
    return _of_sweep(request, lambda sweep: JSONResponse(services.sweep_state(sweep), headers=NEVER))


def sweep_picture(request):
    """The grid of a sweep as it is now, to be saved."""
    headers = NEVER | {"Content-Disposition": 'attachment; filename="sweep.png"'}
    return _of_sweep(request, lambda sweep: Response(services.sweep_png(sweep), media_type="image/png", headers=headers))


def _of_sweep(request, answer):
    sweep_id = request.path_params["sweep"]
    sweep = sweep_store.get(services.store(), sweep_id) if RUN_ID.fullmatch(sweep_id) else None
    return _refuse("No such sweep.") if sweep is None else answer(sweep)


def exported(request):
    """A run as a file to keep: 200 with the file, or 202 with how far it is and what to ask for again (`of`).

    `?step=` is a place in the run in percent, as in the page's address.
    """
    run_id, kind = request.path_params["run"], request.path_params["kind"]
    step, of = request.query_params.get("step", "100"), request.query_params.get("of")
    if not (RUN_ID.fullmatch(run_id) and kind in KINDS and PERCENT.fullmatch(step) and (of is None or exports.STAMP.fullmatch(of))):
        return _refuse("No such export.")
    percent = min(float(step), 100.0)
    try:
        run = services.store().get(run_id)
        if run is None:
            return _refuse("No such run.")
        named = NEVER | {"Content-Disposition": f'attachment; filename="{file_name(run.request, kind, percent)}"'}
        if exports.quick(kind):
            return Response(exports.at_once(run, kind, percent), media_type=KINDS[kind].media, headers=named)
        stamp = of or exports.exports().stamp(run)
        made = exports.exports().ask(run, kind, percent, stamp)
        if isinstance(made, Path):
            return FileResponse(made, media_type=KINDS[kind].media, headers=named)
        if made.error:
            return PlainTextResponse(made.error, 409, headers=NEVER)
        ahead = exports.exports().ahead(made)
        return JSONResponse({"of": stamp, "share": round(made.share, 3), "ahead": ahead}, 202, headers=NEVER)
    except UserError as error:
        status = 503 if isinstance(error, exports.BusyError | StoreError) else 409
        return PlainTextResponse(str(error), status, headers=NEVER)


def asset(request):
    """A script of the player, the chart specifications or the vega bundle, by the digest of them all."""
    name = request.path_params["name"]
    if request.path_params["digest"] != assets_digest():
        return _refuse("The app has been updated; reload the page.")
    if name == "vega.js":
        return FileResponse(services.vega_bundle(), media_type=TYPES[".js"], headers={"Cache-Control": FOREVER})
    if name not in _assets():
        return _refuse("No such file.")
    return Response(_assets()[name], media_type=TYPES[Path(name).suffix], headers={"Cache-Control": FOREVER})


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
    return PlainTextResponse(text, 404, headers=NEVER)
