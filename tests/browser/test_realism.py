"""The page Realism: what was measured beforehand, sorted by its own figures, with every chart and picture."""

import json
import shutil

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.bench import page
from core.bench.blind_spots import BLIND_SPOTS
from core.bench.material import RealismTest
from core.packs import open_pack
from tests.conftest import smooth_picture
from tests.support.browser import Watched, expect
from tests.support.serving import serving


@pytest.fixture(scope="module")
def pack(tiny_pack, tmp_path_factory):
    """A pack with the figures of few pictures."""
    folder = shutil.copytree(tiny_pack.folder, tmp_path_factory.mktemp("page") / "pack")
    lab = RealismTest(open_pack(folder))
    rng = np.random.default_rng(0)
    lab._pictures = [smooth_picture(rng) for _ in range(6)]
    lab.captions = lambda count: ["a red <b>fox</b>"] * count
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "REAL_COUNT", 6)
        patch.setattr(page, "DAMAGED_COUNT", 3)
        page.make_realism_page(lab)
    return folder


def edited(pack, tmp_path, change):
    """A copy of the pack whose figures were changed."""
    copy = shutil.copytree(pack, tmp_path / "copy")
    path = copy / "realism" / "figures.json"
    figures = json.loads(path.read_text())
    change(figures)
    path.write_text(json.dumps(figures))
    return copy


def script():
    from app import resources
    from app.components.messages import shows_errors
    from app.views import realism

    resources.manifest.cache_clear()  # each test has its own pack
    shows_errors(realism.page)()


@pytest.fixture
def shown(monkeypatch):
    """Runs the page with a pack; returns the AppTest."""

    def run(folder):
        monkeypatch.setenv("CTJP_PACK", str(folder))
        return AppTest.from_function(script, default_timeout=120).run()

    return run


def texts(app):
    return "\n".join(
        element.value
        for kind in ("markdown", "caption", "info", "warning", "error")
        for element in getattr(app, kind)
    )


def test_pictures_are_sorted_by_their_figures(shown, pack, tmp_path):
    def change(figures):
        for spot in figures["blind"].values():
            spot["accepted"] = 0.9 if spot["wrong"] else 0.1

    told = texts(shown(edited(pack, tmp_path, change)))
    assert "is our guess." in told and "K's network" not in told
    assert "Accepted, although" in told and "Rejected, although" in told and "as a person would" not in told


def test_a_network_that_learned_to_spot_such_pictures_is_said_to_have(shown, pack, monkeypatch):
    monkeypatch.setattr("app.views.realism.realism_encoder", lambda _manifest: "eyes")
    assert "K's network learned to spot jumbled and turned pictures" in texts(shown(pack))


def test_a_proxy_that_sees_everything_is_shown_as_such(shown, pack, tmp_path):
    def change(figures):
        for spot in figures["blind"].values():
            spot["accepted"] = 0.1 if spot["wrong"] else 0.9

    told = texts(shown(edited(pack, tmp_path, change)))
    assert "as a person would" in told and "although" not in told


def test_the_page_says_how_it_was_measured(shown, pack):
    app = shown(pack)
    assert not app.exception and not app.error and not app.warning
    assert "python -m core bench realism --page --seed 0" in texts(app) and "6 real pictures" in texts(app)


def test_figures_of_another_version_are_marked(shown, pack, tmp_path):
    app = shown(edited(pack, tmp_path, lambda figures: figures.update(pack_hash="0" * 64)))
    assert "earlier version of the pack" in app.warning[0].value


def test_a_pack_without_figures_says_what_to_do(shown, tiny_pack):
    app = shown(tiny_pack.folder)
    assert not app.error and "python -m core bench realism --page" in app.info[0].value


def test_damaged_figures_are_one_sentence(shown, pack, tmp_path):
    copy = shutil.copytree(pack, tmp_path / "copy")
    (copy / "realism" / "figures.json").write_text("{")
    assert "cannot be read" in shown(copy).error[0].value


def test_every_chart_and_picture_is_drawn(browser, pack, tmp_path):
    with serving(tmp_path / "store", pack, tmp_path / "server.log") as (address, _):
        watched = Watched(browser, address)
        watched.open()
        watched.page.get_by_role("link", name="Realism").click()
        watched.page.get_by_text("Measured by").wait_for()
        charts = watched.page.locator("[data-testid=stVegaLiteChart]")
        pictures = watched.page.locator("[data-testid=stImage] img")
        expect(charts.locator("canvas, svg.marks")).to_have_count(7)
        expect(pictures).to_have_count(4 + len(BLIND_SPOTS))
        watched.page.wait_for_function(
            "[...document.querySelectorAll('[data-testid=stImage] img')].every(i => i.naturalWidth > 0)"
        )
        expect(watched.page.locator("text=“a red <b>fox</b>”")).to_have_count(1)
        assert watched.faults == []
        watched.close()
