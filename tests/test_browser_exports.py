"""Exports and settings from a picture in a real headless Chromium, with the real server."""

import csv
import io
import json
import re

import pytest
from PIL import Image

from core import metadata
from core.settings import PAINTERS
from core.store import RunStore
from tests.browser import PATIENCE_MS
from tests.serving import STEPS, example_request, fetch, invented_steps

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
playwright_api.expect.set_options(timeout=PATIENCE_MS)
expect = playwright_api.expect
LINKS = {
    "Figure, PNG": ".png", "Figure, SVG": ".svg", "Contact sheet, PNG": ".png", "Video, MP4": ".mp4", "Animated WebP": ".webp",
    "GIF, slower": ".gif", "Web page that works offline": ".html", "All figures, CSV": ".csv", "Pixel ascent": ".png",
}  # fmt: skip


@pytest.fixture(scope="module")
def half(address, place):
    """Id of a run that was stopped half-way."""
    with RunStore(place[0]) as store:
        run = store.submit(example_request(place[1], seed=41), "invented")
        store.set_status(run.id, "failed")
        for frame, measurement in invented_steps(run.request):
            if frame.step <= 0.5 * frame.total:
                store.record(run.id, frame, measurement)
        store.set_status(run.id, "stopped", "Stopped by a test.")
    return run.id


def popover(one, name):
    one.page.get_by_role("button", name=name, exact=True).click()
    return one.page.get_by_test_id("stPopoverBody")


def downloaded(one, label, folder):
    """Click a link of the Export popover; the path of what was saved, under its own name."""
    with one.page.expect_download(timeout=PATIENCE_MS * 2) as download:
        one.page.locator(".ctjp-exports a", has_text=label).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_every_kind_is_saved_whole_without_a_rerun(watched, tmp_path):
    one = watched()
    one.wait_steps(**STEPS)
    one.page.locator(".player").evaluate("player => { player.sameAsBefore = true; }")
    popover(one, "Export")
    saved = {label: downloaded(one, label, tmp_path) for label in LINKS}
    assert {label: path.suffix for label, path in saved.items()} == LINKS
    assert all(path.name.startswith("a-red-fox-in-snow-seed0") for path in saved.values())
    expect(one.page.locator(".ctjp-exports [role=status]")).to_have_text("■ Pixel ascent: saved.")
    for label in ("Figure, PNG", "Contact sheet, PNG", "Pixel ascent"):
        assert metadata.read(saved[label].read_bytes(), "mine").request.prompt == "a red fox in snow"
    assert saved["Figure, SVG"].read_text("utf-8").startswith("<svg")
    for label in ("Animated WebP", "GIF, slower"):
        assert Image.open(saved[label]).n_frames == 21
    assert saved["Video, MP4"].read_bytes()[4:8] == b"ftyp"
    rows = list(csv.DictReader(io.StringIO(saved["All figures, CSV"].read_text())))
    assert len(rows) == sum(steps + 1 for steps in STEPS.values())
    assert one.page.locator(".player").evaluate("player => player.sameAsBefore === true")


def test_figure_and_picture_are_of_the_step_on_the_slider(watched, tmp_path):
    one = watched()
    one.wait_steps(**STEPS)
    one.page.locator(".player input[type=range]").fill("10")
    one.wait_steps(pixels=10, vqgan=6, diffusion=5)
    one.page.wait_for_url(re.compile(r"[?&]step=50"))
    popover(one, "Export")
    picture = downloaded(one, "Pixel ascent", tmp_path)
    assert picture.name == "a-red-fox-in-snow-seed0-pixels-at-50.png"
    assert json.loads(Image.open(picture).text[metadata.KEY])["step"] == 10
    assert "step 6 of 12" in downloaded(one, "Figure, SVG", tmp_path).read_text("utf-8")


def test_a_stopped_run_is_exported_as_far_as_it_came(watched, half, tmp_path):
    one = watched(f"/?run={half}")
    one.status("stopped")
    expect(popover(one, "Export").get_by_text("exports hold what there is by now")).to_be_visible()
    rows = list(csv.DictReader(io.StringIO(downloaded(one, "All figures, CSV", tmp_path).read_text())))
    assert max(int(row["step"]) for row in rows) == 10
    assert "step 10 of 20" in downloaded(one, "Figure, SVG", tmp_path).read_text("utf-8")


def test_the_page_scrubs_from_a_disk_with_the_network_off(browser, watched, tmp_path):
    one = watched()
    one.wait_steps(**STEPS)
    popover(one, "Export")
    path = downloaded(one, "Web page that works offline", tmp_path)
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    try:
        page, asked, faults = context.new_page(), [], []
        page.set_default_timeout(PATIENCE_MS)
        page.on("request", lambda r: asked.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda m: faults.append(m.text) if m.type in ("error", "warning") else None)
        page.goto(path.as_uri())
        page.wait_for_selector("body[data-ready=yes]")
        check_offline_page(page)
        assert (asked, faults) == ([], [])
    finally:
        context.close()


def check_offline_page(page):
    canvases = page.locator(".panel canvas")
    marks = "all => all.map(p => p.getAttribute('transform'))"

    def state():
        drawn = canvases.evaluate_all("all => all.map(c => c.toDataURL().slice(-400))")
        steps = canvases.evaluate_all("all => all.map(c => Number(c.dataset.step))")
        return steps, drawn, page.locator("#plane svg path[stroke='#ffffff']").evaluate_all(marks)

    end = state()
    assert end[0] == list(STEPS.values()) and len(end[2]) == 3
    page.locator("#slider").fill("10")
    page.wait_for_function("() => document.querySelector('[data-painter=pixels] canvas').dataset.step === '10'")
    page.wait_for_function(
        "before => document.querySelector(\"#plane svg path[stroke='#ffffff']\").getAttribute('transform') !== before", arg=end[2][0]
    )
    middle = state()
    assert middle[0] == [10, 6, 5] and all(now != then for now, then in zip(middle[1], end[1], strict=True))
    expect(page.locator("#readout")).to_have_text("50 %")
    expect(page.locator("[data-painter=pixels] .step")).to_have_text("step 10 of 20")
    page.locator("#slider").blur()
    for key, step in (("Home", 0), ("ArrowRight", 1), ("PageUp", 3), ("ArrowLeft", 2), ("End", 20)):
        page.keyboard.press(key)
        expect(page.locator("[data-painter=pixels] .step")).to_have_text(f"step {step} of 20")
    page.keyboard.press("Space")  # plays from the start
    expect(page.locator("#play")).to_have_text("❚❚ Pause")
    page.wait_for_function("() => { const s = Number(document.querySelector('canvas').dataset.step); return s > 1 && s < 20; }")
    page.keyboard.press("Space")
    expect(page.locator("#play")).to_have_text("▶ Play")
    for name in ("score", "heldout", "realism", "plane"):
        expect(page.locator(f"#{name} svg")).to_be_visible()
    expect(page.locator("#words")).to_contain_text("Pixel ascent ends with the highest judge score, 0.90")
    expect(page.locator("footer")).to_contain_text("Seed 0. Pixel ascent: steps 20, learning_rate 0.05")


def other_picture(place):
    """Bytes of a frame with settings unlike the example's."""
    request = example_request(place[1], "a blue rabbit on grass at sunset", 77)
    with RunStore(place[0]) as store:
        run = store.submit(request, "invented")
        store.set_status(run.id, "failed")
        for frame, measurement in list(invented_steps(request))[:2]:
            store.record(run.id, frame, measurement)
        return store.frame_path(run.id, "pixels", 1).read_bytes()


def bring(one, name, data):
    body = popover(one, "Import")
    body.locator("input[type=file]").set_input_files({"name": name, "mimeType": "image/png", "buffer": data})
    return body


def test_a_picture_shows_its_settings_and_fills_the_form_only_when_asked(watched, place):
    one = watched()
    one.wait_steps(**STEPS)
    prompt, seed = one.page.get_by_role("textbox", name="Prompt"), one.page.get_by_label("Seed", exact=True)
    prompt.fill("a red rabbit")
    body = bring(one, "brought.png", other_picture(place))
    expect(body.get_by_text("a blue rabbit on grass at sunset")).to_be_visible()
    expect(body.get_by_text("Seed 77. A picture by Pixel ascent, step 1 of 20.")).to_be_visible()
    expect(body.get_by_text("Another model pack")).to_be_visible()
    expect(prompt).to_have_value("a red rabbit")
    body.get_by_role("button", name="Use", exact=True).click()
    expect(prompt).to_have_value("a blue rabbit on grass at sunset")
    expect(seed).to_have_value("77")
    one.page.keyboard.press("Escape")  # the message above the form may have closed it already
    popover(one, "Import").get_by_role("button", name="Remix", exact=True).click()
    expect(seed).not_to_have_value("77")
    expect(prompt).to_have_value("a blue rabbit on grass at sunset")


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"not a picture", "not a PNG file"), (metadata.SIGNATURE, "ends too early"), (b"\x89PNG\r\n\x1a\n" + b"\xff" * 4000, "no settings")],
)
def test_a_picture_that_is_none_is_refused_in_one_sentence(watched, data, said):
    one = watched()
    body = bring(one, "strange.png", data)
    expect(body.get_by_test_id("stAlert")).to_contain_text(said)
    assert one.page.get_by_test_id("stException").count() == 0
    assert body.get_by_role("button", name="Use", exact=True).count() == 0


REFUSED = [
    "{run}/exe", "{run}/csv?step=101000", "{run}/csv?step=-1", "{run}/csv?step=1e2", "{run}/png?of=../../x", "a" * 26 + "/csv",
    "..%2f{run}/csv", "{run}/..%2f..%2fstore.sqlite", "{upper}/csv",
]  # fmt: skip


@pytest.mark.parametrize("path", REFUSED)
def test_no_address_exports_anything_else(address, half, path):
    status, _, body = fetch(f"{address}/exports/{path.replace('{run}', half).replace('{upper}', half.upper())}")
    assert status in (400, 404) or b"<!doctype html>" in body.lower()
    assert b"SQLite" not in body and b"painter," not in body


def test_an_export_is_a_file_to_keep_and_never_a_document_of_ours(address, half):
    status, headers, body = fetch(f"{address}/exports/{half}/csv")
    assert status == 200 and body.startswith(b"painter,step")
    assert headers["Content-Disposition"] == 'attachment; filename="a-red-fox-in-snow-seed41-metrics.csv"'
    assert "sandbox" in headers["Content-Security-Policy"] and headers["Cache-Control"] == "no-store"
    status, _, body = fetch(f"{address}/exports/{half}/sheet")
    assert status == 202 and set(json.loads(body)) == {"of", "share", "ahead"}
    for painter in PAINTERS:
        assert fetch(f"{address}/exports/{half}/{painter}?step=25")[2].startswith(b"\x89PNG")
