"""The server, `streamlit run app/main.py`: starts the painter process, serves pages and routes."""

import gc
import importlib
import logging
import pkgutil
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

# `streamlit run` puts this file's folder on the path, not the project's.
ROOT = str(Path(__file__).resolve().parent.parent)
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402

from app import resources, views  # noqa: E402
from app.web import monitoring  # noqa: E402
from app.web.addresses import base_path  # noqa: E402
from app.web.assets import COMMANDS, assets_digest, made_file  # noqa: E402
from app.web.cache import CacheMiddleware, set_tcp_nodelay  # noqa: E402
from app.web.headers import HeadersMiddleware  # noqa: E402
from app.web.operator import operator_link  # noqa: E402
from app.web.password import PasswordMiddleware, password  # noqa: E402
from app.web.pictures import is_not_deleted  # noqa: E402
from app.web.routes import routes  # noqa: E402
from core.base import logs  # noqa: E402
from core.base.environment import pack_name, who_may_download, workers_choice  # noqa: E402
from core.base.errors import StoreError, UserError  # noqa: E402
from core.service.supervisor import DeferredSupervisor, Supervisor  # noqa: E402

LOG = logging.getLogger("app")


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Runs while the server does: the painter process, and a heap that the collector need not walk."""
    logs.set_up_logging("app")
    set_tcp_nodelay()
    painters: Supervisor | DeferredSupervisor
    try:
        painters = _painter_supervisor()
    except StoreError as error:
        LOG.error("%s", error)  # the pages say the same to whoever opens them
        painters = DeferredSupervisor(_painter_supervisor)
    with painters:  # first of all: its process takes seconds to load, beside everything else
        _import_views()
        assets_digest()
        threading.Thread(target=_prepare_charts, daemon=True).start()
        _print_operator_link()
        # Collecting garbage costs the more, the more is alive.
        gc.collect()
        gc.freeze()
        yield


def _painter_supervisor() -> Supervisor:
    """What watches the painter process, not yet started. Raises StoreError."""
    watching = Supervisor(
        resources.store(),
        pack_name(),
        paints_on_cluster=bool(workers_choice()),
    )
    resources.example_id()
    return watching


def _import_views() -> None:
    """Every page's module, so that no visitor waits for one."""
    for module in pkgutil.iter_modules(views.__path__):
        importlib.import_module(f"{views.__name__}.{module.name}")


def _prepare_charts() -> None:
    try:
        for name in COMMANDS:
            made_file(name)
    except Exception:
        LOG.exception("The charts' files could not be made, so the charts stay empty.")


def _print_operator_link() -> None:
    """For whoever starts the server, and for nobody else: it goes to the terminal and not into the log."""
    try:
        is_needed = who_may_download() == "here"
    except UserError as error:
        LOG.error("%s", error)
        return
    if is_needed:
        print(f"\n  To download model packs on their page, open  {operator_link()}\n", flush=True)


app = st.App(
    Path(__file__).parent / "pages.py",
    lifespan=lifespan,
    routes=[*routes(base_path()), *monitoring.routes(base_path())],
    middleware=[
        Middleware(monitoring.RequestCounter, base=base_path()),
        Middleware(HeadersMiddleware),
        Middleware(PasswordMiddleware, base=base_path(), expected=password()),
        Middleware(CacheMiddleware, may_repeat=is_not_deleted),
    ],
)
