"""From the command to a picture: `python -m tests.bench.start [STARTS]`, in a real browser that already runs.

Starts the app as the README says, each time with an empty store. Both times begin with the command: until the
example's last pictures are on the screen of somebody who has never been there, and until the first frame of a
run is, for somebody who then types another seed and presses Run at once. Exit status 1 if a median is longer
than its aim.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from core.base.environment import pack_name
from tests.bench.first_frame import WATCH
from tests.support.browser import Watched, launch
from tests.support.serving import serving

STARTS = 3
# What is timed → seconds that its median may take.
AIMS = {"the example's last pictures": 3.0, "the first frame of a run pressed at once": 8.0}
# Seconds since the epoch of the first frame in which the example is drawn to its end; until then, nothing.
EXAMPLE_SHOWN = """
() => {
  const hosts = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")];
  const root = hosts.find((one) => one.shadowRoot?.querySelector(".player[data-status=done]"))?.shadowRoot;
  const panels = [...(root?.querySelectorAll(".panel") ?? [])];
  const isLast = (panel) => {
    const { shown, step } = panel.querySelector("canvas").dataset;
    return shown === step && panel.querySelector(".step").textContent === `step ${step} of ${step}`;
  };
  if (!panels.length || !panels.every(isLast)) return undefined;
  window.drawn ??= [];
  // What was drawn by the end of one frame is on the screen when the next one begins.
  return window.drawn.push(performance.now()) > 1 && (performance.timeOrigin + performance.now()) / 1000;
}
"""


def measure(browser: Browser) -> list[float]:
    """Seconds of each of AIMS, for one start."""
    with tempfile.TemporaryDirectory() as folder:
        one = Watched(browser, "", tour=True)  # an empty tab, waiting
        place, log = Path(folder) / "store", Path(folder) / "log"
        began = time.time()
        with serving(place, pack_name(), log, CTJP_PAINT_AHEAD="1") as (address, _):
            one.page.goto(address, wait_until="commit")
            example = one.page.wait_for_function(EXAMPLE_SHOWN).json_value()
            one.page.evaluate(WATCH)
            one.page.get_by_label("Seed", exact=True).fill("1")
            one.button("Run").click()
            one.page.wait_for_function("window.moments.shown")
            first = one.page.evaluate("window.moments.shown")
            one.close()
    return [example - began, first - began]


def report(starts: list[list[float]]) -> tuple[list[str], bool]:
    """(one line for each of AIMS, whether every median reaches its aim)."""
    lines, reached = [], True
    for (name, aim), seconds in zip(AIMS.items(), zip(*starts, strict=True), strict=True):
        median = statistics.median(seconds)
        all_of_them = ", ".join(f"{value:.1f}" for value in seconds)
        lines.append(f"Command to {name}: median {median:.1f} s, aim {aim:.0f} s (each: {all_of_them})")
        reached &= median <= aim
    return lines, reached


def main(starts: int = STARTS) -> int:
    """Measure and print; returns the exit status."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        lines, reached = report([measure(browser) for _ in range(starts)])
        browser.close()
    print("\n".join(lines), flush=True)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else STARTS))
