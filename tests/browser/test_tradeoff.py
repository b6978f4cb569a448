"""The two sliders of a sweep in a real headless Chromium: what they move, links, a value in between."""

import re
import urllib.parse
from random import Random

from core.base.sweep_plan import SweepPlan, parse_axis
from core.exports.value_labels import labelled
from core.packs import pack_hash, read_manifest
from core.storage import sweep_store
from tests.conftest import EXAMPLES
from tests.support.browser import BARE_PAGE, PATIENCE_MS, expect
from tests.support.own_app import app_fixtures

place, address, store = app_fixtures("module")  # what is asked for here is painted by the app itself

POINT = ".chart.tradeoff svg path[stroke='white']"  # of the value that is looked at


def started(store, pack, values):
    """A sweep over cutouts that the app is going to paint."""
    axis, base = parse_axis("cutouts", values, "pixels"), {"pixels": {"steps": 4}}
    plan = SweepPlan.make(EXAMPLES[0], "pixels", axis, None, 0, str(pack), base)
    return sweep_store.start_sweep(store, plan, pack_hash(read_manifest(str(pack))), "x" * 24)


def shown(one, value, step):
    """Wait until the large picture is of this value and step, and drawn."""
    canvas = one.page.locator(f".tradeoff canvas[data-value='{value}'][data-step='{step}']")
    expect(canvas).to_have_count(1)
    return canvas.evaluate("canvas => canvas.toDataURL().slice(-2000)")


def parameters(one):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(one.page.url).query))


def test_both_sliders_move_picture_and_point_and_a_link_restores_them(watched, store, place):
    sweep = started(store, place[1], "1, 4")
    one = watched(f"/sweep?sweep={sweep.id}&value=1", wait=".tradeoff:not([hidden])")
    expect(one.page.locator(".sweep .chip")).to_have_text("2 of 2 painted")
    first, point = shown(one, 1, 4), one.page.locator(POINT)
    expect(point).to_have_count(1)
    place_before = point.get_attribute("transform")
    one.page.get_by_role("slider", name="Cutouts").fill("1")
    assert shown(one, 4, 4) != first
    expect(point).not_to_have_attribute("transform", place_before)
    place_before = point.get_attribute("transform")
    one.page.get_by_role("slider", name="Step of every value").fill("1")
    shown(one, 4, 1)
    expect(point).not_to_have_attribute("transform", place_before)
    one.page.wait_for_url(re.compile("step=25"))
    assert parameters(one) == {"sweep": sweep.id, "value": "4", "step": "25"}
    other = watched(one.page.url.removeprefix(one.address), wait=".tradeoff:not([hidden])")
    assert shown(other, 4, 1) == shown(one, 4, 1)
    other.page.keyboard.press("p")
    expect(other.button("Leave the presenter view")).to_be_visible()
    other.page.keyboard.press("ArrowDown")
    shown(other, 1, 1)


def test_a_value_between_two_is_painted_on_request_and_refused_in_words(watched, store, place):
    sweep = started(store, place[1], "1, 5, 6")
    one = watched(f"/sweep?sweep={sweep.id}&value=6", wait=".tradeoff:not([hidden])")
    expect(one.page.locator(".sweep .chip")).to_have_text("3 of 3 painted")
    expect(one.page.get_by_text("whole numbers, and there is none between 5 and 6")).to_be_visible()
    one.page.get_by_role("slider", name="Cutouts").fill("0")
    one.button("Paint 3 too").click()
    expect(one.page.locator(".sweep .chip")).to_have_text("4 of 4 painted")
    shown(one, 3, 4)
    assert parameters(one)["sweep"] != sweep.id, "who follows the first link sees what it showed"
    expect(one.sidebar.get_by_label("Values across")).to_have_value("1, 3, 5, 6")
    expect(one.button("Paint 4 too")).to_be_enabled()


def test_the_exported_page_has_both_sliders_and_needs_no_network(browser, watched, store, place, tmp_path):
    sweep = started(store, place[1], "1, 4")
    one = watched(f"/sweep?sweep={sweep.id}", wait=".tradeoff:not([hidden])")
    expect(one.page.locator(".sweep .chip")).to_have_text("2 of 2 painted")
    one.settle()
    one.button("Export").click()
    with one.page.expect_download(timeout=PATIENCE_MS * 2) as download:
        one.page.locator(".ctjp-exports a", has_text="both sliders").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "a-red-fox-in-snow-seed0-tradeoff.html"
    context = browser.new_context(offline=True)
    try:
        asked, faults = [], []
        page = context.new_page()
        page.on("request", lambda r: asked.append(r.url) if r.url.startswith("http") else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_selector("body[data-ready=yes]")
        point = page.locator("#plane svg path[stroke='white']")
        before = point.get_attribute("transform")
        page.locator("#values").fill("1")
        expect(page.locator("canvas[data-value='4'][data-step='4']")).to_have_count(1)
        expect(point).not_to_have_attribute("transform", before)
        page.locator("#slider").fill("2")
        expect(page.locator("canvas[data-value='4'][data-step='2']")).to_have_count(1)
        assert (asked, faults) == ([], [])
    finally:
        context.close()


def test_the_page_writes_the_same_values_as_the_figure(watched):
    random = Random(0)
    cases = []
    for _ in range(200):
        spread = random.choice((0.01, 0.1, 1))
        middle = random.random(), random.random()
        scores = [middle[0] + spread * random.random() for _ in range(6)]
        heights = [min(1, middle[1] + spread * random.random()) for _ in range(6)]
        marks = [
            {"place": at, "value": "0.025"[: at + 1], "judge": "judge", "score": score, "realism": height}
            for at, (score, height) in enumerate(zip(scores, heights, strict=True))
        ]
        cases.append((marks, random.randrange(6), [{"y": 0}, {"y": max(1, *scores)}]))
    one = watched(BARE_PAGE, wait="body")
    script = "async ([script, cases]) => { const { labelled } = await import(script);"
    script += "return cases.map((one) => labelled(...one)); }"
    found = one.page.evaluate(script, [one.script("sweep/value-labels.js"), cases])
    assert found == [labelled(*case) for case in cases]
    assert len({len(names) for names in found}) > 2, "of crowded values fewer are written"
