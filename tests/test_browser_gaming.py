"""The shared scale of both judges and the warnings of the gaming lab, in a real headless Chromium."""

import re

import pytest

from core.gap import judge_gap, rescale
from core.packs import read_manifest
from core.settings import RunRequest
from core.store import RunStore
from tests.browser import PATIENCE_MS
from tests.serving import STEPS, TRENDS, invented_steps, wait_for

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
playwright_api.expect.set_options(timeout=PATIENCE_MS)
expect = playwright_api.expect


@pytest.fixture
def open_page(watched):
    return lambda path="/": watched(path).page


def cells(page, painter):
    """Figures under a picture, as written: judge, held-out judge, realism."""
    return page.locator(f".panel[data-painter={painter}] .figures dd")


def written(value):
    return f"{value:.2f}".replace("-", "−")


def test_the_shared_scale_is_that_of_the_verdict_in_panels_curves_and_address(open_page, place):
    reference = read_manifest(place[1])["reference"]
    page = open_page()
    page.wait_for_selector(".chart.heldout svg g.mark-line path")
    for painter, (score, heldout, _) in TRENDS.items():
        expect(cells(page, painter).nth(0)).to_have_text(written(score))
        expect(cells(page, painter).nth(1)).to_have_text(written(heldout))
    page.get_by_label("Scale of both judges").select_option("shared")
    for painter, (score, heldout, realism) in TRENDS.items():
        expect(cells(page, painter).nth(0)).to_have_text(written(rescale(score, reference["score"])))
        expect(cells(page, painter).nth(1)).to_have_text(written(rescale(heldout, reference["heldout"])))
        expect(cells(page, painter).nth(2)).to_have_text(written(realism))
    for chart in ("score", "heldout"):
        expect(page.locator(f".chart.{chart} svg")).to_contain_text("0 unrelated, 1 matching photo")
    page.wait_for_url(re.compile(r"[?&]scale=shared"))
    page.reload()
    expect(page.get_by_label("Scale of both judges")).to_have_value("shared")
    expect(cells(page, "pixels").nth(0)).to_have_text(written(rescale(TRENDS["pixels"][0], reference["score"])))


def test_both_judges_share_one_axis(open_page):
    page = open_page("/?scale=shared")
    labels = "svg => [...svg.querySelectorAll('.role-axis-label text')].map(t => t.textContent).filter(t => t.includes('.'))"
    for chart in ("score", "heldout"):
        page.wait_for_selector(f".chart.{chart} svg g.mark-line path")

    def shared():
        one, other = (page.locator(f".chart.{chart} svg").evaluate(labels) for chart in ("score", "heldout"))
        return one == other and float(one[-1].replace("−", "-")) >= 2  # .9 is 2.25 on the tiny pack's shared scale

    wait_for(shared, what="one axis for both judges")


def test_a_gap_beyond_real_pictures_is_marked_and_named(open_page, place):
    reference = read_manifest(place[1])["reference"]
    page = open_page()
    for painter, (score, heldout, _) in TRENDS.items():
        gap = judge_gap(score, heldout, reference)
        cell = page.locator(f".panel[data-painter={painter}] .figures dl > div").nth(1)
        expect(cell).to_have_attribute("title", re.compile(re.escape(f"Judge gap on the shared scale: {written(gap)}")))
        expect(cell).to_have_class("wide" if gap > reference["gap"]["p99"] else "")


def test_a_run_that_climbed_realism_says_so_where_realism_stands(open_page, address, place):
    settings = {"pixels": {"steps": STEPS["pixels"], "also_optimise": "S and K"}, "vqgan": {"steps": STEPS["vqgan"]}}
    request = RunRequest.make("a red fox in snow", 3, str(place[1]), ("pixels", "vqgan"), **settings)
    with RunStore(place[0]) as store:
        run = store.submit(request, "invented")
        store.set_status(run.id, "failed")
        for frame, measurement in invented_steps(request):
            store.record(run.id, frame, measurement)
        store.set_status(run.id, "done", "")
    page = open_page(f"/?run={run.id}")
    expect(page.locator(".panel[data-painter=pixels] .lab")).to_have_text("Gaming lab: climbed S and K too")
    expect(page.locator(".panel[data-painter=vqgan] .lab")).to_have_count(0)
    expect(page.locator(".panel[data-painter=pixels] .spoilt")).to_have_attribute("title", re.compile("no longer a measure"))
    expect(page.locator(".words")).to_contain_text("Realism was optimised in this run: for Pixel ascent (which climbed S and K)")
    page.get_by_role("link", name="Gallery").click()
    card = page.locator(f'.card[data-id="{run.id}"]')
    expect(card.locator(".figure", has_text="Realism, climbed")).to_have_count(1)
    expect(page.locator(".figure", has_text="Realism, climbed")).to_have_count(1)  # on no other card
