"""What the judge sees, in a real browser: the pictures follow the slider, enlarge, and move nothing else."""

import numpy as np
import pytest

from core.frame import Frame
from tests.browser import PATIENCE_MS
from tests.serving import STEPS, example_request, invented_steps

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
playwright_api.expect.set_options(timeout=PATIENCE_MS)
expect = playwright_api.expect
NAMES = {"pixels": ["cutouts", "gradient"], "vqgan": ["cutouts", "gradient"], "diffusion": ["x0", "gradient", "noisy"]}
EVERY = 4


def extras_of(frame):
    """What a painter would show with this frame at every EVERY-th step; the gradient's grey tells the step."""
    if frame.step == 0 or frame.step % EVERY and frame.step != frame.total:
        return {}
    names = [name for name in NAMES[frame.painter] if (frame.painter, name) != ("pixels", "cutouts")]
    return {name: np.full((16, 32 if name == "cutouts" else 16, 3), 10 * frame.step, np.uint8) for name in names}


def record(store, run, share=1.0, extras=True):
    for frame, measurement in invented_steps(run.request):
        if frame.step <= share * frame.total:
            shown = extras_of(frame) if extras else {}
            store.record(run.id, Frame(frame.painter, frame.step, frame.total, frame.image, shown, frame.evaluations), measurement)


def submit(store, place, seed, status="done", **options):
    run = store.submit(example_request(place[1], seed=seed), "invented")
    store.set_status(run.id, "running")
    record(store, run, **options)
    store.set_status(run.id, status)
    return run


def cell(one, painter, name):
    return one.page.locator(f".lens .group[data-painter={painter}] .cell[data-name={name}]")


def grey(one, painter, name):
    """The grey of one picture, 0 … 255, once it has come."""
    image = cell(one, painter, name).locator("img")
    expect(image).to_be_visible()
    script = """async (image) => {
        await image.decode();
        const canvas = new OffscreenCanvas(1, 1);
        canvas.getContext("2d").drawImage(image, 0, 0, 1, 1);
        return canvas.getContext("2d").getImageData(0, 0, 1, 1).data[0];
    }"""
    return image.evaluate(script)


def see(one):
    one.page.get_by_role("button", name="What the judge sees").click()
    expect(one.page.locator(".lens")).to_be_visible()


def places(one):
    """Where everything outside the lens is, charts included."""
    parts = one.page.locator(".player > :not(.lens), .panel, .chart").all()
    return [part.bounding_box() for part in parts if "lens" not in (part.get_attribute("class") or "")]


def test_the_pictures_follow_the_slider_and_the_nearest_kept_step_is_named(watched, store, place):
    run = submit(store, place, 1)
    one = watched(f"/?run={run.id}")
    one.wait_steps(**STEPS)
    see(one)
    for painter, names in NAMES.items():
        found = one.page.locator(f".lens .group[data-painter={painter}] .cell").evaluate_all("all => all.map(c => c.dataset.name)")
        assert found == names
        for name in names:
            expect(cell(one, painter, name).locator("img")).to_be_visible()
    assert abs(grey(one, "pixels", "gradient") - 200) <= 2
    one.page.locator(".player input[type=range]").first.fill("10")  # pixels 10, vqgan 6, diffusion 5
    expect(one.page.locator(".lens .group[data-painter=pixels] .note")).to_have_text("step 8, the nearest kept")
    expect(one.page.locator(".lens .group[data-painter=diffusion] .note")).to_have_text("step 4, the nearest kept")
    assert abs(grey(one, "pixels", "gradient") - 80) <= 2
    assert abs(grey(one, "diffusion", "noisy") - 40) <= 2
    one.page.locator(".player input[type=range]").first.fill("8")
    expect(one.page.locator(".lens .group[data-painter=pixels] .note")).to_have_text("step 8")
    # One cutout: the judge was shown the picture of the step before.
    assert cell(one, "pixels", "cutouts").locator("img").get_attribute("src").endswith(f"/frames/{run.id}/pixels/7.png")


def test_nothing_moves_when_it_comes_and_goes(watched, store, place):
    run = submit(store, place, 1)
    for width, height in ((1440, 900), (1920, 1080)):
        one = watched(f"/?run={run.id}", width=width, height=height)
        one.wait_steps(**STEPS)
        expect(one.page.locator(".chart.plane svg")).to_be_visible()
        before = places(one)
        one.page.keyboard.press("l")
        expect(cell(one, "pixels", "gradient").locator("img")).to_be_visible()
        assert places(one) == before
        lens, panels = one.page.locator(".lens").bounding_box(), one.page.locator(".panels").bounding_box()
        assert lens["y"] >= panels["y"] + panels["height"]
        assert lens["y"] + lens["height"] <= height and lens["x"] + lens["width"] <= width
        for part in one.page.locator(".lens .cell, .lens .cell p, .lens .look").all():
            box = part.bounding_box()
            assert box["y"] + box["height"] <= lens["y"] + lens["height"] + 1
        assert part.evaluate("p => p.scrollHeight <= p.clientHeight + 1"), "the sentence fits"
        expect(one.page.locator(".chart.score")).to_be_hidden()
        one.page.keyboard.press("l")
        expect(one.page.locator(".chart.score")).to_be_visible()
        assert places(one) == before


def test_a_picture_enlarges_by_keyboard_follows_the_arrows_and_closes_by_escape(watched, store, place):
    run = submit(store, place, 1)
    one = watched(f"/?run={run.id}")
    one.wait_steps(**STEPS)
    see(one)
    button = cell(one, "vqgan", "gradient").get_by_role("button")
    expect(button).to_be_enabled()
    button.focus()
    one.page.keyboard.press("Enter")
    dialog = one.page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("VQGAN+CLIP, step 12: gradient")
    expect(dialog.locator("p")).to_contain_text("grey means none")
    one.page.keyboard.press("Home")
    expect(dialog.get_by_role("heading")).to_have_text("VQGAN+CLIP, step 4: gradient")
    assert dialog.get_by_role("img").get_attribute("alt").startswith("VQGAN+CLIP, step 4, gradient")
    one.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert button.evaluate("b => b.getRootNode().activeElement === b"), "the focus comes back"
    one.page.keyboard.press("p")
    button.focus()
    one.page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    one.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(one.page.get_by_role("button", name="Leave the presenter view")).to_be_visible()


def test_a_running_run_says_being_made_and_then_shows_them(watched, store, place):
    run = store.submit(example_request(place[1], seed=7), "invented")
    store.set_status(run.id, "running")
    record(store, run, share=0.1)
    one = watched(f"/?run={run.id}")
    one.status("running")
    see(one)
    expect(cell(one, "diffusion", "x0")).to_have_text(
        "being made…x0 predictionWhat the denoiser takes the finished picture to be, before the judge's nudge."
    )
    record(store, run, share=0.5)
    assert abs(grey(one, "diffusion", "x0") - 40) <= 2
    record(store, run)
    store.set_status(run.id, "done")
    one.status("done")
    expect(one.page.locator(".lens .group[data-painter=pixels] .note")).to_have_text("step 20")
    assert abs(grey(one, "pixels", "gradient") - 200) <= 2


def test_a_run_without_them_says_so(watched, store, place):
    run = submit(store, place, 9, extras=False)
    one = watched(f"/?run={run.id}")
    one.wait_steps(**STEPS)
    see(one)
    for name in NAMES["diffusion"]:
        expect(cell(one, "diffusion", name).locator(".waiting")).to_have_text("not kept for this run")
        expect(cell(one, "diffusion", name).get_by_role("button")).to_be_disabled()


def test_the_painter_process_records_them(watched):
    one = watched()
    one.wait_steps(**STEPS)
    see(one)
    one.page.get_by_test_id("stSidebar").get_by_role("button", name="Run", exact=True).click()
    one.run_id()
    one.status("done")
    expect(one.page.locator(".lens .group[data-painter=diffusion] .note")).to_have_text("step 10")
    for painter, names in NAMES.items():
        for name in names:
            expect(cell(one, painter, name).locator("img")).to_be_visible()
