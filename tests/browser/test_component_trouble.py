"""Every component that follows the server, while the server is busy (503), and once it says 404."""

from dataclasses import replace

import pytest

from core.base.request import RunRequest
from core.base.sweep_plan import SweepPlan, parse_axis
from core.storage import sweep_store
from tests.support.browser import Watched, expect
from tests.support.serving import STEPS, example_request, invented_run, invented_steps

ME = "me-" * 10
BUSY = "The store is locked."
GONE = "This is not here any more."
# What the browser says of the answers that the test gives.
OWN_ANSWERS = ("503 ", "404 ", "console: Failed to load resource")


class Trouble:
    """Stands between a page and one address of the server: "busy", "gone" or "" for no trouble."""

    def __init__(self, one, pattern):
        self.one, self.pattern = one, pattern
        self.kind, self.asked = "busy", 0
        one.page.route(pattern, self._answer)

    def _answer(self, route):
        self.asked += 1
        if not self.kind:
            route.continue_()
            return
        status, body = (503, BUSY) if self.kind == "busy" else (404, GONE)
        route.fulfill(status=status, content_type="text/plain; charset=utf-8", body=body)

    def assert_nobody_asks(self, milliseconds):
        """What is gone is not asked for again."""
        before = self.asked
        self.one.page.wait_for_timeout(milliseconds)
        assert self.asked == before


@pytest.fixture
def troubled(browser, address):
    """Opens a page with trouble at an address; what the test answers itself is no fault, all else is one."""
    opened = []

    def make(path, pattern, wait=".player"):
        one = Watched(browser, address, owner=ME)
        trouble = Trouble(one, pattern)
        opened.append(one)
        return one.open(path, wait), trouble

    yield make
    faults = [fault for one in opened for fault in one.faults if not fault.startswith(OWN_ANSWERS)]
    for one in opened:
        one.close()
    assert faults == []


def test_the_player_says_that_the_server_is_busy_and_goes_on(troubled, store, place):
    run_id = invented_run(store, example_request(place[1], seed=1), "done")
    one, trouble = troubled(f"/?run={run_id}", f"**/runs/{run_id}.json*")
    expect(one.page.locator(".chip")).to_have_text("Busy, trying again")
    expect(one.page.locator(".words")).to_contain_text(BUSY)
    trouble.kind = ""
    one.wait_steps(**STEPS)
    expect(one.page.locator(".words")).not_to_contain_text(BUSY)
    assert trouble.asked > 1


def test_a_second_run_comes_when_the_server_is_free_and_one_that_is_gone_is_named(troubled, store, place):
    run_id = invented_run(store, example_request(place[1], seed=2), "done")
    one, trouble = troubled(f"/?b={run_id}", f"**/runs/{run_id}.json*")
    one.wait_steps(**STEPS)
    expect(one.page.locator("canvas.b[data-step]")).to_have_count(0)
    trouble.kind = ""
    expect(one.page.locator("canvas.b[data-step]")).to_have_count(3)
    trouble.kind = "gone"
    one.open(f"/?b={run_id}")
    expect(one.page.locator(".second-run")).to_contain_text("Run B is not stored here.")
    trouble.assert_nobody_asks(1200)
    one.wait_steps(**STEPS)  # the first run is none the worse for it


def test_what_the_judge_sees_comes_when_the_server_is_free_or_is_not_kept(troubled, store, place):
    run_id = invented_run(store, example_request(place[1], seed=3), "done", steps=with_gradients)
    one, trouble = troubled(f"/?run={run_id}", f"**/extras/{run_id}.json")
    one.wait_steps(**STEPS)
    one.button("What the judge sees").click()
    cell = one.page.locator(".judge-view .group[data-painter=diffusion] .cell[data-name=gradient]")
    expect(cell.locator("img")).to_be_hidden()
    trouble.kind = ""
    expect(cell.locator("img")).to_be_visible()
    trouble.kind = "gone"
    one.open(f"/?run={run_id}")
    one.button("What the judge sees").click()
    expect(cell.locator(".waiting")).to_have_text("not kept for this run")
    trouble.assert_nobody_asks(1200)


def with_gradients(request):
    """Invented steps, the last of each painter with a gradient map."""
    for frame, measurement in invented_steps(request):
        shown = {"gradient": frame.image} if frame.step == frame.total else {}
        yield replace(frame, extras=shown), measurement


def test_an_export_waits_for_a_busy_server_and_ends_with_one_that_has_lost_the_run(troubled):
    one, trouble = troubled("/", "**/exports/**")
    one.wait_steps(**STEPS)
    one.button("Export").click()
    link = one.page.locator(".ctjp-exports a", has_text="All figures, CSV")
    told = one.page.locator(".ctjp-exports [role=status]")
    link.click()
    expect(told).to_have_text(f"All figures, CSV: {BUSY}")
    with one.page.expect_download():
        trouble.kind = ""
    expect(told).to_have_text("All figures, CSV: saved.")
    trouble.kind = "gone"
    link.click()
    expect(told).to_have_text(GONE)
    trouble.assert_nobody_asks(600)


def test_a_sweep_says_that_the_server_is_busy_and_one_that_is_gone_is_named(troubled, store, place):
    axis = parse_axis("steps", "2, 3", "pixels")
    plan = SweepPlan.make("a red fox in snow", "pixels", axis, pack=str(place[1]))
    sweep = sweep_store.start_sweep(store, plan, "invented")
    for run in sweep.runs:
        store.queue.set_status(run, "stopped", "Stopped by a test.")
    one, trouble = troubled(f"/sweep?sweep={sweep.id}", f"**/sweeps/{sweep.id}.json", wait=".sweep")
    expect(one.page.locator(".sweep .chip")).to_have_text(BUSY)
    trouble.kind = ""
    expect(one.page.locator(".sweep .chip")).to_have_text("0 of 2 painted")
    trouble.kind = "gone"
    one.open(f"/sweep?sweep={sweep.id}", wait=".sweep")
    expect(one.page.locator(".sweep .chip")).to_have_text("This sweep is not stored here (any more).")
    trouble.assert_nobody_asks(900)


def test_the_opening_failure_says_both(troubled, store, place):
    settings = {"pixels": {"steps": 2}}
    request = RunRequest.make("a red fox in snow", 4, str(place[1]), ("pixels",), **settings)
    run_id = invented_run(store, request, "done", owner=ME)
    one, trouble = troubled(f"/failure?run={run_id}", f"**/runs/{run_id}.json*", wait=".lesson")
    note = one.page.locator(".lesson .note")
    expect(note).to_have_text(BUSY)
    trouble.kind = ""
    expect(one.page.locator(".transport .readout")).to_have_text("step 2 of 2")
    expect(note).not_to_contain_text(BUSY)
    trouble.kind = "gone"
    one.open(f"/failure?run={run_id}", wait=".lesson")
    expect(note).to_have_text(GONE)
    trouble.assert_nobody_asks(1200)


def test_a_computation_of_the_lesson_that_is_gone_is_said(troubled):
    one, trouble = troubled("/noise", "**/lessons/*.json", wait=".lesson")
    said = one.page.locator(".lesson [role=status]", has_text=BUSY)
    expect(said.first).to_be_visible()
    trouble.kind = "gone"
    expect(one.page.locator(".lesson [role=status]", has_text=GONE).first).to_be_visible()
    trouble.assert_nobody_asks(1200)
