"""Settings, links, B and sweeps in a real headless Chromium, with real painters of tiny random models."""

import io
import re
import urllib.parse

import numpy as np
from PIL import Image

from core.base.setting import settings_of
from core.base.settings import PAINTERS
from tests.conftest import EXAMPLES
from tests.support.browser import expect
from tests.support.own_app import app_fixtures
from tests.support.serving import STEPS, wait_for

place, address, store = app_fixtures("module")  # the estimate goes by what was painted before

# The settings of the example, which the form starts with.
EXAMPLE = {"prompt": EXAMPLES[0], **{f"{painter}.steps": str(steps) for painter, steps in STEPS.items()}}


def settings(one, painter=0):
    """Open the settings of a painter; returns what is in them."""
    popovers = one.sidebar.get_by_test_id("stPopover").filter(has_text="Settings of")
    popovers.nth(painter).get_by_role("button").click()
    return one.page.get_by_test_id("stPopoverBody")


def parameters(one):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(one.page.url).query))


def wait_parameters(one, wanted):
    """Wait until the address holds these parameters and no other settings."""
    one.page.wait_for_function(
        """wanted => {
            const found = new URLSearchParams(location.search);
            const plain = ["prompt", "seed", "painters", "v"];
            const mine = [...found.keys()].filter((name) => plain.includes(name) || name.includes("."));
            const right = mine.every((name) => found.get(name) === wanted[name]);
            return right && mine.length === Object.keys(wanted).length;
        }""",
        arg={"v": "2", **wanted},
    )


def test_changed_settings_are_counted_explained_reset_and_in_the_address(watched):
    one = watched()
    one.wait_steps(**STEPS)
    assert parameters(one) == {}
    body = settings(one)
    expect(body.get_by_text("Random crops the judge sees per step.")).to_be_visible()
    back = body.get_by_role("button").filter(has_text="undo")
    number = len(settings_of(PAINTERS["pixels"]))
    expect(back).to_have_count(number)
    expect(back.first).to_be_enabled()  # the example has 20 steps
    expect(back.and_(one.page.locator(":disabled"))).to_have_count(number - 1)
    field = body.get_by_label("Steps", exact=True)
    field.fill("42")
    field.press("Enter")
    expect(body.get_by_text("Changed from 100.")).to_be_visible()
    wait_parameters(one, {**EXAMPLE, "pixels.steps": "42"})
    expect(field).to_be_visible()  # a change does not close what it was made in
    back.first.click()
    wait_parameters(one, {name: text for name, text in EXAMPLE.items() if name != "pixels.steps"})
    expect(field).to_have_value("100")
    expect(field).to_be_focused()  # the button is no longer enabled
    wait_parameters(one, {name: text for name, text in EXAMPLE.items() if name != "pixels.steps"})
    one.page.keyboard.press("Escape")
    one.page.locator(".prompt").click()  # away from the tooltip of the button that has the focus
    one.button("Reset").click()
    wait_parameters(one, {"prompt": EXAMPLES[0]})


def test_the_field_of_a_reset_setting_keeps_the_focus_however_slowly_the_page_comes(watched):
    one = watched().open_piece_by_piece()
    one.wait_steps(**STEPS)
    body = settings(one)
    field = body.get_by_label("Steps", exact=True)
    back = body.get_by_role("button").filter(has_text="undo").first
    expect(back).to_be_enabled()
    one.settle()
    field.evaluate("field => { field.sameAsBefore = true; }")
    back.click()
    wait_parameters(one, {name: text for name, text in EXAMPLE.items() if name != "pixels.steps"})
    expect(back).to_be_disabled()
    one.settle()
    expect(field).to_be_focused()
    assert field.evaluate("field => field.sameAsBefore"), "the settings were drawn anew"


def test_the_field_of_a_reset_setting_gets_the_focus_back_when_it_is_drawn_anew(watched):
    one = watched()
    one.wait_steps(**STEPS)
    body = settings(one)
    back = body.get_by_role("button").filter(has_text="undo").first
    back.click()
    expect(back).to_be_disabled()
    field = body.get_by_label("Steps", exact=True)
    expect(field).to_be_focused()
    for _ in range(2):
        field.evaluate("""field => new Promise((done) => {
            const place = field.parentElement;
            field.remove();
            setTimeout(() => done(place.append(field)), 300);
        })""")
        expect(field).to_be_focused()
    one.page.keyboard.press("Shift+Tab")
    expect(field).not_to_be_focused()
    field.evaluate("field => field.parentElement.append(field)")
    one.page.wait_for_timeout(200)
    expect(field).not_to_be_focused()


def test_an_estimate_stands_below_run_and_comes_from_this_machine_once_it_has_painted(watched, store):
    one = watched("/?prompt=a+red+fox+in+snow&seed=77&painters=pixels&pixels.steps=5")
    sidebar = one.sidebar
    one.button("Run").click()
    run_id = one.run_id()
    one.status("done")
    expect(sidebar.get_by_text("Shown at once, because it has been painted before.")).to_be_visible()
    seed = sidebar.get_by_label("Seed", exact=True)
    seed.fill("79")
    seed.press("Enter")
    expect(
        sidebar.get_by_text(
            re.compile(r"About \d+ s, \d\.\d GB\. From runs that this machine has finished\.")
        )
    ).to_be_visible()
    peak = store.database.read("SELECT peak FROM runs WHERE id = ?", run_id)[0]["peak"]
    assert 5e7 < peak < 2e10


def test_a_copied_link_shows_the_same_run_and_settings_elsewhere(watched):
    one = watched("/?prompt=a+red+fox+in+snow&seed=78&painters=vqgan&vqgan.steps=4&vqgan.cutouts=2")
    expect(one.page.get_by_test_id("stAlert")).to_contain_text("press Run to paint it")
    one.button("Run").click()
    run_id = one.run_id()
    one.status("done")
    one.context.grant_permissions(["clipboard-read", "clipboard-write"])
    one.button("Copy link").click()
    expect(one.page.get_by_text("Copied", exact=True)).to_be_visible()
    link = one.page.evaluate("navigator.clipboard.readText()")
    assert link == one.page.url and run_id in link and "vqgan.cutouts=2" in link
    other = watched(link.removeprefix(one.address))
    other.wait_steps(vqgan=4)
    expect(other.button("Cancel")).to_be_disabled()
    expect(settings(other, 1).get_by_label("Cutouts", exact=True)).to_have_value("2")
    by_settings = watched(
        "/?" + urllib.parse.urlencode({k: v for k, v in parameters(one).items() if k != "run"})
    )
    by_settings.wait_steps(vqgan=4)
    assert by_settings.run_id() == run_id


def test_where_there_is_no_clipboard_the_link_can_still_be_taken(watched):
    one = watched()
    one.wait_steps(**STEPS)
    one.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    one.page.evaluate("document.execCommand = () => false")
    one.button("Copy link").click()
    expect(one.page.get_by_label("Address of this page", exact=True)).to_have_value(one.page.url)


def test_the_slider_s_place_and_the_settings_share_the_address(watched):
    one = watched("/?step=50&axis=seconds&utm_source=mail")
    one.wait_steps(pixels=10)
    field = one.sidebar.get_by_label("Seed", exact=True)
    field.fill("3")
    field.press("Enter")
    wait_parameters(one, {**EXAMPLE, "seed": "3"})
    found = parameters(one)
    assert (float(found["step"]), found["axis"], found["utm_source"]) == (50, "seconds", "mail")
    one.wait_steps(pixels=10)


def test_a_refresh_keeps_what_was_set_but_not_run(watched):
    one = watched()
    one.wait_steps(**STEPS)
    one.prompt.fill("a blue rabbit")
    wait_parameters(one, {**EXAMPLE, "prompt": "a blue rabbit"})
    one.page.reload()
    expect(one.prompt).to_have_value("a blue rabbit")
    one.wait_steps(**STEPS)


def wait_runs(one, run, b):
    """Wait until the address names these two runs; None for one that must not be there."""
    one.page.wait_for_function(
        """wanted => {
            const found = new URLSearchParams(location.search);
            return ['run', 'b'].every((name, i) => found.get(name) === wanted[i]);
        }""",
        arg=[run, b],
    )


def test_the_run_before_is_laid_over_as_b_and_swapped(watched):
    one = watched("/?prompt=a+red+fox+in+snow&seed=80&painters=pixels&pixels.steps=4")
    one.button("Run").click()
    first = one.run_id()
    one.status("done")
    field = one.sidebar.get_by_label("Seed", exact=True)
    field.fill("81")
    field.press("Enter")
    wait_parameters(one, {"prompt": EXAMPLES[0], "seed": "81", "painters": "pixels", "pixels.steps": "4"})
    one.settle()
    one.button("Run").click()
    one.page.wait_for_function("first => !location.search.includes(first)", arg=first)
    second = one.run_id()
    one.status("done")
    one.wait_steps(pixels=4)  # its figures, too, are those of the last step
    one.button("Previous as B").click()
    expect(one.page.get_by_text("A differs from B: seed 81 instead of 80.")).to_be_visible()
    wait_runs(one, second, first)
    figures = one.page.locator(".panel dd:not(.rival)").all_inner_texts()
    said = one.page.locator(".words p").first.inner_text()
    expect(one.page.locator(".panel dd.rival")).to_have_count(len(figures))
    one.button("Swap").click()
    expect(one.page.locator(".panel dd.rival")).to_have_text([f"B {figure}" for figure in figures])
    expect(one.page.locator(".second-run details")).to_contain_text(said)
    expect(one.page.get_by_text("A differs from B: seed 80 instead of 81.")).to_be_visible()
    wait_runs(one, first, second)
    one.button("Remove B").click()
    expect(one.button("Keep as B")).to_be_visible()
    wait_runs(one, first, None)


def test_a_grid_is_painted_cell_by_cell_and_a_cell_opens_its_run(watched, store):
    one = watched()
    one.wait_steps(**STEPS)
    one.prompt.fill("a blue rabbit")
    one.page.get_by_role("link", name="Sweep", exact=True).click()
    sidebar = one.sidebar
    expect(one.prompt).to_have_value("a blue rabbit")
    values = sidebar.get_by_label("Values across")
    expect(values).to_have_value("1, 4, 16")
    values.fill("1, 2")
    values.press("Enter")
    expect(sidebar.get_by_text("2 cells")).to_be_visible()
    one.button("Paint grid").click()
    expect(one.page.locator(".sweep .chip")).to_have_text("2 of 2 painted")
    expect(one.button("Cancel")).to_be_disabled()
    expect(one.page.locator(".sweep .cell[data-status=done] img")).to_have_count(2)
    is_loaded = "all => all.every((i) => i.complete && i.naturalWidth > 0)"
    wait_for(lambda: one.page.locator(".sweep img").evaluate_all(is_loaded), what="the pictures")
    for box in one.page.locator(".sweep .cell").all():
        assert box.bounding_box()["x"] + box.bounding_box()["width"] <= 1440
    with one.page.expect_download() as download:
        one.page.get_by_role("link", name="Save as PNG").click()
    with Image.open(io.BytesIO(download.value.path().read_bytes())) as grid:
        assert grid.width > 600 and np.asarray(grid.convert("L")).std() > 10
    one.page.get_by_role("link", name=re.compile("Open the run Cutouts 2")).click()
    one.wait_steps(pixels=STEPS["pixels"])  # as set on the main page
    assert store.get(one.run_id()).request.settings["pixels"].cutouts == 2
    one.page.go_back()
    expect(one.page.locator(".sweep .chip")).to_have_text("2 of 2 painted")


def test_cancelling_a_grid_keeps_what_is_done(watched, store):
    one = watched("/?prompt=a+red+fox+in+snow&pixels.steps=400")
    one.wait_steps(**STEPS)
    one.button("One-click questions").click()
    one.button("Raw, Fourier, multi-scale").click()
    expect(one.page.locator(".sweep .hint")).to_contain_text("see whether")
    expect(one.page.locator(".sweep .cell")).to_have_count(3)
    one.button("Cancel").click()
    expect(one.page.get_by_test_id("stAlert")).to_contain_text("cells were stopped")
    expect(one.page.locator(".sweep .chip")).to_have_attribute("data-active", "false")
    expect(one.page.locator(".sweep .cell[data-status=stopped]").last).to_be_visible()
    expect(one.page).to_have_url(re.compile("[?&]sweep="))
