"""The main page in a real headless Chromium, with the real server and painters (tiny random models)."""

import re

import pytest

from core.storage.gallery import Gallery
from tests.conftest import EXAMPLES
from tests.support.browser import expect
from tests.support.serving import STEPS, example_request, invented_run

FULL = "The disk is full; free some space and press Run again."
CHARTS = ("score", "heldout", "realism", "plane")


def set_steps(one, steps, cutouts=1, painter="Pixel ascent"):
    """Change a painter's numbers of steps and cutouts in its settings."""
    settings = one.page.get_by_test_id("stPopover").filter(has_text=f"Settings of {painter}")
    settings.get_by_role("button").click()
    for label, value in (("Steps", steps), ("Cutouts", cutouts)):
        field = one.page.get_by_test_id("stPopoverBody").get_by_label(label, exact=True)
        field.fill(str(value))
        field.press("Enter")
    one.page.keyboard.press("Escape")


def test_the_example_is_there_before_anything_is_pressed(watched):
    one = watched()
    one.status("done")
    expect(one.page.locator(".chip")).to_have_text("Example, computed in advance")
    one.wait_steps(**STEPS)
    assert len(set(one.pictures())) == 3
    for chart in CHARTS:
        expect(one.page.locator(f".chart.{chart} svg")).to_be_visible()
    expect(one.page.locator(".words p").first).to_contain_text(
        "Pixel ascent ends with the highest judge score, 2.25 on the shared scale"
    )
    expect(one.page.locator(".panel[data-painter=diffusion] dd")).to_have_text(["1.25", "1.00", "0.90"])


@pytest.mark.parametrize(
    ("width", "height", "scheme"), [(1440, 900, "light"), (1440, 900, "dark"), (1920, 1080, "light")]
)
def test_everything_fits_the_screen_without_scrolling(watched, width, height, scheme):
    one = watched(width=width, height=height, scheme=scheme)
    one.wait_steps(**STEPS)
    for chart in CHARTS:
        expect(one.page.locator(f".chart.{chart} svg")).to_be_visible()
    for selector in (".prompt", ".panels", ".controls", *(f".chart.{chart}" for chart in CHARTS), ".words"):
        box = one.page.locator(selector).bounding_box()
        assert box["width"] > 0 and box["x"] >= 0, selector
        assert box["x"] + box["width"] <= width and box["y"] + box["height"] <= height, selector
    for chart in CHARTS:
        box = one.page.locator(f".chart.{chart}").bounding_box()
        for label in one.page.locator(f".chart.{chart} svg text").all():
            inner = label.bounding_box()
            assert (
                inner["x"] >= box["x"] - 1 and inner["x"] + inner["width"] <= box["x"] + box["width"] + 1
            ), label.text_content()


def test_one_slider_moves_every_picture_and_every_marker(watched):
    one = watched()
    one.wait_steps(**STEPS)
    for chart in CHARTS:
        expect(one.page.locator(f".chart.{chart} svg g.mark-symbol path[stroke=white]")).to_have_count(3)
    end = one.pictures()
    marks = {chart: one.marks(chart) for chart in CHARTS}
    one.page.locator(".player input[type=range]").fill("10")
    one.wait_steps(pixels=10, vqgan=6, diffusion=5)
    expect(one.page.locator(".readout")).to_have_text("50 %")
    for chart in CHARTS:
        wait_until_moved(one, chart, marks[chart])
    assert all(now != then for now, then in zip(one.pictures(), end, strict=True))
    expect(one.page.locator(".panel[data-painter=pixels] .step")).to_have_text("step 10 of 20")


def wait_until_moved(one, chart, before):
    """Wait until all three markers of a chart have left their places."""
    one.page.wait_for_function(
        """([chart, before]) => {
            const hosts = [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')];
            const path = `.chart.${chart} g.mark-symbol path`;
            const found = (host) => [...host.shadowRoot.querySelectorAll(path)];
            const marks = hosts.flatMap(found)
                .filter((p) => p.getAttribute('stroke') === 'white').map((p) => p.getAttribute('transform'));
            return marks.length === before.length && marks.every((m, i) => m !== before[i]);
        }""",
        arg=[chart, before],
    )


def test_the_keyboard_plays_steps_and_jumps(watched):
    one = watched()
    one.wait_steps(**STEPS)
    press_key = one.page.keyboard.press
    one.button("One step back").focus()  # elsewhere Home and End are left to a page that scrolls
    press_key("Home")
    one.wait_steps(pixels=0, vqgan=0, diffusion=0)
    press_key("ArrowRight")
    one.wait_steps(pixels=1, vqgan=1, diffusion=1)
    press_key("PageUp")
    one.wait_steps(pixels=3)
    press_key("ArrowLeft")
    one.wait_steps(pixels=2)
    press_key("End")
    one.wait_steps(**STEPS)
    one.page.locator(".prompt").click()  # no longer on the button, which Space would press
    press_key("Space")  # plays from the start when at the end
    expect(one.button("Pause")).to_be_visible()
    one.page.wait_for_selector(".panel[data-painter=pixels] canvas:not([data-step='20'])")
    one.wait_past(2)
    press_key("Space")
    expect(one.button("Play")).to_be_visible()
    one.prompt.click()
    before = one.steps()
    press_key("ArrowLeft")
    one.prompt.press("Home")
    assert one.steps() == before, "keys in the form belong to the form"


def test_the_axis_of_the_curves_can_be_switched(watched):
    one = watched()
    one.wait_steps(**STEPS)
    labels = one.page.locator(".chart.score svg .role-axis-label").first
    expect(labels).to_contain_text("100")
    one.page.get_by_label("Horizontal axis of the curves").select_option("step")
    expect(labels).not_to_contain_text("100")
    expect(labels).to_contain_text("20")


def test_type_run_watch_scrub_refresh_cancel(watched, store):
    one = watched()
    one.wait_steps(**STEPS)
    one.prompt.fill("a blue rabbit on a trampoline")
    expect(one.page.get_by_test_id("stAlert")).to_contain_text("do not know “trampoline”")
    for painter in ("Pixel ascent", "VQGAN+CLIP"):  # long enough for everything below on a fast machine
        set_steps(one, 500, cutouts=64, painter=painter)
    one.button("Run").click()
    one.status("queued", "running")
    run_id = one.run_id()
    expect(one.page.locator(".prompt")).to_have_text("“a blue rabbit on a trampoline”")
    one.status("running")
    one.wait_past(3)  # frames come by themselves
    expect(one.page.locator(".chip")).to_contain_text("Running")

    one.page.locator(".player input[type=range]").fill("1")  # scrub while it runs
    one.wait_steps(pixels=1)
    expect(one.button("Go to live")).to_be_visible()
    one.button("Go to live").click()
    one.wait_past(3)

    one.page.reload()  # the run goes on, and is still mine
    one.status("running")
    expect(one.prompt).to_have_value("a blue rabbit on a trampoline")
    other = watched(f"/?run={run_id}")  # another browser sees it, but may not stop it
    other.status("running")
    expect(other.button("Cancel")).to_be_disabled()

    expect(one.button("Cancel")).to_be_enabled()
    one.button("Cancel").click()
    one.status("stopped")
    other.status("stopped")
    expect(one.page.locator(".words p").first).to_contain_text("what was painted stays")
    expect(one.button("Cancel")).to_be_disabled()
    assert store.get(run_id).status == "stopped"
    computed = len(store.rows(run_id))
    assert 10 < computed < 1013
    one.button("One step back").focus()  # elsewhere the key is left to a page that scrolls
    one.page.keyboard.press("Home")
    one.wait_steps(pixels=0, vqgan=0, diffusion=0)


def test_a_run_ends_with_its_verdict_and_the_player_is_never_mounted_anew(watched, store, place):
    one = watched()
    one.wait_steps(**STEPS)
    one.page.locator(".player").evaluate("player => { player.sameAsBefore = true; }")
    one.prompt.fill(EXAMPLES[0])
    for painter in ("VQGAN+CLIP", "Guided diffusion"):
        one.sidebar.get_by_text(painter).first.click()
    set_steps(one, 6)
    one.button("Run").click()
    one.run_id()
    one.status("done")
    one.wait_steps(pixels=6)
    assert list(one.steps()) == ["pixels"]
    expect(one.page.locator(".chip")).to_contain_text("Done")
    expect(one.page.locator(".words p").first).to_contain_text("Pixel ascent ends with")
    expect(one.button("Cancel")).to_be_disabled()
    assert one.page.locator(".player").evaluate("player => player.sameAsBefore === true")


def test_a_failed_run_says_why_and_keeps_its_pictures(watched, store, place):
    run_id = invented_run(store, example_request(place[1], seed=1000), "failed", FULL, share=0.5)
    one = watched(f"/?run={run_id}")
    one.status("failed")
    one.wait_steps(pixels=10, vqgan=6, diffusion=5)
    expect(one.page.locator(".words p").first).to_have_text(FULL)
    expect(one.page.locator(".chip")).to_have_text("Failed at 50 %")


def test_bad_input_is_one_sentence_and_the_example_stays(watched):
    one = watched()
    one.wait_steps(**STEPS)
    one.prompt.fill("")
    one.button("Run").click()
    expect(one.page.get_by_test_id("stAlert")).to_contain_text("The prompt is empty")
    one.prompt.fill("x" * 2000)
    one.button("Run").click()
    expect(one.page.get_by_test_id("stAlert").first).to_contain_text("at most 300")
    expect(one.page.locator(".player[data-status=done]")).to_have_count(1)
    expect(one.page.get_by_test_id("stException")).to_have_count(0)


def test_the_other_page_explains_and_coming_back_keeps_form_and_run(watched, store, place):
    run_id = invented_run(store, example_request(place[1], seed=1005))
    one = watched(f"/?run={run_id}")
    one.wait_steps(**STEPS)
    one.prompt.fill("a red rabbit")
    one.page.get_by_role("link", name="How to read this").click()
    expect(one.page.get_by_text("What the realism figure cannot see")).to_be_visible()
    one.page.get_by_role("link", name="Compare", exact=True).click()
    one.wait_steps(**STEPS)
    expect(one.prompt).to_have_value("a red rabbit")
    expect(one.page).to_have_url(re.compile(run_id))


def test_an_interrupted_run_goes_on_by_itself_in_an_open_tab(watched, store, place):
    run_id = invented_run(store, example_request(place[1], seed=1006), "interrupted", share=0.5)
    one = watched(f"/?run={run_id}")
    one.status("interrupted")
    expect(one.page.locator(".chip")).to_have_text("Interrupted at 50 %")
    store.queue.set_status(run_id, "running")  # as after a restart of the server
    one.status("running")
    store.queue.set_status(run_id, "done")
    one.status("done")


def test_a_run_deleted_in_another_tab_says_so_and_comes_back(watched, store, place):
    run_id = invented_run(store, example_request(place[1], seed=1007), owner="o" * 32)
    one = watched(f"/?run={run_id}", owner="o" * 32)
    one.wait_steps(**STEPS)
    assert Gallery(store).delete(run_id, "o" * 32)
    one.page.evaluate("dispatchEvent(new Event('focus'))")  # as when its tab is looked at again
    one.status("deleted")
    expect(one.page.locator(".chip")).to_have_text("Deleted")
    expect(one.page.locator(".prompt")).to_have_text("“a red fox in snow”")
    one.button("Undo").click()
    one.wait_steps(**STEPS)
    # Its pictures were not to be had meanwhile.
    one.faults[:] = [fault for fault in one.faults if not re.search("404|410", fault)]


def test_enter_runs_and_back_leads_to_what_was_there_before(watched, store, place):
    run_id = invented_run(store, example_request(place[1], seed=1008))
    one = watched(f"/?run={run_id}")
    one.wait_steps(**STEPS)
    for painter in ("VQGAN+CLIP", "Guided diffusion"):
        one.sidebar.get_by_text(painter).first.click()
    set_steps(one, 2)
    one.prompt.fill(EXAMPLES[1])
    expect(one.page.get_by_text("Press Run to paint this.")).to_be_visible()
    one.prompt.press("Enter")
    expect(one.page.locator(".prompt")).to_have_text(f"“{EXAMPLES[1]}”")
    expect(one.page.get_by_text("Press Run to paint this.")).to_have_count(0)
    one.status("done")
    one.page.go_back()
    expect(one.page.locator(".prompt")).to_have_text("“a red fox in snow”")
    expect(one.prompt).to_have_value("a red fox in snow")
    expect(one.page).to_have_url(re.compile(f"run={run_id}"))


def test_a_server_that_goes_away_is_said_and_waited_for(watched, store, place):
    run_id = invented_run(store, example_request(place[1], seed=2000), "running", share=0)
    one = watched(f"/?run={run_id}")
    one.status("running")
    one.context.set_offline(True)
    expect(one.page.locator(".chip")).to_have_text("Connection lost, trying again")
    one.context.set_offline(False)
    store.queue.set_status(run_id, "stopped", "Stopped by a test.")
    one.status("stopped")
    one.faults[:] = [
        fault for fault in one.faults if "ERR_INTERNET_DISCONNECTED" not in fault and "WebSocket" not in fault
    ]
