"""Ranking, In the wild and the tour in a real headless Chromium, by keyboard, with the real server and tiny random models."""

import csv
import io
import re

import numpy as np
import pytest
from PIL import Image

from core.lesson import scenes
from core.lesson.wild import PLACES
from tests.browser import PATIENCE_MS, Watched
from tests.serving import wait_for
from tests.test_browser_accessibility import grave, settled

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
playwright_api.expect.set_options(timeout=PATIENCE_MS)
expect = playwright_api.expect
ALL = len(scenes.SCENES)
TITLES = ("Toy judge", "Judging is not painting")


@pytest.fixture(scope="module")
def rank(browser, address):
    """The ranking page, reached from the first page by keyboard; the tests go on where the one before left it."""
    one = Watched(browser, address)
    one.open()
    one.page.get_by_test_id("stTopNavSection").focus()
    one.page.keyboard.press("Enter")
    for _ in TITLES[1:]:
        one.page.keyboard.press("ArrowDown")
    one.page.keyboard.press("Enter")
    expect(one.page.get_by_role("heading", name=TITLES[1])).to_be_visible()
    expect(lines(one)).to_have_count(ALL)
    yield one
    faults = one.faults
    one.close()
    assert faults == []


def lines(one):
    return one.page.locator(".rank .board:not(.old) li")


def scores(one, of="score"):
    return [float(text.replace("−", "-")) for text in lines(one).locator(f".{of} b").all_inner_texts()]


def test_scenes_are_ranked_as_soon_as_the_page_opens(rank):
    expect(lines(rank).first.locator(".place")).to_have_text("Place 1")
    assert scores(rank) == sorted(scores(rank), reverse=True)
    expect(rank.page.locator(".rank .words")).to_contain_text("The judge puts")
    tiles = lines(rank).locator(".picture").evaluate_all("all => all.map(box => getComputedStyle(box).backgroundImage)")
    assert len(set(tiles)) == 1 and f"/scenes/{scenes.shipped().digest}.webp" in tiles[0]


def test_a_new_prompt_ranks_again_and_the_table_can_be_kept(rank):
    box = rank.page.get_by_role("textbox", name="Prompt")
    box.fill("a blue rabbit on grass")
    box.press("Enter")
    expect(rank.page.get_by_role("list", name="Pictures by how well they fit “a blue rabbit on grass”, by the judge")).to_be_visible()
    expect(lines(rank)).to_have_count(ALL)
    settled(rank)
    with rank.page.expect_download() as download:
        rank.page.get_by_role("button", name="Ranking, CSV").press("Enter")
    table = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    assert download.value.suggested_filename == "ranking.csv"
    assert [float(row["judge"]) for row in table] == scores(rank) and {row["prompt"] for row in table} == {"a blue rabbit on grass"}
    rank.page.get_by_test_id("stButtonGroup").get_by_text("Held-out judge").click()
    expect(rank.page.get_by_role("list", name="by the held-out judge")).to_be_visible()
    assert scores(rank) == sorted(scores(rank), reverse=True)
    rank.page.get_by_test_id("stButtonGroup").get_by_text("Judge", exact=True).click()


def test_own_pictures_take_part_and_equal_ones_tie(rank):
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)).save(buffer, "PNG")
    same = [{"name": name, "mimeType": "image/png", "buffer": buffer.getvalue()} for name in ("one.png", "same.png")]
    broken = {"name": "broken.png", "mimeType": "image/png", "buffer": b"nothing"}
    rank.page.locator("[data-testid=stFileUploader] input").set_input_files([*same, broken])
    expect(rank.page.get_by_text("broken.png").first).to_be_visible()
    settled(rank)
    rank.page.get_by_test_id("stSidebar").get_by_role("button", name="Rank", exact=True).press("Enter")
    expect(lines(rank)).to_have_count(ALL + 2)
    expect(lines(rank).filter(has_text="yours").locator(".place")).to_have_text([re.compile(r"Shared place =\d+")] * 2)
    expect(lines(rank).filter(has_text="yours").locator(".margin b").first).to_have_text("tie")
    expect(rank.page.get_by_test_id("stAlert")).to_contain_text("broken.png holds no PNG, JPEG or WebP picture")


def test_asked_to_paint_it_paints_and_comes_back_into_the_ranking(rank, store):
    rank.page.get_by_role("button", name="Now ask it to paint").press("Enter")
    run = store.get(rank.run_id())
    assert (run.request.prompt, run.request.painters) == ("a blue rabbit on grass", ("pixels",))
    assert run.request.settings["pixels"].canvas == "raw"
    rank.status("done")
    rank.page.get_by_test_id("stTopNavSection").press("Enter")
    rank.page.get_by_test_id("stTopNavDropdownLink").filter(has_text=TITLES[1]).press("Enter")
    painted = lines(rank).filter(has_text="Painted by raw ascent")
    expect(painted).to_have_attribute("data-kind", "painted")
    row = store.last_row(run.id)
    assert float(painted.locator(".score b").inner_text()) == pytest.approx(row.score, abs=6e-4)
    assert painted.locator("img").get_attribute("src").endswith(f"/frames/{run.id}/pixels/{row.step}.png")


def test_in_the_wild_names_each_place_and_its_link_fills_the_form(browser, address):
    one = Watched(browser, address)
    one.open()
    one.page.get_by_test_id("stTopNavSection").press("Enter")
    one.page.get_by_test_id("stTopNavDropdownLink").filter(has_text="In the wild").press("Enter")
    for place in PLACES:
        expect(one.page.get_by_role("heading", name=place.name)).to_be_visible()
    one.page.get_by_role("link", name="Fill the form the notebook's way").press("Enter")
    switches = one.page.get_by_test_id("stCheckbox")
    expect(switches.filter(has_text="VQGAN+CLIP").locator("input")).to_be_checked()
    expect(switches.filter(has_text="Pixel ascent").locator("input")).not_to_be_checked()
    expect(one.page.get_by_text("press Run to paint it")).to_be_visible()
    assert "vqgan.steps=300" in one.page.url and one.faults == []
    one.close()


# The tour


def first_visit(browser, address, path="/", **options):
    return Watched(browser, address, tour=True, **options).open(path)


def tour(one):
    return one.page.get_by_role("region", name="Tour of this page")


def ringed(one, selector):
    """Whether the ring is around an element."""
    around = one.page.locator(".ctjp-ring").bounding_box()
    inside = one.page.locator(selector).first.bounding_box()
    return around and all(abs(around[side] - inside[side] + 6) < 2 for side in ("x", "y"))


def test_the_tour_goes_by_keyboard_and_is_skipped_for_good(browser, address):
    one = first_visit(browser, address)
    expect(tour(one)).to_contain_text("1 of 6")
    assert one.page.evaluate("document.activeElement === document.body")
    expect(one.page.locator(".chart.plane svg")).to_be_visible()
    wait_for(lambda: ringed(one, "[data-testid=stSidebar] [data-testid=stTextInput]"), what="the ring")
    forth = tour(one).get_by_role("button", name="Next")
    for step, selector in enumerate([".panels", ".panel .figures", ".controls", ".chart.plane", ".words"], start=2):
        forth.press("Enter") if step == 2 else one.page.keyboard.press("Enter")
        expect(tour(one)).to_contain_text(f"{step} of 6")
        wait_for(lambda: ringed(one, selector), what=f"the ring around {selector}")  # noqa: B023
    one.page.keyboard.press("Escape")
    expect(tour(one)).to_be_hidden()
    expect(one.page.locator(".ctjp-ring")).to_have_count(0)
    one.open()
    expect(one.page.locator(".chart.plane svg")).to_be_visible()
    expect(tour(one)).to_be_hidden()
    one.page.get_by_role("link", name="How to read this").click()
    one.page.get_by_role("link", name="Take the tour").press("Enter")
    expect(tour(one)).to_contain_text("1 of 6")
    assert "tour" not in one.page.url and one.faults == []
    one.close()


@pytest.mark.parametrize("path", ["/?prompt=a+red+fox", "/?view=presenter"])
def test_the_tour_does_not_come_where_the_address_asks_for_something(browser, address, path):
    one = first_visit(browser, address, path)
    expect(one.page.locator(".chart.plane svg")).to_be_visible()
    expect(tour(one)).to_be_hidden()
    one.close()


def test_the_tour_hides_in_the_presenter_view_and_escape_is_the_views_own(browser, address):
    one = first_visit(browser, address)
    expect(tour(one)).to_be_visible()
    one.page.keyboard.press("p")
    expect(tour(one)).to_be_hidden()
    one.page.keyboard.press("Escape")
    expect(tour(one)).to_be_visible()
    one.page.get_by_role("link", name="How to read this").click()
    expect(one.page.locator(".ctjp-ring")).to_have_count(0)
    one.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_grave_in_the_tour(browser, address, scheme):
    one = first_visit(browser, address, scheme=scheme)
    expect(tour(one)).to_be_visible()
    settled(one)
    found = grave(one)
    one.close()
    assert found == []
