"""Gallery and own pictures in a real headless Chromium, with the real server and tiny random models."""

import io
import re
import time

import numpy as np
import pytest
from PIL import Image

from tests.browser import PATIENCE_MS, Watched
from tests.serving import STEPS, example_request, fetch, invented_steps

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
playwright_api.expect.set_options(timeout=PATIENCE_MS)
expect = playwright_api.expect
ME, OTHER = "me-" * 10, "other-" * 5


@pytest.fixture(scope="module")
def stored(store, place):
    """Ids of invented runs: three of mine, one of somebody else's."""
    asked = [
        ("a red fox in snow", ME, 1),
        ("a blue rabbit on grass", ME, 2),
        ("a red house <b>at</b> night", ME, 3),
        ("a green fox", OTHER, 4),
    ]
    return [invented(store, place, *one) for one in asked]


def invented(store, place, prompt, owner, seed, status="done"):
    run = store.submit(example_request(place[1], prompt, seed), "invented", owner)
    store.set_status(run.id, "failed")
    for frame, measurement in invented_steps(run.request):
        if frame.step in (0, frame.total):
            store.record(run.id, frame, measurement)
    store.set_status(run.id, status)
    return run.id


@pytest.fixture
def watched(browser, address):
    """Opens a page by its link, as whoever has this secret; no page may have complained."""
    opened = []

    def make(page="Gallery", owner=ME, path="/", **options):
        one = Watched(browser, address, **options)
        one.context.add_cookies([{"name": "ctjp_owner", "value": owner, "url": address}])
        opened.append(one)
        one.open(path).page.get_by_role("link", name=page).click()
        one.page.wait_for_selector(".gallery .head:not(:empty)" if page == "Gallery" else ".pictures")
        return one

    yield make
    faults = [fault for one in opened for fault in one.faults]
    for one in opened:
        one.close()
    assert faults == []


def card(one, run_id):
    return one.page.locator(f".card[data-id='{run_id}']")


def press(one, run_id, act):
    card(one, run_id).locator(f"[data-act={act}]").first.click()


def test_cards_show_pictures_figures_and_whose_they_are(watched, store, stored):
    one = watched()
    expect(card(one, stored[0]).get_by_role("heading")).to_have_text("a red fox in snow")
    expect(card(one, stored[0]).locator(".chip")).to_have_text("Done")
    expect(card(one, stored[0]).locator(".meta")).to_contain_text("seed 1")
    expect(card(one, stored[0]).locator(".figure b")).to_have_text(
        ["0.90", "−0.10", "0.02", "0.60", "0.30", "0.30", "0.50", "0.40", "0.90"]
    )
    assert card(one, stored[0]).locator("img").first.get_attribute("alt").endswith("step 20: Judge 0.90, Held-out −0.10, Realism 0.02")
    one.page.wait_for_function(
        "id => [...document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot"
        ".querySelectorAll(`.card[data-id='${id}'] img`)].every(i => i.complete && i.naturalWidth === 16)",
        arg=stored[0],
    )
    expect(card(one, stored[2]).get_by_role("heading")).to_have_text("a red house <b>at</b> night")  # never parsed as HTML
    assert card(one, stored[2]).locator("b").count() == 9
    expect(card(one, stored[3]).get_by_role("button")).to_have_text(["Compare"])  # not mine: to look at only
    example = one.page.locator(".card", has=one.page.locator(".chip", has_text="Example"))
    expect(example.get_by_role("button")).to_have_text(["Compare"])


def test_search_filters_and_order(watched, stored):
    one = watched()
    search = one.page.get_by_role("textbox", name="Search the prompts")
    search.fill("fo re")
    expect(one.page.locator(".card h3")).to_have_text(["a red fox in snow", "a red fox in snow"])  # the example's prompt, too
    search.fill("zebra")
    expect(one.page.locator(".news")).to_contain_text("No run matches")
    search.fill("")
    expect(one.page.locator(".card")).to_have_count(5)
    one.page.get_by_text("Mine", exact=True).click()
    expect(one.page.locator(".card")).to_have_count(3)
    one.page.get_by_role("combobox").click()
    one.page.get_by_role("option", name="Prompt, A to Z").click()
    expect(one.page.locator(".card h3")).to_have_text(["a blue rabbit on grass", "a red fox in snow", "a red house <b>at</b> night"])


def test_a_star_is_set_filtered_and_taken_away(watched, store, stored):
    one = watched()
    press(one, stored[1], "star")
    expect(card(one, stored[1]).locator("[data-act=unstar]")).to_be_focused()
    other = watched(owner=OTHER)
    expect(card(other, stored[1]).locator(".star")).to_be_visible()
    one.page.get_by_text("Starred only").click()
    expect(one.page.locator(".card")).to_have_count(1)
    press(one, stored[1], "unstar")
    expect(one.page.locator(".card")).to_have_count(0)


def test_deleting_is_undone_by_the_keyboard_too(watched, store, stored):
    one = watched()
    press(one, stored[0], "delete")
    expect(card(one, stored[0])).to_have_count(0)
    expect(one.page.locator(".undo")).to_contain_text("Deleted “a red fox in snow”.")
    assert store.get(stored[0]) is None
    one.page.reload()  # the offer outlives a refresh, for whoever deleted it
    expect(one.page.locator(".undo")).to_contain_text("a red fox in snow")
    one.faults[:] = [
        fault for fault in one.faults if "_stcore" not in fault and "404 (Not Found)" not in fault
    ]  # Streamlit probes below /gallery
    expect(watched(owner=OTHER).page.locator(".undo p")).to_have_count(0)
    press(one, stored[1], "delete")
    undo = one.page.get_by_role("button", name="Undo: bring back “a blue rabbit on grass”")
    expect(undo).to_be_focused()
    one.page.keyboard.press("Enter")
    expect(card(one, stored[1])).to_be_visible()
    one.page.get_by_role("button", name="Undo").click()
    expect(card(one, stored[0])).to_be_visible()
    assert store.get(stored[0]).status == "done"


def test_what_is_being_painted_cannot_be_deleted_and_moves_by_itself(watched, store, place, stored):
    run_id = invented(store, place, "a red ball", ME, 50, status="running")
    one = watched()
    expect(card(one, run_id).locator("[data-act=delete]")).to_be_disabled()
    expect(card(one, run_id).locator(".chip")).to_have_text("Running 100 %")
    store.set_status(run_id, "stopped", "Stopped by a test.")
    expect(card(one, run_id).locator(".chip")).to_have_text("Stopped")
    expect(card(one, run_id).locator("[data-act=delete]")).to_be_enabled()
    press(one, run_id, "delete")
    expect(card(one, run_id)).to_have_count(0)


def test_a_card_opens_its_run_with_its_settings(watched, stored):
    one = watched()
    press(one, stored[1], "open")
    one.page.wait_for_selector(".player")
    expect(one.page.locator(".prompt")).to_have_text("“a blue rabbit on grass”")
    expect(one.page).to_have_url(re.compile(stored[1]))
    expect(one.page.get_by_role("textbox", name="Prompt")).to_have_value("a blue rabbit on grass")
    one.wait_steps(**STEPS)


def test_two_runs_are_chosen_and_compared(watched, stored):
    one = watched()
    expect(one.page.locator(".tray")).to_be_hidden()
    for run_id in (stored[0], stored[1], stored[3]):  # the third choice replaces the second
        press(one, run_id, "choose")
    expect(card(one, stored[1]).locator("[data-act=choose]")).to_have_attribute("aria-pressed", "false")
    expect(one.page.locator(".tray")).to_contain_text("A: “a red fox in snow” B: “a green fox”")
    one.page.get_by_role("button", name="Compare the two").click()
    one.page.wait_for_selector(".player")
    expect(one.page).to_have_url(re.compile(f"run={stored[0]}"))
    expect(one.page).to_have_url(re.compile(f"b={stored[3]}"))


def test_thumbnails_are_kept_for_ever_and_belong_to_a_run(address, stored):
    status, headers, body = fetch(f"{address}/thumbnails/{stored[0]}/vqgan/12.webp")
    assert (status, headers["Content-Type"], headers["Cache-Control"]) == (200, "image/webp", "private, max-age=31536000, immutable")
    with Image.open(io.BytesIO(body)) as picture:
        assert picture.format == "WEBP" and picture.size == (16, 16)
    for path in (f"{stored[0]}/vqgan/99", f"{stored[0]}/nobody/12", f"{'b' * 26}/vqgan/12", f"{stored[0]}/vqgan/1x"):
        assert fetch(f"{address}/thumbnails/{path}.webp")[0] == 404


def file(name, picture, kind="PNG"):
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return {"name": name, "mimeType": f"image/{kind.lower()}", "buffer": buffer.getvalue()}


def bring(one, *files):
    one.page.locator("input[type=file]").set_input_files(list(files))
    expect(one.page.get_by_test_id("stFileChip")).to_have_count(len(files))
    expect(one.page.get_by_test_id("stFileChipIconSpinner")).to_have_count(0)
    one.page.get_by_role("button", name="Measure").click()


def test_own_pictures_are_measured_shown_and_removed(watched, address, store):
    one = watched("Your pictures", owner="pictures-" * 4)
    expect(one.page.locator(".empty")).to_contain_text("Bring a picture of your own")
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 90, 3), np.uint8))
    bring(one, file("my noise.png", noise))
    only = one.page.locator(".card")
    expect(only).to_have_attribute("data-status", "done")
    expect(only.get_by_role("heading")).to_have_text("my noise.png")
    expect(only.locator("figcaption")).to_have_text(["Uploaded: 90 × 60", "What the judge sees: the middle square, scaled to 32 × 32"])
    expect(only.locator(".marks .bar")).to_have_count(3)
    expect(only.locator(".words p").first).to_contain_text("Judge: ")
    only.get_by_text("What realism consists of").click()
    expect(only.locator(".parts .label b")).to_have_text(["S", "K", "Spectrum", "Local contrast", "Edges", "Colour", "p"])
    expect(one.page.get_by_test_id("stFileChip")).to_have_count(0)  # the server keeps no copy
    source = only.locator(".seen img").get_attribute("src")
    assert fetch(address + source)[0] == 200 and "private" in fetch(address + source)[1]["Cache-Control"]
    stranger = watched("Your pictures", owner="stranger-" * 4)
    expect(stranger.page.locator(".empty")).to_be_visible()
    only.get_by_role("button", name="Remove my noise.png now").click()
    expect(one.page.locator(".empty")).to_be_visible()
    assert fetch(address + source)[0] == 404


def test_several_pictures_become_a_table_and_bad_files_a_sentence_each(watched):
    one = watched("Your pictures", owner="several-" * 4)
    good = [file(f"{colour}.png", Image.new("RGB", (64, 64), colour)) for colour in ("red", "blue")]
    text = {"name": "notes.png", "mimeType": "image/png", "buffer": b"dear judge" * 100}
    bomb = file("bomb.png", Image.new("1", (30_000, 30_000)))
    bring(one, *good, text, bomb)
    expect(one.page.get_by_test_id("stAlert")).to_have_count(2)
    expect(one.page.get_by_test_id("stAlert").first).to_contain_text("notes.png holds no PNG, JPEG or WebP picture")
    expect(one.page.get_by_test_id("stAlert").last).to_contain_text("bomb.png has")
    expect(one.page.locator(".card[data-status=done]")).to_have_count(2)
    rows = one.page.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first.locator("td")).to_have_count(7)
    rows.first.get_by_role("link").click()
    expect(one.page.locator(".card").first).to_be_focused()


def test_five_hundred_runs_are_quick(watched, store, place, stored):
    letters = str.maketrans("0123456789", "abcdefghij")
    ids = [f"q{number:06d}".translate(letters).ljust(26, "z") for number in range(500)]
    with store.database.transaction() as db:
        for number, run_id in enumerate(ids):
            request = example_request(place[1], f"a blue cube {number}", 10_000 + number).canonical()
            db.execute(
                "INSERT INTO runs (id, status, request, pack_hash, code_revision, created, finished, ticket) "
                "VALUES (?, 'done', ?, '', '', ?, 1, 1)",
                (run_id, request, number),
            )
            db.executemany(
                "INSERT INTO steps (run, painter, step, total, attempt, seconds, evaluations, score, heldout, realism, "
                "components, has_frame) VALUES (?, ?, ?, 100, 1, 0, 0, .5, .5, .5, '{}', 0)",
                [(run_id, painter, step) for painter in STEPS for step in range(50)],
            )
    one = watched()
    expect(one.page.locator(".head")).to_contain_text(re.compile("50[0-9] runs"))
    expect(one.page.locator(".card")).to_have_count(24)
    took = []
    for number in range(2, 6):
        before = one.page.locator(".card h3").first.text_content()
        began = time.monotonic()
        one.page.get_by_role("button", name=f"Page {number}", exact=True).click()
        expect(one.page.locator(".card h3").first).not_to_have_text(before)
        took.append(time.monotonic() - began)
    assert min(took) < 2, f"paging took {took} s"  # about .1 s on an idle machine
    one.page.get_by_role("textbox", name="Search the prompts").fill("cube 499")
    expect(one.page.locator(".card h3")).to_have_text(["a blue cube 499"])
    expect(one.page.locator(".lacking")).to_have_count(3)
