"""The address under which others in the room open this app: for links, bundles and QR codes, chosen here
alone.

It is the one that the page itself was opened at. Where that means only the computer in front of the person,
it is the one that Streamlit was told (browser.serverAddress), or else this computer's in its networks.
Nothing that a proxy may have added to a request counts but what the server has made of it (the scheme); the
host is the request's own.
"""

import functools
import io
import re
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import segno
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from streamlit import config

from app.web.addresses import base_path
from app.web.answers import NO_STORE, not_found
from core.base.network import EVERYWHERE, is_in_container, is_this_computer, own_addresses

START_COMMAND = ".venv/bin/streamlit run app/main.py --server.address=0.0.0.0"
USUAL_PORT = 8501
LONGEST_PATH = 1000  # characters behind the host that a QR code is made of
LOOKED_UP_SECONDS = 10.0  # a computer changes its network now and then
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")  # of this server, in the characters of an address

HERE_ONLY = (
    "Only this computer can open this page. To open it to the room, stop the server and start it with this "
    "command:"
)
NO_NETWORK = "This computer is not in a network. Join the room's network, then reload the page."
IN_CONTAINER = (
    "The server runs in a container and cannot know its computer's address. Start it with "
    "STREAMLIT_BROWSER_SERVER_ADDRESS set to that address, or open this page at that address."
)


@dataclass(frozen=True)
class Room:
    """Where others open the app.

    Args:
        origin: scheme, host and port, or "" if nobody else can open it.
        others: further origins to try, where the computer is in several networks.
        note: one sentence that says why there is none.
        command: what opens it to the room, or "" if a command does not.
    """

    origin: str
    others: tuple[str, ...] = ()
    note: str = ""
    command: str = ""


def room_of(scheme: str, host: str) -> Room:
    """Where others open a page.

    Args:
        scheme, host: those under which this page was opened, host with its port.
    """
    if _HOST.fullmatch(host) and not is_this_computer(_without_port(host)):
        return Room(f"{scheme}://{host}")
    listens_on = config.get_option("server.address") or ""
    if config.is_manually_set("browser.serverAddress"):
        return Room(_origin(scheme, config.get_option("browser.serverAddress"), "browser.serverPort"))
    if listens_on not in EVERYWHERE and is_this_computer(listens_on):
        return Room("", note=HERE_ONLY, command=_command())
    if listens_on not in EVERYWHERE:
        return Room(_origin(scheme, listens_on))
    if is_in_container():
        return Room("", note=IN_CONTAINER)
    origins = [_origin(scheme, address) for address in _addresses(int(time.monotonic() / LOOKED_UP_SECONDS))]
    return Room(origins[0], tuple(origins[1:])) if origins else Room("", note=NO_NETWORK)


def link_origin(address: str) -> str:
    """Origin for a link in a file: the room's, or else that of the page itself; "" if that is not known.

    Args:
        address: of the page, whole; "" where the session does not know it.
    """
    parts = urlsplit(address)
    if not parts.netloc:
        return ""
    return room_of(parts.scheme, parts.netloc).origin or f"{parts.scheme}://{parts.netloc}"


def get_room(request: Request) -> Response:
    """Where others open the app, as shared/room.js wants it."""
    room = _room_of_request(request)
    told = {"origin": room.origin, "others": room.others, "note": room.note, "command": room.command}
    return JSONResponse(told, headers=NO_STORE)


def get_code(request: Request) -> Response:
    """The QR code of one of this app's addresses as others open it: `?to=` is its path and parameters."""
    path = request.query_params.get("to", "")
    if len(path) > LONGEST_PATH or not _PATH.fullmatch(path):
        return not_found("No such address.")
    room = _room_of_request(request)
    if not room.origin:
        return not_found(room.note)
    drawing = io.BytesIO()
    segno.make(room.origin + path, error="m", micro=False).save(
        drawing, kind="svg", border=4, omitsize=True, dark="#000", light="#fff"
    )
    return Response(drawing.getvalue(), media_type="image/svg+xml", headers=NO_STORE)


def _room_of_request(request: Request) -> Room:
    return room_of(request.url.scheme, request.headers.get("host", ""))


def _without_port(host: str) -> str:
    return host.partition("]")[0].strip("[") if host.startswith("[") else host.partition(":")[0]


def _origin(scheme: str, host: str, port_option: str = "server.port") -> str:
    port = config.get_option(port_option)
    named = f"[{host}]" if ":" in host else host
    is_usual = port == {"http": 80, "https": 443}.get(scheme)
    return f"{scheme}://{named}" + ("" if is_usual else f":{port}")


def _command() -> str:
    """What opens the server to the room, as it was started otherwise."""
    port = config.get_option("server.port")
    path = base_path().strip("/")
    return (
        START_COMMAND
        + (f" --server.port={port}" if port != USUAL_PORT else "")
        + (f" --server.baseUrlPath={path}" if path else "")
    )


@functools.lru_cache(maxsize=1)
def _addresses(_period: int) -> tuple[str, ...]:
    """This computer's addresses; looked up once in each period."""
    return tuple(own_addresses())
