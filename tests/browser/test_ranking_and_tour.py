"""Ranking, In the wild and the tour in a real headless Chromium, by keyboard, with tiny random models."""

import csv
import io
import re

import numpy as np
import pytest
from PIL import Image

from core.lesson import ranking_scenes
from core.lesson.in_the_wild import OUTSIDE_TOOLS
from core.measures.judge_gap import to_shared_scale
from tests.browser.test_accessibility import grave
from tests.conftest import tiny_manifest
from tests.support.browser import Watched, expect
from tests.support.serving import wait_for

ALL = len(ranking_scenes.SCENES)
TITLES = ("Toy judge", "Judging is not painting")


@pytest.fixture
def rank(watched):
    """The ranking page, reached by keyboard."""
    one = watched()
    one.page.get_by_test_id("stTopNavSection").focus()
    one.page.keyboard.press("Enter")
    expect(one.page.get_by_test_id("stTopNavDropdownLink").first).to_be_visible()
    for _ in TITLES[1:]:
        one.page.keyboard.press("ArrowDown")
    one.page.keyboard.press("Enter")
    expect(one.page.get_by_role("heading", name=TITLES[1])).to_be_visible()
    expect(lines(one)).to_have_count(ALL)
    return one


def lines(one):
    return one.page.locator(".rank .board:not(.old) li")


def scores(one, of="score"):
    return [float(text.replace("−", "-")) for text in lines(one).locator(f".{of} b").all_inner_texts()]


def test_scenes_are_ranked_as_soon_as_the_page_opens(rank):
    expect(lines(rank).first.locator(".place")).to_have_text("Place 1")
    assert scores(rank) == sorted(scores(rank), reverse=True)
    expect(rank.page.locator(".rank .words")).to_contain_text("The judge puts")
    expect(rank.page.locator(".rank .scale")).to_contain_text("shared scale, 0 unrelated, 1 matching")
    tiles = (
        lines(rank)
        .locator(".picture")
        .evaluate_all("all => all.map(box => getComputedStyle(box).backgroundImage)")
    )
    assert len(set(tiles)) == 1 and f"/scenes/{ranking_scenes.shipped_scenes().digest}.webp" in tiles[0]


def ask(rank, prompt):
    """Rank by another prompt."""
    rank.prompt.fill(prompt)
    rank.prompt.press("Enter")
    name = f"Pictures by how well they fit “{prompt}”, by the judge"
    expect(rank.page.get_by_role("list", name=name)).to_be_visible()


def test_a_new_prompt_ranks_again_and_the_table_can_be_kept(rank):
    ask(rank, "a blue rabbit on grass")
    expect(lines(rank)).to_have_count(ALL)
    rank.settle()
    with rank.page.expect_download() as download:
        rank.page.get_by_role("button", name="Ranking, CSV (cosines)").press("Enter")
    table = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert download.value.suggested_filename == "ranking.csv"
    cosines = [float(row["judge"]) for row in table]
    assert {row["prompt"] for row in table} == {"a blue rabbit on grass"}
    shown = [to_shared_scale(cosine, tiny_manifest()["reference"]["score"]) for cosine in cosines]
    assert scores(rank) == pytest.approx(shown, abs=0.003)
    rank.page.get_by_test_id("stButtonGroup").get_by_text("Held-out judge").click()
    expect(rank.page.get_by_role("list", name="by the held-out judge")).to_be_visible()
    assert scores(rank) == sorted(scores(rank), reverse=True)


def test_own_pictures_take_part_and_equal_ones_tie(rank):
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)).save(buffer, "PNG")
    same = [
        {"name": name, "mimeType": "image/png", "buffer": buffer.getvalue()}
        for name in ("one.png", "same.png")
    ]
    broken = {"name": "broken.png", "mimeType": "image/png", "buffer": b"nothing"}
    rank.page.locator("[data-testid=stFileUploader] input").set_input_files([*same, broken])
    expect(rank.page.get_by_text("broken.png").first).to_be_visible()
    rank.settle()
    rank.sidebar.get_by_role("button", name="Rank", exact=True).press("Enter")
    expect(lines(rank)).to_have_count(ALL + 2)
    expect(lines(rank).filter(has_text="yours").locator(".place")).to_have_text(
        [re.compile(r"Tied for place =\d+")] * 2
    )
    expect(lines(rank).filter(has_text="yours").locator(".margin b").first).to_have_text("tie")
    expect(rank.page.get_by_test_id("stAlert")).to_contain_text(
        "broken.png holds no PNG, JPEG or WebP picture"
    )


def test_asked_to_paint_it_paints_and_comes_back_into_the_ranking(rank, store):
    ask(rank, "a blue rabbit on grass")
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
    shown = to_shared_scale(row.score, tiny_manifest()["reference"]["score"])
    assert float(painted.locator(".score b").inner_text()) == pytest.approx(shown, abs=6e-4)
    assert painted.locator("img").get_attribute("src").endswith(f"/frames/{run.id}/pixels/{row.step}.png")


def test_in_the_wild_names_each_place_and_its_link_fills_the_form(browser, address):
    one = Watched(browser, address)
    one.open()
    one.page.get_by_test_id("stTopNavSection").press("Enter")
    one.page.get_by_test_id("stTopNavDropdownLink").filter(has_text="In the wild").press("Enter")
    for place in OUTSIDE_TOOLS:
        expect(one.page.get_by_role("heading", name=place.name)).to_be_visible()
    one.page.get_by_role("link", name="Fill in the form the notebook's way").press("Enter")
    switches = one.page.get_by_test_id("stCheckbox")
    expect(switches.filter(has_text="VQGAN+CLIP").locator("input")).to_be_checked()
    expect(switches.filter(has_text="Pixel ascent").locator("input")).not_to_be_checked()
    expect(one.page.get_by_text("press Run to paint it")).to_be_visible()
    expect(one.page).to_have_url(re.compile(r"vqgan\.steps=300"))
    assert one.faults == []
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
    return around and inside and all(abs(around[side] - inside[side] + 6) < 2 for side in ("x", "y"))


def test_the_tour_goes_by_keyboard_and_is_skipped_for_good(browser, address):
    one = first_visit(browser, address)
    expect(tour(one)).to_contain_text("1 of 6")
    assert one.page.evaluate("document.activeElement === document.body")
    expect(one.page.locator(".chart.plane svg")).to_be_visible()
    wait_for(lambda: ringed(one, "[data-testid=stSidebar] [data-testid=stTextInput]"), what="the ring")
    forth = tour(one).get_by_role("button", name="Next")
    for step, selector in enumerate(
        [".panels", ".panel .measurement", ".controls", ".chart.plane", ".words p"], start=2
    ):
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
    expect(one.page).not_to_have_url(re.compile("tour"))
    assert one.faults == []
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
    one.settle()
    found = grave(one)
    one.close()
    assert found == []
