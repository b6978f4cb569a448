"""Exports and settings from a picture in a real headless Chromium, with the real server."""

import csv
import io
import json
import re

import pytest
from PIL import Image

from core.base import png_records
from core.base.settings import PAINTERS
from tests.support.browser import PATIENCE_MS, expect
from tests.support.serving import STEPS, example_request, fetch, invented_run

LINKS = {
    "Figure, PNG": ".png",
    "Figure, SVG": ".svg",
    "Contact sheet, PNG": ".png",
    "Video, MP4": ".mp4",
    "Animated WebP": ".webp",
    "GIF, slower": ".gif",
    "Web page that works offline": ".html",
    "All figures, CSV": ".csv",
    "Pixel ascent": ".png",
}


@pytest.fixture(scope="module")
def half(store, place):
    """Id of a run that was stopped half-way."""
    return invented_run(store, example_request(place[1], seed=41), "stopped", "Stopped by a test.", share=0.5)


def popover(one, name):
    one.button(name).click()
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
    for label in ("Figure, PNG", "Contact sheet, PNG", "Pixel ascent", "Animated WebP"):
        assert (
            png_records.read_picture_settings(saved[label].read_bytes(), "mine").request.prompt
            == "a red fox in snow"
        )
    assert saved["Figure, SVG"].read_text("utf-8").startswith("<svg")
    for label in ("Animated WebP", "GIF, slower"):
        assert Image.open(saved[label]).n_frames == 21
    assert saved["Video, MP4"].read_bytes()[4:8] == b"ftyp"
    rows = list(csv.DictReader(io.StringIO(saved["All figures, CSV"].read_text())))
    assert len(rows) == sum(steps + 1 for steps in STEPS.values())
    body = popover(one, "Import")
    body.locator("input[type=file]").set_input_files(saved["Animated WebP"])
    expect(body.get_by_text("Seed 0. A movie.")).to_be_visible()
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
    assert json.loads(Image.open(picture).text[png_records.RECORD_KEY])["step"] == 10
    assert "step 6 of 12" in downloaded(one, "Figure, SVG", tmp_path).read_text("utf-8")


def test_a_stopped_run_is_exported_as_far_as_it_came(watched, half, tmp_path):
    one = watched(f"/?run={half}")
    one.status("stopped")
    expect(popover(one, "Export").get_by_text("exports contain what there is so far")).to_be_visible()
    table = downloaded(one, "All figures, CSV", tmp_path).read_text()
    rows = list(csv.DictReader(io.StringIO(table)))
    assert max(int(row["step"]) for row in rows) == 10
    assert "step 10 of 20" in downloaded(one, "Figure, SVG", tmp_path).read_text("utf-8")


def test_the_page_scrubs_from_a_disk_with_the_network_off(browser, watched, tmp_path):
    one = watched()
    one.wait_steps(**STEPS)
    popover(one, "Export")
    path = downloaded(one, "Web page that works offline", tmp_path)
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    try:
        asked, faults = [], []
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on(
            "request", lambda r: asked.append(r.url) if not r.url.startswith(("file:", "data:")) else None
        )
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda m: faults.append(m.text) if m.type in ("error", "warning") else None)
        page.goto(path.as_uri())
        page.wait_for_selector("body[data-ready=yes]")
        check_offline_page(page)
        page.set_viewport_size({"width": 1000, "height": 760})
        tops = page.locator(".panel canvas").evaluate_all(
            "all => all.map(e => e.getBoundingClientRect().top)"
        )
        assert len(set(tops)) == 1, "a painter's name takes two lines"
        assert (asked, faults) == ([], [])
    finally:
        context.close()


def check_offline_page(page):
    canvases = page.locator(".panel canvas")
    marks = "all => all.map(p => p.getAttribute('transform'))"

    def state():
        drawn = canvases.evaluate_all("all => all.map(c => c.toDataURL().slice(-400))")
        steps = canvases.evaluate_all("all => all.map(c => Number(c.dataset.step))")
        return steps, drawn, page.locator("#plane svg path[stroke='white']").evaluate_all(marks)

    end = state()
    assert end[0] == list(STEPS.values()) and len(end[2]) == 3
    page.locator("#slider").fill("10")
    page.wait_for_function(
        "() => document.querySelector('[data-painter=pixels] canvas').dataset.step === '10'"
    )
    mark = "document.querySelector('#plane svg path[stroke=\"white\"]')"
    page.wait_for_function(f"before => {mark}.getAttribute('transform') !== before", arg=end[2][0])
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
    page.wait_for_function(
        "() => { const s = Number(document.querySelector('canvas').dataset.step); return s > 1 && s < 20; }"
    )
    page.keyboard.press("Space")
    expect(page.locator("#play")).to_have_text("▶ Play")
    for name in ("score", "heldout", "realism", "plane"):
        expect(page.locator(f"#{name} svg")).to_be_visible()
    expect(page.locator("#words")).to_contain_text("Pixel ascent ends with the highest judge score, 2.25 on")
    expect(page.locator("footer")).to_contain_text("Seed 0. Pixel ascent: steps 20, learning_rate 0.05")


def other_picture(store, place):
    """Bytes of a frame with settings unlike the example's."""
    request = example_request(place[1], "a blue rabbit on grass at sunset", 77)
    return store.frame_path(invented_run(store, request, share=0.05), "pixels", 1).read_bytes()


def bring(one, name, data):
    body = popover(one, "Import")
    body.locator("input[type=file]").set_input_files({"name": name, "mimeType": "image/png", "buffer": data})
    return body


def test_a_picture_shows_its_settings_and_fills_the_form_only_when_asked(watched, store, place):
    one = watched()
    one.wait_steps(**STEPS)
    prompt = one.prompt
    seed = one.page.get_by_label("Seed", exact=True)
    prompt.fill("a red rabbit")
    body = bring(one, "brought.png", other_picture(store, place))
    expect(body.get_by_text("a blue rabbit on grass at sunset")).to_be_visible()
    expect(body.get_by_text("Seed 77. A picture by Pixel ascent, step 1 of 20.")).to_be_visible()
    expect(body.get_by_text("a different model pack")).to_be_visible()
    expect(prompt).to_have_value("a red rabbit")
    body.get_by_role("button", name="Use", exact=True).click()
    expect(prompt).to_have_value("a blue rabbit on grass at sunset")
    expect(seed).to_have_value("77")
    expect(one.page.get_by_text("The form now has this picture's settings.")).to_be_visible()
    body.get_by_role("button", name="Remix", exact=True).click()  # no message closes what is open
    expect(seed).not_to_have_value("77")
    expect(prompt).to_have_value("a blue rabbit on grass at sunset")


def test_what_is_open_stays_open_while_the_page_is_drawn_anew_piece_by_piece(watched):
    """Typed, clicked Export, and only then the page says something new."""
    one = watched().open_piece_by_piece()
    one.wait_steps(**STEPS)
    body = popover(one, "Export")
    body.evaluate("body => { body.sameAsBefore = true; }")
    for prompt, said in (("a red rabbit", "Press Run to paint this."), ("a zebra", "do not know “zebra”")):
        one.prompt.fill(prompt)
        expect(one.sidebar.get_by_text(said)).to_be_visible()
        one.settle()
        assert body.evaluate_all("all => all.map(body => body.sameAsBefore)") == [True]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"not a picture", "not a PNG or WebP file"),
        (png_records.SIGNATURE, "ends too early"),
        (b"\x89PNG\r\n\x1a\n" + b"\xff" * 4000, "no settings"),
    ],
)
def test_a_picture_that_is_none_is_refused_in_one_sentence(watched, data, said):
    one = watched()
    body = bring(one, "strange.png", data)
    expect(body.get_by_test_id("stAlert")).to_contain_text(said)
    assert one.page.get_by_test_id("stException").count() == 0
    assert body.get_by_role("button", name="Use", exact=True).count() == 0


REFUSED = [
    "{run}/exe",
    "{run}/csv?step=101000",
    "{run}/csv?step=-1",
    "{run}/csv?step=1e2",
    "{run}/png?of=../../x",
    "a" * 26 + "/csv",
    "..%2f{run}/csv",
    "{run}/..%2f..%2fstore.sqlite",
    "{upper}/csv",
]


@pytest.mark.parametrize("path", REFUSED)
def test_no_address_exports_anything_else(address, half, path):
    status, _, body = fetch(
        f"{address}/exports/{path.replace('{run}', half).replace('{upper}', half.upper())}"
    )
    assert status in (400, 404) or b"<!doctype html>" in body.lower()
    assert b"SQLite" not in body and b"painter,step" not in body


def test_an_export_is_a_file_to_keep_and_never_a_document_of_ours(address, half):
    status, headers, body = fetch(f"{address}/exports/{half}/csv")
    assert status == 200 and body.startswith(b"prompt,seed,terms,painter,step,")
    assert headers["Content-Disposition"] == 'attachment; filename="a-red-fox-in-snow-seed41-metrics.csv"'
    assert "sandbox" in headers["Content-Security-Policy"] and headers["Cache-Control"] == "no-store"
    status, _, body = fetch(f"{address}/exports/{half}/sheet")
    assert status == 202 and set(json.loads(body)) == {"of", "share", "ahead"}
    for painter in PAINTERS:
        assert fetch(f"{address}/exports/{half}/{painter}?step=25")[2].startswith(b"\x89PNG")
