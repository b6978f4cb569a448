"""Where does the gap come from? and the points of other runs, with the pack and figures that are shipped."""

import re

import pytest

from core.base.settings import PAINTERS
from core.lesson.story_data import read_story
from core.lesson.story_figures import medoid_prompt
from core.lesson.story_setups import CELLS
from tests.support.browser import Watched, expect
from tests.support.serving import serving


@pytest.fixture(scope="module")
def opened(browser, tmp_path_factory):
    """The app with the miniature pack, watched."""
    folder = tmp_path_factory.mktemp("gap")
    with serving(folder / "store", "miniature", folder / "server.log") as (address, _):
        watched = Watched(browser, address)
        yield watched
        faults = watched.faults
        watched.close()
    assert faults == []


def test_every_cell_has_a_picture_and_opens_the_run_that_paints_it_again(opened):
    page = opened.open("/gap", "text=What came out").page
    pictures = page.locator("[data-testid=stImage] img")
    expect(page.locator("[data-testid=stVegaLiteChart] :is(canvas, svg.marks)")).to_have_count(3)
    expect(pictures).to_have_count(len(CELLS) + 1 + len(PAINTERS))
    page.wait_for_function(
        "[...document.querySelectorAll('[data-testid=stImage] img')].every((one) => one.naturalWidth > 0)"
    )
    link = page.get_by_role("link", name="Paint denoiser, text alone again")
    expect(link).to_have_attribute("href", re.compile(r"painters=diffusion&diffusion\.mode=text$"))
    link.click()
    page.locator(".player").wait_for()
    story = read_story()
    first = story.prompts[medoid_prompt(story)]
    expect(page.get_by_role("textbox", name="Prompt")).to_have_value(first)


def test_points_of_other_runs_come_and_go(opened):
    page = opened.open("/", ".chart.plane svg").page
    story = read_story()
    points = page.locator(".chart.plane svg path[opacity='0.35']")
    expect(page.locator(".words")).to_contain_text("measured runs of")
    expect(points).to_have_count(0)
    others = page.get_by_role("button", name="Other runs")
    others.click()
    expect(others).to_have_attribute("aria-pressed", "true")
    expect(points).to_have_count(3 * story.runs("judge-only/pixels"))
    others.click()
    expect(points).to_have_count(0)
