"""The app under test: its store and pack, and for browser tests the server over them.

Most files share those of tests/browser/conftest.py. A file that counts what is stored, or starts its server
in another way, gets its own with `place, address, store = app_fixtures("module")`.
"""

from typing import Any

import pytest

from core.storage.run_store import RunStore
from tests.support.serving import pack_with_example, serving, wait_for


def place_fixture(scope: Any) -> Any:
    """The fixture `place` of that scope."""

    @pytest.fixture(scope=scope)
    def place(tiny_pack, tmp_path_factory):
        """(folder of the store, folder of a tiny pack with an invented example) for the app under test."""
        folder = tmp_path_factory.mktemp("app")
        return folder / "store", pack_with_example(tiny_pack.folder, folder / "pack")

    return place


def app_fixtures(scope: Any) -> tuple[Any, Any, Any]:
    """The fixtures `place`, `address` and `store` of that scope, for tests in a browser."""

    @pytest.fixture(scope=scope)
    def address(browser, place, tmp_path_factory):
        """Where the app runs, as a person starts it."""
        with serving(*place, tmp_path_factory.mktemp("log") / "server.log") as (address, _):
            yield address

    @pytest.fixture(scope=scope)
    def store(address, place):
        """The running app's store, opened beside it once the painter process has put it in order."""
        with RunStore(place[0]) as opened:
            wait_for(lambda: _is_ready(opened), what="the painter process")
            yield opened

    return place_fixture(scope), address, store


def _is_ready(store: RunStore) -> bool:
    """Whether the painter process has queued again what an earlier one left; invented runs then stay."""
    state = store.queue.painter_state()
    return state is not None and state.state == "ready"
