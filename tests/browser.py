"""A real headless Chromium for tests, with everything noted that a page must not do."""

import re
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
PATIENCE_MS = 90_000  # a busy machine is slow; conditions end the wait long before


def launch(playwright):
    """A browser process; skips the test where none is installed."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium or Chrome is installed")
    return playwright.chromium.launch(executable_path=path, args=ARGUMENTS)


class Watched:
    """A page of its own browser profile; `faults` collects console errors, failures and foreign requests.

    Args:
        tour: whether it is a first visit, with the tour; else the browser has seen it.
    """

    def __init__(self, browser, address, width=1440, height=900, scheme="light", tour=False):
        self.address = address
        self.faults = []
        self.context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        self.context.set_default_timeout(PATIENCE_MS)
        if not tour:
            self.context.add_init_script("localStorage.setItem('ctjp-tour', 'seen')")
        self.context.route("**/*", self._only_ours)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("console", lambda m: self.faults.append(f"console: {m.text}") if m.type == "error" else None)
        self.page.on("response", lambda r: self.faults.append(f"{r.status} {r.url}") if r.status >= 400 else None)

    def _only_ours(self, route):
        url = route.request.url
        if url.startswith((self.address, "data:", "blob:")):
            route.continue_()
        else:
            self.faults.append(f"foreign request: {url}")
            route.abort()

    def open(self, path="/"):
        self.page.goto(self.address + path)
        self.page.wait_for_selector(".player")
        return self

    def close(self):
        self.context.close()

    def text(self):
        """What stands on the page, or why that cannot be told."""
        try:
            return self.page.locator("body").inner_text(timeout=5000)
        except Exception as error:  # a report must not fail over the page that it reports on
            return f"({type(error).__name__})"

    def run_id(self):
        """Wait until the address names a run; returns its id."""
        self.page.wait_for_url(re.compile(r"[?&]run=[a-z2-7]{26}"))
        return re.search(r"[?&]run=([a-z2-7]{26})", self.page.url).group(1)

    # What the player shows

    def status(self, *wanted):
        """Wait until the run shown has one of these states."""
        self.page.wait_for_selector(", ".join(f".player[data-status={status}]" for status in wanted))

    def steps(self):
        """Step of every picture, by painter."""
        found = "panels => panels.map(p => [p.dataset.painter, Number(p.querySelector('canvas').dataset.step ?? -1)])"
        return dict(self.page.locator(".panel").evaluate_all(found))

    def pictures(self):
        """Address-independent fingerprint of the pixels of every canvas."""
        return self.page.locator(".panel canvas").evaluate_all("all => all.map(c => c.width && c.toDataURL().slice(-400))")

    def marks(self, chart):
        """Where the painters' markers are in a chart: their transforms, in drawing order."""
        paths = self.page.locator(f".chart.{chart} svg g.mark-symbol path")
        return paths.evaluate_all("all => all.filter(p => p.getAttribute('stroke') === 'white').map(p => p.getAttribute('transform'))")

    def wait_steps(self, **wanted):
        """Wait until these painters' pictures are at these steps, and drawn."""
        for painter, step in wanted.items():
            self.page.wait_for_selector(f".panel:not(.empty)[data-painter={painter}] canvas[data-step='{step}']")

    def wait_past(self, step):
        """Wait until the first picture is beyond this step."""
        self.page.wait_for_function(
            "step => [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')]"
            ".some(host => Number(host.shadowRoot.querySelector('.panel canvas')?.dataset.step) > step)",
            arg=step,
        )
