"""Toy judge, predictions, recall cards and exercises in a real headless Chromium, by keyboard."""

import json
import re
import zipfile

import pytest

from core.base.defaults import VERSION
from core.lesson import exercises, recall_cards, toy_judge
from core.packs import pack_hash, read_manifest
from tests.support.browser import expect
from tests.support.serving import example_request, invented_run

ME = "toy-learner-" * 3


@pytest.fixture
def visit(watched):
    """Opens Compare as one visitor, or from there a page of the lesson."""

    def make(title=None, path="/"):
        one = watched(path, owner=ME)
        if title:
            one.press("Lesson")
            one.page.get_by_role("menuitem", name=title).focus()
            one.page.keyboard.press("Enter")
        return one

    return make


def finished_run(store, place, seed):
    """A finished run of mine with known figures, found again when the form asks for its settings."""
    pack = pack_hash(read_manifest(place[1]))
    return invented_run(store, example_request(place[1], seed=seed), owner=ME, pack_hash=pack)


def reading(one):
    """(pixels, score, realism) as exactly as the page has computed them."""
    pixels = one.page.locator(".pixel").evaluate_all("all => all.map(pixel => Number(pixel.dataset.exact))")
    return pixels, *(
        float(one.page.get_by_label(name, exact=True).get_attribute("data-exact"))
        for name in ("Score", "Toy realism")
    )


def same(one, picture):
    pixels, score, realism = reading(one)
    assert pixels == pytest.approx(list(picture), abs=1e-12)
    assert score == pytest.approx(toy_judge.score(picture), abs=1e-12) and realism == pytest.approx(
        toy_judge.realism(picture), abs=1e-12
    )


def set_range(one, label, value):
    one.page.get_by_label(label, exact=True).evaluate(
        "(input, value) => { input.value = value;"
        "input.dispatchEvent(new Event('input', { bubbles: true })); }",
        str(value),
    )


def test_the_toys_numbers_are_the_references(visit):
    one = visit("Toy judge")
    expect(one.page.get_by_role("slider", name="Pixel top left")).to_be_visible()
    same(one, toy_judge.START)
    for number, (picture, shown) in enumerate(
        zip(toy_judge.WORKED_PICTURES, ("0.10", "0.50", "1.40"), strict=True), start=1
    ):
        one.press(f"Picture {number}")
        expect(one.page.get_by_label("Score", exact=True)).to_have_text(shown)
        same(one, picture)
    for prior, strength, rate in (
        ("none", 1, 0.4),
        ("range", 1, 0.3),
        ("natural", 1, 0.4),
        ("natural", 0.35, 0.25),
    ):
        one.page.locator(f"input[value={prior}]").focus()
        one.page.keyboard.press("Space")
        set_range(one, "Rate", rate)
        if prior == "natural":
            set_range(one, "Strength of the pull", strength)
        one.press("Start again")
        one.press("Ten steps")
        one.press("One step")
        same(one, toy_judge.ascend(toy_judge.START, rate, 11, prior, strength)[-1])


def test_pixels_are_moved_by_keys_and_by_pointer(visit):
    one = visit("Toy judge")
    pixel = one.page.get_by_role("slider", name="Pixel bottom right")
    pixel.focus()
    for key in ("End", "ArrowUp", "PageUp"):
        one.page.keyboard.press(key)
    expect(pixel).to_have_attribute("aria-valuetext", "1.30, beyond white")
    same(one, (*toy_judge.START[:3], 1.3))
    one.page.keyboard.press("Home")
    box = pixel.bounding_box()
    x = box["x"] + 20
    y = box["y"] + box["height"] / 2
    one.page.mouse.move(x, y)
    one.page.mouse.down()
    one.page.mouse.move(x, y - 130)
    one.page.mouse.up()
    same(one, (*toy_judge.START[:3], 0.5))


def test_a_prediction_stands_beside_the_result_and_is_counted_here(visit, store, place):
    run_id = finished_run(store, place, seed=900)
    asked = (f"v={VERSION}", "seed=901", "pixels.steps=20", "vqgan.steps=12", "diffusion.steps=10")
    one = visit(path="/?" + "&".join(asked))
    expect(one.page.locator(".predict")).to_have_count(0)  # off unless asked for
    switch = one.page.get_by_role("switch", name="Predict first").or_(
        one.page.get_by_role("checkbox", name="Predict first")
    )
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
    expect(one.page.locator(".predict .result.right").first).to_contain_text("2.25, above")
    expect(one.page.locator(".predict .result.wrong")).to_contain_text("0.90, within")
    one.page.reload()
    switch.focus()
    one.page.keyboard.press("Space")
    expect(one.page.locator(".predict .score")).to_have_text("2 of 3 right in 1 run")
    one.press("Predict the next run")
    expect(one.page.get_by_label("Highest realism")).to_have_value("")
    one.page.locator(".predict").get_by_role("button", name="Reset").click()
    expect(one.page.locator(".predict .score")).to_have_text("")


def ask_for(one, run_id):
    """Press Run and wait until this run is shown."""
    one.button("Run").click()
    expect(one.page).to_have_url(re.compile(f"run={run_id}"))


def test_a_card_is_revealed_by_keyboard_and_leads_to_the_run(visit):
    one = visit("Recall")
    card = next(card for card in recall_cards.INTERVIEW_CARDS if card.name == "adversarial")
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


def test_an_exercise_checks_a_run_opens_its_start_and_gives_a_bundle(visit, store, place):
    run_id = finished_run(store, place, seed=950)
    one = visit("Exercises")
    exercise = exercises.EXERCISES[0]
    expect(one.page.get_by_role("heading", name=exercise.title)).to_be_visible()
    first = (
        one.page.get_by_test_id("stVerticalBlock")
        .filter(has=one.page.get_by_role("heading", name=exercise.title))
        .last
    )
    expect(first.locator(f"img[src*='{run_id}']")).to_be_attached()  # my newest run
    expect(first).to_contain_text("Judge gap: 2.50")
    expect(first).to_contain_text("Not yet.")  # static does not look least bad
    with one.page.expect_download() as download:
        first.get_by_role("button", name="Bundle for a class").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        bundle = json.loads(archive.read(f"{exercise.name}/exercise.json"))
        assert exercise.title in archive.read(f"{exercise.name}/index.html").decode()
    assert bundle["name"] == exercise.name and bundle["link"].startswith(one.address + "/?prompt=")
    start = first.get_by_role("button", name="Open the starting settings")
    start.focus()
    one.page.keyboard.press("Enter")
    one.page.wait_for_selector(".player")
    expect(one.page.get_by_text(f"Exercise “{exercise.title}”")).to_be_visible()
    expect(one.page).to_have_url(re.compile("painters=pixels"))


def test_two_tabs_keep_each_others_predictions(visit):
    one = visit(path="/?seed=903")
    other = one.watch(one.context.new_page())
    other.goto(one.address + "/?seed=903")
    for page, label in ((one.page, "Judge of Pixel ascent"), (other, "Realism of Pixel ascent")):
        page.get_by_test_id("stSidebar").get_by_text("Predict first").click()
        expect(page.get_by_label(label)).to_be_visible()
    one.page.get_by_label("Judge of Pixel ascent").select_option("above")
    other.get_by_label("Realism of Pixel ascent").select_option("below")
    kept = "JSON.parse(localStorage.getItem('ctjp-predictions') ?? '{}').pending"
    other.wait_for_function(f"{kept}?.['pixels:score'] && {kept}['pixels:realism']")
    assert other.evaluate(kept) == {"pixels:score": "above", "pixels:realism": "below"}
    expect(one.page.get_by_label("Realism of Pixel ascent")).to_have_value("below")


def test_the_lesson_is_a_path_that_can_be_walked_in_the_presenter_view(visit):
    one = visit("3. The opening failure")
    expect(one.page.get_by_role("link", name="Next: 4. Noise on purpose")).to_be_visible()
    here = one.page.locator(".st-key-lesson-path a", has_text="3. The opening failure")
    expect(here.get_by_text("my_location")).to_be_visible()
    one.page.keyboard.press("p")
    expect(one.page.get_by_test_id("stHeader")).not_to_be_visible()
    for title in ("4 of 8: Noise on purpose", "5 of 8: The codebook"):
        one.page.keyboard.press("n")
        expect(one.page.locator("#ctjp-presenter-bar .place")).to_contain_text(title)
    one.page.keyboard.press("n")  # Compare: the player's own view takes over
    one.page.wait_for_selector("[data-presenter] .player")
    expect(one.page.locator("#ctjp-presenter-bar")).not_to_be_visible()
    one.page.keyboard.press("n")
    expect(one.page.locator("#ctjp-presenter-bar .place")).to_contain_text("7 of 8: Recall")
    one.page.keyboard.press("Escape")
    expect(one.page.get_by_test_id("stHeader")).to_be_visible()
