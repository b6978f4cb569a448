"""The player when something gets in its way: shortcuts, redrawing, a run that is deleted."""

from tests.support.browser import expect
from tests.support.serving import STEPS, example_request, invented_run

CHARTS = ("score", "heldout", "realism", "plane")


def slider(one):
    return one.page.get_by_label("Step of all painters")


def test_single_keys_can_be_switched_off_for_this_browser(watched):
    one = watched("/?step=50")
    one.wait_steps(pixels=10)
    switch = one.button("Keyboard shortcuts")
    expect(switch).to_have_attribute("aria-pressed", "true")
    switch.click()
    for key in ("p", "ArrowRight", "l", "Home"):
        one.page.keyboard.press(key)
    expect(one.page.locator(".leave, .judge-view")).to_be_hidden()
    slider(one).focus()  # the slider itself keeps its keys
    one.page.keyboard.press("ArrowLeft")
    one.wait_steps(pixels=9)
    one.page.reload()
    expect(switch).to_have_attribute("aria-pressed", "false")
    switch.click()
    one.page.keyboard.press("p")
    expect(one.page.locator(".leave")).to_be_visible()


def test_caps_lock_changes_nothing(watched):
    one = watched()
    one.wait_steps(**STEPS)
    one.page.keyboard.press("P")  # without Shift, as Caps Lock sends it
    expect(one.page.locator(".leave")).to_be_visible()


def test_keys_that_scroll_are_left_to_a_page_that_scrolls(watched):
    one = watched("/?step=50", height=500)
    one.wait_steps(pixels=10)
    for key in ("Home", "Space", "PageDown", "End"):
        one.page.keyboard.press(key)
    assert one.steps()["pixels"] == 10
    expect(one.button("Play")).to_be_attached()
    one.button("One step back").focus()  # in the player they are the player's
    one.page.keyboard.press("Home")
    one.wait_steps(pixels=0)


def test_nothing_is_read_out_with_every_step(watched):
    one = watched()
    one.wait_steps(**STEPS)
    live = "all => all.filter((e) => e.closest('.controls')).length"
    assert one.page.locator(".player :is(output, [role=status], [aria-live])").evaluate_all(live) == 0
    slider(one).fill("10")
    expect(slider(one)).to_have_attribute("aria-valuetext", "50 % of the run")


def test_charts_that_are_drawn_anew_leave_no_view_behind(watched):
    one = watched()
    one.page.wait_for_selector(".chart.plane svg")
    one.page.evaluate("""() => {
        const embed = window.vegaEmbed;
        window.views = 0;
        window.vegaEmbed = async (...given) => {
            const made = await embed(...given);
            const finalize = made.view.finalize.bind(made.view);
            window.views += 1;
            made.view.finalize = () => { window.views -= 1; return finalize(); };
            return made;
        };
    }""")
    scale = one.page.get_by_label("Scale of both judges")
    scale.evaluate("""(scale) => {
        for (const value of ["shared", "cosine", "shared", "cosine", "shared"]) {
            scale.value = value;
            scale.dispatchEvent(new Event("change"));
        }
    }""")
    for chart in CHARTS:
        expect(one.page.locator(f".chart.{chart} svg")).to_have_count(1)
    expect(one.page.locator(".chart.plane svg")).to_contain_text("judge: shared scale")
    one.page.wait_for_function("window.views === 4")


def test_charts_that_cannot_be_loaded_come_when_the_server_is_back(watched):
    one = watched()
    for file in ("charts.json", "vega.js"):
        one.page.route(f"**/{file}*", lambda route: route.abort())
    one.open()
    expect(one.page.locator(".chart.score")).to_contain_text("trying again")
    assert [fault for fault in one.faults if "ERR_FAILED" not in fault] == []
    one.faults.clear()
    for file in ("charts.json", "vega.js"):
        one.page.unroute(f"**/{file}*")
    expect(one.page.locator(".chart.score svg")).to_have_count(1)
    expect(one.page.locator(".chart.score")).not_to_contain_text("trying again")
    one.faults[:] = [fault for fault in one.faults if "ERR_FAILED" not in fault]


def test_charts_that_cannot_be_drawn_say_so_once_and_are_not_loaded_again(watched):
    one = watched()
    one.page.add_init_script("""
        window.drawings = 0;
        const embed = async () => { window.drawings += 1; throw new Error("no room to draw"); };
        Object.defineProperty(window, "vegaEmbed", { get: () => embed, set: () => {} });
    """)
    one.open()
    one.page.wait_for_function("window.drawings > 0")
    expect(one.page.locator(".chart.score")).not_to_contain_text("trying again")
    one.page.wait_for_timeout(1500)  # longer than the wait before the first further try
    assert one.page.evaluate("window.drawings") == 1
    assert one.faults == ["error: no room to draw"]
    one.faults.clear()


def test_a_run_that_is_deleted_while_it_is_watched_leaves_an_empty_stage(watched, address, store, place):
    run_id = invented_run(store, example_request(place[1], seed=60), "running", share=0.5)
    one = watched(f"/?run={run_id}")
    one.wait_steps(pixels=10)
    asked = []

    def answer(route):
        asked.append(route.request.url)
        route.fulfill(status=404, content_type="text/plain", body="No such run.")

    one.page.route("**/runs/*.json*", answer)
    one.status("gone")
    expect(one.page.locator(".chip")).to_have_text("Not found")
    expect(one.page.locator(".panel.empty")).to_have_count(3)
    one.page.wait_for_timeout(600)
    assert len(asked) == 1
    wanted = (f"404 {address}/runs/{run_id}.json", "console: Failed to load resource")
    one.faults[:] = [fault for fault in one.faults if not fault.startswith(wanted)]
    store.queue.set_status(run_id, "stopped", "Stopped by a test.")


def test_charts_follow_the_theme_that_changes_while_they_are_open(watched):
    one = watched()
    title = one.page.locator(".chart.score svg text").first
    expect(title).to_be_visible()
    light = title.get_attribute("fill")
    one.page.emulate_media(color_scheme="dark")
    expect(title).not_to_have_attribute("fill", light)
    expect(one.page.locator(".chart.score svg")).to_have_count(1)


def test_a_narrow_window_needs_no_sideways_scrolling(watched):
    one = watched(width=390, height=800)
    one.wait_steps(**STEPS)
    for chart in CHARTS:
        expect(one.page.locator(f".chart.{chart} svg")).to_be_visible()
    assert (
        one.page.locator(".player").evaluate("""(player) => [...player.querySelectorAll("*")]
        .filter((e) => !e.closest("svg, .tag") && e.getBoundingClientRect().right > innerWidth + 1)
        .map((e) => e.className)""")
        == []
    )


def test_a_click_elsewhere_right_after_run_does_not_lose_the_run(watched, store, place):
    one = watched(f"/?run={invented_run(store, example_request(place[1], seed=1009))}")
    one.wait_steps(**STEPS)
    seed = one.page.get_by_label("Seed", exact=True)
    for number, wait_ms in enumerate((0, 3, 10)):  # before, while and after the server hears of the first
        seed.fill(str(1010 + number))
        seed.press("Tab")
        expect(one.page.get_by_text("Press Run to paint this.")).to_be_visible()
        one.settle()
        run, switch = one.button("Run"), one.sidebar.get_by_text("Predict first")
        run.evaluate(
            "(run, [other, wait]) => { run.click(); setTimeout(() => other.click(), wait); }",
            [switch.element_handle(), wait_ms],
        )
        expect(one.page.locator(".player .meta")).to_contain_text(f"seed {1010 + number}")
        expect(seed).to_have_value(str(1010 + number))
        one.status("done")
