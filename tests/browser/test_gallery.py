"""The gallery in a real headless Chromium, with the real server and tiny random models."""

import io
import re
import time

import pytest
from PIL import Image

from core.storage.paintings import join_paintings
from tests.support.browser import Watched, expect
from tests.support.own_app import app_fixtures
from tests.support.serving import STEPS, example_request, fetch, invented_run, invented_steps

place, address, store = app_fixtures("module")  # what is stored is counted here

ME = "me-" * 10
OTHER = "other-" * 5


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


def first_and_last(request):
    """Only the invented steps that the gallery shows."""
    return [pair for pair in invented_steps(request) if pair[0].step in (0, pair[0].total)]


def invented(store, place, prompt, owner, seed, status="done"):
    return invented_run(
        store, example_request(place[1], prompt, seed), status, owner=owner, steps=first_and_last
    )


@pytest.fixture
def visit(watched):
    """Opens the gallery by its link, as whoever has this secret."""

    def make(owner=ME):
        one = watched(owner=owner)
        one.page.get_by_role("link", name="Gallery").click()
        one.page.wait_for_selector(".gallery .head:not(:empty)")
        return one

    return make


def card(one, run_id):
    return one.page.locator(f".card[data-id='{run_id}']")


def press(one, run_id, act):
    card(one, run_id).locator(f"[data-act={act}]").first.click()


def test_cards_show_pictures_figures_and_whose_they_are(visit, store, stored):
    one = visit()
    expect(card(one, stored[0]).get_by_role("heading")).to_have_text("a red fox in snow")
    expect(card(one, stored[0]).locator(".chip")).to_have_text("Done")
    expect(card(one, stored[0]).locator(".meta")).to_contain_text("seed 1")
    expect(card(one, stored[0]).locator(".measurement b")).to_have_text(
        ["2.25", "−0.25", "0.02", "1.50", "0.75", "0.30", "1.25", "1.00", "0.90"]
    )
    expect(one.page.locator(".head")).to_contain_text("judges: shared scale, 0 unrelated, 1 matching")
    expect(card(one, stored[0]).locator("img").first).to_have_attribute(
        "alt", re.compile("step 20: Judge 2.25, Held-out −0.25, Realism 0.02$")
    )
    one.page.wait_for_function(
        "id => [...document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot"
        ".querySelectorAll(`.card[data-id='${id}'] img`)].every(i => i.complete && i.naturalWidth === 16)",
        arg=stored[0],
    )
    expect(card(one, stored[2]).get_by_role("heading")).to_have_text(
        "a red house <b>at</b> night"
    )  # never parsed as HTML
    expect(card(one, stored[2]).locator("b")).to_have_count(9)
    expect(card(one, stored[3]).get_by_role("button")).to_have_text(["Compare"])  # not mine: to look at only
    example = one.page.locator(".card", has=one.page.locator(".chip", has_text="Example"))
    expect(example.get_by_role("button")).to_have_text(["Compare"])


def test_of_two_cookies_the_older_one_says_who_somebody_is(browser, address, stored):
    """As two tabs have them that were opened together in a new browser."""
    one = Watched(browser, address)
    for name, owner in (("ctjp_owner_z", ME), ("ctjp_owner_a", OTHER)):
        one.context.add_cookies([{"name": name, "value": owner, "url": address}])
    one.open("/gallery", wait=".gallery .head:not(:empty)")
    mine = one.page.locator(".card:has([data-act=delete])")
    expect(mine).to_have_count(3)
    assert sorted(card.get_attribute("data-id") for card in mine.all()) == sorted(stored[:3])
    one.close()


def test_search_filters_and_order(visit, stored):
    one = visit()
    search = one.page.get_by_role("textbox", name="Search the prompts")
    search.fill("fo re")
    expect(one.page.locator(".card h3")).to_have_text(
        ["a red fox in snow", "a red fox in snow"]
    )  # the example's prompt, too
    search.fill("zebra")
    expect(one.page.locator(".note")).to_contain_text("No run matches")
    search.fill("")
    expect(one.page.locator(".card")).to_have_count(5)
    one.page.get_by_text("Mine", exact=True).click()
    expect(one.page.locator(".card")).to_have_count(3)
    one.page.get_by_role("combobox").click()
    one.page.get_by_role("option", name="Prompt, A to Z").click()
    expect(one.page.locator(".card h3")).to_have_text(
        ["a blue rabbit on grass", "a red fox in snow", "a red house <b>at</b> night"]
    )


def test_a_star_is_set_filtered_and_taken_away(visit, store, stored):
    one = visit()
    press(one, stored[1], "star")
    expect(card(one, stored[1]).locator("[data-act=unstar]")).to_be_focused()
    other = visit(owner=OTHER)
    expect(card(other, stored[1]).locator(".star")).to_be_visible()
    one.page.get_by_text("Starred only").click()
    expect(one.page.locator(".card")).to_have_count(1)
    press(one, stored[1], "unstar")
    expect(one.page.locator(".card")).to_have_count(0)


def test_deleting_is_undone_by_the_keyboard_too(visit, store, stored):
    one = visit()
    press(one, stored[0], "delete")
    expect(card(one, stored[0])).to_have_count(0)
    expect(one.page.locator(".undo")).to_contain_text("Deleted “a red fox in snow”.")
    assert store.get(stored[0]) is None
    one.page.reload()  # the offer outlives a refresh, for whoever deleted it
    expect(one.page.locator(".undo")).to_contain_text("a red fox in snow")
    expect(visit(owner=OTHER).page.locator(".undo p")).to_have_count(0)
    press(one, stored[1], "delete")
    undo = one.page.get_by_role("button", name="Undo: bring back “a blue rabbit on grass”")
    expect(undo).to_be_focused()
    one.page.keyboard.press("Enter")
    expect(card(one, stored[1])).to_be_visible()
    one.page.get_by_role("button", name="Undo").click()
    expect(card(one, stored[0])).to_be_visible()
    assert store.get(stored[0]).status == "done"


def test_what_is_being_painted_cannot_be_deleted_and_moves_by_itself(visit, store, place, stored):
    run_id = invented(store, place, "a red ball", ME, 50, status="running")
    one = visit()
    expect(card(one, run_id).locator("[data-act=delete]")).to_be_disabled()
    expect(card(one, run_id).locator(".chip")).to_have_text("Running 100 %")
    store.queue.set_status(run_id, "stopped", "Stopped by a test.")
    expect(card(one, run_id).locator(".chip")).to_have_text("Stopped")
    expect(card(one, run_id).locator("[data-act=delete]")).to_be_enabled()
    press(one, run_id, "delete")
    expect(card(one, run_id)).to_have_count(0)


def test_a_card_opens_its_run_with_its_settings(visit, stored):
    one = visit()
    press(one, stored[1], "open")
    one.page.wait_for_selector(".player")
    expect(one.page.locator(".prompt")).to_have_text("“a blue rabbit on grass”")
    expect(one.page).to_have_url(re.compile(stored[1]))
    expect(one.page.get_by_role("textbox", name="Prompt")).to_have_value("a blue rabbit on grass")
    one.wait_steps(**STEPS)


def test_two_runs_are_chosen_and_compared(visit, stored):
    one = visit()
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
    assert (status, headers["Content-Type"], headers["Cache-Control"]) == (
        200,
        "image/webp",
        "private, max-age=31536000, immutable",
    )
    with Image.open(io.BytesIO(body)) as picture:
        assert picture.format == "WEBP" and picture.size == (16, 16)
    for path in (
        f"{stored[0]}/vqgan/99",
        f"{stored[0]}/nobody/12",
        f"{'b' * 26}/vqgan/12",
        f"{stored[0]}/vqgan/1x",
    ):
        assert fetch(f"{address}/thumbnails/{path}.webp")[0] == 404


def test_five_hundred_runs_are_quick(visit, store, place, stored):
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
            ids_of = {painter: f"{run_id}-{painter}" for painter in STEPS}
            join_paintings(db, run_id, ids_of, "", files=run_id)
            db.executemany(
                "INSERT INTO steps (painting, step, total, attempt, seconds, evaluations, "
                "score, heldout, realism, components, has_frame) "
                "VALUES (?, ?, 100, 1, 0, 0, .5, .5, .5, '{}', 0)",
                [(painting, step) for painting in ids_of.values() for step in range(50)],
            )
    one = visit()
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
    expect(one.page.locator(".missing")).to_have_count(3)


def test_what_was_chosen_keeps_the_focus_while_a_run_goes_on(visit, store, place, stored):
    run_id = invented(store, place, "a green ball", ME, 51, status="running")
    one = visit()
    press(one, stored[0], "choose")
    one.page.evaluate("window.said = 0")
    tray = one.page.locator(".tray")
    tray.evaluate("""(tray) => {
        const count = () => { window.said += 1; };
        new MutationObserver(count).observe(tray, { childList: true, subtree: true, characterData: true });
    }""")
    one.button("Clear").focus()
    store.queue.set_status(run_id, "stopped", "Stopped by a test.")
    expect(card(one, run_id).locator(".chip")).to_have_text("Stopped")  # the page has drawn itself anew
    expect(one.button("Clear")).to_be_focused()
    assert one.page.evaluate("window.said") == 0, "a screen reader would say it again"
