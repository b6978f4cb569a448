"""Ctrl-P gives the page itself, in either theme: no sidebar, no buttons, nothing left out, ink on white."""

import io
import unicodedata

import pytest

from tests.support.browser import expect
from tests.support.serving import STEPS, example_request, invented_run

pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_player_is_printed_on_one_sheet_without_what_is_pressed(watched, store, place, scheme):
    run = invented_run(store, example_request(place[1], seed=1))
    one = watched(f"/?run={run}", scheme=scheme)
    one.wait_steps(**STEPS)
    expect(one.page.locator(".chart.plane svg g.mark-symbol path").first).to_be_visible()
    (sheet,) = pypdf.PdfReader(io.BytesIO(one.page.pdf(format="A4"))).pages
    text = "".join(unicodedata.normalize("NFKC", sheet.extract_text()).split())
    read = ("Pixelascent", "Guideddiffusion", "Held-outjudge", "100%")
    assert [said for said in read if said not in text] == [], text
    pressed = ("Paintersandsettings", "Present", "Copylink", "Gallery")
    assert [name for name in pressed if name in text] == []
    one.page.emulate_media(media="print")
    places = one.page.locator(".panel").evaluate_all("all => all.map(p => p.getBoundingClientRect().top)")
    assert len(set(places)) == 1, "the pictures are not side by side"
    assert one.page.locator(".prompt").evaluate("e => getComputedStyle(e).color") == "rgb(29, 31, 36)"
