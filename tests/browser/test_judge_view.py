"""What the judge sees, in a real browser: the pictures follow the slider, enlarge, and move nothing else."""

import re
from dataclasses import replace

import numpy as np

from tests.support.browser import expect
from tests.support.serving import STEPS, example_request, invented_run, invented_steps, wait_for

NAMES = {
    "pixels": ["cutouts", "gradient"],
    "vqgan": ["cutouts", "gradient"],
    "diffusion": ["x0", "cutouts", "gradient", "noisy"],
}
EVERY = 4


def extras_of(frame):
    """What a painter would show with this frame every EVERY steps; the gradient's grey tells the step."""
    if frame.step == 0 or frame.step % EVERY and frame.step != frame.total:
        return {}
    names = [name for name in NAMES[frame.painter] if (frame.painter, name) != ("pixels", "cutouts")]
    return {
        name: np.full((16, 32 if name == "cutouts" else 16, 3), 10 * frame.step, np.uint8) for name in names
    }


def steps_with_extras(request):
    """Invented steps, every few of them with what the judge saw."""
    for frame, measurement in invented_steps(request):
        yield replace(frame, extras=extras_of(frame)), measurement


def submit(store, place, seed, status="done", share=1.0, steps=steps_with_extras):
    return invented_run(store, example_request(place[1], seed=seed), status, share=share, steps=steps)


def record(store, run_id, share=1.0):
    """More of a run: its frames up to a share."""
    for frame, measurement in steps_with_extras(store.get(run_id).request):
        if frame.step <= share * frame.total:
            store.record(run_id, frame, measurement)


def cell(one, painter, name):
    return one.page.locator(f".judge-view .group[data-painter={painter}] .cell[data-name={name}]")


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


def wait_grey(one, painter, name, wanted):
    """Wait until one picture has this grey."""
    wait_for(lambda: abs(grey(one, painter, name) - wanted) <= 2, what=f"grey {wanted} of {painter}'s {name}")


def see(one):
    one.button("What the judge sees").click()
    expect(one.page.locator(".judge-view")).to_be_visible()


def places(one):
    """Where everything outside the judge view is, charts included."""
    parts = one.page.locator(".player > :not(.judge-view), .panel, .chart").all()
    return [part.bounding_box() for part in parts if "judge-view" not in (part.get_attribute("class") or "")]


def test_the_pictures_follow_the_slider_and_the_nearest_kept_step_is_named(watched, store, place):
    run_id = submit(store, place, 1)
    one = watched(f"/?run={run_id}")
    one.wait_steps(**STEPS)
    see(one)
    for painter, names in NAMES.items():
        cells = one.page.locator(f".judge-view .group[data-painter={painter}] .cell")
        expect(cells).to_have_count(len(names))
        assert cells.evaluate_all("all => all.map(c => c.dataset.name)") == names
        for name in names:
            expect(cell(one, painter, name).locator("img")).to_be_visible()
    wait_grey(one, "pixels", "gradient", 200)
    one.page.locator(".player input[type=range]").first.fill("10")  # pixels 10, vqgan 6, diffusion 5
    expect(one.page.locator(".judge-view .group[data-painter=pixels] .nearest")).to_have_text(
        "step 8, the nearest one kept"
    )
    expect(one.page.locator(".judge-view .group[data-painter=diffusion] .nearest")).to_have_text(
        "step 4, the nearest one kept"
    )
    wait_grey(one, "pixels", "gradient", 80)
    wait_grey(one, "diffusion", "noisy", 40)
    one.page.locator(".player input[type=range]").first.fill("8")
    expect(one.page.locator(".judge-view .group[data-painter=pixels] .nearest")).to_have_text("step 8")
    # One cutout: the judge was shown the picture of the step before.
    expect(cell(one, "pixels", "cutouts").locator("img")).to_have_attribute(
        "src", re.compile(f"/frames/{run_id}/pixels/7.png$")
    )


def test_nothing_moves_when_it_comes_and_goes(watched, store, place):
    run_id = submit(store, place, 1)
    for width, height in ((1440, 900), (1920, 1080)):
        one = watched(f"/?run={run_id}", width=width, height=height)
        one.wait_steps(**STEPS)
        for chart in ("score", "heldout", "realism", "plane"):
            expect(one.page.locator(f".chart.{chart} svg")).to_be_visible()
        before = places(one)
        one.page.keyboard.press("l")
        expect(cell(one, "pixels", "gradient").locator("img")).to_be_visible()
        assert places(one) == before
        view = one.page.locator(".judge-view").bounding_box()
        panels = one.page.locator(".panels").bounding_box()
        assert view["y"] >= panels["y"] + panels["height"]
        assert view["y"] + view["height"] <= height and view["x"] + view["width"] <= width
        for part in one.page.locator(".judge-view .cell, .judge-view .cell p, .judge-view .enlarge").all():
            box = part.bounding_box()
            assert box["y"] + box["height"] <= view["y"] + view["height"] + 1
        assert part.evaluate("p => p.scrollHeight <= p.clientHeight + 1"), "the sentence fits"
        expect(one.page.locator(".chart.score")).to_be_hidden()
        one.page.keyboard.press("l")
        expect(one.page.locator(".chart.score")).to_be_visible()
        assert places(one) == before


def test_a_picture_enlarges_by_keyboard_follows_the_arrows_and_closes_by_escape(watched, store, place):
    run_id = submit(store, place, 1)
    one = watched(f"/?run={run_id}")
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
    expect(dialog.get_by_role("img")).to_have_attribute("alt", re.compile(r"^VQGAN\+CLIP, step 4, gradient"))
    one.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()  # the focus comes back
    one.page.keyboard.press("p")
    button.focus()
    one.page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    one.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(one.button("Leave the presenter view")).to_be_visible()


def test_a_running_run_says_being_made_and_then_shows_them(watched, store, place):
    run_id = submit(store, place, 7, "running", share=0.1)
    one = watched(f"/?run={run_id}")
    one.status("running")
    see(one)
    expect(cell(one, "diffusion", "x0")).to_have_text(
        "being made…x0 prediction"
        "What the denoiser expects the finished picture to be, before the judge's nudge."
    )
    record(store, run_id, share=0.5)
    wait_grey(one, "diffusion", "x0", 40)
    record(store, run_id)
    store.queue.set_status(run_id, "done")
    one.status("done")
    expect(one.page.locator(".judge-view .group[data-painter=pixels] .nearest")).to_have_text("step 20")
    wait_grey(one, "pixels", "gradient", 200)


def test_a_run_without_them_says_so(watched, store, place):
    run_id = submit(store, place, 9, steps=invented_steps)
    one = watched(f"/?run={run_id}")
    one.wait_steps(**STEPS)
    see(one)
    for name in NAMES["diffusion"]:
        expect(cell(one, "diffusion", name).locator(".waiting")).to_have_text("not kept for this run")
        expect(cell(one, "diffusion", name).get_by_role("button")).to_be_disabled()


def test_the_painter_process_records_them(watched):
    one = watched()
    one.wait_steps(**STEPS)
    see(one)
    one.button("Run").click()
    one.run_id()
    one.status("done")
    expect(one.page.locator(".judge-view .group[data-painter=diffusion] .nearest")).to_have_text("step 10")
    for painter, names in NAMES.items():
        for name in names:
            expect(cell(one, painter, name).locator("img")).to_be_visible()
