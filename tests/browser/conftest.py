"""One browser, and one server with its store for all files of this folder that do not need their own."""

from pathlib import Path

import pytest

from tests.support.own_app import app_fixtures
from tests.support.second_try import give_second_tries

place, address, store = app_fixtures("package")


def pytest_collection_modifyitems(items):
    give_second_tries(items, Path(__file__).parent)


@pytest.fixture(scope="package")
def browser():
    """A headless Chromium; the test is skipped where there is none."""
    from tests.support.browser import UNOPTIMISED, launch, playwright_api

    with playwright_api.sync_playwright() as playwright:
        browser = launch(playwright, UNOPTIMISED)
        yield browser
        browser.close()


@pytest.fixture
def watched(browser, address):
    """Opens pages in fresh profiles; no page may have complained or asked anybody else for anything."""
    from tests.support.browser import Watched

    opened = []

    def make(path="/", wait=".player", **options):
        opened.append(Watched(browser, address, **options))
        return opened[-1].open(path, wait)

    make.opened = opened
    yield make
    faults = [fault for one in opened for fault in one.faults]
    for one in opened:
        one.close()
    assert faults == []
