"""The table of the app's own addresses: every part of a path checked before use; all but votes only read."""

from starlette.routing import Route

from app.web import ballots, downloads, json_routes, pictures
from app.web.assets import get_asset
from app.web.operator import OPERATOR_PATH, get_operator
from app.web.room import get_code, get_room
from app.web.safe_routes import safe_route
from app.web.vote_page import vote_route

ROUTES = {
    "/frames/{run}/{painter}/{step}.png": pictures.get_frame,
    "/thumbnails/{run}/{painter}/{step}.webp": pictures.get_thumbnail,
    "/extras/{run}.json": json_routes.get_extras,
    "/extras/{run}/{painter}/{step}/{name}": pictures.get_extra,
    "/pictures/{picture}/{kind}": pictures.get_own_picture,
    "/scenes/{digest}.webp": pictures.get_scenes_sheet,
    "/runs/{run}.json": json_routes.get_run,
    "/signs/{run}/{step}.json": json_routes.get_failure_signs,
    "/lessons/{job}.json": json_routes.get_lesson_job,
    "/lessons/{job}/{name}": pictures.get_lesson_picture,
    "/sweeps/{sweep}.json": json_routes.get_sweep,
    "/sweeps/{sweep}.png": downloads.get_sweep_picture,
    "/exports/{run}/{kind}": downloads.get_export,
    "/sweep-exports/{sweep}/{kind}": downloads.get_sweep_export,
    "/room.json": get_room,
    "/room/code.svg": get_code,
    "/ballots/{ballot}.json": ballots.get_ballot,
    "/ballots/{ballot}.csv": ballots.get_votes_table,
    "/ballots/{ballot}/{letter}.png": ballots.get_blind_picture,
    OPERATOR_PATH: get_operator,
    # A slash in the name is harmless: it is a key of a dictionary of contents and never joined to a path.
    "/assets/{digest}/{name:path}": get_asset,
}


def routes(base: str = "") -> list[Route]:
    """Starlette routes below `base` ("" or "/prefix")."""
    return [*(safe_route(base + pattern, endpoint) for pattern, endpoint in ROUTES.items()), vote_route(base)]
