"""The routes that serve pictures: frames, thumbnails, extras, own pictures, scenes, the lesson's."""

import functools
import re
import time

from starlette.requests import Request
from starlette.responses import Response

from app import resources
from app.web.answers import FOREVER, FOREVER_FOR_ALL, file_or_not_found, is_frame, not_found, path_parts
from core.base.errors import StoreError
from core.lesson import ranking_scenes
from core.storage import frame_extras

_OF_A_RUN = re.compile(r"/(?:frames|thumbnails|extras|signs)/([a-z2-7]{26})/")
# A visitor may remove it at any time.
BRIEFLY = {"Cache-Control": "private, max-age=300"}


def get_frame(request: Request) -> Response:
    """One picture; what lies under an address never changes, because a run determines every byte."""
    run_id, painter, step = path_parts(request, "run", "painter", "step")
    if not is_frame(run_id, painter, step):
        return not_found()
    png = resources.store().frame_png(run_id, painter, step)
    return Response(png, media_type="image/png", headers=FOREVER) if png else not_found()


def get_thumbnail(request: Request) -> Response:
    """Small version of one picture, for the gallery; like the picture itself it never changes."""
    run_id, painter, step = path_parts(request, "run", "painter", "step")
    if not is_frame(run_id, painter, step):
        return not_found()
    return file_or_not_found(resources.gallery().thumbnail(run_id, painter, step))


def get_extra(request: Request) -> Response:
    """One picture of what happened inside a step; it belongs to a frame, so it never changes either."""
    run_id, painter, step, name = path_parts(request, "run", "painter", "step", "name")
    if not is_frame(run_id, painter, step) or name not in frame_extras.EXTRA_NAMES:
        return not_found()
    folder = resources.store().frames.extras_folder(run_id, painter)
    return file_or_not_found(frame_extras.find_extra(folder, painter, int(step), name) if folder else None)


def get_own_picture(request: Request) -> Response:
    """A visitor's own picture under its unguessable id."""
    picture_id, kind = path_parts(request, "picture", "kind")
    return file_or_not_found(resources.own_pictures().file(picture_id, kind), BRIEFLY)


def get_scenes_sheet(request: Request) -> Response:
    """The shipped scenes on one sheet, by its digest."""
    if request.path_params["digest"] != ranking_scenes.shipped_scenes().digest:
        return not_found()
    return file_or_not_found(ranking_scenes.FOLDER / ranking_scenes.SHEET_FILE, FOREVER_FOR_ALL)


def get_lesson_picture(request: Request) -> Response:
    """One picture of what was computed for a lesson; it is named by all that determines it."""
    job_id, name = path_parts(request, "job", "name")
    return file_or_not_found(resources.lesson_jobs().file(job_id, name))


def is_not_deleted(path: str) -> bool:
    """Whether the run whose picture lies at a path may still be shown; looked up once a second."""
    run_id = _OF_A_RUN.search(path)
    return run_id is None or _is_kept(run_id[1], int(time.monotonic()))


@functools.lru_cache(maxsize=4096)
def _is_kept(run_id: str, _second: int) -> bool:
    try:
        return resources.store().frames.is_kept(run_id)
    except StoreError:
        return True  # nobody can tell now; the picture was there a moment ago
