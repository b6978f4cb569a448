"""The player in a real headless Chromium: transport, moments, address, presenter view, a second run laid over the first."""

import re
import time
from dataclasses import replace

import pytest

from core.settings import RunRequest
from tests.browser import PATIENCE_MS
from tests.serving import STEPS, example_request, invented_steps

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
playwright_api.expect.set_options(timeout=PATIENCE_MS)
expect = playwright_api.expect
CURVES = ("score", "heldout", "realism")
TURN = 6  # step of 12 from which the invented VQGAN loses what realism it had


def steps_that_turn(request):
    """Invented steps in which VQGAN's realism rises to 0.8 at TURN and falls to 0.2, while its score keeps rising."""
    for frame, measured in invented_steps(request):
        if frame.painter == "vqgan":
            realism = 0.8 * frame.step / TURN if frame.step <= TURN else 0.8 - 0.1 * (frame.step - TURN)
            measured = replace(measured, realism=realism)
        if frame.painter == "pixels":
            measured = replace(measured, heldout=0.3 * frame.step / frame.total)
        yield frame, measured


def invented(store, request, status="done", share=1.0, steps=invented_steps):
    """A run of known pictures and figures in the state asked for; returns its id."""
    run = store.submit(request, "invented")
    store.set_status(run.id, "failed")
    for frame, measurement in steps(request):
        if frame.step <= share * frame.total:
            store.record(run.id, frame, measurement)
    store.set_status(run.id, status, "")
    return run.id


def button(one, name):
    return one.page.get_by_role("button", name=name)


def slider(one):
    return one.page.get_by_label("Step of all painters")


def wait_query(one, **wanted):
    """Wait until the address has these parameters of the player's; None for one that must not be there."""
    one.page.wait_for_function(
        "wanted => Object.entries(wanted).every(([k, v]) => new URLSearchParams(location.search).get(k) === v)", arg=wanted
    )


@pytest.fixture(scope="module")
def turned(store, place):
    """Id of a run in which one painter of three goes wrong."""
    return invented(store, example_request(place[1], seed=7), steps=steps_that_turn)


def test_the_moment_it_goes_wrong_is_marked_said_and_one_key_away(watched, turned):
    one = watched(f"/?run={turned}")
    one.wait_steps(**STEPS)
    expect(one.page.locator(".words")).to_contain_text(
        "From step 6 on, VQGAN+CLIP's judge score rises from 0.42 to 0.60 while realism falls from 0.80 to 0.20."
    )
    expect(one.page.locator(".words")).to_contain_text("Pixel ascent has no moment at which it goes wrong: its realism was never above 0.02")
    expect(one.page.locator(".words")).to_contain_text("Guided diffusion has no moment at which it goes wrong: no lasting fall")
    for chart in (*CURVES, "plane"):
        expect(one.page.locator(f".chart.{chart} svg")).to_contain_text("step 6")
        expect(one.page.locator(f".chart.{chart} svg path[fill='#f0c400'][stroke='#0072B2']")).to_have_count(1)
    jump = button(one, "◆ step 6")
    expect(jump).to_have_count(1)
    jump.focus()
    one.page.keyboard.press("Enter")
    one.wait_steps(pixels=10, vqgan=TURN, diffusion=5)
    expect(one.page.locator(".panel[data-painter=pixels] .turn")).to_contain_text("never right")
    expect(one.page.locator(".panel[data-painter=diffusion] .turn")).to_contain_text("no step")


def test_pointing_at_a_moment_tells_its_sentence(watched, turned):
    one = watched(f"/?run={turned}")
    one.page.locator(".chart.realism svg path[fill='#f0c400']").hover()
    one.page.wait_for_selector(".chart.realism[title^='From step 6 on, VQGAN+CLIP']")


def test_single_steps_by_button_and_slow_motion(watched):
    one = watched("/?step=0")
    one.wait_steps(pixels=0, vqgan=0, diffusion=0)
    button(one, "One step forward").click()
    one.wait_steps(pixels=1, vqgan=1, diffusion=1)
    button(one, "One step back").click()
    one.wait_steps(pixels=0)

    def seconds_to_play(speed):
        slider(one).fill("0")
        one.page.get_by_label("Speed of playing").select_option(speed)
        began = time.monotonic()
        button(one, "Play").click()
        one.wait_past(7)
        button(one, "Pause").click()
        return time.monotonic() - began

    assert seconds_to_play("0.25") > 2.5 * seconds_to_play("2")


def test_keys_work_wherever_nothing_else_needs_them(watched):
    one = watched("/?step=0")
    one.wait_steps(pixels=0)
    one.page.get_by_role("link", name="How to read this").focus()
    one.page.keyboard.press("ArrowRight")
    one.wait_steps(pixels=1)
    button(one, "Run").first.focus()
    one.page.keyboard.press("End")
    one.wait_steps(**STEPS)
    one.page.get_by_label("Speed of playing").focus()  # a list keeps its own keys
    one.page.keyboard.press("ArrowLeft")
    one.page.get_by_role("textbox", name="Prompt").focus()
    for key in ("Home", "ArrowLeft", "Space", "p"):
        one.page.keyboard.press(key)
    assert one.steps() == STEPS
    expect(button(one, "Play")).to_be_visible()
    expect(one.page.locator(".leave")).to_be_hidden()


def test_reduced_motion_plays_in_few_still_pictures(watched):
    one = watched("/?step=0")
    one.wait_steps(pixels=0)
    one.page.emulate_media(reduced_motion="reduce")
    one.page.get_by_label("Speed of playing").select_option("2")
    one.page.locator(".panel canvas").first.evaluate(
        "canvas => { window.seen = new Set(); new MutationObserver(() => window.seen.add(canvas.dataset.step))"
        ".observe(canvas, { attributeFilter: ['data-step'] }); }"
    )
    button(one, "Play").click()
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
    one.page.get_by_role("textbox", name="Prompt").fill("a blue trampoline")
    expect(one.page.get_by_test_id("stAlert").first).to_contain_text("never seen this word")  # the script has run
    wait_query(one, run=turned, step="50")
    assert one.steps()["pixels"] == 10


def test_another_run_starts_without_the_step_of_the_last_and_back_finds_it(watched, store, place, turned):
    one = watched(f"/?run={turned}&step=25")
    one.wait_steps(pixels=5)
    one.page.get_by_test_id("stNumberInputField").first.fill("4242")
    one.page.get_by_test_id("stNumberInputField").first.press("Enter")
    button(one, "Run").first.click()
    one.page.wait_for_function("id => !location.search.includes(id) && !location.search.includes('step=')", arg=turned)
    one.status("queued", "running", "done")
    one.page.go_back()
    wait_query(one, run=turned, step="25")
    one.wait_steps(pixels=5)


def test_junk_in_the_address_falls_back_and_is_named(watched, turned):
    one = watched(f"/?run={turned}&step=-3&axis=%3Cb%3E&view=cinema")
    one.wait_steps(**STEPS)
    expect(one.page.locator(".words p").first).to_contain_text("step “-3” (accepted: a number from 0 to 100, per cent of the run)")
    expect(one.page.locator(".words p").first).to_contain_text("axis “<b>” (accepted: share, step, seconds, evaluations)")
    expect(one.page.locator(".words p").first).to_contain_text("view “cinema” (accepted: presenter)")
    expect(one.page.get_by_label("Horizontal axis of the curves")).to_have_value("share")


@pytest.mark.parametrize(("width", "height", "scheme"), [(1440, 900, "light"), (1920, 1080, "dark")])
def test_presenter_view_fills_the_projector_and_escape_leaves_it(watched, turned, width, height, scheme):
    one = watched(f"/?run={turned}", width=width, height=height, scheme=scheme)
    one.wait_steps(**STEPS)
    button(one, "Presenter view").click()
    expect(one.page.get_by_test_id("stSidebar")).to_be_hidden()
    expect(one.page.get_by_role("textbox", name="Prompt")).to_be_hidden()
    expect(one.page.locator(".controls")).to_be_hidden()
    assert one.page.locator(".counter b").evaluate("b => parseFloat(getComputedStyle(b).fontSize)") >= 48
    for selector in (".prompt", ".counter", ".panels", *(f".chart.{chart} svg" for chart in (*CURVES, "plane"))):
        box = one.page.locator(selector).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] + box["height"] <= height, selector
    side = one.page.locator(".panel canvas").first.bounding_box()["width"]
    assert side >= 0.4 * height
    one.page.keyboard.press("ArrowLeft")
    expect(one.page.locator(".counter")).to_have_text("95 % of the run")
    one.page.keyboard.press("Escape")
    expect(one.page.get_by_test_id("stSidebar")).to_be_visible()
    expect(button(one, "Presenter view")).to_be_focused()


def test_presenter_view_at_400_percent_is_one_column_with_whole_labels(watched, turned):
    one = watched(f"/?run={turned}&view=presenter", width=360, height=225)
    one.wait_steps(**STEPS)
    expect(one.page.locator(".chart.plane svg")).to_be_visible()
    lefts = one.page.locator(".panel").evaluate_all("all => all.map(p => p.getBoundingClientRect().left)")
    assert len(set(lefts)) == 1, "one below the other"
    cut = one.page.locator(".player").evaluate(
        """player => [...player.querySelectorAll('h2, h3, .step, .counter, dt, dd, .over, .leave, svg text')].filter((e) => {
            const { left, right, width } = e.getBoundingClientRect();
            const clipped = e instanceof HTMLElement && e.clientWidth && e.scrollWidth > e.clientWidth + 1;
            return width && (left < 0 || right > innerWidth + 1 || clipped);
        }).map((e) => e.textContent)"""
    )
    assert cut == []


def test_curves_over_seconds_grow_with_a_running_run(watched, store, place):
    request = example_request(place[1], seed=31)
    run_id = invented(store, request, "running", share=0.5)
    one = watched(f"/?run={run_id}&axis=seconds")
    one.status("running")
    labels = one.page.locator(".chart.score svg .role-axis-label").first
    expect(labels).to_contain_text("1.0")  # pixels has come to step 10 of 0.1 s
    expect(labels).not_to_contain_text("2.0")
    for frame, measurement in invented_steps(request):
        if frame.step > 0.5 * frame.total:
            store.record(run_id, frame, measurement)
    expect(labels).to_contain_text("2.0")
    expect(one.page.locator(".chart.score svg .mark-rule line[stroke='#0072B2']")).to_have_count(1)  # a rule per painter
    one.page.get_by_label("Horizontal axis of the curves").select_option("evaluations")
    expect(labels).to_contain_text("20")
    store.set_status(run_id, "stopped", "Stopped by a test.")


def test_a_second_run_is_laid_over_the_first(watched, store, place, turned):
    settings = {painter: {"steps": steps} for painter, steps in STEPS.items()}
    settings["pixels"]["learning_rate"] = 0.2
    other = invented(store, RunRequest.make("a red fox in snow", 8, str(place[1]), **settings))
    one = watched(f"/?run={turned}&b={other}")
    one.wait_steps(**STEPS)
    expect(one.page.locator(".overlay")).to_contain_text(
        "B (thin, pale curves) differs from A: seed 8 instead of 7; Pixel ascent: learning rate 0.2 instead of 0.05."
    )
    for chart in CURVES:
        expect(one.page.locator(f".chart.{chart} svg .mark-text text", has_text=re.compile("^B$"))).to_have_count(3)
    expect(one.page.locator(".panel canvas.b[data-step]")).to_have_count(3)
    wipe = one.page.get_by_label("Pixel ascent: how much of run A's picture covers run B's")
    assert wipe.input_value() == "50"
    wipe.focus()
    one.page.keyboard.press("Home")  # belongs to the wipe
    assert wipe.input_value() == "0"
    clip = "canvas => getComputedStyle(canvas).clipPath"
    assert one.page.locator(".panel[data-painter=pixels] canvas.b").evaluate(clip) == "inset(0px 0px 0px 0%)"
    assert one.steps() == STEPS
    slider(one).fill("10")
    expect(one.page.locator(".panel[data-painter=vqgan] canvas.b")).to_have_attribute("data-step", "6")
