"""The server: `streamlit run app/main.py`. Starts the painter process, serves the pages and the player's routes."""

import gc
import logging
import sys
import threading
from contextlib import asynccontextmanager
from pathlib import Path

# `streamlit run` puts this file's folder on the path, not the project's.
ROOT = str(Path(__file__).resolve().parent.parent)
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402

from app import operations, services  # noqa: E402
from app.delivery import Kept, send_at_once  # noqa: E402
from app.gate import Gate, password  # noqa: E402
from app.middleware import Headers  # noqa: E402
from app.player import base_path  # noqa: E402
from app.routes import assets_digest, routes  # noqa: E402
from app.views import about, compare, gallery, own, rank, sweep, wild  # noqa: E402, F401  the first visitor need not wait for them
from core import logs  # noqa: E402
from core.errors import StoreError  # noqa: E402
from core.places import pack_name, workers_choice  # noqa: E402
from core.supervisor import Supervisor, WhenReady  # noqa: E402

LOG = logging.getLogger("app")
# Loading torch takes both cores for seconds; the first visitor's page comes first.
PAGE_FIRST_SECONDS = 5.0


@asynccontextmanager
async def lifespan(_app):
    """Runs while the server does: the painter process, and a heap that the collector need not walk."""
    logs.set_up("app")
    send_at_once()
    try:
        painters = _painters()
    except StoreError as error:
        LOG.error("%s", error)  # the pages say the same to whoever opens them
        painters = WhenReady(_painters)
    assets_digest()
    threading.Thread(target=_prepare_bundle, daemon=True).start()
    # Collecting garbage costs the more, the more is alive.
    gc.collect()
    gc.freeze()
    with painters:
        yield


def _painters():
    """What watches the painter process, not yet started. Raises StoreError."""
    watching = Supervisor(services.store(), pack_name(), first_wait=PAGE_FIRST_SECONDS, elsewhere=bool(workers_choice()))
    services.example_id()
    return watching


def _prepare_bundle():
    try:
        services.vega_bundle()
    except Exception:
        LOG.exception("The charts' scripts could not be made; the charts stay empty.")


app = st.App(
    Path(__file__).parent / "pages.py",
    lifespan=lifespan,
    routes=[*routes(base_path()), *operations.routes(base_path())],
    middleware=[
        Middleware(operations.Watch, base=base_path()),
        Middleware(Headers),
        Middleware(Gate, base=base_path(), wanted=password()),
        Middleware(Kept),
    ],
)
