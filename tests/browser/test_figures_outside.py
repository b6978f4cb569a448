"""One rule, and one colour, for figures where those of real pictures do not lie."""

from tests.support.browser import BARE_PAGE
from tests.support.serving import STEPS

# Of the invented example's last steps, beside the bands of tests.conftest.tiny_manifest.
OUTSIDE = {"pixels": [True, True, True], "vqgan": [False, False, True], "diffusion": [False, False, False]}
MARKED = "all => all.map(one => one.classList.contains('outside'))"


def test_player_and_gallery_colour_the_same_figures(watched):
    one = watched("/")
    one.wait_steps(**STEPS)
    for painter, wanted in OUTSIDE.items():
        figures = one.page.locator(f".panel[data-painter={painter}] dd")
        assert figures.evaluate_all(MARKED) == wanted, painter
    colour = "one => getComputedStyle(one).color"
    alarming = one.page.locator("dd.outside").first.evaluate(colour)
    assert alarming != one.page.locator("dd:not(.outside)").first.evaluate(colour)
    one.page.get_by_role("link", name="Gallery").click()
    pictures = one.page.locator(".card").filter(has_text="Example").locator(".picture")
    pictures.first.wait_for()
    found = [picture.locator(".measurement b").evaluate_all(MARKED) for picture in pictures.all()]
    assert found == list(OUTSIDE.values())
    assert pictures.first.locator("b").first.evaluate(colour) == alarming


def test_above_the_band_only_who_steers_is_suspicious(watched):
    one = watched(BARE_PAGE, wait="body")
    rule = """async ([script, ...asked]) => {
        const { isOutside } = await import(script);
        return asked.map(([value, steers]) => isOutside(value, { p5: 0.2, p95: 0.6 }, steers));
    }"""
    asked = [[0.1, False], [0.4, True], [0.7, True], [0.7, False], [None, True]]
    found = one.page.evaluate(rule, [one.script("shared/measures.js"), *asked])
    assert found == [True, False, True, False, False]
