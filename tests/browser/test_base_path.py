"""The whole app below a path and behind a password, as behind a university's proxy."""

import contextlib

import pytest

from app.views.model_packs import NOT_ALLOWED
from tests.support.browser import Watched, expect
from tests.support.nginx import proxied
from tests.support.own_app import app_fixtures
from tests.support.serving import STEPS, fetch, serving, wait_for

place, _, store = app_fixtures("module")


@pytest.fixture(scope="module")
def address(place, tmp_path_factory):
    log = tmp_path_factory.mktemp("log") / "server.log"
    with serving(*place, log, base="/class", CTJP_PASSWORD="four pixels") as (address, _):
        yield address


def test_every_part_finds_its_way_below_a_path_and_past_the_password(browser, address):
    one = Watched(browser, address)
    one.open("/", wait="input[type=password]")
    one.page.get_by_label("Password").fill("four pixels")
    one.page.keyboard.press("Enter")
    one.wait_steps(**STEPS)
    expect(one.page.locator(".chart.plane svg")).to_be_visible()
    one.page.keyboard.press("q")
    expect(one.page.get_by_role("dialog")).to_contain_text("Only this computer can open this page")
    expect(one.page.get_by_role("dialog")).to_contain_text("--server.baseUrlPath=class")
    one.page.keyboard.press("Escape")
    one.page.get_by_role("link", name="Gallery").click()
    image = one.page.locator(".card img").first
    expect(image).to_be_visible()
    assert image.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 16
    assert one.page.url.startswith(f"{address}/gallery")
    one.button("Sweep").or_(one.page.get_by_role("link", name="Sweep")).first.click()
    expect(one.sidebar.get_by_label("Values across")).to_be_visible()
    assert one.faults == []
    one.close()


def test_the_guides_lines_for_nginx_carry_pages_pictures_and_live_updates(browser, address, store, tmp_path):
    with proxied(address, tmp_path) as outside:
        wait_for(lambda: is_answered(outside), what="nginx")
        one = Watched(browser, outside)
        one.open("/", wait="input[type=password]")
        one.page.get_by_label("Password").fill("four pixels")
        one.page.keyboard.press("Enter")
        one.wait_steps(**STEPS)
        assert one.page.url.startswith(outside)
        one.button("Run").click()  # over the web socket
        assert store.get(one.run_id()) is not None
        one.status("running", "done")
        one.page.get_by_role("link", name="Model packs").click()
        expect(one.page.get_by_text(NOT_ALLOWED[:40]).first).to_be_visible()
        assert one.faults == []
        one.close()


def is_answered(address):
    with contextlib.suppress(OSError):
        return fetch(f"{address}/_stcore/health")[0] == 200
