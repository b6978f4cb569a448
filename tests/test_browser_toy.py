"""Toy judge, predictions, recall cards and exercises in a real headless Chromium, by keyboard."""

import json
import re

import pytest

from core.lesson import cards, exercises, toy
from core.packs import pack_hash, read_manifest
from tests.browser import PATIENCE_MS, Watched
from tests.serving import example_request, invented_steps

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
playwright_api.expect.set_options(timeout=PATIENCE_MS)
expect = playwright_api.expect
ME = "toy-learner-" * 3


@pytest.fixture
def watched(browser, address):
    """Opens Compare as one visitor, or from there a page of the lesson; no page may have complained."""
    opened = []

    def make(title=None, path="/"):
        one = Watched(browser, address)
        one.context.add_cookies([{"name": "ctjp_owner", "value": ME, "url": address}])
        opened.append(one)
        one.open(path)
        if title:
            press(one, "Lesson")
            one.page.get_by_role("menuitem", name=title).focus()
            one.page.keyboard.press("Enter")
        return one

    yield make
    faults = [fault for one in opened for fault in one.faults]
    for one in opened:
        one.close()
    assert faults == []


def invented(store, place, seed):
    """A finished run of mine with known figures, found again when the form asks for its settings."""
    run = store.submit(example_request(place[1], seed=seed), pack_hash(read_manifest(place[1])), ME)
    store.set_status(run.id, "running")
    for frame, measurement in invented_steps(run.request):
        store.record(run.id, frame, measurement)
    store.set_status(run.id, "done")
    return run.id


def press(one, name):
    """Press a button by keyboard."""
    one.page.get_by_role("button", name=name, exact=True).focus()
    one.page.keyboard.press("Enter")


def reading(one):
    """(pixels, score, realism) as exactly as the page has computed them."""
    pixels = one.page.locator(".pixel").evaluate_all("all => all.map(pixel => Number(pixel.dataset.exact))")
    return pixels, *(float(one.page.get_by_label(name, exact=True).get_attribute("data-exact")) for name in ("Score", "Toy realism"))


def same(one, picture):
    pixels, score, realism = reading(one)
    assert pixels == pytest.approx(list(picture), abs=1e-12)
    assert score == pytest.approx(toy.score(picture), abs=1e-12) and realism == pytest.approx(toy.realism(picture), abs=1e-12)


def set_range(one, label, value):
    one.page.get_by_label(label, exact=True).evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', { bubbles: true })); }", str(value)
    )


def test_the_toys_numbers_are_the_references(watched):
    one = watched("Toy judge")
    expect(one.page.get_by_role("slider", name="Pixel top left")).to_be_visible()
    same(one, toy.START)
    for number, (picture, shown) in enumerate(zip(toy.WORKED, ("0.10", "0.50", "1.40"), strict=True), start=1):
        press(one, f"Picture {number}")
        expect(one.page.get_by_label("Score", exact=True)).to_have_text(shown)
        same(one, picture)
    for prior, strength, rate in (("none", 1, 0.4), ("range", 1, 0.3), ("natural", 1, 0.4), ("natural", 0.35, 0.25)):
        one.page.locator(f"input[value={prior}]").focus()
        one.page.keyboard.press("Space")
        set_range(one, "Rate", rate)
        if prior == "natural":
            set_range(one, "Strength of the pull", strength)
        press(one, "Start again")
        press(one, "Ten steps")
        press(one, "One step")
        same(one, toy.ascend(toy.START, rate, 11, prior, strength)[-1])


def test_pixels_are_moved_by_keys_and_by_pointer(watched):
    one = watched("Toy judge")
    pixel = one.page.get_by_role("slider", name="Pixel bottom right")
    pixel.focus()
    for key in ("End", "ArrowUp", "PageUp"):
        one.page.keyboard.press(key)
    expect(pixel).to_have_attribute("aria-valuetext", "1.30, beyond white")
    same(one, (*toy.START[:3], 1.3))
    one.page.keyboard.press("Home")
    box = pixel.bounding_box()
    x, y = box["x"] + 20, box["y"] + box["height"] / 2
    one.page.mouse.move(x, y)
    one.page.mouse.down()
    one.page.mouse.move(x, y - 130)
    one.page.mouse.up()
    same(one, (*toy.START[:3], 0.5))


def test_a_prediction_stands_beside_the_result_and_is_counted_here(watched, store, place):
    run_id = invented(store, place, seed=900)
    one = watched(path="/?" + "&".join(("seed=901", "pixels.steps=20", "vqgan.steps=12", "diffusion.steps=10")))
    expect(one.page.locator(".predict")).to_have_count(0)  # off unless asked for
    switch = one.page.get_by_role("switch", name="Predict first").or_(one.page.get_by_role("checkbox", name="Predict first"))
    switch.focus()
    one.page.keyboard.press("Space")
    one.page.get_by_label("Judge of Pixel ascent").select_option("above")
    one.page.get_by_label("Realism of Guided diffusion").select_option("below")
    one.page.get_by_label("Highest realism").select_option("diffusion")
    one.page.get_by_label("Seed", exact=True).fill("900")
    one.page.keyboard.press("Enter")
    expect(one.page.get_by_label("Highest realism")).to_have_value("diffusion")
    ask_for(one, run_id)
    expect(one.page.locator(".predict .score")).to_have_text("2 of 3 right in 1 run")
    expect(one.page.locator(".predict .result.right").first).to_contain_text("you: above")
    expect(one.page.locator(".predict .result.right").first).to_contain_text("0.90, above")
    expect(one.page.locator(".predict .result.wrong")).to_contain_text("0.90, within")
    one.page.reload()
    switch.focus()
    one.page.keyboard.press("Space")
    expect(one.page.locator(".predict .score")).to_have_text("2 of 3 right in 1 run")
    press(one, "Predict the next run")
    expect(one.page.get_by_label("Highest realism")).to_have_value("")
    one.page.locator(".predict").get_by_role("button", name="Reset").click()
    expect(one.page.locator(".predict .score")).to_have_text("")


def ask_for(one, run_id):
    """Press Run and wait until this run is shown."""
    one.page.get_by_test_id("stSidebar").get_by_role("button", name="Run", exact=True).click()
    expect(one.page).to_have_url(re.compile(f"run={run_id}"))


def test_a_card_is_revealed_by_keyboard_and_leads_to_the_run(watched):
    one = watched("Recall")
    card = next(card for card in cards.INTERVIEW if card.name == "adversarial")
    summary = one.page.locator("summary", has_text=card.question)
    expect(one.page.get_by_text(card.beware[:30])).not_to_be_visible()
    summary.focus()
    one.page.keyboard.press("Enter")
    expect(one.page.get_by_text(card.beware[:30])).to_be_visible()
    expect(one.page.get_by_text("a gap of 2.50")).to_be_visible()  # of the invented example: 0.90 and −0.10
    expect(one.page.locator(".seen img").first).to_be_attached()
    one.page.get_by_role("button", name=card.target.label).locator("visible=true").focus()
    one.page.keyboard.press("Enter")
    one.page.wait_for_selector(".player")
    expect(one.page.get_by_label("Scale of both judges")).to_have_value("shared")
    expect(one.page).to_have_url(re.compile("scale=shared"))


def test_an_exercise_checks_a_run_opens_its_start_and_gives_a_bundle(watched, store, place):
    run_id = invented(store, place, seed=950)
    one = watched("Exercises")
    exercise = exercises.EXERCISES[0]
    expect(one.page.get_by_role("heading", name=exercise.title)).to_be_visible()
    first = one.page.get_by_test_id("stVerticalBlock").filter(has=one.page.get_by_role("heading", name=exercise.title)).last
    expect(first.locator(f"img[src*='{run_id}']")).to_be_attached()  # my newest run
    expect(first).to_contain_text("Realism: 0.02")
    expect(first).to_contain_text("Not yet.")
    with one.page.expect_download() as download:
        first.get_by_role("button", name="Bundle for a class").click()
    bundle = json.loads(download.value.path().read_text("utf-8"))
    assert bundle["name"] == exercise.name and bundle["link"].startswith(one.address + "/?prompt=")
    start = first.get_by_role("button", name="Open the starting settings")
    start.focus()
    one.page.keyboard.press("Enter")
    one.page.wait_for_selector(".player")
    expect(one.page.get_by_text(f"Exercise “{exercise.title}”")).to_be_visible()
    expect(one.page).to_have_url(re.compile("painters=pixels"))
