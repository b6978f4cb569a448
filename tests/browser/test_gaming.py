"""The shared scale of both judges and the warnings of the gaming lab, in a real headless Chromium."""

import re

import pytest

from core.base.request import RunRequest
from core.measures.judge_gap import gap_marked, judge_gap, to_shared_scale
from core.packs import read_manifest
from tests.support.browser import expect
from tests.support.serving import STEPS, TRENDS, invented_run, wait_for

# Its lines are broken where a chart is narrow.
SHARED = re.compile("shared scale, ?0 unrelated, ?1 matching")


@pytest.fixture
def open_page(watched):
    return lambda path="/": watched(path).page


def cells(page, painter):
    """Figures under a picture, as written: judge, held-out judge, realism."""
    return page.locator(f".panel[data-painter={painter}] .measurement dd")


def written(value):
    return f"{value:.2f}".replace("-", "−")


def test_the_shared_scale_is_that_of_the_verdict_in_panels_curves_and_address(open_page, place):
    reference = read_manifest(place[1])["reference"]
    page = open_page("/?scale=cosine")
    page.wait_for_selector(".chart.heldout svg g.mark-line path")
    for painter, (score, heldout, _) in TRENDS.items():
        expect(cells(page, painter).nth(0)).to_have_text(written(score))
        expect(cells(page, painter).nth(1)).to_have_text(written(heldout))
    page.get_by_label("Scale of both judges").select_option("shared")
    for painter, (score, heldout, realism) in TRENDS.items():
        expect(cells(page, painter).nth(0)).to_have_text(written(to_shared_scale(score, reference["score"])))
        expect(cells(page, painter).nth(1)).to_have_text(
            written(to_shared_scale(heldout, reference["heldout"]))
        )
        expect(cells(page, painter).nth(2)).to_have_text(written(realism))
    for chart in ("score", "heldout"):
        expect(page.locator(f".chart.{chart} svg")).to_contain_text(SHARED)
    page.wait_for_function("!location.search.includes('scale=')")
    page.reload()
    expect(page.get_by_label("Scale of both judges")).to_have_value("shared")
    expect(cells(page, "pixels").nth(0)).to_have_text(
        written(to_shared_scale(TRENDS["pixels"][0], reference["score"]))
    )


def test_both_judges_share_one_axis(open_page):
    page = open_page("/?scale=shared")
    texts = "[...svg.querySelectorAll('.role-axis-label text')].map(t => t.textContent)"
    labels = f"svg => {texts}.filter(t => t.includes('.'))"
    for chart in ("score", "heldout"):
        page.wait_for_selector(f".chart.{chart} svg g.mark-line path")

    def shared():
        one, other = (page.locator(f".chart.{chart} svg").evaluate(labels) for chart in ("score", "heldout"))
        return (
            one == other and float(one[-1].replace("−", "-")) >= 2
        )  # .9 is 2.25 on the tiny pack's shared scale

    wait_for(shared, what="one axis for both judges")


def test_a_gap_beyond_real_pictures_is_marked_and_named(open_page, place):
    reference = read_manifest(place[1])["reference"]
    page = open_page()
    for painter, (score, heldout, _) in TRENDS.items():
        gap = judge_gap(score, heldout, reference)
        cell = page.locator(f".panel[data-painter={painter}] .measurement dl > div").nth(1)
        expect(cell).to_have_attribute(
            "title", re.compile(re.escape(f"Judge gap on the shared scale: {written(gap)}"))
        )
        expect(cell).to_have_class("wide" if gap_marked(score, heldout, reference) else "")


def test_a_run_that_climbed_realism_says_so_where_realism_stands(open_page, store, place):
    settings = {
        "pixels": {"steps": STEPS["pixels"], "also_optimise": "S and K"},
        "vqgan": {"steps": STEPS["vqgan"]},
    }
    request = RunRequest.make("a red fox in snow", 3, str(place[1]), ("pixels", "vqgan"), **settings)
    run_id = invented_run(store, request)
    page = open_page(f"/?run={run_id}")
    expect(page.locator(".panel[data-painter=pixels] .optimised")).to_have_text("Optimised S and K too")
    expect(page.locator(".panel[data-painter=vqgan] .optimised")).to_have_count(0)
    expect(page.locator(".panel[data-painter=pixels] .no-measure")).to_have_attribute(
        "title", re.compile("no longer a measure")
    )
    expect(page.locator(".words")).to_contain_text(
        "Realism was optimised in this run: for Pixel ascent (which climbed S and K)"
    )
    page.get_by_role("link", name="Gallery").click()
    card = page.locator(f'.card[data-id="{run_id}"]')
    expect(card.locator(".measurement", has_text="Realism, climbed")).to_have_count(1)
    expect(page.locator(".measurement", has_text="Realism, climbed")).to_have_count(1)  # on no other card
