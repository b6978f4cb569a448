"""A real headless Chromium for tests, with everything noted that a page must not do."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from app.web.assets import assets_digest
from tests.support import profiles

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Locator, Playwright, Request, Response

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
# The headless shell is the same engine without a desktop browser around it: tests take a quarter less time.
NAMES = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome", "google-chrome-stable", "chrome"),
)
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # nobody else is reached
]
# A test's scripts run too briefly for optimising to pay off. Not for benchmarks.
UNOPTIMISED = "--js-flags=--no-opt --no-maglev"
PATIENCE_MS = 90_000  # a busy machine is slow; conditions end the wait long before
BARE_PAGE = "/_stcore/health"  # a page without the app: a line of text
STREAMLITS_OWN = "/_stcore/"  # opened by its address, a page first looks in vain for Streamlit below it
OWNER_COOKIE = "ctjp_owner"
# Every message of the server is drawn before the next one is taken, as on a busy machine.
PIECE_BY_PIECE = """
{
  const { set } = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
  const listen = WebSocket.prototype.addEventListener;
  let last = Promise.resolve();
  const apart = (handler) => (event) => {
    last = last.then(() => handler(event)).then(() => new Promise((next) => setTimeout(next, 25)));
  };
  const onmessage = { set(handler) { set.call(this, apart(handler)); } };
  Object.defineProperty(WebSocket.prototype, "onmessage", onmessage);
  WebSocket.prototype.addEventListener = function (type, handler, ...more) {
    return listen.call(this, type, type === "message" ? apart(handler) : handler, ...more);
  };
}
"""

expect = playwright_api.expect
expect.set_options(timeout=PATIENCE_MS)


def launch(playwright: Playwright, *more: str) -> Browser:
    """Start a browser with ARGUMENTS and `more`; skips the test if none is installed."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium or Chrome is installed")
    return playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *more])


class Watched:
    """A page of its own browser profile; `faults` collects console errors, failures and foreign requests.

    Args:
        tour: whether it is a first visit, with the tour and nothing cached; else the browser has seen it.
        owner: the secret of whoever looks at it; without one the server gives a new one.
    """

    def __init__(
        self,
        browser: Browser,
        address: str,
        width: int = 1440,
        height: int = 900,
        scheme: str = "light",
        tour: bool = False,
        owner: str | None = None,
    ) -> None:
        self.address = address
        self.faults: list[str] = []
        self._closed = False
        # A profile that others had costs a third less: it has the scripts, and nothing else of theirs.
        self.reusable = not tour
        self.context = profiles.borrow(browser, width, height, scheme) if self.reusable else None
        self.context = self.context or profiles.new(browser, width, height, scheme, tour)
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.on("request", self._note_request)
        if owner:
            self.context.add_cookies([{"name": OWNER_COOKIE, "value": owner, "url": address}])
        self.page = self.watch(self.context.new_page())
        if self.reusable:
            profiles.forget(self.page, address)

    def watch(self, page):
        """Note the faults of this page; returns it. One more tab of the same browser is watched by this."""
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("console", self._note_message)
        page.on("response", self._note_response)
        return page

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type == "error" and STREAMLITS_OWN not in message.location.get("url", ""):
            self.faults.append(f"console: {message.text}")

    def _note_response(self, response: Response) -> None:
        if response.status >= 400 and STREAMLITS_OWN not in response.url:
            self.faults.append(f"{response.status} {response.url}")

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.faults.append(f"foreign request: {request.url}")

    def open(self, path: str = "/", wait: str = ".player") -> Watched:
        """Go to an address and wait until this selector is there."""
        self.page.goto(self.address + path)
        self.page.wait_for_selector(wait)
        return self

    def open_piece_by_piece(self, path: str = "/") -> Watched:
        """Open a page on which every message of the server is drawn before the next, as on a busy machine."""
        self.page.add_init_script(PIECE_BY_PIECE)
        return self.open(path)

    def stop_clock(self) -> None:
        """From now on the time of its pages goes on only where the test says so."""
        self.reusable = False  # it could not be started again for others
        self.page.clock.install()
        # Far enough ahead to be in the future still when a busy machine gets there.
        self.page.clock.pause_at(self.page.evaluate("Date.now() / 1000 + 30"))

    def close(self) -> None:
        """End its pages, and its profile where nobody can use it."""
        if self._closed:
            return
        self._closed = True
        self.context.remove_listener("request", self._note_request)
        if self.reusable:
            profiles.give_back(self.context)
        else:
            self.context.close()

    def text(self) -> str:
        """What stands on the page, or why that cannot be told."""
        try:
            return self.page.locator("body").inner_text(timeout=5000)
        except Exception as error:  # a report must not fail over the page that it reports on
            return f"({type(error).__name__})"

    def run_id(self) -> str:
        """Wait until the address names a run; returns its id."""
        self.page.wait_for_url(re.compile(r"[?&]run=[a-z2-7]{26}"))
        return re.search(r"[?&]run=([a-z2-7]{26})", self.page.url).group(1)

    # What a person does

    def button(self, name: str, exact: bool = True) -> Locator:
        """The button of this name."""
        return self.page.get_by_role("button", name=name, exact=exact)

    def press(self, name: str) -> None:
        """Press a button by keyboard."""
        self.button(name).focus()
        self.page.keyboard.press("Enter")

    @property
    def sidebar(self) -> Locator:
        """Where the form is."""
        return self.page.get_by_test_id("stSidebar")

    @property
    def prompt(self) -> Locator:
        """The field for the prompt."""
        return self.page.get_by_role("textbox", name="Prompt")

    def script(self, name: str) -> str:
        """Address of one of the app's scripts, for `import()` in the page."""
        return f"{self.address}/assets/{assets_digest()}/{name}"

    def settle(self) -> None:
        """Wait until the page's script has run."""
        self.page.wait_for_selector(
            "[data-testid=stApp][data-test-script-state=notRunning]", state="attached"
        )
        # What is about to be replaced is shown faint, and new parts fade in.
        self.page.wait_for_function(
            "!document.querySelector('[data-stale=true]') && "
            "document.getAnimations().every(a => a.playState !== 'running')"
        )

    # What the player shows

    def status(self, *wanted: str) -> None:
        """Wait until the run shown has one of these states."""
        self.page.wait_for_selector(", ".join(f".player[data-status={status}]" for status in wanted))

    def steps(self) -> dict[str, int]:
        """Step of every picture, by painter."""
        step = "Number(p.querySelector('canvas').dataset.step ?? -1)"
        found = self.page.locator(".panel").evaluate_all(f"all => all.map(p => [p.dataset.painter, {step}])")
        return dict(found)

    def pictures(self) -> list[str]:
        """Address-independent fingerprint of the pixels of every canvas."""
        canvases = self.page.locator(".panel canvas")
        return canvases.evaluate_all("all => all.map(c => c.width && c.toDataURL().slice(-400))")

    def marks(self, chart: str) -> list[str]:
        """Where the painters' markers are in a chart: their transforms, in drawing order."""
        paths = self.page.locator(f".chart.{chart} svg g.mark-symbol path")
        white = "all.filter(p => p.getAttribute('stroke') === 'white')"
        return paths.evaluate_all(f"all => {white}.map(p => p.getAttribute('transform'))")

    def wait_steps(self, **wanted: int) -> None:
        """Wait until these painters' pictures are at these steps, and drawn."""
        for painter, step in wanted.items():
            self.page.wait_for_selector(
                f".panel:not(.empty)[data-painter={painter}] canvas[data-step='{step}']"
            )

    def wait_past(self, step: int) -> None:
        """Wait until the first picture is beyond this step."""
        self.page.wait_for_function(
            "step => [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')]"
            ".some(host => Number(host.shadowRoot.querySelector('.panel canvas')?.dataset.step) > step)",
            arg=step,
        )


Opener = Callable[..., Watched]
