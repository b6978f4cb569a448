"""The app's pages without a browser: a pack without weights, and what a visitor does on a page."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import resources
from core.base.settings import PAINTERS
from core.storage.records import Run
from tests.conftest import EXAMPLES
from tests.support.serving import ROOT

JUDGED = {"p5": 0.2, "p50": 0.4, "p95": 0.6, "matched": 0.4, "mismatched": 0.0}


def forget_caches() -> None:
    """What the server has made once, so that the next test's store and pack are its own."""
    for name, module in list(sys.modules.items()):
        if name.startswith("app."):
            for function in list(vars(module).values()):
                getattr(function, "cache_clear", lambda: None)()


@pytest.fixture(scope="module")
def bare_pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a manifest and no weights: all that the server reads of a pack."""
    folder = tmp_path_factory.mktemp("packs") / "bare"
    folder.mkdir()
    judge = {
        "architecture": "open_clip CLIP",
        "parameters": 1234567,
        "training": {"pictures": 19000, "accuracy": 0.791},
    }
    realism = {"p5": 0.5, "p50": 0.9, "p95": 0.99}
    manifest = {
        "format": 1,
        "name": "bare",
        "title": "A <b>bare</b> pack",
        "size": 32,
        "licence": "CC0",
        "examples": EXAMPLES,
        "words": sorted({word for prompt in EXAMPLES for word in prompt.split()}),
        "vocabulary": [],
        "models": {"judge": judge},
        "reference": {"score": JUDGED, "heldout": JUDGED, "realism": realism},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def pack(bare_pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The pack that the app uses, in a store of its own."""
    monkeypatch.setenv("CTJP_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("CTJP_PACK", str(bare_pack))
    forget_caches()
    yield bare_pack
    forget_caches()


def opened(**parameters: Any) -> AppTest:
    """The app as a new session sees it, with these parameters in its address."""
    test = AppTest.from_file(str(ROOT / "app" / "pages.py"), default_timeout=30)
    for name, value in parameters.items():
        test.query_params[name] = value
    return checked(test.run())


def opened_page(view: str) -> AppTest:
    """One page alone, not yet run. view: its module in app.views."""
    return AppTest.from_string(f"from app.views import {view}\n{view}.page()", default_timeout=30)


def checked(test: AppTest) -> AppTest:
    """The same, after a look that it shows no traceback."""
    assert not test.exception, "a traceback reached the page"
    return test


def opened_drawers(test: AppTest) -> AppTest:
    """The same session with the settings of every painter open: they are drawn only then."""
    for painter in PAINTERS:
        test.session_state[f"settings-{painter}"] = True
    return checked(test.run())


def button(test: AppTest, label: str) -> Any:
    """The first button with this label."""
    return next(one for one in test.button if one.label == label)


def press(test: AppTest, label: str) -> AppTest:
    """Press it."""
    return checked(button(test, label).click().run())


def told(test: AppTest) -> list[str]:
    """Every message on the page."""
    return [element.value for kind in (test.error, test.warning, test.info) for element in kind]


def shown(test: AppTest) -> Run:
    """The stored run that the session shows."""
    run = resources.store().get(test.query_params["run"])
    assert run is not None
    return run
