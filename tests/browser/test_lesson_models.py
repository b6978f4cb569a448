"""The opening failure, noise on purpose and the codebook in a real browser, by keyboard, with tiny models."""

import re

import numpy as np
import pytest

from core.base.frame import Frame, Measurement
from core.base.measure_names import two_decimals
from core.base.request import RunRequest
from core.measures.judge_gap import to_shared_scale
from core.packs import read_manifest
from tests.support.browser import expect
from tests.support.serving import fetch, invented_run

ME = "me-" * 10
STEPS = 8


@pytest.fixture
def visit(watched):
    """Opens a lesson page by its address as one person."""
    return lambda path: watched(path, owner=ME, wait=".lesson").page


@pytest.fixture(scope="module")
def run_id(store):
    """A run of raw ascent that becomes static, as if the miniature's, whose real pictures were measured."""
    request = RunRequest.make("a red fox in snow", 1, "miniature", ("pixels",), pixels={"steps": STEPS})
    return invented_run(store, request, owner=ME, steps=becoming_static)


def becoming_static(request):
    """Frames that become static, and measurements that say so."""
    static = np.random.default_rng(0).normal(size=(128, 128, 3))
    for step in range(STEPS + 1):
        share = step / STEPS
        image = (128 + 90 * share * static).clip(0, 255).astype(np.uint8)
        extras = {"gradient": image} if step == STEPS else {}
        measurement = Measurement(0.1 * step, share, -share / 2, 0.9 - 0.9 * share)
        yield Frame("pixels", step, STEPS, image, extras, step), measurement


def focus(page, locator):
    """Give it the focus as a script may, then everything else is done by keys."""
    locator.focus()
    return page.keyboard


def test_the_failure_follows_the_slider_and_points_signs_out(visit, run_id):
    page = visit(f"/failure?run={run_id}")
    signs = page.locator(".sign")
    expect(page.locator(".transport .readout")).to_have_text(f"step {STEPS} of {STEPS}")
    expect(signs.nth(1)).to_have_attribute("data-state", "there")  # static has edges everywhere
    expect(signs.nth(3)).to_have_attribute("data-state", "there")
    expect(signs.nth(4)).to_have_attribute("data-state", "there")
    expect(page.locator(".signs > p")).to_contain_text(f"At step {STEPS}, ")
    expect(page.locator(".node").nth(0)).to_contain_text("The start: grey with 1 % noise.")
    expect(page.locator(".node").nth(1).locator("b")).to_have_text("1.00")
    expect(page.locator(".node img")).to_be_visible()
    keys = focus(page, signs.nth(2).get_by_role("button"))
    keys.press("Enter")  # the fragments are boxes
    expect(page.locator(".pointed rect").first).to_be_attached()
    keys.press("Home")
    expect(page.locator(".transport .readout")).to_have_text(f"step 0 of {STEPS}")
    expect(signs.nth(1)).to_have_attribute("data-state", "absent")  # said honestly
    expect(signs.nth(3)).to_have_attribute("data-state", "absent")
    expect(page.locator(".loop")).to_have_attribute("data-phase", "0")
    keys.press("ArrowRight")
    expect(page.locator(".transport .readout")).to_have_text(f"step 1 of {STEPS}")
    expect(page.locator(".loop")).to_have_attribute(
        "data-phase", "4"
    )  # after judge, gradient and update have lit up
    expect(page.locator(".pointed .picture")).to_have_attribute(
        "aria-label", re.compile("^Step 1: Judge 0.13")
    )


def test_noise_is_computed_on_request_and_stepped_through(visit):
    page = visit("/noise")
    expect(page.locator(".readout").nth(1)).to_have_text(
        "12 of 25"
    )  # the tiny pack has no shipped state: it was computed
    keys = focus(page, page.get_by_role("slider", name="Repairs made"))
    keys.press("End")
    expect(page.locator(".readout").nth(1)).to_have_text("25 of 25")
    level = page.get_by_role("slider", name="Noise level")
    focus(page, level).press("Home")
    expect(page.locator(".readout").first).to_have_text("t = 0")
    expect(page.locator(".readout").nth(1)).to_have_text("25 of 25")  # the other slider stays
    expect(page.locator(".leaps figure")).to_have_count(8)
    before = page.locator(".leaps canvas").first.get_attribute("aria-label")
    other = page.get_by_role("button", name="Different noise")
    focus(page, other).press("Enter")
    expect(page.locator(".note.row")).to_be_visible()  # how far it is
    expect(page.locator(".leaps canvas").first).not_to_have_attribute("aria-label", before)
    expect(page.locator(".note.row")).to_be_hidden()


def test_codes_are_swapped_shuffled_and_put_back_by_keyboard(visit):
    page = visit("/codebook")
    told = page.locator(".summary")
    expect(told).to_contain_text("64 codes")
    expect(page.locator(".book rect.over")).to_have_count(1)  # the cell's code in the book
    keys = focus(page, page.get_by_role("application", name="Cells of the picture"))
    keys.press("ArrowRight")
    keys.press("ArrowUp")
    expect(page.locator(".cell p").first).to_contain_text("Row 4, column 6: code ")
    book = page.get_by_role("application", name="The codes of the book")
    keys = focus(page, book)
    code = int(page.locator(".cell p").first.inner_text().split("code ")[1].split(",")[0])
    keys.press("ArrowRight")
    if f"In the book: code {code}." in page.locator(".cell p").first.inner_text():
        keys.press("ArrowRight")
    keys.press("Enter")
    expect(told).to_contain_text("1 of 64 cells differ")
    expect(page.locator(".item")).to_have_count(2)
    focus(page, page.get_by_role("button", name="Undo")).press("Enter")
    expect(told).to_contain_text("64 codes")
    focus(page, page.get_by_role("button", name="Shuffle all cells")).press("Enter")
    expect(told).to_contain_text("The same codes in a different order.")
    focus(page, page.get_by_role("button", name="All codes random")).press("Enter")
    expect(told).to_contain_text("Codes drawn at random from the book.")
    expect(page.locator(".item .name")).to_have_text(["As it is", "Random codes", "Shuffled", "By hand"])
    focus(page, page.get_by_role("button", name="Put everything back")).press("Enter")
    expect(told).to_contain_text("64 codes")


def test_a_request_that_nobody_should_send_is_refused(address):
    for path in (
        "/lessons/zzz.json",
        f"/lessons/{'0' * 32}/..%2f..%2fx.png",
        "/signs/abc/1.json",
        f"/signs/{'a' * 26}/1.json",
    ):
        assert fetch(address + path)[0] in (400, 404)


def test_a_learners_own_ascent_is_painted_and_followed(visit, store):
    page = visit("/failure")
    expect(page.locator(".transport .readout")).to_have_text("step 20 of 20")  # the example
    box = page.get_by_role("textbox", name="Or your own prompt")
    box.fill("a blue rabbit on grass at sunset")
    box.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".transport .readout")).to_have_text(
        re.compile(r"step \d+ of 100")
    )  # as far as it is by now
    expect(page.locator(".node").nth(1).locator("b")).to_have_text(re.compile(r"−?\d\.\d\d"))


def test_a_busy_server_does_not_end_a_computation(watched):
    asked = []

    def answer(route):
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(status=503, content_type="text/plain", body="The store is locked.")
        else:
            route.continue_()

    one = watched("/toy", owner=ME, wait=".toy")
    one.page.route("**/lessons/*.json", answer)
    one.open("/noise", wait=".leaps figure")
    expect(one.page.locator(".leaps figure")).to_have_count(8)
    assert len(asked) > 1
    one.faults[:] = [fault for fault in one.faults if "503" not in fault]


@pytest.mark.parametrize(("path", "wait"), [("/noise", ".leaps figure"), ("/codebook", ".shelf .item")])
def test_judges_are_on_the_scale_of_all_other_pages(watched, place, path, wait):
    one = watched("/toy", owner=ME, wait=".toy")
    results = []

    def note(response):
        if re.search(r"/lessons/\w+\.json", response.url) and response.ok:
            results.append(response.json().get("result"))

    one.page.on("response", note)
    one.open(path, wait=wait)
    bands = read_manifest(str(place[1]))["reference"]

    def spoken(found):
        judged = {name: to_shared_scale(found[name], bands[name]) for name in ("score", "heldout")}
        values = map(two_decimals, (*judged.values(), found["realism"]))
        return "Judge {}, Held-out {}, Realism {}".format(*values)

    if path == "/noise":
        (result,) = [one for one in results if one]
        label = one.page.locator(".leaps canvas").last.get_attribute("aria-label")
        assert label.endswith(spoken(result["leap_figures"]["on"][-1]))
        assert one.page.locator(".card .meters .value").first.inner_text() in spoken(result["forward"][10])
    else:
        said = {spoken(result["figures"]) for result in results if result and "figures" in result}
        assert one.page.locator("[role=application]").first.get_attribute("aria-description") in said
    expect(one.page.locator(".meter").filter(has_text="0 unrelated, 1 matching").first).to_be_visible()
    assert "cosine" not in one.page.locator(".lesson").inner_text()
