"""Every page by axe, by keyboard and by contrast, in both themes."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.support.browser import Watched, expect
from tests.support.navigation import FIRST_PAGE, navigation
from tests.support.serving import STEPS, example_request, invented_run, invented_steps

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
)
SCHEMES = ("light", "dark")
NOTHING = {scheme: [] for scheme in SCHEMES}
GRAVE = ("serious", "critical")
# (rule, part of the element's HTML): Streamlit's own DOM that this app cannot change, with the reason.
EXCUSED = {}


def compare(watched, path="/", **options):
    one = watched(path, **options)
    one.settle()
    expect(one.page.locator(".chart.plane svg")).to_be_visible()
    return one


def grave(one):
    """What axe calls serious or critical: one line each, with where and why."""
    lines = []
    for violation in axe.Axe().run(one.page).response["violations"]:
        for node in violation["nodes"]:
            excused = any(rule == violation["id"] and part in node["html"] for rule, part in EXCUSED)
            if violation["impact"] in GRAVE and not excused:
                lines.append(
                    f"{violation['id']}: {node['html'][:160]} {node['failureSummary']}".replace("\n", " ")
                )
    return lines


def grave_in_both_schemes(one, shown=None):
    """What `grave` finds in each theme: in the light one, then in the dark, once the system has switched.

    Args:
        shown: what must be visible in both, or None.
    """
    found = {}
    for scheme in SCHEMES:
        one.page.emulate_media(color_scheme=scheme)
        expect(one.page.get_by_test_id("stApp")).to_have_css("color-scheme", scheme)
        one.settle()
        if shown:
            expect(shown).to_be_visible()
        found[scheme] = grave(one)
    return found


def components_are_there(one):
    """Wait until every component of the page has drawn itself: axe finds no fault with what is not there."""
    one.page.wait_for_function(
        "[...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')]"
        ".every((host) => host.shadowRoot?.textContent.trim())"
    )


# Each brings the main page into a state, and returns what is visible in it only.


def finished(one):
    return one.page.locator(".player[data-status=done]")


def judge_view(one):
    one.button("What the judge sees").click()
    return one.page.locator(".judge-view")


def enlarged(one):
    expect(judge_view(one)).to_be_visible()
    one.page.locator(".judge-view [data-painter=pixels] [data-name=cutouts] .enlarge").click()
    return one.page.get_by_role("dialog")


def presenter(one):
    one.button("Presenter view (P)").click()
    return one.button("Leave the presenter view")


def settings(one):
    one.button("Settings of Pixel ascent").click()
    return one.page.get_by_label("Learning rate", exact=True)


def show_of_hands(one):
    one.button("Show of hands").click()
    return one.page.get_by_test_id("stPopoverBody")


def predicting(one):
    one.sidebar.get_by_text("Predict first").click()
    return one.page.get_by_label("Highest realism")


def complaints(one):
    """An error and a warning in the form."""
    one.prompt.fill("trampoline")
    one.sidebar.get_by_role("button", name="Run", exact=True).click()
    return one.page.get_by_test_id("stAlert").first


@pytest.mark.parametrize("path", [path for path in navigation() if path != FIRST_PAGE])
def test_axe_finds_nothing_grave_on_any_page(watched, store, place, path):
    invented_run(store, example_request(place[1], seed=1))  # so that the gallery has something to show
    one = watched(f"/{path}", wait="[data-testid=stMain]")
    one.settle()
    expect(one.page.get_by_test_id("stMain")).not_to_have_text("")
    components_are_there(one)
    assert grave_in_both_schemes(one) == NOTHING


@pytest.mark.parametrize(
    "state",
    [finished, judge_view, presenter, settings, show_of_hands, predicting, complaints],
    ids=lambda state: state.__name__,
)
def test_axe_finds_nothing_grave_in_any_state_of_the_main_page(watched, state):
    one = compare(watched)
    shown = state(one)
    expect(shown).to_be_visible()
    assert grave_in_both_schemes(one, shown) == NOTHING


def test_axe_finds_nothing_grave_on_a_page_that_opens_in_the_dark(watched):
    assert grave(compare(watched, scheme="dark")) == []


def test_axe_finds_nothing_grave_while_a_run_goes_on_nor_in_the_enlarged_picture(watched, store, place):
    run_id = invented_run(store, example_request(place[1], seed=2), "running", share=0.5)
    one = compare(watched, f"/?run={run_id}")
    one.status("running")
    assert grave_in_both_schemes(one) == NOTHING
    store.record(run_id, *with_gradient(store, run_id))
    dialog = enlarged(one)
    expect(dialog).to_be_visible()
    assert grave_in_both_schemes(one, dialog) == NOTHING


def with_gradient(store, run_id):
    """(Frame, Measurement) of the second step with a gradient map: the judge view's first picture."""
    frame, measurement = next(pair for pair in invented_steps(store.get(run_id).request) if pair[0].step == 1)
    frame.extras["gradient"] = frame.image
    return frame, measurement


FOCUSED = """() => {
    let e = document.activeElement;
    while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
    if (!e || e === document.body) return null;
    const box = e.getBoundingClientRect();
    const name = e.getAttribute("aria-label") || e.labels?.[0]?.textContent || e.textContent || e.id;
    return { tag: e.tagName, name: name.trim(), box: [box.x, box.y, box.right, box.bottom] };
}"""


def tab_through(one, limit=80):
    """[(what has the focus, whether it looks different then)] until the focus leaves the page."""
    stops = []
    focused = None
    for _ in range(limit):
        one.page.keyboard.press("Tab")
        stop = one.page.evaluate(FOCUSED)
        if stops:
            last, _ = stops[-1]
            stops[-1] = (last, bool((abs(focused - around(one, last["box"])) > 24).any()))
        if stop is None or (stops and stop == stops[0][0]):
            return stops
        stops.append((stop, False))
        focused = around(one, stop["box"])
    raise AssertionError(f"the focus does not leave the page after {limit} stops")


def around(one, box):
    """A screenshot of a box and 6 px around it, as far as it is on the screen, H×W×3."""
    left, top, right, bottom = map(round, box)
    size = one.page.viewport_size
    x, y = max(0, left - 6), max(0, top - 6)
    width, height = min(size["width"], right + 6) - x, min(size["height"], bottom + 6) - y
    assert width > 0 and height > 0, f"what has the focus is not on the screen: {box}"
    clip = {"x": x, "y": y, "width": width, "height": height}
    shot = one.page.screenshot(animations="disabled", caret="hide", clip=clip)
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"), int)


def test_everything_is_reached_by_tab_and_shows_that_it_has_the_focus(watched):
    one = compare(watched, height=1500)
    one.page.evaluate("document.activeElement?.blur()")
    stops = tab_through(one)
    names = [stop["name"] for stop, _ in stops]
    wanted = [
        *(
            "Compare",
            "How to read this",
            "Prompt",
            "Run",
            "a red fox in snow",
            "Settings of Pixel ascent",
            "Seed",
        ),
        *("Play", "One step back", "One step forward", "Playback speed", "Step of all painters"),
        *("Horizontal axis of the curves", "What the judge sees", "Presenter view (P)"),
    ]
    missing = [name for name in wanted if not any(name in found for found in names)]
    assert missing == [], f"reached: {names}"
    assert [stop["name"] for stop, is_seen in stops if not is_seen] == []


def luminance(rgb):
    """Relative luminance of 3 values 0 … 255, WCAG 2.2."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (c / 255 for c in rgb)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


RGB = """(element, property) => {
    const context = new OffscreenCanvas(1, 1).getContext("2d");
    context.fillStyle = property ? getComputedStyle(element)[property] : element.getAttribute("fill");
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
}"""


def test_contrast_is_computed_as_the_standard_says():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_painters_hues_clear_three_to_one_on_the_real_backgrounds(watched, scheme):
    one = compare(watched, scheme=scheme)
    hues = [sign.evaluate(RGB) for sign in one.page.locator(".panel .sign svg").all()]
    assert len({tuple(hue) for hue in hues}) == 3
    backgrounds = [one.page.get_by_test_id("stApp").evaluate(RGB, "backgroundColor")]
    expect(presenter(one)).to_be_visible()
    backgrounds.append(
        one.page.locator(".player").evaluate(
            f"player => ({RGB})(player.getRootNode().host, 'backgroundColor')"
        )
    )
    assert (max(backgrounds[0]) < 64) == (scheme == "dark") == (max(backgrounds[1]) < 64)
    for background in backgrounds:
        assert [round(contrast(hue, background), 2) for hue in hues if contrast(hue, background) < 3] == []


def test_pictures_say_what_they_are_and_their_figures(watched):
    one = compare(watched)
    expect(one.page.locator(".panel[data-painter=pixels] canvas").first).to_have_attribute(
        "aria-label", "Pixel ascent, step 20 of 20: Judge 2.25, Held-out −0.25, Realism 0.02"
    )


def test_reduced_motion_is_respected(browser, address):
    """Playing then changes the picture at most every half second, and nothing in the player is animated."""
    one = Watched(browser, address)
    one.page.emulate_media(reduced_motion="reduce")
    one.open()
    one.wait_steps(**STEPS)
    one.page.get_by_label("Playback speed").select_option("2")
    one.stop_clock()
    one.page.locator(".panel[data-painter=pixels] canvas").first.evaluate("""canvas => {
        window.changes = [];
        let shown = canvas.dataset.step;
        new MutationObserver(() => {
            if (canvas.dataset.step !== shown) window.changes.push(performance.now());
            shown = canvas.dataset.step;
        }).observe(canvas, { attributeFilter: ["data-step"] });
    }""")
    one.page.get_by_role("button", name="Play", exact=True).click()
    one.page.clock.run_for(2400)
    animations = one.page.locator(".player").evaluate("player => player.getRootNode().getAnimations().length")
    gaps = np.diff(one.page.evaluate("window.changes"))
    one.close()
    assert animations == 0
    assert len(gaps) >= 4 and (gaps[1:] > 400).all(), gaps  # the first change is the jump back to the start
