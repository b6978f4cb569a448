"""What is projected fits its window: no page is wider than it, and nothing that names something is cut."""

import re

import pytest

from core.base.request import MAX_PROMPT
from tests.support.browser import Watched, expect
from tests.support.navigation import FIRST_PAGE, navigation
from tests.support.serving import STEPS, example_request, invented_run

SIZES = [(1920, 1080), (1440, 900), (1280, 800), (1024, 768), (360, 740)]
LONG = "a red fox in snow at night with a yellow duck on the lake at sunset and a blue car on sand " * 2
# Of the page, and of each of its parts, which keeps what is inside to itself: how far it sticks out.
# In a narrow window Streamlit slides the closed sidebar off the left edge and squeezes it; it is left out.
TOO_WIDE = """() => {
  const onScreen = (box) => box.getBoundingClientRect().right > 0;
  const hosts = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")].filter(onScreen);
  const boxes = [document.documentElement, document.querySelector("[data-testid=stMain]"), ...hosts];
  return boxes.filter((box) => box.clientWidth && box.scrollWidth > box.clientWidth + 1)
    .map((box) => `${box.dataset.testid ?? box.tagName}: ${box.scrollWidth} > ${box.clientWidth}`);
}"""
CUT = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
TOPS = "all => all.map(e => e.getBoundingClientRect().top)"
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.mark.parametrize("page", navigation())
def test_no_page_is_wider_than_its_window(watched, page):
    one = watched("/" if page == FIRST_PAGE else f"/{page}", wait="[data-testid=stMainBlockContainer]")
    one.settle()
    for width, height in SIZES:
        one.page.set_viewport_size({"width": width, "height": height})
        one.page.evaluate(DRAWN)
        one.settle()
        assert one.page.evaluate(TOO_WIDE) == [], (width, height)


@pytest.fixture(scope="module")
def long_run(store, place):
    """A run whose prompt takes several lines."""
    return invented_run(store, example_request(place[1], prompt=LONG.strip()))


@pytest.fixture(scope="module")
def longest_run(store, place):
    """A run with as many characters as a prompt may have."""
    prompt = ("a photo of a red fox beside a blue house in snow at night, " * 6)[:MAX_PROMPT].strip()
    return invented_run(store, example_request(place[1], prompt=prompt))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_prompt_and_slider_have_room(watched, long_run, width, height):
    one = watched(f"/?run={long_run}", width=width, height=height)
    one.wait_steps(**STEPS)
    assert one.page.locator(".prompt").evaluate_all(CUT) == []
    assert one.page.locator(".controls input[type=range]").bounding_box()["width"] > 200
    one.page.keyboard.press("p")
    expect(one.page.locator(".counter")).to_be_visible()
    assert one.page.locator(".prompt").evaluate_all(CUT) == []


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1024, 768), (1920, 1080)])
def test_presenter_view_fits_on_the_screen_with_whole_names(watched, width, height):
    one = watched("/?view=presenter", width=width, height=height)
    one.wait_steps(**STEPS)
    expect(one.page.locator(".axis-name")).to_be_visible()
    assert one.page.locator(".panel h3").evaluate_all(CUT) == []
    box = one.page.locator(".axis-name").bounding_box()
    assert box["y"] + box["height"] <= height, "what the curves run over is below the screen"


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1024, 768), (1920, 1080)])
def test_the_longest_prompt_leaves_the_presenter_view_room_for_everything(
    watched, longest_run, width, height
):
    one = watched(f"/?run={longest_run}&view=presenter", width=width, height=height)
    one.wait_steps(**STEPS)
    assert one.page.locator(".prompt").evaluate_all(CUT) == []
    box = one.page.locator(".axis-name").bounding_box()
    assert box["y"] + box["height"] <= height, "what the curves run over is below the screen"


def test_the_tour_covers_nothing_that_it_speaks_of(browser, address):
    one = Watched(browser, address, tour=True, width=1024, height=768).open()
    one.wait_steps(**STEPS)
    targets = (".panels", ".panel .measurement", ".controls", ".chart.plane", ".words p")
    for number, target in enumerate(targets, start=2):
        one.press("Next")
        tour = one.page.get_by_role("region", name="Tour of this page")
        expect(tour).to_contain_text(f"{number} of 6")
        one.page.evaluate(DRAWN)
        place, header = tour.bounding_box(), one.page.get_by_test_id("stHeader").bounding_box()
        assert place["y"] >= header["y"] + header["height"], f"{target}: the tour is under the header"
        shown = one.page.locator(target).first.bounding_box()
        assert shown["y"] >= place["y"] + place["height"], f"{target} is under the tour"
    assert one.faults == []
    one.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1024, 768)])
def test_picture_cell_and_book_stand_side_by_side(watched, width, height):
    one = watched("/codebook", wait=".shelf .item", width=width, height=height)
    parts = one.page.locator(".picture, .middle, .book")
    expect(parts).to_have_count(3)
    assert len(set(parts.evaluate_all(TOPS))) == 1
    for group in one.page.locator(".actions [role=group]").all():
        assert len(set(group.locator("button").evaluate_all(TOPS))) == 1, "the buttons take several lines"


def test_the_opening_failure_cuts_none_of_its_choices(watched):
    one = watched("/failure", wait="[data-testid=stMainBlockContainer]", width=1024, height=768)
    main = one.page.get_by_test_id("stMain")
    expect(main.get_by_test_id("stSelectbox").locator("input")).to_have_value(re.compile("^Example: "))
    one.settle()
    assert main.get_by_test_id("stSelectbox").locator("input").evaluate_all(CUT) == []
    assert main.get_by_test_id("stButton").locator("p").locator("xpath=..").evaluate_all(CUT) == []
