"""Projectors and windows at 200 %: three pictures side by side, no name cut, the form out of the way."""

import pytest

from tests.support.browser import Watched
from tests.support.serving import STEPS


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (720, 450)])
def test_three_pictures_side_by_side_with_whole_names(browser, address, width, height):
    one = Watched(browser, address, width=width, height=height).open()
    one.wait_steps(**STEPS)
    panels = one.page.locator(".panel")
    tops = panels.evaluate_all("all => all.map(p => p.querySelector('.frame').getBoundingClientRect().top)")
    rights = panels.evaluate_all("all => all.map(p => p.getBoundingClientRect().right)")
    assert len(tops) == 3 and len(set(tops)) == 1 and max(rights) <= width
    cut = "all => all.filter(h => h.scrollWidth > h.clientWidth + 1).map(h => h.textContent)"
    assert one.page.locator(".panel h3").evaluate_all(cut) == []
    one.close()
