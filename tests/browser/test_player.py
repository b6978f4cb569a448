"""The player in a real headless Chromium: playback, turning points, address, presenter view, second run."""

import re
from dataclasses import replace

import pytest

from core.base.request import RunRequest
from tests.support.browser import expect
from tests.support.serving import STEPS, example_request, invented_run, invented_steps, wait_for

CURVES = ("score", "heldout", "realism")
TURN = 6  # step of 12 from which the invented VQGAN loses what realism it had


def steps_that_turn(request):
    """Invented steps: VQGAN's realism rises to 0.8 at TURN and falls to 0.2, while its score keeps rising."""
    for frame, measured in invented_steps(request):
        if frame.painter == "vqgan":
            realism = 0.8 * frame.step / TURN if frame.step <= TURN else 0.8 - 0.1 * (frame.step - TURN)
            measured = replace(measured, realism=realism)
        if frame.painter == "pixels":
            measured = replace(measured, heldout=0.3 * frame.step / frame.total)
        yield frame, measured


def slider(one):
    return one.page.get_by_label("Step of all painters")


def wait_query(one, **wanted):
    """Wait until the address has these parameters of the player's; None for one that must not be there."""
    one.page.wait_for_function(
        "wanted => Object.entries(wanted)"
        ".every(([name, value]) => new URLSearchParams(location.search).get(name) === value)",
        arg=wanted,
    )


@pytest.fixture(scope="module")
def turned(store, place):
    """Id of a run in which one painter of three goes wrong."""
    return invented_run(store, example_request(place[1], seed=7), steps=steps_that_turn)


def test_the_moment_it_goes_wrong_is_marked_said_and_one_key_away(watched, turned):
    one = watched(f"/?run={turned}")
    one.wait_steps(**STEPS)
    expect(one.page.locator(".words")).to_contain_text("From step 6 on, VQGAN+CLIP's judge score rises from ")
    expect(one.page.locator(".words")).to_contain_text("while realism falls from 0.69 to 0.30")
    expect(one.page.locator(".words")).to_contain_text(
        "Pixel ascent was wrong from the start: its realism never rose above 0.02"
    )
    expect(one.page.locator(".words")).to_contain_text(
        "Guided diffusion has no turning point: nothing falls for good"
    )
    for chart in (*CURVES, "plane"):
        expect(one.page.locator(f".chart.{chart} svg")).to_contain_text("step 6")
        expect(one.page.locator(f".chart.{chart} svg path[fill='#f0c400'][stroke='#0072B2']")).to_have_count(
            1
        )
    jump = one.button("◆ step 6", exact=False)
    expect(jump).to_have_count(1)
    jump.focus()
    one.page.keyboard.press("Enter")
    one.wait_steps(pixels=10, vqgan=TURN, diffusion=5)
    expect(one.page.locator(".panel[data-painter=pixels] .turn")).to_contain_text("from the start")
    expect(one.page.locator(".panel[data-painter=diffusion] .turn")).to_contain_text("no turning point")


def test_pointing_at_a_moment_tells_its_sentence(watched, turned):
    one = watched(f"/?run={turned}")
    one.page.locator(".chart.realism svg path[fill='#f0c400']").hover()
    one.page.wait_for_selector(".chart.realism[title^='From step 6 on, VQGAN+CLIP']")


def test_single_steps_by_button_and_slow_motion(watched):
    one = watched("/?step=0")
    one.wait_steps(pixels=0, vqgan=0, diffusion=0)
    one.button("One step forward").click()
    one.wait_steps(pixels=1, vqgan=1, diffusion=1)
    one.button("One step back").click()
    one.wait_steps(pixels=0)

    def steps_in_two_seconds(speed):
        slider(one).fill("0")
        one.page.get_by_label("Playback speed").select_option(speed)
        one.button("Play").click()
        one.page.clock.run_for(2000)
        one.button("Pause").click()
        return int(slider(one).input_value())

    one.stop_clock()
    assert steps_in_two_seconds("0.25") in (1, 2), "20 steps take 8 s at speed 1"
    assert steps_in_two_seconds("2") in (9, 10, 11)


def test_keys_work_wherever_nothing_else_needs_them(watched):
    one = watched("/?step=0")
    one.wait_steps(pixels=0)
    one.page.get_by_role("link", name="How to read this").focus()
    one.page.keyboard.press("ArrowRight")
    one.wait_steps(pixels=1)
    one.button("Run").focus()
    one.page.keyboard.press("End")
    one.wait_steps(**STEPS)
    one.page.get_by_label("Playback speed").focus()  # a list keeps its own keys
    one.page.keyboard.press("ArrowLeft")
    one.prompt.focus()
    for key in ("Home", "ArrowLeft", "Space", "p"):
        one.page.keyboard.press(key)
    assert one.steps() == STEPS
    expect(one.button("Play")).to_be_visible()
    expect(one.page.locator(".leave")).to_be_hidden()


def test_reduced_motion_plays_in_few_still_pictures(watched):
    one = watched("/?step=0")
    one.wait_steps(pixels=0)
    one.page.emulate_media(reduced_motion="reduce")
    one.page.get_by_label("Playback speed").select_option("2")
    one.stop_clock()
    one.page.locator(".panel canvas").first.evaluate(
        "canvas => { window.seen = new Set();"
        "new MutationObserver(() => window.seen.add(canvas.dataset.step))"
        ".observe(canvas, { attributeFilter: ['data-step'] }); }"
    )
    one.button("Play").click()
    one.page.clock.run_for(4500)
    one.page.clock.resume()
    one.wait_steps(**STEPS)
    seen = one.page.evaluate("window.seen.size")
    assert 2 <= seen <= 12, "4 s at two pictures a second, not 20"


def test_the_address_carries_step_axis_and_view(watched, turned):
    one = watched(f"/?run={turned}")
    one.wait_steps(**STEPS)
    slider(one).fill("5")
    wait_query(one, run=turned, step="25", axis=None, view=None)
    one.page.get_by_label("Horizontal axis of the curves").select_option("seconds")
    wait_query(one, step="25", axis="seconds")
    other = watched(one.page.url.removeprefix(one.address))
    other.wait_steps(pixels=5, vqgan=3, diffusion=3)
    expect(other.page.get_by_label("Horizontal axis of the curves")).to_have_value("seconds")
    other.page.keyboard.press("p")
    wait_query(other, step="25", axis="seconds", view="presenter")
    other.page.reload()
    expect(other.page.locator(".counter")).to_have_text("25 % of the run")
    other.page.keyboard.press("Escape")
    wait_query(other, step="25", axis="seconds", view=None)
    other.page.keyboard.press("End")  # the end goes without saying
    wait_query(other, run=turned, step=None, axis="seconds")


def test_the_step_in_the_address_outlives_a_rerun(watched, turned):
    one = watched(f"/?run={turned}&step=25")
    one.wait_steps(pixels=5)
    slider(one).fill("10")
    wait_query(one, step="50")
    one.prompt.fill("a blue trampoline")
    expect(one.page.get_by_test_id("stAlert").first).to_contain_text(
        "do not know “trampoline”"
    )  # the script has run
    wait_query(one, run=turned, step="50")
    assert one.steps()["pixels"] == 10


def test_another_run_starts_without_the_step_of_the_last_and_back_finds_it(watched, store, place, turned):
    one = watched(f"/?run={turned}&step=25")
    one.wait_steps(pixels=5)
    one.page.get_by_test_id("stNumberInputField").first.fill("4242")
    one.page.get_by_test_id("stNumberInputField").first.press("Enter")
    one.button("Run").click()
    one.page.wait_for_function(
        "id => !location.search.includes(id) && !location.search.includes('step=')", arg=turned
    )
    one.status("queued", "running", "done")
    one.page.go_back()
    wait_query(one, run=turned, step="25")
    one.wait_steps(pixels=5)


def test_junk_in_the_address_falls_back_and_is_named(watched, turned):
    one = watched(f"/?run={turned}&step=-3&axis=%3Cb%3E&view=cinema")
    one.wait_steps(**STEPS)
    expect(one.page.locator(".words p").first).to_contain_text(
        "step “-3” (accepted: a number from 0 to 100, in per cent of the run)"
    )
    expect(one.page.locator(".words p").first).to_contain_text(
        "axis “<b>” (accepted: share, step, seconds, evaluations)"
    )
    expect(one.page.locator(".words p").first).to_contain_text("view “cinema” (accepted: presenter)")
    expect(one.page.get_by_label("Horizontal axis of the curves")).to_have_value("share")


def fits(part, width, height):
    """Whether a part of the page is wholly on the screen; charts are drawn again for their new size."""
    box = part.bounding_box()
    return box and box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] + box["height"] <= height


@pytest.mark.parametrize(("width", "height", "scheme"), [(1440, 900, "light"), (1920, 1080, "dark")])
def test_presenter_view_fills_the_projector_and_escape_leaves_it(watched, turned, width, height, scheme):
    one = watched(f"/?run={turned}", width=width, height=height, scheme=scheme)
    one.wait_steps(**STEPS)
    one.button("Presenter view (P)").click()
    expect(one.page.get_by_test_id("stSidebar")).to_be_hidden()
    expect(one.prompt).to_be_hidden()
    expect(one.page.locator(".controls")).to_be_hidden()
    assert one.page.locator(".counter b").evaluate("b => parseFloat(getComputedStyle(b).fontSize)") >= 48
    for selector in (
        ".prompt",
        ".counter",
        ".panels",
        *(f".chart.{chart} svg" for chart in (*CURVES, "plane")),
    ):
        part = one.page.locator(selector)
        wait_for(lambda part=part: fits(part, width, height), what=f"{selector} on the screen")
    side = one.page.locator(".panel canvas").first.bounding_box()["width"]
    assert side >= 0.4 * height
    one.page.keyboard.press("ArrowLeft")
    expect(one.page.locator(".counter")).to_have_text("95 % of the run")
    one.page.keyboard.press("Escape")
    expect(one.page.get_by_test_id("stSidebar")).to_be_visible()
    expect(one.button("Presenter view (P)")).to_be_focused()


def test_presenter_view_at_400_percent_is_one_column_with_whole_labels(watched, turned):
    one = watched(f"/?run={turned}&view=presenter", width=360, height=225)
    one.wait_steps(**STEPS)
    for chart in (*CURVES, "plane"):
        expect(one.page.locator(f".chart.{chart} svg")).to_be_visible()
    lefts = one.page.locator(".panel").evaluate_all("all => all.map(p => p.getBoundingClientRect().left)")
    assert len(set(lefts)) == 1, "one below the other"
    cut = one.page.locator(".player").evaluate(
        """player => [...player.querySelectorAll(
            'h2, h3, .step, .counter, dt, dd, .axis-name, .leave, svg text',
        )].filter((e) => {
            const { left, right, width } = e.getBoundingClientRect();
            const clipped = e instanceof HTMLElement && e.clientWidth && e.scrollWidth > e.clientWidth + 1;
            return width && (left < 0 || right > innerWidth + 1 || clipped);
        }).map((e) => e.textContent)"""
    )
    assert cut == []


def test_curves_over_seconds_grow_with_a_running_run(watched, store, place):
    request = example_request(place[1], seed=31)
    run_id = invented_run(store, request, "running", share=0.5)
    one = watched(f"/?run={run_id}&axis=seconds")
    one.status("running")
    labels = one.page.locator(".chart.score svg .role-axis-label").first
    expect(labels).to_contain_text("1.0")  # pixels has come to step 10 of 0.1 s
    expect(labels).not_to_contain_text("2.0")
    for frame, measurement in invented_steps(request):
        if frame.step > 0.5 * frame.total:
            store.record(run_id, frame, measurement)
    expect(labels).to_contain_text("2.0")
    expect(one.page.locator(".chart.score svg .mark-rule line[stroke='#0072B2']")).to_have_count(
        1
    )  # a rule per painter
    one.page.get_by_label("Horizontal axis of the curves").select_option("evaluations")
    expect(labels).to_contain_text("20")
    store.queue.set_status(run_id, "stopped", "Stopped by a test.")


def test_a_second_run_is_laid_over_the_first(watched, store, place, turned):
    settings = {painter: {"steps": steps} for painter, steps in STEPS.items()}
    settings["pixels"]["learning_rate"] = 0.2
    other = invented_run(store, RunRequest.make("a red fox in snow", 8, str(place[1]), **settings))
    one = watched(f"/?run={turned}&b={other}")
    one.wait_steps(**STEPS)
    expect(one.page.locator(".second-run")).to_contain_text(
        "B (thin, pale curves) differs from A: seed 8 instead of 7; "
        "Pixel ascent: learning rate 0.2 instead of 0.05."
    )
    for chart in CURVES:
        expect(
            one.page.locator(f".chart.{chart} svg .mark-text text", has_text=re.compile("^B$"))
        ).to_have_count(3)
    expect(one.page.locator(".panel canvas.b[data-step]")).to_have_count(3)
    wipe = one.page.get_by_label("Pixel ascent: how much of run B's picture is covered by run A's")
    expect(wipe).to_have_value("50")
    wipe.focus()
    one.page.keyboard.press("Home")  # belongs to the wipe
    expect(wipe).to_have_value("0")
    covered = one.page.locator(".panel[data-painter=pixels] canvas.b")
    expect(covered).to_have_css("clip-path", "inset(0px 0px 0px 0%)")
    assert one.steps() == STEPS
    slider(one).fill("10")
    expect(one.page.locator(".panel[data-painter=vqgan] canvas.b")).to_have_attribute("data-step", "6")
