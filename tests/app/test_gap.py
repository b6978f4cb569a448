"""Where does the gap come from?: the page says what its story's figures say, whatever that is."""

from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from app.views import gap
from core.base import links
from core.lesson import story_data
from core.lesson.story_data import story_from
from core.lesson.story_setups import CELLS, REAL, SETUPS
from tests.support.invented_story import story_data as invented
from tests.support.invented_story import write_invented_story

PIXELS, DIFFUSION = "judge-only/pixels", "judge-only/diffusion"


def script():
    from app.components.messages import shows_errors
    from app.views import gap

    shows_errors(gap.page)()


@pytest.fixture
def shown(monkeypatch, tmp_path):
    """Runs the page with a story; returns the AppTest."""

    def run(data, painting_pack="invented"):
        monkeypatch.setattr(gap, "read_story", lambda: data and story_from(data))
        monkeypatch.setattr(gap.resources, "app_pack_hash", lambda: painting_pack)
        if data:
            folder = write_invented_story(tmp_path, data)
            monkeypatch.setattr(gap, "sheet_pictures", lambda name: story_data.sheet_pictures(name, folder))
        return AppTest.from_function(script, default_timeout=120).run()

    return run


def texts(app):
    return "\n".join(element.value for kind in ("markdown", "caption") for element in getattr(app, kind))


@pytest.mark.parametrize(("realism", "outcome"), [(0.9, "stands"), (0.1, "refuted")])
def test_claims_stand_or_fall_with_the_figures(shown, realism, outcome):
    app = shown(invented(realism={DIFFUSION: realism}))
    assert not app.exception and not app.error
    [claim] = [line for line in texts(app).splitlines() if "in every run" in line]
    assert claim.endswith(f"**{outcome}** |") and "of 6 runs" in claim
    assert "3 prompts drawn with seed 7, 6 runs of every painter" in texts(app)
    assert "the first 2 prompts" in texts(app)
    assert "Of 6 runs with the judge only, the medoid is “a blue \\*car\\*”, seed 0" in texts(app)


def test_an_interval_that_includes_the_bound_is_not_called_refuted(shown):
    app = shown(invented(heldout={"canvas-32/pixels": 0.9}))
    lines = texts(app).splitlines()
    [even] = [line for line in lines if line.startswith("| Under equal terms too, guided")]
    assert "does not lie above 0 |" in even and even.endswith("| **not shown** |")
    [multi_scale] = [line for line in lines if "after Fort and Whitaker" in line and line.startswith("|")]
    assert multi_scale.endswith("| **stands**; says nothing about their method |")
    assert "4 cutouts, guidance strength 0.1, 1 repeat, guide until 0.6." in texts(app)


def test_every_cell_links_to_the_run_that_paints_it_again(shown):
    told = story_from(invented())
    app = shown(invented(heldout={REAL: 0.9}))
    assert sum("cutout" in one.value or "text" in one.value for one in app.caption) >= len(CELLS)
    for cell in CELLS:
        request = gap.cell_request(told, cell, 2)
        painter = cell.condition.split("/")[1]
        assert (request.prompt, request.seed, request.painters) == ("a green <b>duck</b>", 0, (painter,))
        address = urlsplit(gap.compare_address(request))
        given = {name: values[0] for name, values in parse_qs(address.query).items()}
        read = links.read_link(given)
        assert not read.ignored and read.prompt == request.prompt and read.painters == (painter,)
        own = SETUPS[cell.condition.split("/")[0]].settings[painter]
        asked = vars(request.settings[painter])
        assert {name: asked[name] for name in own} == dict(own)
        assert {**asked, **read.settings.get(painter, {})} == asked


def test_other_packs_show_no_figures(shown):
    app = shown(invented(), painting_pack="another")
    assert "a different model pack" in app.info[0].value and len(app.markdown) == 1
    app = shown(None)
    assert "Nothing has been measured" in app.info[0].value and len(app.markdown) == 1
